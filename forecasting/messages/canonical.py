"""A delivery schedule and the weekly aspects as every format means them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Commitment(StrEnum):
    """How binding a need is; each level implies the weaker ones."""

    FIRM = "firm"
    PRODUCTION = "production"
    MATERIAL = "material"
    FORECAST = "forecast"
    BACKLOG = "backlog"


class Measure(StrEnum):
    """Whether a quantity is of its own date alone or of all dates since the last reset."""

    DISCRETE = "discrete"
    CUMULATIVE = "cumulative"


class Basis(StrEnum):
    """What a date means: goods leave, or goods arrive."""

    SHIP = "ship"
    DELIVERY = "delivery"


class Function(StrEnum):
    """What a schedule does to its predecessor; either way it replaces it wholly."""

    ORIGINAL = "original"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A day, perhaps with a time; local to the ship-to site, as no format sends a zone."""

    on: date
    at: time | None = None

    def __str__(self) -> str:
        return f"{self.on.isoformat()}{f' {self.at:%H:%M}' if self.at is not None else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A partner or place by somebody's code; ``scheme`` is duns, seller, buyer, odette or empty."""

    value: str
    scheme: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReceipt:
    """The last delivery that the customer's cumulative contains; quantity in the item's unit."""

    quantity: Decimal | None = None
    on: Moment | None = None
    dispatch_number: str = ""
    dispatched_at: Moment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A need: quantity >= 0 [unit of the item] due at ``start``, or from ``start`` to ``end``.

    ``end`` is the last day of an interval, included; ``None`` for one date.
    """

    commitment: Commitment
    quantity: Decimal
    basis: Basis
    start: Moment
    end: date | None = None
    measure: Measure = Measure.DISCRETE
    is_immediate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GoAhead:
    """Up to which cumulative quantity the customer vouches for production or material."""

    commitment: Commitment
    quantity: Decimal
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleItem:
    """One part for one ship-to on one order; quantities in ``unit``, a UN/ECE Rec 20 code."""

    line: str
    part_number: str
    unit: str
    supplier_part_number: str = ""
    revision: str = ""
    description: str = ""
    order: str = ""
    previous_number: str = ""
    ship_to: Identifier | None = None
    ship_from: Identifier | None = None
    unloading_point: str = ""
    line_feed: str = ""  # where at the line the part is wanted
    received_cumulative: Decimal | None = None
    received_since: date | None = None
    shipped_cumulative: Decimal | None = None
    shipped_on: date | None = None
    in_transit: Decimal | None = None
    backlog: Decimal | None = None
    last_receipt: LastReceipt | None = None
    entries: tuple[Entry, ...] = ()
    go_aheads: tuple[GoAhead, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleMessage:
    """A whole schedule of one customer for one supplier."""

    number: str
    issued_at: Moment
    items: tuple[ScheduleItem, ...]
    function: Function = Function.REPLACE
    valid_from: date | None = None
    valid_to: date | None = None
    customer: Identifier | None = None
    supplier: Identifier | None = None

    @property
    def previous_number(self) -> str:
        """The number of the predecessor where all items name the same; else empty."""
        found = {item.previous_number for item in self.items}
        return found.pop() if len(found) == 1 else ""

    @property
    def ship_tos(self) -> tuple[Identifier, ...]:
        """The places that parts are wanted at, in the order of the message."""
        return tuple(dict.fromkeys(item.ship_to for item in self.items if item.ship_to))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallItem:
    """What is called of one part; quantities in ``unit``."""

    line: str
    part_number: str
    unit: str
    order: str = ""
    ship_to: Identifier | None = None
    dock: str = ""
    line_feed: str = ""
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMessage:
    """A summarised call: it replaces the firm part of the schedule inside its window only."""

    number: str
    issued_at: Moment
    items: tuple[CallItem, ...]
    valid_from: date | None = None
    valid_to: date | None = None
    customer: Identifier | None = None
    supplier: Identifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandWeek:
    """The need of the week that begins on Monday ``week``."""

    week: date
    quantity: Decimal
    kept_aside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandSeries:
    """The weekly need of one customer site (BPNS) in one demand category."""

    site: str
    category: str
    weeks: tuple[DemandWeek, ...]
    expected_supplier_site: str = ""
    kept_aside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandMessage:
    """Weekly demand of one part; parties by BPNL, ``unit`` a Rec 20 code, empty where omitted."""

    demand_id: str
    customer: str
    supplier: str
    part_number: str
    description: str
    changed_at: datetime
    series: tuple[DemandSeries, ...]
    unit: str = ""
    supplier_part_number: str = ""
    global_asset_id: str = ""
    is_inactive: bool = False
    kept_aside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityWeek:
    """Capacity of the week that begins on Monday ``week``; ``maximum`` >= ``actual``."""

    week: date
    actual: Decimal
    maximum: Decimal
    agreed: Decimal | None = None
    delta_production: Decimal | None = None
    kept_aside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedSeries:
    """A demand series that a group serves; one unit takes ``load_factor`` of its capacity."""

    part_number: str
    site: str
    category: str
    supplier_part_number: str = ""
    load_factor: Decimal | None = None
    kept_aside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityMessage:
    """What a supplier can make for a customer; ``volatility`` stays in the form of the aspect."""

    group_id: str
    name: str
    customer: str
    supplier: str
    changed_at: datetime
    weeks: tuple[CapacityWeek, ...] = ()
    linked_series: tuple[LinkedSeries, ...] = ()
    linked_groups: tuple[str, ...] = ()
    supplier_sites: tuple[str, ...] = ()
    unit: str = ""
    is_inactive: bool = False
    volatility: Mapping[str, Any] | None = None
    kept_aside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentMessage:
    """A remark about a demand or a capacity group, or the wish to delete one."""

    comment_id: str
    object_id: str
    object_type: str
    customer: str
    supplier: str
    author: str = ""
    posted_at: datetime | None = None
    changed_at: datetime | None = None
    text: str = ""
    kind: str = "default"
    weeks: tuple[date, ...] = ()
    is_to_be_deleted: bool = False
    simulation_id: str = ""
    kept_aside: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedObject:
    """An object whose state is wanted, if it changed since ``changed_since``."""

    object_id: str
    changed_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    """Which states a partner wants; without any everything."""

    demands: tuple[WantedObject, ...] = ()
    capacity_groups: tuple[WantedObject, ...] = ()

    @property
    def is_for_everything(self) -> bool:
        """Whether nothing is named, which means all."""
        return not self.demands and not self.capacity_groups
