"""Loads are followed from their acceptance on: links at the carrier, positions at the customer."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from transport.events import (
    LOAD_TOPIC,
    TRACKING_TOPIC,
    CarrierReported,
    LoadChanged,
    PositionsReported,
)
from transport.models import Load
from transport.services.following import follow, hear_report
from transport.services.links import ACTIVE, keep_links
from transport.services.positions import HEAR_POSITIONS
from transport.services.sightings import forget

KEEP_LINKS = "transport.keep_links"
HEAR_REPORTS = "transport.hear_carrier_reports"
BEFORE = frozenset({"draft", "planned", "tendered", "rejected"})
"""States of a load that nobody drives yet."""


def tell_carrier(event: LoadChanged) -> Iterable[Fact]:
    """Let the carrier follow the load, or the own fleet; forget where an ended one was."""
    key = UUID(event.load_id)
    keep_links([key], now=timezone.now())
    if event.carrier_id != acting_organisation_id():
        hand_over(
            UUID(event.change_id),
            listener=KEEP_LINKS,
            topic=LOAD_TOPIC,
            about_ids=[event.carrier_id],
            rows=[key],
        )
    if event.state not in ACTIVE and event.state not in BEFORE:
        load = Load.objects.filter(owner_id=acting_organisation_id(), pk=key).first()
        if load is not None and load.state not in ACTIVE:
            forget(load, at=timezone.now())
    return ()


def hear_loads(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Make or end the links of loads that a customer gave us or took back."""
    keep_links(keys, now=timezone.now())
    return ()


def tell_customer(event: PositionsReported) -> Iterable[Fact]:
    """Let the customer's loads follow; our own at once."""
    keys = [UUID(key) for key in event.load_ids]
    if event.customer_id == acting_organisation_id():
        return hear_positions(keys)
    hand_over(
        UUID(event.change_id),
        listener=HEAR_POSITIONS,
        topic=TRACKING_TOPIC,
        about_ids=[event.customer_id],
        rows=keys,
    )
    return ()


def hear_positions(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Bring the listener's own loads among ``keys`` up to date."""
    follow(keys, now=timezone.now())
    return ()


def tell_report(event: CarrierReported) -> Iterable[Fact]:
    """Let the customer take a report in; one about our own load at once."""
    if event.customer_id == acting_organisation_id():
        return hear_reports([UUID(event.report_id)])
    hand_over(
        UUID(event.report_id),
        listener=HEAR_REPORTS,
        topic=TRACKING_TOPIC,
        about_ids=[event.customer_id],
        rows=[UUID(event.report_id)],
    )
    return ()


def hear_reports(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Take what carriers reported about the listener's own loads."""
    for key in keys:
        hear_report(key, now=timezone.now())
    return ()


listen(KEEP_LINKS, hear_loads)
listen(HEAR_POSITIONS, hear_positions)
listen(HEAR_REPORTS, hear_reports)
subscribe(LoadChanged, tell_carrier)
subscribe(PositionsReported, tell_customer)
subscribe(CarrierReported, tell_report)
