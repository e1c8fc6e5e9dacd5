"""App configuration."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Where parts are and how long they last."""

    name = "inventory"
    label = "inventory"

    def ready(self) -> None:
        """Listen to demand, name the alerts, put coverage on the live feed."""
        from inventory import alerts, imports, live, subscriptions  # noqa: F401  # subscribes on import

        alerts.name_types()
        live.register_topics()
        imports.register()
