"""Tracking events as EPCIS queries ask for them: within the walls, page by page.

An event is shown whole or not at all: grants with a list of fields open nothing here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final
from uuid import UUID

from django.db.models import BooleanField, F, Func, JSONField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast

from collab.organisations.context import acting_organisation_id
from collab.sharing.access import log_reads
from inventory.models import TRACKING, EventSeen, EventThing, TrackingEvent
from inventory.rules.epcis_query import (
    RECORD_TIME,
    Amount,
    Condition,
    Declared,
    Marks,
    Query,
    Reading,
    Things,
    Times,
    Within,
    Words,
)
from inventory.rules.event_ids import lower_bound, seen_key
from transport.queries.whole import whole_rows

Key = tuple[datetime, UUID]
"""Order value and key of an event; the order value is its record time or event time."""

_SIGNS: Final = {"eq": "==", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_LOOKUPS: Final = {"eq": "exact", "gt": "gt", "ge": "gte", "lt": "lt", "le": "lte"}
_CLASSES: Final = ("epc_class", "child_class", "input_class", "output_class")
MOST_OF_ONE: Final = 20
_VALUES: Final = ("id", "event_id", "happened_at", "recorded_at", "owner_id")


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as it was sent (``body``: JSON text), and what is ours about it."""

    id: UUID
    event_id: str
    happened_at: datetime
    recorded_at: datetime
    body: str


def events(
    query: Query,
    *,
    limit: int,
    after: Key | None = None,
    recorded_before: datetime | None = None,
    recorded_after: datetime | None = None,
    among: Sequence[UUID] | None = None,
) -> list[EventRow]:
    """Return up to ``limit`` events that the viewer may see and the query asks for, in its order.

    ``after`` is order value and key of the last event of the page before; ``recorded_before``
    leaves out what was recorded later, so that pages of one answer fit together, and
    ``recorded_after`` what was recorded up to then. ``among`` looks at events of these keys only.
    """
    rows = _matching(query)
    if recorded_after is not None:
        rows = rows.filter(recorded_at__gt=recorded_after)
    if among is not None:
        rows = rows.filter(id__in=among)
    if recorded_before is not None:
        rows = rows.filter(recorded_at__lte=recorded_before)
    field = "recorded_at" if query.order_by == RECORD_TIME else "id"
    if after is not None:
        rows = rows.filter(_behind(field, after, is_ascending=query.is_ascending))
    sign = "" if query.is_ascending else "-"
    ordered = rows.order_by(*dict.fromkeys([f"{sign}{field}", f"{sign}id"]))
    return _fetched(ordered[:limit])


def count_up_to(query: Query, most: int) -> int:
    """Return how many events a query finds, counted no further than ``most + 1``."""
    return len(_matching(query).values_list("id", flat=True)[: most + 1])


def event_named(event_id: str) -> list[EventRow]:
    """Return the visible event of an ID, and the declaration that it was wrong if there is one."""
    keys = [seen_key(acting_organisation_id(), event_id, is_error=each) for each in (False, True)]
    own = list(EventSeen.objects.filter(pk__in=keys).values_list("event", flat=True))
    wanted = Q(id__in=own) if own else Q(event_id=event_id)
    rows = whole_rows(TrackingEvent.objects.filter(wanted))
    return _fetched(rows.order_by(F("declared_at").asc(nulls_first=True), "id")[:MOST_OF_ONE])


def counterparties_of(keys: Sequence[UUID]) -> list[int]:
    """Return whose business these events of our own are, our own aside."""
    me = acting_organisation_id()
    rows = TrackingEvent.objects.filter(id__in=keys, owner_id=me).exclude(counterparty_id=me)
    return sorted(rows.order_by().values_list("counterparty_id", flat=True).distinct())


def values_of(field: str, *, after: str, limit: int) -> list[str]:
    """Return the values of a field of the visible events in alphabetical order, after one."""
    rows = whole_rows(TrackingEvent.objects.filter(**{f"{field}__gt": after}))
    found = rows.order_by(field).values_list(field, flat=True).distinct()[:limit]
    return list(found)


def things_seen(*, after: str, limit: int) -> list[str]:
    """Return the EPCs of the visible events in alphabetical order, after one."""
    single = ("parent", "epc", "child", "input", "output")
    rows = whole_rows(EventThing.objects.filter(role__in=single, thing__gt=after))
    return list(rows.order_by("thing").values_list("thing", flat=True).distinct()[:limit])


def _fetched(rows: "QuerySet[TrackingEvent]") -> list[EventRow]:
    found = list(rows.values_list(*_VALUES, Cast(F("body"), TextField())))
    log_reads(TRACKING, [owner_id for *_rest, owner_id, _body in found])
    return [
        EventRow(key, event_id, happened_at, recorded_at, body)
        for key, event_id, happened_at, recorded_at, _owner, body in found
    ]


def _behind(field: str, after: Key, *, is_ascending: bool) -> Q:
    value, key = after
    sign = "gt" if is_ascending else "lt"
    if field == "id":
        return Q(**{f"id__{sign}": key})
    return Q(**{f"{field}__{sign}": value}) | Q(**{field: value, f"id__{sign}": key})


def _matching(query: Query) -> "QuerySet[TrackingEvent]":
    rows: QuerySet[TrackingEvent] = whole_rows(TrackingEvent.objects.all())
    bounds = _bounds(query.conditions)
    rows = rows.filter(**bounds)
    for place, condition in enumerate(query.conditions):
        rows = _narrowed(rows, condition, bounds, f"reading_{place}")
    return rows


def _bounds(conditions: Sequence[Condition]) -> dict[str, UUID]:
    """Return the range of keys that conditions on event time leave, so that months are skipped."""
    found: dict[str, UUID] = {}
    for each in conditions:
        if isinstance(each, Times) and each.field == "happened_at":
            bound = lower_bound(each.at)
            if each.comparison == "ge":
                found["id__gte"] = max(bound, found.get("id__gte", bound))
            else:
                found["id__lt"] = min(bound, found.get("id__lt", bound))
    return found


def _narrowed(
    rows: "QuerySet[TrackingEvent]", condition: Condition, bounds: dict[str, UUID], name: str
) -> "QuerySet[TrackingEvent]":
    match condition:
        case Times(field, comparison, at):
            return rows.filter(**{f"{field}__{_LOOKUPS[comparison]}": at})
        case Words(field, values):
            return rows.filter(**{f"{field}__in": values})
        case Within(field, values):
            return rows.filter(_either(_within(field, value) for value in values))
        case Marks(values):
            return rows.filter(traits__overlap=list(values))
        case Declared():
            return rows.filter(declared_at__isnull=False)
        case Reading(comparison, uom, value):
            found = _report_with(comparison, uom, value)
            return rows.alias(**{name: found}).filter(**{name: True})
        case Amount(comparison, value):
            lookup = {f"quantity__{_LOOKUPS[comparison]}": value}
            things = EventThing.objects.filter(role__in=_CLASSES, **lookup)
        case Things(roles, values, classes):
            starts = (Q(thing__startswith=f"{each}/") for each in classes)
            wanted = _either([Q(thing__in=values), *starts])
            things = EventThing.objects.filter(wanted, role__in=roles)
    return rows.filter(id__in=things.filter(**bounds).values("event"))


def _within(field: str, value: str) -> Q:
    return Q(**{field: value}) | Q(**{f"{field}__startswith": f"{value}/"})


def _either(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, Q())


def _report_with(comparison: str, uom: str, value: Any) -> Func:
    path = (
        "$.sensorElementList[*].sensorReport[*] ? "
        f"(@.uom == $uom && @.value {_SIGNS[comparison]} $value)"
    )
    return Func(
        F("body"),
        Cast(Value(path), _JsonPath()),
        Value({"uom": uom, "value": _number(value)}, output_field=JSONField()),
        function="jsonb_path_exists",
        output_field=BooleanField(),
    )


def _number(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


class _JsonPath(TextField):  # type: ignore[type-arg]
    """The type of a path into JSON, for a cast."""

    def db_type(self, connection: Any) -> str:
        """Return the name of the type."""
        return "jsonpath"
