"""Tracking events into the tamper-evident ledger: each once, with the hash it came with."""

from collections.abc import Sequence
from uuid import UUID

from collab.events.transparency.kinds import register
from collab.events.transparency.services import Entry, append
from collab.organisations.context import acting_organisation_id
from inventory.models import TrackingEvent
from inventory.queries.logged_events import DECLARATION, EVENT, LEDGER, kind_of, rehash


def log_events(keys: Sequence[UUID]) -> int:
    """Add own tracking events to the ledger, in the order given; return how many were new."""
    rows = {
        row.pk: row
        for row in TrackingEvent.objects.filter(pk__in=keys, owner_id=acting_organisation_id())
        .only("pk", "owner_id", "event_hash", "declared_at")
    }  # fmt: skip
    found = [rows[key] for key in keys if key in rows]
    return append(
        name=LEDGER, entries=[Entry(kind_of(row), row.pk, row.event_hash) for row in found]
    )


def register_kinds() -> None:
    """Have the ledger compare tracking events with what was logged."""
    register(EVENT, rehash)
    register(DECLARATION, rehash)
