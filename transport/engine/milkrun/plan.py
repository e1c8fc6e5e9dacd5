"""What a milk-run week is answered with: ways, routes with their clock times, costs and shares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from transport.engine.milkrun.problem import Mode, Pattern

Status = Literal["optimal", "feasible", "infeasible"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Money of a week by kind; ``total`` is their sum."""

    fleet_fixed: float = 0.0
    distance: float = 0.0
    time: float = 0.0
    direct: float = 0.0
    stock: float = 0.0
    co2: float = 0.0

    @property
    def total(self) -> float:
        """The sum of all kinds."""
        return (
            self.fleet_fixed + self.distance + self.time + self.direct + self.stock + self.co2
        )  # fmt: skip

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.fleet_fixed + other.fleet_fixed,
            self.distance + other.distance,
            self.time + other.time,
            self.direct + other.direct,
            self.stock + other.stock,
            self.co2 + other.co2,
        )


@dataclass(frozen=True, slots=True)
class Stop:
    """A pick-up by a milk run; times in minutes from 00:00.

    ``break_min`` is taken on the leg that ends here, ``arrive`` includes it.
    """

    supplier: str
    arrive: float
    start: float
    depart: float
    break_min: float = 0.0


@dataclass(frozen=True, slots=True)
class Trip:
    """From the plant to stops and back; ``break_min`` is taken on the way home.

    ``start_min`` is when loading starts; None: as soon as the vehicle is there.
    """

    stops: tuple[Stop, ...]
    break_min: float = 0.0
    start_min: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One vehicle on one weekday; ``vehicle_index`` counts from 1 within its type and day.

    ``cost`` is the hire by day, km and hour, and the price of its CO2e.
    """

    day: int
    vehicle_type: str
    vehicle_index: int
    start_min: float
    end_min: float
    km: float
    kg_co2e: float
    cost: float
    trips: tuple[Trip, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """How a supplier's goods come: the way and the weekdays."""

    mode: Mode
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class BaselineShare:
    """A supplier alone on its cheapest pattern by the tariff.

    ``cost`` is None where no tariff row reaches.
    """

    cost: float | None
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Baseline:
    """Everything direct; ``cost`` None where some supplier cannot ship direct."""

    cost: float | None
    km: float
    kg_co2e: float
    per_supplier: Mapping[str, BaselineShare]


@dataclass(frozen=True, slots=True)
class Allocation:
    """What a supplier's pick-ups cost alone and what they are charged."""

    supplier: str
    baseline_cost: float | None
    allocated_cost: float

    @property
    def saving(self) -> float:
        """What is saved against going alone; 0 where that is impossible."""
        return 0.0 if self.baseline_cost is None else self.baseline_cost - self.allocated_cost

    @property
    def saving_pct(self) -> float:
        """The saving in per cent of the cost alone."""
        return 100 * self.saving / self.baseline_cost if self.baseline_cost else 0.0


@dataclass(frozen=True, slots=True)
class Alternative:
    """What another pattern or way would cost a supplier in this plan, all else left as it is."""

    mode: Mode
    pattern: Pattern
    cost: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a supplier goes the way it goes.

    Attributes
    ----------
    cost
        What the week costs more with this supplier than without.
    direct_cost
        Of the cheapest direct pattern; None where the tariff does not reach.
    stock_cost
        Of pallets that wait at the plant.
    wait_min
        Of trucks, at this supplier's stops, a week.
    alternatives
        The cheapest other patterns and ways, cheapest first.
    """

    supplier: str
    mode: Mode
    pattern: Pattern
    cost: float
    direct_cost: float | None
    stock_cost: float
    wait_min: float
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What cannot be met together: the suppliers concerned and the constraint in words."""

    suppliers: tuple[str, ...]
    constraint: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The week.

    Attributes
    ----------
    choices
        By supplier with volume.
    allocation
        Every supplier; sums up to the total.
    method
        How routes and shares came about.
    changed_stops, peak_arrivals
        Against the published plan; above the dock limits.
    extra
        Cost of what the options add beside the rules: penalties for changed stops and for
        peaks, cross-docks. Not in ``cost``.
    conflicts
        Why there is no plan, where there is none.
    """

    status: Status
    seconds: float
    cost: Cost
    km: float
    kg_co2e: float
    baseline: Baseline
    choices: Mapping[str, Choice]
    routes: tuple[Route, ...]
    allocation: tuple[Allocation, ...] = ()
    method: str = ""
    explanations: tuple[Explanation, ...] = ()
    changed_stops: int = 0
    peak_arrivals: int = 0
    extra: Mapping[str, float] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()

    @property
    def objective(self) -> float:
        """What the solver minimises: the cost of the rules and of the options."""
        return self.cost.total + sum(self.extra.values())

    @property
    def vehicle_days(self) -> int:
        """How many vehicles are hired, summed over the days."""
        return len(self.routes)

    def figures(self) -> dict[str, Any]:
        """Return the figures of a comparison: cost, km, kg CO2e, vehicle-days."""
        return {
            "cost": self.objective,
            "km": self.km,
            "kg_co2e": self.kg_co2e,
            "vehicles": self.vehicle_days,
        }
