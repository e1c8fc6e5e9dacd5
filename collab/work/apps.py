"""App configuration."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """Exceptions and what people do about them."""

    name = "collab.work"
    label = "work"

    def ready(self) -> None:
        """Put exceptions on the live feed; follow messages."""
        from collab.work import live, message_alerts

        live.register_topics()
        message_alerts.register()
