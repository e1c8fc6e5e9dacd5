"""App configuration."""

from django.apps import AppConfig


class TransportConfig(AppConfig):
    """How parts move."""

    name = "transport"
    label = "transport"

    def ready(self) -> None:
        """Make events, subscriptions, topics, imports and alert types known."""
        from transport import events, subscriptions  # noqa: F401  # declare on import
        from transport.imports import empties as empties_imports
        from transport.live import empties as empties_live
        from transport.services import empties

        empties_imports.register()
        empties_live.register_topics()
        empties.name_types()
