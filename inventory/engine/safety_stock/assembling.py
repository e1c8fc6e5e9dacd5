"""Put a chain together from what a file says, and refuse what is no chain, naming the place."""

from collections.abc import Sequence
from statistics import NormalDist

from collab.engine_fields import UnreadableProblem, shown
from inventory.engine.safety_stock.network import order_of
from inventory.engine.safety_stock.problem import Arc, Circle, Problem, Stage

MOST_STAGES = 20_000
LONGEST_LEAD = 10_000
LARGEST_Z = 10.0
LEAST_LEVEL, MOST_LEVEL = 0.5, 1.0 - 1e-9


def assemble(
    stages: Sequence[tuple[str, Stage]],
    arcs: Sequence[tuple[str, Arc]],
    *,
    file: str,
    holding_rate: float = 1.0,
) -> Problem:
    """Return the chain of stages and arcs, each given with its key or line in the file.

    Raises ``UnreadableProblem`` for an id or arc given twice, an unknown id, a stage with a spread
    of demand and no quantile, and a circle.
    """
    if not 1 <= len(stages) <= MOST_STAGES:
        raise UnreadableProblem(
            f"expected 1 to {MOST_STAGES} stages, got {len(stages)}", file=file, key="stages"
        )
    known: set[str] = set()
    for key, stage in stages:
        if stage.id in known:
            raise UnreadableProblem(
                f"expected every stage once, got {shown(stage.id)} twice", file=file, key=key
            )
        known.add(stage.id)
        if stage.demand_std > 0 and stage.z is None:
            raise UnreadableProblem(
                "expected z or a service level for this demand, got none", file=file, key=key
            )
    seen: set[tuple[str, str]] = set()
    for key, arc in arcs:
        for name in (arc.supplier, arc.customer):
            if name not in known:
                raise UnreadableProblem(
                    f"expected the id of a stage, got {shown(name)}", file=file, key=key
                )
        if (arc.supplier, arc.customer) in seen:
            raise UnreadableProblem("expected every arc once, got one twice", file=file, key=key)
        seen.add((arc.supplier, arc.customer))
    problem = Problem(
        tuple(stage for _key, stage in stages), tuple(arc for _key, arc in arcs), holding_rate
    )
    try:
        order_of(problem)
    except Circle as circle:
        key = next(
            key for key, arc in arcs if (arc.supplier, arc.customer) == circle.way[:2]
        )  # fmt: skip
        raise UnreadableProblem(str(circle), file=file, key=key) from circle
    return problem


def quantile(level: float) -> float:
    """Return the standard normal quantile of a service level in [0.5, 1)."""
    return max(0.0, NormalDist().inv_cdf(level))
