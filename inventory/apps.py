"""App configuration."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Where parts are and how long they last."""

    name = "inventory"
    label = "inventory"

    def ready(self) -> None:
        """Listen to demand, name the alerts, put coverage on the live feed."""
        from collab.jobs import registry
        from collab.live import machines
        from inventory import (  # noqa: F401  # subscribes on import
            alerts,
            cumulative_alerts,
            imports,
            ledger_alerts,
            live,
            live_tracking,
            notice_alerts,
            notices_live,
            receipt_alerts,
            receipts_live,
            stock_alerts,
            subscriptions,
            unit_alerts,
            vmi_alerts,
            vmi_live,
        )
        from inventory.services import (
            aspects,
            epcis_streams,
            event_ledger,
            ledger_watch,
            messages,
            notice_messages,
        )
        from inventory.services.placement_solving import run_placement
        from inventory.services.placements import KIND as PLACEMENT

        alerts.name_types()
        event_ledger.register_kinds()
        ledger_watch.register_job()
        registry.register(PLACEMENT, run_placement)
        machines.register(epcis_streams.PREFIX, epcis_streams.open_stream)
        for told in (receipt_alerts, cumulative_alerts, stock_alerts, ledger_alerts, unit_alerts):
            told.name_types()
        notice_alerts.name_types()
        vmi_alerts.name_types()
        receipts_live.register_topics()
        notices_live.register_topics()
        messages.register_handlers()
        notice_messages.register_handlers()
        aspects.register_handlers()
        live.register_topics()
        live_tracking.register_topics()
        vmi_live.register_topics()
        imports.register()
