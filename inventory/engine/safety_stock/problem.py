"""A chain of stages with lead times, costs and demand, as engines' format 6.4 states it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """One place of the chain that makes, buys or moves one item and may keep stock of it.

    Attributes
    ----------
    lead_time
        Whole periods from all inputs being there until the output is there, >= 0.
    max_service_time
        Longest time its customers may be made to wait [periods]; None is unlimited, but 0 at a
        stage with demand and without customers in the chain.
    cost_added
        What this stage adds to the cost of one unit [money].
    demand_mean, demand_std
        Demand of its own from outside the chain [units per period].
    z
        Standard normal quantile up to which its own demand is guaranteed; None without any.
    fixed_service_time
        Service time that is given and not to be chosen; None leaves it free.
    """

    id: str
    lead_time: int
    max_service_time: int | None
    cost_added: float
    demand_mean: float = 0.0
    demand_std: float = 0.0
    z: float | None = None
    fixed_service_time: int | None = None


@dataclass(frozen=True, slots=True)
class Arc:
    """``quantity`` units of ``supplier`` go into one unit of ``customer``."""

    supplier: str
    customer: str
    quantity: float


@dataclass(frozen=True, slots=True)
class Problem:
    """Stages and arcs without a circle; ``holding_rate`` is money per money of stock."""

    stages: tuple[Stage, ...]
    arcs: tuple[Arc, ...]
    holding_rate: float = 1.0


class Circle(ValueError):
    """Stages supply one another in a circle; ``way`` names them in order."""

    def __init__(self, way: tuple[str, ...]) -> None:
        self.way = way
        super().__init__(f"expected a chain without a circle, got {' > '.join(way)}")
