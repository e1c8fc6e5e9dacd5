"""Fold tracking events into links between things: replayed or one by one, the links are the same.

What an event changes is made anew from all standing events it belongs to, and written as the
difference to what stands. So a repetition changes nothing, events may come in any order, and an
event that is declared wrong takes its links along.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.integration.inbox.locks import hold
from collab.organisations.context import acting_organisation_id
from inventory.events import GenealogyChanged
from inventory.models import EventSeen, EventThing, TraceLink, TrackingEvent
from inventory.rules.event_ids import MOST_THINGS, seen_key
from inventory.rules.genealogy import (
    TOGETHER,
    TRANSFORMATION,
    Happened,
    Link,
    Named,
    link_key,
    merged,
    put_together,
    transformed,
)
from inventory.services.hold_following import Change

AT_ONCE: Final = 2000  # rows of one statement
STATED: Final = ("at", "ended_at", "quantity", "uom", "counterparty_id")
TOLD: Final = 200  # links that one piece of news names
_PUT: Final = (TraceLink.How.ASSEMBLED, TraceLink.How.PACKED)
_FIELDS: Final = (
    "parent", "child", "how", "event", "at", "ended_at", "quantity", "uom", "counterparty_id",
)  # fmt: skip
_EVENT: Final = (
    "pk", "event_id", "kind", "action", "happened_at", "counterparty_id", "biz_step",
    "transformation_id", "is_voided", "declared_at",
)  # fmt: skip
_NAMED: Final = """
SELECT found.* FROM unnest(%(first)s::uuid[], %(last)s::uuid[]) AS span(first, last)
 CROSS JOIN LATERAL (
   SELECT event, role, thing, quantity, uom FROM inventory_eventthing
    WHERE owner_id = %(own)s AND id > span.first AND id <= span.last ORDER BY id) AS found
"""


@transaction.atomic
def follow_events(keys: Sequence[UUID]) -> Change:
    """Fold the acting organisation's events with these keys; return what changed by them.

    Events of other kinds change nothing. Any number; the whole history may be folded again.
    """
    touched = _touched(keys)
    singles = {row["pk"] for row in touched if row["kind"] == TRANSFORMATION}
    parents = _parents([row["pk"] for row in touched if row["kind"] in TOGETHER])
    if not singles and not parents:
        return Change()
    hold("inventory.genealogy")
    own = acting_organisation_id()
    wanted = [
        link for each in _standing(singles, {TRANSFORMATION}) for link in transformed(each, own)
    ]
    for events in _by_parent(parents).values():
        wanted += put_together(events)
    before = TraceLink.objects.filter(owner_id=own).filter(
        Q(event__in=singles) | Q(event__isnull=False, how__in=_PUT, parent__in=parents)
    )
    return write_links(wanted, before)


def things_in(keys: Sequence[UUID]) -> frozenset[str]:
    """Return the things that own events with these keys name, in whatever role; one statement."""
    return frozenset(each.thing for named in _named(keys).values() for each in named)


def write_links(wanted: Iterable[Link], before: Any) -> Change:
    """Make the rows of ``before``, a query of own links, into ``wanted``; tell what changed.

    Returns the things at the ends of all that changed, and whether one went or ended.
    """
    own = acting_organisation_id()
    desired = {link_key(own, link): link for link in merged(wanted)}
    known = {row.pk: row for row in before}
    gone = [row for key, row in known.items() if key not in desired]
    fresh = [
        TraceLink(id=key, owner_id=own, **{name: getattr(link, name) for name in _FIELDS})
        for key, link in desired.items()
        if key not in known or any(getattr(known[key], n) != getattr(link, n) for n in STATED)
    ]
    for first in range(0, len(gone), AT_ONCE):
        part = [row.pk for row in gone[first : first + AT_ONCE]]
        TraceLink.objects.filter(owner_id=own, pk__in=part).delete()
    TraceLink.objects.bulk_create(
        fresh,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["at", "ended_at", "quantity", "uom", "counterparty"],
    )
    if changed := [*gone, *fresh]:
        _announce(changed)
    is_loosened = bool(gone) or any(row.pk in known and row.ended_at for row in fresh)
    ends = frozenset(name for row in changed for name in (row.parent, row.child))
    return Change(ends, is_loosened)


def _touched(keys: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return the events of these keys that matter, with those that they declare wrong."""
    own = acting_organisation_id()
    rows = _events(keys, Q(kind__in={TRANSFORMATION, *TOGETHER}))
    wrong = [row["event_id"] for row in rows if row["declared_at"] is not None]
    if not wrong:
        return rows
    seen = [seen_key(own, event_id, is_error=False) for event_id in wrong]
    found = EventSeen.objects.filter(pk__in=seen).values_list("event", flat=True)
    return rows + _events(list(found), Q(kind__in={TRANSFORMATION, *TOGETHER}))


def _events(keys: Collection[UUID], where: Q) -> list[dict[str, Any]]:
    if not keys:
        return []
    mine = TrackingEvent.objects.filter(owner_id=acting_organisation_id(), pk__in=keys)
    spanned = mine.filter(where, pk__gte=min(keys), pk__lte=max(keys))
    return list(spanned.values(*_EVENT))


def _parents(keys: Sequence[UUID]) -> list[str]:
    """Return the parents that these events put things into or take them out of."""
    found = _named(keys)
    parents = {each.thing for things in found.values() for each in things if each.role == "parent"}
    return sorted(parents)


def _standing(keys: Collection[UUID], kinds: Collection[str]) -> list[Happened]:
    """Return those of these events that stand, with their things."""
    told = Q(kind__in=kinds, is_voided=False, declared_at__isnull=True)
    rows = _events(keys, told)
    named = _named([row["pk"] for row in rows])
    return [
        Happened(
            key=row["pk"],
            kind=row["kind"],
            action=row["action"],
            at=row["happened_at"],
            counterparty_id=row["counterparty_id"],
            biz_step=row["biz_step"],
            transformation_id=row["transformation_id"],
            things=named.get(row["pk"], ()),
        )
        for row in rows
    ]


def _by_parent(parents: Sequence[str]) -> dict[str, list[Happened]]:
    """Return every standing event of these parents."""
    rows = EventThing.objects.filter(
        owner_id=acting_organisation_id(), thing__in=parents, role="parent"
    )
    keys = set(rows.values_list("event", flat=True)) if parents else set()
    found: dict[str, list[Happened]] = defaultdict(list)
    for event in _standing(keys, TOGETHER):
        for named in event.things:
            if named.role == "parent":
                found[named.thing].append(event)
    return found


def _named(keys: Sequence[UUID]) -> dict[UUID, list[Named]]:
    """Return the things of own events by the range of their keys, in the order of the event."""
    if not keys:
        return {}
    found: dict[UUID, list[Named]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _NAMED,
            {
                "first": list(keys),
                "last": [UUID(int=key.int | MOST_THINGS) for key in keys],
                "own": acting_organisation_id(),
            },
        )
        for event, role, thing, quantity, uom in cursor.fetchall():
            found[event].append(Named(role, thing, quantity, uom))
    return found


def _announce(changed: Sequence[TraceLink]) -> None:
    """Tell screens and partners that links changed, by whose business they are."""
    by_partner: dict[int, list[str]] = defaultdict(list)
    for row in changed:
        by_partner[row.counterparty_id].append(str(row.pk))
    for partner_id, keys in sorted(by_partner.items()):
        for first in range(0, len(keys), TOLD):
            publish(
                GenealogyChanged(
                    change_id=str(uuid7()),
                    counterparty_id=partner_id,
                    link_ids=keys[first : first + TOLD],
                )
            )
