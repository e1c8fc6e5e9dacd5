"""What tracking events are about, by the keys of the events; and whose events a viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from collab.organisations.context import acting_organisation_id
from collab.sharing.queries import visible_fields
from inventory.models import TRACKING
from inventory.rules.event_ids import MOST_THINGS

_THINGS: Final = """
SELECT found.* FROM unnest(%(first)s::uuid[], %(last)s::uuid[]) AS span(first, last)
 CROSS JOIN LATERAL (
   SELECT id, event, owner_id, counterparty_id, thing, site_id, part_id
     FROM inventory_eventthing
    WHERE id > span.first AND id <= span.last
      AND (owner_id = %(own)s OR (owner_id, counterparty_id)
           IN (SELECT * FROM unnest(%(owners)s::bigint[], %(abouts)s::bigint[])))) AS found
"""


@dataclass(frozen=True, slots=True)
class EventThingRow:
    """One thing of an event, as ``things_of_events`` finds it."""

    id: UUID
    event: UUID
    owner_id: int
    counterparty_id: int
    thing: str
    site_id: UUID | None
    part_id: UUID | None


def things_of_events(events: Sequence[UUID]) -> list[EventThingRow]:
    """Return the visible things of these events, event by event by the range of their keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            _THINGS,
            {
                "first": list(events),
                "last": [UUID(int=event.int | MOST_THINGS) for event in events],
                "own": acting_organisation_id(),
                **opened(),
            },
        )
        return [EventThingRow(*row) for row in cursor.fetchall()]


def opened() -> dict[str, list[Any]]:
    """Return whose rows the viewer may see as a whole: its own, and pairs that grants open."""
    own = acting_organisation_id()
    told = visible_fields(TRACKING)
    pairs = [pair for pair, fields in told.items() if fields is None and pair[0] != own]
    return {
        "owners": [own, *(owner for owner, _about in pairs)],
        "abouts": [None, *(about for _owner, about in pairs)],
    }
