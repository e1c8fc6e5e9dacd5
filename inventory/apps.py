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
            captures_live,
            cumulative_alerts,
            device_live,
            genealogy_live,
            hold_alerts,
            imports,
            ledger_alerts,
            live,
            live_tracking,
            notice_alerts,
            notices_live,
            receipt_alerts,
            receipts_live,
            refresh_alerts,
            refresh_live,
            request_alerts,
            requests_live,
            seal_alerts,
            sensor_alerts,
            stock_alerts,
            subscriptions,
            unit_alerts,
            vmi_alerts,
            vmi_live,
            webhook_sources,
        )
        from inventory.services import (
            as_built,
            aspects,
            epcis_streams,
            event_ledger,
            ledger_watch,
            messages,
            notice_messages,
            refresh_night,
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
        sensor_alerts.name_types()
        seal_alerts.name_types()
        device_live.register_topics()
        hold_alerts.name_types()
        request_alerts.name_types()
        webhook_sources.register()
        vmi_alerts.name_types()
        refresh_alerts.name_types()
        refresh_night.register_job()
        refresh_live.register_topics()
        receipts_live.register_topics()
        notices_live.register_topics()
        genealogy_live.register_topics()
        requests_live.register_topics()
        captures_live.register_topics()
        messages.register_handlers()
        notice_messages.register_handlers()
        aspects.register_handlers()
        as_built.register_handlers()
        live.register_topics()
        live_tracking.register_topics()
        vmi_live.register_topics()
        imports.register()
