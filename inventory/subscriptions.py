"""Which events the inventory app listens to: the urls.py of the message bus."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from forecasting.events import DemandForecast
from forecasting.queries import series_by_id
from inventory.events import (
    COVERAGE_TOPIC,
    TRACKING_TOPIC,
    CoverageTargetChanged,
    TrackingRecorded,
)
from inventory.listeners import (
    advices,
    genealogy,
    ledger,
    placements,
    receipts,
    refresh,
    requests,
    seals,
    streams,
    vmi,
)
from inventory.queries.targets import targets_for_us
from inventory.services.expected_units import judge_events, judge_shipments, partners_awaiting
from inventory.services.targets import refresh_all, refresh_own, refresh_partner
from transport.events import LoadChanged
from transport.queries.ways import shipments_of_load

__all__ = [
    "advices",
    "genealogy",
    "ledger",
    "placements",
    "receipts",
    "refresh",
    "requests",
    "seals",
    "streams",
    "vmi",
]
LISTENER = "inventory.follow_demand"
TARGET_LISTENER = "inventory.follow_target"
REMOVED_LISTENER = "inventory.follow_removed_target"
DEMAND_TOPIC = "forecasting.demand"
UNITS_LISTENER = "inventory.follow_units"


def follow_own_demand(event: DemandForecast) -> Iterable[Fact]:
    """Recompute the customer's own coverage, and let its suppliers recompute theirs."""
    keys = [UUID(key) for key in event.series_ids]
    hand_over(
        UUID(event.change_id),
        listener=LISTENER,
        topic=DEMAND_TOPIC,
        about_ids=[event.supplier_id],
        rows=keys,
    )
    numbers = {series.part_number for series in series_by_id(keys)}
    refresh_own(event.supplier_id, numbers, as_of=timezone.now())
    return ()


def follow_demand(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Recompute a supplier's coverage of the parts whose demand series it may see."""
    by_customer: dict[int, set[str]] = defaultdict(set)
    for series in series_by_id(keys):
        if series.supplier_id == acting_organisation_id():
            by_customer[series.customer_id].add(series.part_number)
    now = timezone.now()
    for customer_id, numbers in by_customer.items():
        refresh_partner(customer_id, numbers, as_of=now)
    return ()


def tell_of_target(event: CoverageTargetChanged) -> Iterable[Fact]:
    """Let the partner that a target is agreed with recompute what it holds."""
    hand_over(
        UUID(event.change_id),
        listener=TARGET_LISTENER if event.target_id else REMOVED_LISTENER,
        topic=COVERAGE_TOPIC,
        about_ids=[event.counterparty_id],
        rows=[UUID(event.target_id)] if event.target_id else [],
    )
    return ()


def follow_target(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Recompute a holder's coverage of the parts for which its customer agreed other days."""
    now = timezone.now()
    for customer_id, numbers in targets_for_us(keys).items():
        refresh_partner(customer_id, numbers, as_of=now)
    return ()


def follow_removed_target(_keys: Sequence[UUID]) -> Iterable[Fact]:
    """Recompute all of a holder's coverage: the target that some of it hung on is gone."""
    refresh_all(as_of=timezone.now())
    return ()


def tell_of_units(event: TrackingRecorded) -> Iterable[Fact]:
    """Judge awaited units that were read; let partners that await some of them judge theirs."""
    keys = [UUID(key) for key in event.event_ids]
    if about_ids := partners_awaiting(keys):
        hand_over(
            keys[0], listener=UNITS_LISTENER, topic=TRACKING_TOPIC, about_ids=about_ids, rows=keys
        )
        judge_events(keys, as_of=timezone.now())
    return ()


def follow_units(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Judge the units that we await and a partner has read."""
    judge_events(keys, as_of=timezone.now())
    return ()


def follow_vehicle(event: LoadChanged) -> Iterable[Fact]:
    """Judge the units of a vehicle that has moved on: some may have been left unread."""
    judge_shipments(shipments_of_load(UUID(event.load_id)), as_of=timezone.now())
    return ()


listen(LISTENER, follow_demand)
listen(UNITS_LISTENER, follow_units)
subscribe(TrackingRecorded, tell_of_units)
subscribe(LoadChanged, follow_vehicle)
listen(TARGET_LISTENER, follow_target)
listen(REMOVED_LISTENER, follow_removed_target)
subscribe(DemandForecast, follow_own_demand)
subscribe(CoverageTargetChanged, tell_of_target)
