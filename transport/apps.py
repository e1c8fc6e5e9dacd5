"""App configuration."""

from django.apps import AppConfig


class TransportConfig(AppConfig):
    """How parts move."""

    name = "transport"
    label = "transport"
