"""App configuration."""

from importlib import import_module

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """Navigation, control tower, search, settings."""

    name = "collab.shell"
    label = "shell"

    def ready(self) -> None:
        """Listen to sign-ins."""
        import_module("collab.shell.accounts")
