"""What follows from a chain before anything is decided: cost, spread and longest waits."""

import math
from dataclasses import dataclass

from inventory.engine.safety_stock.problem import Circle, Problem


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A chain by number, suppliers before customers; every tuple has one entry a stage.

    Attributes
    ----------
    place
        Where each stage stands in the problem.
    lead
        Lead time [periods].
    longest_in
        No inbound service time above it is ever useful [periods].
    least, most
        Bounds of the service time [periods].
    weight
        Cost of keeping stock for one period of net replenishment time: h z sigma [money].
    """

    place: tuple[int, ...]
    suppliers: tuple[tuple[int, ...], ...]
    customers: tuple[tuple[int, ...], ...]
    lead: tuple[int, ...]
    longest_in: tuple[int, ...]
    least: tuple[int, ...]
    most: tuple[int, ...]
    weight: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.place)

    def pairs(self) -> int:
        """Return how many pairs of inbound and outbound service time there are in all."""
        return sum(
            (inbound + 1) * (outbound + 1)
            for inbound, outbound in zip(self.longest_in, self.most, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """Per stage in the problem's order: cost of a unit, cost of holding it, spread, quantile."""

    unit_cost: tuple[float, ...]
    holding: tuple[float, ...]
    sigma: tuple[float, ...]
    z: tuple[float, ...]


def order_of(problem: Problem) -> tuple[int, ...]:
    """Return the stages' places, suppliers first; raise ``Circle`` where there is no such order."""
    places = {stage.id: place for place, stage in enumerate(problem.stages)}
    open_inputs = [0] * len(places)
    customers: list[list[int]] = [[] for _ in places]
    for arc in problem.arcs:
        open_inputs[places[arc.customer]] += 1
        customers[places[arc.supplier]].append(places[arc.customer])
    ready = [place for place, count in enumerate(open_inputs) if not count]
    for place in ready:  # grows while it is read
        for customer in customers[place]:
            open_inputs[customer] -= 1
            if not open_inputs[customer]:
                ready.append(customer)
    if len(ready) < len(places):
        raise Circle(_circle(problem, {place for place, count in enumerate(open_inputs) if count}))
    return tuple(ready)


def _circle(problem: Problem, left: set[int]) -> tuple[str, ...]:
    """Return one circle among the stages ``left``, each of which has a supplier among them."""
    names = {problem.stages[place].id for place in left}
    supplier = {
        arc.customer: arc.supplier
        for arc in problem.arcs
        if arc.supplier in names and arc.customer in names
    }
    way = [min(names)]
    while way[-1] not in way[:-1]:
        way.append(supplier[way[-1]])
    return tuple(reversed(way[way.index(way[-1]) :]))


def figures_of(problem: Problem) -> Figures:
    """Return costs and spreads: cost adds up along the chain, variance and z come from demand."""
    order = order_of(problem)
    places = {stage.id: place for place, stage in enumerate(problem.stages)}
    inputs: list[list[tuple[int, float]]] = [[] for _ in places]
    for arc in problem.arcs:
        inputs[places[arc.customer]].append((places[arc.supplier], arc.quantity))
    cost = [stage.cost_added for stage in problem.stages]
    variance = [stage.demand_std**2 for stage in problem.stages]
    z = [stage.z or 0.0 for stage in problem.stages]
    for place in order:
        cost[place] += sum(cost[supplier] * quantity for supplier, quantity in inputs[place])
    for place in reversed(order):
        for supplier, quantity in inputs[place]:
            variance[supplier] += quantity**2 * variance[place]
            z[supplier] = max(z[supplier], z[place])
    return Figures(
        unit_cost=tuple(cost),
        holding=tuple(problem.holding_rate * each for each in cost),
        sigma=tuple(math.sqrt(each) for each in variance),
        z=tuple(z),
    )


def network_of(problem: Problem) -> Network:
    """Return the chain by number with bounds as tight as they can be without a loss."""
    order = order_of(problem)
    figures = figures_of(problem)
    number = {problem.stages[place].id: at for at, place in enumerate(order)}
    suppliers: list[list[int]] = [[] for _ in order]
    customers: list[list[int]] = [[] for _ in order]
    for arc in problem.arcs:
        suppliers[number[arc.customer]].append(number[arc.supplier])
        customers[number[arc.supplier]].append(number[arc.customer])
    stages = [problem.stages[place] for place in order]
    longest_in, least, most = [0] * len(order), [0] * len(order), [0] * len(order)
    for at, stage in enumerate(stages):
        fixed = stage.fixed_service_time
        inbound = max((most[each] for each in suppliers[at]), default=0)
        if fixed is not None and suppliers[at]:
            inbound = max(inbound, fixed - stage.lead_time)
        cap = stage.max_service_time
        if cap is None:
            is_end = not customers[at] and (stage.demand_mean > 0 or stage.demand_std > 0)
            cap = 0 if is_end else inbound + stage.lead_time
        longest_in[at] = inbound
        least[at] = fixed or 0
        most[at] = min(cap, inbound + stage.lead_time) if fixed is None else fixed
    return Network(
        place=order,
        suppliers=tuple(tuple(each) for each in suppliers),
        customers=tuple(tuple(each) for each in customers),
        lead=tuple(stage.lead_time for stage in stages),
        longest_in=tuple(longest_in),
        least=tuple(least),
        most=tuple(most),
        weight=tuple(
            figures.holding[place] * figures.z[place] * figures.sigma[place] for place in order
        ),
    )
