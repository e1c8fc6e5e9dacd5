"""Loads as far as the viewer may see: lists, one with its stops and goods."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from collab.organisations.names import NOBODY, Name, names_of
from collab.work.fields import partner_is
from transport.models import Leg, Load, LoadState, Mode, Stop
from transport.queries.columns import (
    BEFORE_ROAD,
    DELIVERED,
    ON_THE_ROAD,
    PROGRESS,
    STATE_TONES,
    column,
    is_own,
    may_see,
    visible,
)
from transport.queries.words import DIMENSIONS, UNITS

# What a grant may open; "counterparty" stands for the carrier's name, "stops" for the stops.
FIELDS = (
    "number", "state", "mode", "route_template_id", "vehicle_type", "capacity", "starts_at",
    "ends_at", "distance_km", "empty_km", "fill", "limiting", "emissions_kg", "emissions_basis",
    "plate", "trailer", "driver_name", "cancelled_reason", "position", "pinged_at", "progress",
    "missing_cause", "next_stop", "plan_version",
)  # fmt: skip
OWN_FIELDS = ("expected_cost_minor", "currency")
VIEWS = ("active", "road", "draft", "tender", "late", "light", "over", "all")
LIGHT = Decimal("0.70")
SORTS = {
    "newest": ("-seen_starts_at", "-pk"),
    "due": ("seen_starts_at", "pk"),
    "number": ("seen_number", "pk"),
    "fill": ("seen_fill", "pk"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRow:
    """One load; what it is expected to cost is in ``values`` for its owner alone."""

    id: UUID
    owner: Name
    carrier: Name
    is_own: bool
    has_carrier: bool
    version: int
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS or name in OWN_FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"load-{self.id}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        state = self.values.get("state")
        return str(LoadState(state).label) if state else ""

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return STATE_TONES.get(str(self.values.get("state")), "info")

    @property
    def mode_label(self) -> str:
        """How it travels, in words."""
        mode = self.values.get("mode")
        return str(Mode(mode).label) if mode else ""

    @property
    def progress_label(self) -> str:
        """Whether it arrives in time, in words; empty while nothing is known."""
        return str(PROGRESS.get(str(self.values.get("progress")), ("", ""))[0])

    @property
    def progress_tone(self) -> str:
        """The tone of that."""
        return PROGRESS.get(str(self.values.get("progress")), ("", "info"))[1]

    @property
    def fill_percent(self) -> int | None:
        """How full it is where it is fullest [%]."""
        fill = self.values.get("fill")
        return None if fill is None else round(fill * 100)

    @property
    def is_light(self) -> bool:
        """Whether it is worth joining with others (TR-07)."""
        fill = self.values.get("fill")
        return fill is not None and fill < LIGHT

    @property
    def limiting_label(self) -> str:
        """What it runs out of first, in words."""
        return str(DIMENSIONS.get(str(self.values.get("limiting")), ""))

    @property
    def empty_percent(self) -> int | None:
        """Share of empty kilometres [%]."""
        km, empty = self.values.get("distance_km"), self.values.get("empty_km")
        return round(empty / km * 100) if km and empty is not None else None

    @property
    def cost(self) -> Decimal | None:
        """What it is expected to cost in the currency's main unit."""
        minor = self.values.get("expected_cost_minor")
        return None if minor is None else Decimal(minor) / 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "active"
    text: str = ""
    partner_bpn: str = ""
    mode: str = ""
    sort: str = "due"


def loads(wanted: LoadFilter | None = None) -> Any:
    """Return the visible loads that the filter has: a query set of ``Load``."""
    chosen = wanted or LoadFilter()
    rows = Load.objects.annotate(
        seen_number=column(Load, "number"),
        seen_state=column(Load, "state"),
        seen_progress=column(Load, "progress"),
        seen_starts_at=column(Load, "starts_at"),
        seen_fill=column(Load, "fill"),
    ).filter(_of_view(chosen.view))
    if chosen.text:
        rows = rows.annotate(seen_plate=column(Load, "plate")).filter(
            Q(seen_number__istartswith=chosen.text) | Q(seen_plate__istartswith=chosen.text)
        )
    if chosen.partner_bpn:
        rows = rows.filter(partner_is(chosen.partner_bpn))
    if chosen.mode:
        rows = rows.annotate(seen_mode=column(Load, "mode")).filter(seen_mode=chosen.mode)
    return rows


def list_loads(
    wanted: LoadFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[LoadRow]:
    """Return loads in the order the filter asks for."""
    chosen = wanted or LoadFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    rows = loads(chosen).order_by(*SORTS[chosen.sort])
    return load_rows(rows[offset : offset + limit])


def count_loads(wanted: LoadFilter | None = None) -> int:
    """Return how many rows the filter has."""
    number: int = loads(wanted).count()
    return number


def loads_by_key(keys: Iterable[UUID]) -> list[LoadRow]:
    """Return the visible rows among ``keys``."""
    return load_rows(Load.objects.filter(pk__in=list(keys)))


def load_rows(found: Iterable[Load]) -> list[LoadRow]:
    """Return the plain rows of loads with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [
        LoadRow(
            id=row.pk,
            owner=names.get(row.owner_id, NOBODY),
            carrier=names.get(row.counterparty_id, NOBODY)
            if row.counterparty_id != row.owner_id and may_see(row, "counterparty")
            else NOBODY,
            is_own=is_own(row),
            has_carrier=row.counterparty_id != row.owner_id,
            version=row.version,
            values=visible(row, (*FIELDS, *OWN_FIELDS) if is_own(row) else FIELDS),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRow:
    """One halt of a load, with what gets on and off there."""

    sequence: int
    purpose: str
    place: Mapping[str, Any]
    dock: str
    window_from: datetime
    window_until: datetime
    planned_arrival: datetime
    planned_departure: datetime
    slot_from: datetime | None
    slot_until: datetime | None
    arrived_at: datetime | None
    departed_at: datetime | None
    eta: Mapping[str, Any] | None
    leg_km: Decimal | None
    load_after: Mapping[str, str]
    is_frozen: bool
    on: Sequence[str]
    off: Sequence[str]

    @property
    def purpose_label(self) -> str:
        """What for, in words."""
        return str(Stop.Purpose(self.purpose).label)

    @property
    def expected(self) -> datetime:
        """When it arrived, else when it is expected by the last ping, else when planned."""
        estimate = parse_datetime(self.eta["p50"]) if self.eta and self.eta.get("p50") else None
        return self.arrived_at or estimate or self.planned_arrival

    @property
    def is_driven(self) -> bool:
        """Whether the vehicle has been there."""
        return self.arrived_at is not None

    @property
    def is_late(self) -> bool:
        """Whether it is, or is expected, after the window or slot."""
        return self.expected > (self.slot_until or self.window_until)

    @property
    def board(self) -> str:
        """What is on board when leaving, in words."""
        kg = Decimal(self.load_after.get("kg", "0"))
        return f"{kg:,.0f} kg".replace(",", " ")


def stops_of(load_id: UUID) -> list[StopRow]:
    """Return the visible stops of a load in their order; two queries."""
    legs = Leg.objects.filter(load_id=load_id).values_list(
        "shipment_number", "from_sequence", "to_sequence"
    )
    known = list(legs.order_by("shipment_number"))
    return [
        StopRow(
            sequence=row.sequence,
            purpose=row.purpose,
            place=row.place,
            dock=row.dock,
            window_from=row.window_from,
            window_until=row.window_until,
            planned_arrival=row.planned_arrival,
            planned_departure=row.planned_departure,
            slot_from=row.slot_from,
            slot_until=row.slot_until,
            arrived_at=row.arrived_at,
            departed_at=row.departed_at,
            eta=row.eta,
            leg_km=row.leg_km,
            load_after=row.load_after,
            is_frozen=row.is_frozen,
            on=[number for number, start, _end in known if start == row.sequence],
            off=[number for number, _start, end in known if end == row.sequence],
        )
        for row in Stop.objects.filter(load_id=load_id).order_by("sequence")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class FillBar:
    """How much of one dimension is used where the load is fullest in it."""

    label: str
    used: Decimal
    limit: Decimal
    unit: str

    @property
    def percent(self) -> int:
        """The share used [%]."""
        return round(self.used / self.limit * 100)


def fill_bars(row: LoadRow, stops: Sequence[StopRow]) -> list[FillBar]:
    """Return a bar for each dimension the vehicle is limited in."""
    bars = []
    for name, label in DIMENSIONS.items():
        limit = (row.values.get("capacity") or {}).get(name)
        if limit:
            used = max((Decimal(s.load_after.get(name, "0")) for s in stops), default=Decimal(0))
            bars.append(
                FillBar(label=str(label), used=used, limit=Decimal(limit), unit=UNITS[name])
            )
    return bars


def shipments_of_load(load_id: UUID) -> list[UUID]:
    """Return the keys of the shipments on a load, in the order they get on."""
    legs = Leg.objects.filter(load_id=load_id).order_by("from_sequence", "shipment_number")
    return list(legs.values_list("shipment_id", flat=True))


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    over = [*DELIVERED, "cancelled"]
    return {
        "active": Q(seen_state__isnull=True) | ~Q(seen_state__in=over),
        "road": Q(seen_state__in=ON_THE_ROAD),
        "draft": Q(seen_state__in=["draft", "planned"]),
        "tender": Q(seen_state__in=["tendered", "rejected"]),
        "late": Q(seen_progress__in=["late", "cannot_make_it"]) & ~Q(seen_state__in=over),
        "light": Q(seen_fill__lt=LIGHT, seen_state__in=BEFORE_ROAD),
        "over": Q(seen_state__in=over),
    }.get(view, Q())
