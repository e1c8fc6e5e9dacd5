"""App configuration."""

from django.apps import AppConfig


class YardConfig(AppConfig):
    """The gate and the docks."""

    name = "yard"
    label = "yard"
