"""Put right what folding got wrong: events declared wrong, conflicts, places mapped later.

Slower than intake and rare: units are folded anew from their stored events, with the same rule.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from collab.integration.epcis.read import read_stored
from collab.organisations.context import acting_organisation_id
from inventory.models import (
    EventSeen,
    EventThing,
    TrackingCorrection,
    TrackingEvent,
    UnitState,
)
from inventory.queries.event_things import things_of_events
from inventory.rules.event_ids import seen_key, thing_key
from inventory.services import tracking_statement
from inventory.services.tracking_columns import (
    ZERO,
    EventRow,
    Folded,
    event_said,
    newest_day,
    prepare,
)
from inventory.services.tracking_subjects import subjects_of

UNITS_AT_ONCE: Final = 200
Counted = tuple[UUID, UUID | None, UUID | None, Decimal]
"""What a thing counts: its key, site, part, and base units of the part."""

EVENTS_AT_ONCE: Final = 500

_RECOUNT = """
WITH input AS (
  SELECT * FROM unnest(%(id)s::uuid[], %(site_id)s::uuid[], %(part_id)s::uuid[],
                       %(counted)s::numeric[]) AS r(id, site_id, part_id, counted)
), before AS (
  SELECT t.id, t.site_id, t.part_id, t.counted
    FROM inventory_eventthing t JOIN input USING (id)
   WHERE t.owner_id = %(owner)s AND t.id >= %(first)s AND t.id <= %(last)s
   ORDER BY t.id FOR UPDATE OF t
), changed AS (
  UPDATE inventory_eventthing t
     SET site_id = input.site_id, part_id = input.part_id, counted = input.counted
    FROM input
   WHERE t.id = input.id AND t.owner_id = %(owner)s AND t.id >= %(first)s AND t.id <= %(last)s
), sums AS (
  SELECT site_id, part_id, sum(counted) AS quantity
    FROM (SELECT site_id, part_id, -counted AS counted FROM before
          UNION ALL SELECT input.site_id, input.part_id, input.counted
            FROM input JOIN before USING (id)) AS both_ways
   WHERE site_id IS NOT NULL AND part_id IS NOT NULL
   GROUP BY 1, 2 HAVING sum(counted) <> 0 ORDER BY 1, 2
)
INSERT INTO inventory_trackedposition AS p
       (id, owner_id, site_id, part_id, quantity, changed_at, version)
SELECT gen_random_uuid(), %(owner)s, site_id, part_id, quantity, %(now)s, 1 FROM sums
ON CONFLICT (owner_id, site_id, part_id) DO UPDATE
   SET quantity = p.quantity + EXCLUDED.quantity, changed_at = %(now)s, version = p.version + 1
"""
"""Say anew what things count, and move the difference into the positions."""


def void_declared(event_ids: Sequence[str]) -> set[str]:
    """Take back the events with these ids, which a later event declared wrong.

    They stay as they are, but count nowhere. Returns the things they named. Those that are not
    here yet are taken back when they come.
    """
    if not event_ids:
        return set()
    owner = acting_organisation_id()
    keys = [seen_key(owner, event_id, is_error=False) for event_id in event_ids]
    events = list(EventSeen.objects.filter(pk__in=keys).values_list("event", flat=True))
    if not events:
        return set()
    own = TrackingEvent.objects.filter(owner_id=owner, pk__in=events, is_voided=False)
    fresh = list(own.order_by("pk").values_list("pk", flat=True))
    if not fresh:
        return set()
    TrackingEvent.objects.filter(owner_id=owner, pk__in=fresh).update(is_voided=True)
    rows = things_of_events(fresh)
    _write([(row.id, row.site_id, row.part_id, ZERO) for row in rows])
    return {row.thing for row in rows}


def recount(events: Sequence[TrackingEvent]) -> set[str]:
    """Say anew what stored events count, with the places and products known now.

    Acting for their owner. Returns the things they name, whose place may be another now.
    """
    if not events:
        return set()
    rows = [
        EventRow(
            facts=read_stored(event.body),
            event_id=event.event_id,
            event_hash=event.event_hash,
            body=event.body,
        )
        for event in events
    ]
    batch = [row.facts for row in rows]
    told = [tuple(facts.things()) for facts in batch]
    subjects = subjects_of(batch, told, on=newest_day(batch))
    counted: list[Counted] = []
    things: set[str] = set()
    for event, row, said in zip(events, rows, told, strict=True):
        for position, thing in enumerate(prepare(row, said, subjects).things, start=1):
            key = thing_key(event.pk, position)
            counted.append((key, thing.site_id, thing.part_id, thing.counted))
            things.add(thing.name)
    _write(counted)
    return things


def recount_named(reason: str, subject: str) -> int:
    """Count the acting organisation's events anew that named a place or a product; how many.

    ``reason`` is that of the correction queue. In batches, each of them complete.
    """
    owner = acting_organisation_id()
    standing = TrackingEvent.objects.filter(
        owner_id=owner, is_voided=False, declared_at__isnull=True
    )
    count, after = 0, UUID(int=0)
    while True:
        if reason == TrackingCorrection.Reason.PRODUCT:
            named = EventThing.objects.filter(owner_id=owner, thing=subject, id__gt=after)
            keys = list(named.order_by("id").values_list("event", flat=True)[:EVENTS_AT_ONCE])
            batch = list(standing.filter(pk__in=keys).order_by("pk"))
            after = UUID(int=max(keys).int | 0x3FFF) if keys else after
        else:
            at_place = Q(read_point=subject) | Q(biz_location=subject)
            batch = list(standing.filter(at_place, pk__gt=after).order_by("pk")[:EVENTS_AT_ONCE])
            keys = [event.pk for event in batch]
            after = max(keys, default=after)
        if not keys:
            return count
        refold(recount(batch))
        count += len(batch)


@transaction.atomic
def refold(things: Collection[str]) -> None:
    """Make these units of the acting organisation anew from their stored events.

    The result is what intake makes of the same events in any order; units that no event names any
    more are gone.
    """
    names = sorted(things)
    for first in range(0, len(names), UNITS_AT_ONCE):
        _refold(names[first : first + UNITS_AT_ONCE])


def _refold(names: list[str]) -> None:
    owner = acting_organisation_id()
    units = UnitState.objects.filter(owner_id=owner, thing__in=names)
    list(units.select_for_update(of=("self",)).order_by("thing").values_list("pk"))
    events = stored_events(names)
    read = [(event, read_stored(event.body)) for event in events]
    told = [[said for said in facts.things() if said[1] in names] for _event, facts in read]
    batch = [facts for _event, facts in read]
    on = newest_day(batch) if batch else timezone.now().date()
    subjects = subjects_of(batch, told, on=on)
    folded = Folded()
    for (event, facts), mine in zip(read, told, strict=True):
        said = event_said(
            facts,
            [(role, name) for role, name, _quantity, _uom in facts.things()],
            key=event.pk.int,
            counterparty_id=event.counterparty_id,
            place=subjects.place_of(facts, sign=1),
            source=event.source,
            source_grade=event.source_grade,
        )
        folded.add(said, [(role, name) for role, name, _quantity, _uom in mine])
    units.delete()
    now = timezone.now()
    tracking_statement.merge_units(
        folded.columns(subjects.products),
        owner=owner,
        now=now,
        later=now + timedelta(milliseconds=500),
    )


def stored_events(names: Collection[str]) -> list[TrackingEvent]:
    """Return the acting organisation's standing events about these things, by event time."""
    owner = acting_organisation_id()
    keys = (
        EventThing.objects.filter(owner_id=owner, thing__in=names)
        .values_list("event", flat=True)
        .distinct()
    )
    wanted = list(keys)
    if not wanted:
        return []
    rows = TrackingEvent.objects.filter(
        owner_id=owner, pk__in=wanted, is_voided=False, declared_at__isnull=True
    )
    return list(rows.order_by("pk"))


def positions_by_events() -> dict[tuple[UUID, UUID], Decimal]:
    """Return what the acting organisation's events sum up to by site and part: for comparison."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT site_id, part_id, sum(counted) FROM inventory_eventthing"
            " WHERE owner_id = %s AND site_id IS NOT NULL AND part_id IS NOT NULL"
            " GROUP BY 1, 2 HAVING sum(counted) <> 0",
            [acting_organisation_id()],
        )
        return {(site, part): total for site, part, total in cursor.fetchall()}


def _write(counted: "Sequence[Counted]") -> None:
    if not counted:
        return
    keys = [key for key, *_rest in counted]
    with connection.cursor() as cursor:
        cursor.execute(
            _RECOUNT,
            {
                "owner": acting_organisation_id(),
                "first": min(keys),
                "last": max(keys),
                "now": timezone.now(),
                "id": [str(key) for key in keys],
                "site_id": [_text(site_id) for _key, site_id, _part, _count in counted],
                "part_id": [_text(part_id) for _key, _site, part_id, _count in counted],
                "counted": [count for *_keys, count in counted],
            },
        )


def _text(key: UUID | None) -> str | None:
    return None if key is None else str(key)
