"""App configuration."""

from django.apps import AppConfig


class KpisConfig(AppConfig):
    """Shared measures."""

    name = "kpis"
    label = "kpis"
