"""App configuration."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Where parts are and how long they last."""

    name = "inventory"
    label = "inventory"

    def ready(self) -> None:
        """Listen to the others, and make what this area adds to the platform known."""
        from inventory import subscriptions  # noqa: F401  # subscribes on import

        _register_jobs()
        _register_messages()
        _name_alerts()
        _register_topics()
        _register_sources()


def _register_jobs() -> None:
    from collab.integration.webhooks import resealing
    from collab.jobs import registry
    from inventory.models import DataRequest
    from inventory.services import event_ledger, ledger_watch, limit_jobs, refresh_night
    from inventory.services.placement_solving import run_placement
    from inventory.services.placements import KIND as PLACEMENT

    registry.register(PLACEMENT, run_placement)
    event_ledger.register_kinds()
    ledger_watch.register_job()
    refresh_night.register_job()
    limit_jobs.register_job()
    resealing.register(DataRequest, "chain")


def _register_messages() -> None:
    from inventory.services import as_built, aspects, messages, notice_messages, thing_names

    for each in (messages, notice_messages, aspects, as_built, thing_names):
        each.register_handlers()


def _name_alerts() -> None:
    from inventory import (
        alerts,
        cumulative_alerts,
        hold_alerts,
        ledger_alerts,
        notice_alerts,
        receipt_alerts,
        refresh_alerts,
        request_alerts,
        seal_alerts,
        sensor_alerts,
        stock_alerts,
        unit_alerts,
        vmi_alerts,
    )

    for each in (
        alerts, cumulative_alerts, hold_alerts, ledger_alerts, notice_alerts, receipt_alerts,
        refresh_alerts, request_alerts, seal_alerts, sensor_alerts, stock_alerts, unit_alerts,
        vmi_alerts,
    ):  # fmt: skip
        each.name_types()


def _register_topics() -> None:
    from collab.live import machines
    from inventory import (
        captures_live,
        device_live,
        genealogy_live,
        live,
        live_tracking,
        notices_live,
        receipts_live,
        refresh_live,
        requests_live,
        vmi_live,
    )
    from inventory.services import epcis_streams

    for each in (
        captures_live, device_live, genealogy_live, live, live_tracking, notices_live,
        receipts_live, refresh_live, requests_live, vmi_live,
    ):  # fmt: skip
        each.register_topics()
    machines.register(epcis_streams.PREFIX, epcis_streams.open_stream)


def _register_sources() -> None:
    from inventory import imports, webhook_sources

    imports.register()
    webhook_sources.register()
