"""App configuration."""

from importlib import import_module

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """Navigation, control tower, search, settings."""

    name = "collab.shell"
    label = "shell"

    def ready(self) -> None:
        """Listen to sign-ins, put deliveries on screens."""
        from collab.shell import webhooks_live

        import_module("collab.shell.accounts")
        webhooks_live.register_topics()
