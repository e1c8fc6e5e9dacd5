"""App configuration."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Partnerships, grants and the walls around every shared row."""

    name = "collab.sharing"
    label = "sharing"
