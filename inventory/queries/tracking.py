"""Where units are and what happened to them: own events and those that partners opened.

A grant that opens some fields only opens no unit and no event: the parts of an event tell each
other. Units and histories are read branch by branch (``sharing.queries.latest_rows``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.models import GrantedPair
from collab.sharing.queries import latest_rows, visible_fields
from inventory.models import TRACKING, SourceGrade, TrackingEvent, UnitState
from inventory.queries.event_things import opened
from inventory.queries.tracking_words import (
    disposition_label,
    disposition_tone,
    key_kind,
    kind_label,
    short,
    step_label,
)
from inventory.rules.event_ids import MOST_THINGS

VIEWS: Final = ("now", "way", "silent", "ended", "all")
SORTS: Final = {"newest": "observed_at", "unit": "thing"}
TRAVELLING: Final = ("shipping", "departing", "loading", "transporting")
SILENT_AFTER: Final = timedelta(days=2)
COLUMNS: Final = (
    "owner_id", "counterparty_id", "thing", "observed_at", "biz_step", "disposition", "read_point",
    "biz_location", "site_code", "placed_at", "parent", "part_number", "is_ended", "source",
    "source_grade",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``.

    ``text`` begins an identifier, as a whole or the digits people know it by.
    """

    view: str = "now"
    text: str = ""
    site: str = ""
    step: str = ""
    part: str = ""
    sort: str = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """One unit as one owner's events make it: the same on the page, in the API, on the socket."""

    id: UUID
    thing: str
    owner: Name
    partner: Name
    is_own: bool
    observed_at: datetime
    biz_step: str
    disposition: str
    read_point: str
    biz_location: str
    site_code: str
    placed_at: datetime | None
    parent: str
    part_number: str
    is_ended: bool
    source: str
    source_grade: str

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"unit-{self.id}"

    @property
    def label(self) -> str:
        """The unit as people say it."""
        return short(self.thing)

    @property
    def key_kind(self) -> str:
        """Which GS1 key it is, if any."""
        return key_kind(self.thing)

    @property
    def parent_label(self) -> str:
        """What it is in."""
        return short(self.parent) if self.parent else ""

    @property
    def place(self) -> str:
        """Where it is: the site, else the place as it was sent."""
        return self.site_code or short(self.biz_location or self.read_point)

    @property
    def step_label(self) -> str:
        """The last step in words."""
        return step_label(self.biz_step)

    @property
    def disposition_label(self) -> str:
        """Its condition in words."""
        return disposition_label(self.disposition)

    @property
    def tone(self) -> str:
        """The tone of its condition."""
        return "done" if self.is_ended else disposition_tone(self.disposition)

    @property
    def grade_label(self) -> str:
        """How the last sighting came about."""
        return str(SourceGrade(self.source_grade).label)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One event in the history of a unit; ``role`` is the unit's in it."""

    id: UUID
    owner: Name
    partner: Name
    role: str
    kind: str
    action: str
    happened_at: datetime
    offset: str
    recorded_at: datetime
    biz_step: str
    disposition: str
    read_point: str
    biz_location: str
    site_code: str
    source: str
    source_grade: str
    is_voided: bool
    declared_at: datetime | None
    event_hash: str
    body: Mapping[str, Any]

    @property
    def kind_label(self) -> str:
        """What kind of event, in words."""
        return kind_label(self.kind)

    @property
    def step_label(self) -> str:
        """Why: the business step in words, else the kind of event."""
        return step_label(self.biz_step) if self.biz_step else self.kind_label

    @property
    def disposition_label(self) -> str:
        """The condition it tells."""
        return disposition_label(self.disposition)

    @property
    def tone(self) -> str:
        """The tone of the condition."""
        return disposition_tone(self.disposition)

    @property
    def place(self) -> str:
        """Where: the site, else the place as it was sent."""
        return self.site_code or short(self.read_point or self.biz_location)

    @property
    def grade_label(self) -> str:
        """How it came about."""
        return str(SourceGrade(self.source_grade).label)


_BRANCHES: Final = """
  FROM unnest(%(owners)s::bigint[], %(abouts)s::bigint[]) AS pair(owner, about)
 CROSS JOIN LATERAL ({}) AS found
"""
"""Own rows and granted ones pair by pair, each by its own index; no about: the viewer's own."""

_LIVES: Final = "SELECT found.*" + _BRANCHES.format(
    "SELECT first_event, seen_event FROM inventory_unitstate WHERE owner_id = pair.owner"
    " AND (pair.about IS NULL OR counterparty_id = pair.about) AND thing = %(thing)s"
)
_HISTORY: Final = (
    "SELECT found.event, found.role"
    + _BRANCHES.format(
        "SELECT id, event, role FROM inventory_eventthing WHERE owner_id = pair.owner"
        " AND (pair.about IS NULL OR counterparty_id = pair.about) AND thing = %(thing)s"
        " AND id > %(first)s AND id < %(last)s ORDER BY id DESC LIMIT %(limit)s"
    )
    + " ORDER BY found.id DESC LIMIT %(limit)s"
)


def units(wanted: UnitFilter, *, limit: int, offset: int = 0) -> list[UnitRow]:
    """Return units in the order the filter asks for, newest first by default."""
    if wanted.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {wanted.sort!r}")
    where = _where(wanted)
    if wanted.sort == "newest":
        found = latest_rows(
            UnitState, COLUMNS, order="observed_at", limit=offset + limit, where=where
        )
        return _unit_rows([(row[1], *row[2:]) for row in found[offset:]])
    ordered = unit_query(wanted).order_by(SORTS[wanted.sort], "pk").values_list("pk", *COLUMNS)
    return _unit_rows(list(ordered[offset : offset + limit]))


def unit_query(wanted: UnitFilter) -> "QuerySet[UnitState]":
    """Return the visible units that the filter has: a query set, without an order."""
    return UnitState.objects.filter(_where(wanted))


def unit_by_key(key: UUID) -> UnitRow | None:
    """Return one visible unit."""
    return next(iter(units_by_key([key])), None)


def units_by_key(keys: Sequence[UUID]) -> list[UnitRow]:
    """Return the visible units among the keys."""
    rows = UnitState.objects.filter(_whole(), pk__in=keys).values_list("pk", *COLUMNS)
    return _unit_rows(list(rows))


def units_named(things: Sequence[str]) -> list[UnitRow]:
    """Return what the acting organisation sees of these things, one row an owner, newest first."""
    where = Q(thing__in=list(things)) & _whole()
    found = latest_rows(UnitState, COLUMNS, order="observed_at", limit=500, where=where)
    return _unit_rows([(row[1], *row[2:]) for row in found])


def children_of(row: UnitRow, *, limit: int = 200) -> list[UnitRow]:
    """Return what is in a unit, by its owner's events; what was emptied holds nothing."""
    parent = UnitState.objects.filter(pk=row.id).values_list("owner_id", "emptied_event").first()
    if parent is None:
        return []
    inside = UnitState.objects.filter(
        _whole(), owner_id=parent[0], parent=row.thing, parent_event__gt=parent[1]
    )
    return _unit_rows(list(inside.order_by("thing").values_list("pk", *COLUMNS)[:limit]))


def history_of(thing: str, *, limit: int = 100, before: UUID | None = None) -> list[TimelineRow]:
    """Return the visible events about a thing, newest first, whoever recorded them.

    ``before``: only events older than the one with that key. The units that the thing is say in
    which months its events lie, so that no other month is looked at.
    """
    asked: dict[str, Any] = {"thing": thing, "limit": limit, **opened()}
    with connection.cursor() as cursor:
        cursor.execute(_LIVES, asked)
        lives = cursor.fetchall()
        first = min((row[0] for row in lives), default=UUID(int=0))
        newest = max((row[1].int for row in lives), default=(1 << 128) - 1)
        last = UUID(int=newest | MOST_THINGS)
        cursor.execute(_HISTORY, asked | {"first": first, "last": min(last, before or last)})
        roles: dict[UUID, str] = dict(cursor.fetchall())
    return events_by_key(list(roles), roles=roles)


def events_by_key(
    keys: Sequence[UUID], *, roles: Mapping[UUID, str] | None = None
) -> list[TimelineRow]:
    """Return the visible events among the keys, newest first."""
    rows = list(TrackingEvent.objects.filter(_whole(), pk__in=keys).order_by("-pk"))
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    told = roles or {}
    return [
        TimelineRow(
            id=row.pk,
            owner=names.get(row.owner_id, NOBODY),
            partner=names.get(row.counterparty_id, NOBODY),
            role=told.get(row.pk, ""),
            kind=row.kind,
            action=row.action,
            happened_at=row.happened_at,
            offset=row.offset,
            recorded_at=row.recorded_at,
            biz_step=row.biz_step,
            disposition=row.disposition,
            read_point=row.read_point,
            biz_location=row.biz_location,
            site_code=row.site_code,
            source=row.source,
            source_grade=row.source_grade,
            is_voided=row.is_voided,
            declared_at=row.declared_at,
            event_hash=row.event_hash,
            body=row.body,
        )
        for row in rows
    ]


def _where(wanted: UnitFilter) -> Q:
    where = _whole() & _of_view(wanted.view)
    if wanted.text:
        where &= _begins(wanted.text)
    if wanted.site:
        where &= Q(site_code=wanted.site)
    if wanted.step:
        where &= Q(biz_step=wanted.step)
    if wanted.part:
        where &= Q(part_number=wanted.part)
    return where


def _begins(text: str) -> Q:
    """Return the condition that an identifier begins so; ranges, as LIKE has no index here."""
    base = "https://id.gs1.org/"
    begins = [text] if text.startswith(("http", "urn:")) else [
        text, *(f"{base}{key}/{text}" for key in ("00", "01", "8003", "8004"))
    ]  # fmt: skip
    found = Q()
    for each in begins:
        found |= Q(thing__gte=each, thing__lt=f"{each}\U0010ffff")
    return found


def _of_view(view: str) -> Q:
    if view == "way":
        return Q(is_ended=False) & (Q(disposition="in_transit") | Q(biz_step__in=TRAVELLING))
    if view == "silent":
        return Q(is_ended=False, observed_at__lt=timezone.now() - SILENT_AFTER)
    if view == "ended":
        return Q(is_ended=True)
    return Q(is_ended=False) if view == "now" else Q()


def _whole() -> Q:
    """Return the condition that leaves out rows of which the viewer may see some fields only."""
    told = visible_fields(TRACKING)
    if all(fields is None for fields in told.values()):
        return Q()
    pairs = [pair for pair, fields in told.items() if fields is None]
    mine = Q(owner_id=acting_organisation_id())
    return mine | Q(GrantedPair(pairs)) if pairs else mine


def _unit_rows(rows: Sequence[tuple[Any, ...]]) -> list[UnitRow]:
    own = acting_organisation_id()
    names = names_of({key for row in rows for key in row[1:3]})
    found = []
    for key, owner_id, counterparty_id, *values in rows:
        told = dict(zip(COLUMNS[2:], values, strict=True))
        found.append(
            UnitRow(
                id=key,
                owner=names.get(owner_id, NOBODY),
                partner=names.get(counterparty_id, NOBODY)
                if counterparty_id != owner_id
                else NOBODY,
                is_own=owner_id == own,
                **told,
            )
        )
    return found
