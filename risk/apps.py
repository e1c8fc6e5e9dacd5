"""App configuration."""

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """Joint continuity and stress tests."""

    name = "risk"
    label = "risk"
