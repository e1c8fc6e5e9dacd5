"""Empty kilometres per lane and carrier, and loads for trucks that go home empty (TR-08)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from transport.rules.load import Amounts, Capacity, overloads
from transport.rules.road import Hop, NoRoute

Way = Callable[[str, str], Hop]


@dataclass(frozen=True, slots=True)
class Run:
    """Driven kilometres of one leg, loaded or empty."""

    lane: str
    carrier: str
    km: float
    is_empty: bool

    def __post_init__(self) -> None:
        if not 0 <= self.km < float("inf"):
            raise ValueError(f"expected km >= 0, got {self.km}")


@dataclass(frozen=True, slots=True)
class EmptyShare:
    """Empty and all kilometres of a lane and carrier."""

    lane: str
    carrier: str
    empty_km: float
    km: float

    @property
    def share(self) -> float:
        """Empty ÷ all kilometres in [0, 1]; 0 if nothing was driven."""
        return self.empty_km / self.km if self.km else 0.0


def empty_shares(runs: Iterable[Run]) -> tuple[EmptyShare, ...]:
    """Return the shares by lane and carrier, the most empty kilometres first."""
    sums: dict[tuple[str, str], list[float]] = {}
    for run in runs:
        row = sums.setdefault((run.lane, run.carrier), [0.0, 0.0])
        row[0] += run.km if run.is_empty else 0.0
        row[1] += run.km
    found = [EmptyShare(*key, *row) for key, row in sums.items()]
    return tuple(sorted(found, key=lambda each: (-each.empty_km, each.lane, each.carrier)))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmptyLeg:
    """A truck that would drive empty from ``origin`` (free at ``free_at``) to ``destination``.

    It must be there at ``due_at``. ``cents_per_km`` and ``kg_per_km`` (CO2e) are those of the
    truck on the road.
    """

    name: str
    origin: str
    destination: str
    free_at: datetime
    due_at: datetime
    capacity: Capacity
    cents_per_km: float
    kg_per_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLoad:
    """A load, empties returns and other partners' pickups included, that still needs a truck.

    ``handling`` is the time to load, and again to unload. ``alternative_cents`` and
    ``alternative_km`` are what it costs and drives without a match, kilometres back included.
    """

    name: str
    origin: str
    destination: str
    ready_at: datetime
    pickup_until: datetime
    deliver_from: datetime
    deliver_until: datetime
    amounts: Amounts
    handling: timedelta
    alternative_cents: int
    alternative_km: float


@dataclass(frozen=True, slots=True)
class Backhaul:
    """A load on an empty leg and what that saves; times are the planned ones."""

    leg: str
    load: str
    pickup_at: datetime
    delivered_at: datetime
    home_at: datetime
    saved_cents: int
    saved_km: float
    saved_kg: float


def backhaul(leg: EmptyLeg, load: WaitingLoad, way: Way) -> Backhaul | None:
    """Return the match of one leg and one load, ``None`` if it cannot be or saves nothing.

    Saved kilometres = empty leg + alternative of the load − (to pickup + loaded + home). Cents =
    alternative − further kilometres of this truck x its rate. The truck waits for windows.
    """
    if overloads(load.amounts, leg.capacity):
        return None
    try:
        hops = (
            way(leg.origin, load.origin),
            way(load.origin, load.destination),
            way(load.destination, leg.destination),
        )
        empty = way(leg.origin, leg.destination)
    except NoRoute:
        return None
    there = leg.free_at + timedelta(minutes=hops[0].minutes)
    pickup_at = max(there, load.ready_at)
    reached = pickup_at + load.handling + timedelta(minutes=hops[1].minutes)
    delivered_at = max(reached, load.deliver_from)
    home_at = delivered_at + load.handling + timedelta(minutes=hops[2].minutes)
    if pickup_at > load.pickup_until or delivered_at > load.deliver_until or home_at > leg.due_at:
        return None
    km = sum(hop.km for hop in hops)
    saved_km = empty.km + load.alternative_km - km
    saved_cents = load.alternative_cents - round((km - empty.km) * leg.cents_per_km)
    if saved_cents <= 0:
        return None
    return Backhaul(
        leg.name,
        load.name,
        pickup_at,
        delivered_at,
        home_at,
        saved_cents,
        saved_km,
        saved_km * leg.kg_per_km,
    )


def match(legs: Sequence[EmptyLeg], loads: Sequence[WaitingLoad], way: Way) -> tuple[Backhaul, ...]:
    """Return the matches with the greatest saving in all, each leg and load at most once.

    Linear assignment on the saved cents; pairs that save nothing are never made. Sorted by
    saving, the greatest first. O(max(legs, loads)³).
    """
    if not legs or not loads:
        return ()
    pairs = [[backhaul(leg, load, way) for load in loads] for leg in legs]
    saved = np.array([[pair.saved_cents if pair else 0 for pair in row] for row in pairs])
    from scipy.optimize import linear_sum_assignment  # takes a while to import

    rows, columns = linear_sum_assignment(saved, maximize=True)
    chosen = [pairs[i][j] for i, j in zip(rows, columns, strict=True)]
    found = [pair for pair in chosen if pair is not None]
    return tuple(sorted(found, key=lambda pair: (-pair.saved_cents, pair.leg)))
