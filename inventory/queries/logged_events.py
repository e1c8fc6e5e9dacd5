"""Tracking events as the ledger knows them: their kind, canonical form and hash, taken anew.

The log is named as the topic of the events, so that whoever is granted the events sees its heads.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from collab.events.transparency.bundles import named_hash
from collab.integration.epcis.canonical import VERSION, canonical_text
from collab.integration.epcis.read import read_stored
from collab.organisations.context import acting_organisation_id
from collab.organisations.partitions import pieces_of
from inventory.models import TRACKING, TrackingEvent
from inventory.rules.event_ids import time_of

LEDGER: Final = TRACKING
EVENT: Final = "inventory.tracking_event"
DECLARATION: Final = "inventory.tracking_error"
"""An event declared wrong has the hash of the event itself (CBV 2.0): the kind tells them apart."""


def kind_of(event: TrackingEvent) -> str:
    """Return under which kind an event is logged."""
    return EVENT if event.declared_at is None else DECLARATION


def canonical_form(event: TrackingEvent) -> str:
    """Return the text that the event's hash is taken of, from the event as it is stored now.

    Raises ``ValueError`` for what no longer is an event.
    """
    if not isinstance(event.body, dict):
        raise ValueError("expected an event to be an object, got something else")  # noqa: TRY004
    return canonical_text(read_stored(event.body))


def rehash(keys: Sequence[UUID]) -> Mapping[UUID, str | None]:
    """Return the hash that own events have by their stored content.

    It is ``None`` past keeping and empty for what no longer is an event.
    """
    rows = TrackingEvent.objects.filter(pk__in=keys, owner_id=acting_organisation_id())
    now: dict[UUID, str | None] = {}
    for row in rows.only("pk", "owner_id", "body"):
        now[row.pk] = _hash_now(row)
    if len(now) < len(keys):
        pieces = pieces_of(TrackingEvent._meta.db_table)
        for key in keys:
            if key not in now and not pieces.holds(time_of(key)):
                now[key] = None
    return now


def _hash_now(event: TrackingEvent) -> str:
    try:
        return named_hash(canonical_form(event), version=VERSION)
    except ValueError:
        return ""
