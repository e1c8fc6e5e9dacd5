"""App configuration."""

from django.apps import AppConfig


class TransportConfig(AppConfig):
    """How parts move."""

    name = "transport"
    label = "transport"

    def ready(self) -> None:
        """Make the events known."""
        from transport import events  # noqa: F401  # declare on import
