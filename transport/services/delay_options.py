"""What can be done about a late shipment: waiting, another slot, another order of stops, premium.

Every figure comes from what is known of the load and the tariffs in force; what nobody knows is
``None``, never a guess.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from collab.organisations.clock import own_day
from transport.models import Load, Shipment, Stop
from transport.rules.tariff import Mode
from transport.services.arrivals import Arrival, appointment
from transport.services.distances import way
from transport.services.figures import amounts_of
from transport.services.pricing import cheapest_of, movement_of, tariffs_on

SLOT = timedelta(minutes=15)
LOADING = timedelta(minutes=60)
"""Time until a special vehicle stands at the supplier's door, loaded."""
KINDS = ("wait", "re_slot", "re_plan", "premium")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way out: lateness left [min], cost on top [minor units] and CO2 on top [kg].

    ``reason`` is a code that says why an option is not open; empty for an open one.
    """

    kind: str
    late_minutes: int
    cost_minor: int | None
    co2_kg: str | None
    until: str = ""
    reason: str = ""

    def row(self) -> dict[str, Any]:
        """Return the option as it is kept."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A shipment that comes late: its load with all stops, the one where it gets off, and when."""

    shipment: Shipment
    load: Load
    stops: Sequence[Stop]
    stop: Stop
    arrival: Arrival
    now: datetime

    @property
    def minutes(self) -> int:
        """By how much it is late if nothing is done."""
        return late_minutes(self.stop, self.arrival.eta.p50)


def options(late: Late) -> list[Option]:
    """Return the options best first: open before closed, then lateness, then cost."""
    return sorted(
        [_wait(late), _re_slot(late), _re_plan(late), _premium(late)],
        key=lambda each: (
            bool(each.reason),
            each.late_minutes,
            each.cost_minor if each.cost_minor is not None else float("inf"),
            KINDS.index(each.kind),
        ),
    )


def late_minutes(stop: Stop, at: datetime) -> int:
    """Return by how many minutes ``at`` is behind the appointment, 0 if it is not."""
    return max(0, round((at - appointment(stop).end) / timedelta(minutes=1)))


def _wait(late: Late) -> Option:
    return Option(kind="wait", late_minutes=late.minutes, cost_minor=0, co2_kg="0")


def _closed(late: Late, kind: str, reason: str) -> Option:
    return Option(kind=kind, late_minutes=late.minutes, cost_minor=None, co2_kg=None, reason=reason)


def _re_slot(late: Late) -> Option:
    """Move the appointment behind the latest likely arrival, while the place is open."""
    opens = _next_quarter(late.arrival.eta.p90)
    if late.stop.slot_from is None:
        return _closed(late, "re_slot", "no_slot")
    if opens > late.stop.window_until:
        return _closed(late, "re_slot", "place_closed")
    return Option(kind="re_slot", late_minutes=0, cost_minor=0, co2_kg="0", until=opens.isoformat())


def _re_plan(late: Late) -> Option:
    """Drive to this stop first; the others follow in their order."""
    stop, load = late.stop, late.load
    between = [
        each
        for each in late.stops
        if each.arrived_at is None and each.departed_at is None and each.sequence < stop.sequence
    ]
    if not between:
        return _closed(late, "re_plan", "next_already")
    if any(each.purpose != Stop.Purpose.DELIVERY for each in between):
        return _closed(late, "re_plan", "goods_not_on_board")
    if any(each.is_frozen for each in between):
        return _closed(late, "re_plan", "frozen")
    dwell = sum((s.planned_departure - s.planned_arrival for s in between), start=timedelta())
    straight = way(between[0].place, stop.place)
    through = sum(way(a.place, b.place).minutes for a, b in pairwise([*between, stop]))
    saved = dwell + timedelta(minutes=max(0.0, through - straight.minutes))
    km_more = straight.km + way(stop.place, between[0].place).km
    return Option(
        kind="re_plan",
        late_minutes=late_minutes(stop, late.arrival.eta.p50 - saved),
        cost_minor=_by_km(load.expected_cost_minor, load, km_more),
        co2_kg=_text(_kg_by_km(load, km_more)),
    )


def _premium(late: Late) -> Option:
    """Send another vehicle straight from the supplier, as long as the goods are still there."""
    shipment = late.shipment
    if shipment.picked_up_at is not None:
        return _closed(late, "premium", "on_board")
    hop = way(shipment.origin, shipment.destination)
    there = late.now + LOADING + timedelta(minutes=hop.minutes)
    day = own_day(late.now)
    movement = movement_of(
        Mode.DIRECT,
        shipment.origin,
        shipment.destination,
        day=day,
        km=Decimal(str(round(hop.km, 2))),
        amounts=amounts_of(shipment),
    )
    found = cheapest_of(movement, tariffs_on(day), currency=late.load.currency)
    return Option(
        kind="premium",
        late_minutes=late_minutes(late.stop, there),
        cost_minor=found[1].cents if found is not None else None,
        co2_kg=_text(_kg_by_km(late.load, hop.km)),
        until=there.isoformat(),
        reason="" if found is not None else "no_tariff",
    )


def _by_km(amount: int | None, load: Load, km: float) -> int | None:
    if amount is None or not load.distance_km:
        return None
    return round(amount / float(load.distance_km) * km)


def _kg_by_km(load: Load, km: float) -> float | None:
    if load.emissions_kg is None or not load.distance_km:
        return None
    return float(load.emissions_kg) / float(load.distance_km) * km


def _text(kg: float | None) -> str | None:
    return None if kg is None else f"{kg:.1f}"


def _next_quarter(at: datetime) -> datetime:
    over = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - over + SLOT if over else at
