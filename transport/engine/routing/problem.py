"""What a routing problem is and what an answer to it: plain frozen values."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

Progress = Callable[[float, float], None]


class DistanceRule(Enum):
    """How a straight line between two points becomes a distance."""

    TENTHS = "cut to one decimal"  # with time windows
    WHOLE = "rounded to the nearest whole number"  # without
    EXACT = "not rounded"  # mixed fleet without time windows


@dataclass(frozen=True, slots=True)
class Stop:
    """One place; number 0 of a problem is the depot.

    ``demand`` is in units of load; ``ready``, ``due``, ``service`` and ``release`` are in the
    instance's unit of time, which is also its unit of distance. ``due`` limits the start of
    service, at the depot the return; ``release`` is the earliest departure of the trip that
    delivers the stop.
    """

    x: float
    y: float
    demand: int = 0
    ready: float = 0.0
    due: float = float("inf")
    service: float = 0.0
    release: float = 0.0


@dataclass(frozen=True, slots=True)
class VehicleType:
    """Vehicles alike: their numbers in the instance (from 1), load limit, cost, reloads.

    ``fixed_cost`` falls due per vehicle used and ``unit_cost`` per unit of distance, both in
    hundredths for a mixed fleet. With ``reloads`` the vehicle may return to the depot and
    leave for another trip, in no time.
    """

    vehicles: tuple[int, ...]
    capacity: int
    fixed_cost: float = 0.0
    unit_cost: float = 1.0
    reloads: bool = False


@dataclass(frozen=True, slots=True)
class RoutingProblem:
    """Stops (the depot first), the fleet, and the rule for distances.

    ``matrix`` holds distances given row by row, where no coordinates are to be used.
    """

    name: str
    stops: tuple[Stop, ...]
    fleet: tuple[VehicleType, ...]
    rule: DistanceRule
    has_windows: bool = False
    is_mixed: bool = False
    matrix: tuple[tuple[float, ...], ...] | None = None

    @property
    def customers(self) -> range:
        """The numbers of the stops to be visited."""
        return range(1, len(self.stops))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why no plan exists: the constraint, the stops that break it, and the figures."""

    constraint: str
    stops: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """Routes as a search finds them, before anyone has looked at them a second time.

    A ``0`` inside a route is a reload; ``vehicles`` holds the vehicle's number per route.
    """

    routes: tuple[tuple[int, ...], ...]
    vehicles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """The answer: ``status`` is "feasible", "infeasible" (proven) or "unknown" (none found).

    ``distance`` is in the instance's unit; ``cost`` is None unless the fleet is mixed. Without
    a plan both are None, ``routes`` is empty and ``conflicts`` says why.
    """

    status: str
    routes: tuple[tuple[int, ...], ...] = ()
    vehicles: tuple[int, ...] = ()
    distance: float | None = None
    cost: float | None = None
    conflicts: tuple[Conflict, ...] = ()
    iterations: int = 0
