"""The answer: how long each stage makes its customers wait, and what it keeps for that."""

from dataclasses import dataclass
from typing import Any, Literal

Status = Literal["optimal", "feasible"]
DIGITS = 6


@dataclass(frozen=True, slots=True)
class StageAnswer:
    """One stage's service times [periods], safety stock [units] and its cost [money]."""

    service_time: int
    inbound_service_time: int
    net_replenishment_time: int
    safety_stock: float
    cost: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Service times for every stage by id; no placement can cost less than ``bound``.

    ``cost_decoupled`` is what it costs if every stage delivers at once from its own stock.
    ``optimal`` says that nothing is cheaper by more than one part in 10^9.
    """

    status: Status
    cost: float
    bound: float
    cost_decoupled: float
    stages: dict[str, StageAnswer]
    seconds: float

    @property
    def saving_pct(self) -> float:
        """Return how much less it costs than buffers everywhere [percent]."""
        if self.cost_decoupled <= 0:
            return 0.0
        return 100.0 * (1.0 - self.cost / self.cost_decoupled)


def to_json(placement: Placement) -> dict[str, Any]:
    """Return the placement as the command writes it."""
    return {
        "status": placement.status,
        "cost": round(placement.cost, DIGITS),
        "bound": round(placement.bound, DIGITS),
        "cost_decoupled": round(placement.cost_decoupled, DIGITS),
        "saving_pct": round(placement.saving_pct, DIGITS),
        "stages": {
            name: {
                "service_time": each.service_time,
                "inbound_service_time": each.inbound_service_time,
                "net_replenishment_time": each.net_replenishment_time,
                "safety_stock": round(each.safety_stock, DIGITS),
                "cost": round(each.cost, DIGITS),
            }
            for name, each in placement.stages.items()
        },
        "seconds": round(placement.seconds, 3),
    }
