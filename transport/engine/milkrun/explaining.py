"""Why each supplier goes the way it goes, computed on the plan as it is."""

from transport.engine.milkrun.building import ways_of
from transport.engine.milkrun.insertion import Inserter
from transport.engine.milkrun.model import Way
from transport.engine.milkrun.plan import Alternative, Explanation, Plan
from transport.engine.milkrun.solution import Solution

ALTERNATIVES = 5


def explanations_of(inserter: Inserter, solution: Solution, plan: Plan) -> tuple[Explanation, ...]:
    """Return a record per supplier with volume, in the order of the problem."""
    model = inserter.model
    waits = _waits(plan)
    return tuple(
        _explained(inserter, solution, plan, supplier, waits.get(name, 0.0))
        for supplier in ways_of(model, solution)
        for name in (model.problem.suppliers[supplier].id,)
    )


def _explained(
    inserter: Inserter, solution: Solution, plan: Plan, supplier: int, wait: float
) -> Explanation:
    model = inserter.model
    name = model.problem.suppliers[supplier].id
    way = model.ways[supplier][solution.ways[supplier]]
    without = solution.copy()
    alternatives: list[Alternative] = []
    if without.remove(inserter.pricing, supplier) == [supplier]:
        without.recount(model)
        for other in model.ways[supplier]:
            cost = None if other is way else _cost(inserter, without, other)
            if cost is not None:
                alternatives.append(Alternative(other.mode, other.pattern, cost))
    alternatives.sort(key=lambda each: each.cost)
    return Explanation(
        supplier=name,
        mode=way.mode,
        pattern=way.pattern,
        cost=solution.cost - without.cost,
        direct_cost=plan.baseline.per_supplier[name].cost,
        stock_cost=way.stock,
        wait_min=wait,
        alternatives=tuple(alternatives[:ALTERNATIVES]),
    )


def _cost(inserter: Inserter, without: Solution, way: Way) -> float | None:
    """Return what a way would add to the week; None if it has no place there."""
    cost = way.own_cost
    if way.hub >= 0:
        chosen = list(ways_of(inserter.model, without).values())
        cost += inserter.model.linehaul([*chosen, way])[0] - inserter.model.linehaul(chosen)[0]
    for number in way.stops:
        place = inserter.place(without, number)
        if place is None:
            return None
        cost += place.delta
    return cost


def _waits(plan: Plan) -> dict[str, float]:
    """Return the minutes trucks wait at each supplier in the week."""
    found: dict[str, float] = {}
    for route in plan.routes:
        for trip in route.trips:
            for stop in trip.stops:
                found[stop.supplier] = found.get(stop.supplier, 0.0) + stop.start - stop.arrive
    return found
