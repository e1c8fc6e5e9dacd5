"""An independent check: everything about a placement worked out again from the problem alone."""

import math
from graphlib import TopologicalSorter

from inventory.engine.safety_stock.placement import Placement
from inventory.engine.safety_stock.problem import Problem, Stage

MONEY, RELATIVE = 0.02, 1e-5
UNITS = 1e-5


def faults(problem: Problem, placement: Placement) -> list[str]:
    """Return what is wrong with a placement, worst first; an empty list is a clean bill.

    Shares no code with the search.
    """
    if set(placement.stages) != {stage.id for stage in problem.stages}:
        return ["expected every stage once"]
    check = _Check(problem, placement)
    found = [fault for stage in problem.stages for fault in check.stage(stage)]
    return found + check.totals()


class _Check:
    def __init__(self, problem: Problem, placement: Placement) -> None:
        self.problem, self.placement = problem, placement
        self.stages = {stage.id: stage for stage in problem.stages}
        self.inputs: dict[str, list[tuple[str, float]]] = {name: [] for name in self.stages}
        self.outputs: dict[str, list[tuple[str, float]]] = {name: [] for name in self.stages}
        for arc in problem.arcs:
            self.inputs[arc.customer].append((arc.supplier, arc.quantity))
            self.outputs[arc.supplier].append((arc.customer, arc.quantity))
        self.unit_cost: dict[str, float] = {}
        self.variance: dict[str, float] = {}
        self.quantile: dict[str, float] = {}
        self.longest: dict[str, int] = {}
        before = {name: {each for each, _ in self.inputs[name]} for name in self.stages}
        order = tuple(TopologicalSorter(before).static_order())
        for name in order:
            self._down_the_chain(self.stages[name])
        for name in reversed(order):
            self._up_the_chain(self.stages[name])

    def _down_the_chain(self, stage: Stage) -> None:
        inputs = self.inputs[stage.id]
        below = sum(quantity * self.unit_cost[each] for each, quantity in inputs)
        self.unit_cost[stage.id] = stage.cost_added + below
        waits = [self.longest[each] for each, _quantity in inputs]
        self.longest[stage.id] = stage.lead_time + max(waits, default=0)

    def _up_the_chain(self, stage: Stage) -> None:
        outputs = self.outputs[stage.id]
        above = sum(quantity**2 * self.variance[each] for each, quantity in outputs)
        self.variance[stage.id] = stage.demand_std**2 + above
        self.quantile[stage.id] = max(
            [stage.z or 0.0, *(self.quantile[each] for each, _quantity in outputs)]
        )

    def stage(self, stage: Stage) -> list[str]:
        """Return the faults of one stage: times out of bounds, stock or cost that is not so."""
        answer = self.placement.stages[stage.id]
        service, wait = answer.service_time, answer.inbound_service_time
        net = wait + stage.lead_time - service
        inputs = [self.placement.stages[each].service_time for each, _ in self.inputs[stage.id]]
        stock = self.quantile[stage.id] * math.sqrt(self.variance[stage.id] * max(net, 0))
        cost = self.problem.holding_rate * self.unit_cost[stage.id] * stock
        claims = [
            (0 <= service <= self._latest(stage), "a service time within its bounds"),
            (wait >= max(inputs, default=0), "to wait for the last input"),
            (inputs or wait <= max(0, service - stage.lead_time), "no wait without inputs"),
            (net >= 0, "a net replenishment time from 0"),
            (answer.net_replenishment_time == net, f"a net replenishment time of {net}"),
            (_near(answer.safety_stock, stock, UNITS), f"a safety stock of {stock:.6f}"),
            (_near(answer.cost, cost, MONEY), f"a cost of {cost:.6f}"),
        ]
        return [f"stage {stage.id}: expected {text}" for holds, text in claims if not holds]

    def _latest(self, stage: Stage) -> int:
        if stage.fixed_service_time is not None:
            answer = self.placement.stages[stage.id]
            return stage.fixed_service_time if answer.service_time == stage.fixed_service_time \
                else -1  # fmt: skip
        latest = self.longest[stage.id]
        if stage.max_service_time is not None:
            return min(latest, stage.max_service_time)
        is_end = not self.outputs[stage.id] and (stage.demand_mean > 0 or stage.demand_std > 0)
        return 0 if is_end else latest

    def totals(self) -> list[str]:
        """Return the faults of the sums: cost, cost of buffers everywhere, bound, status."""
        told = self.placement
        cost = math.fsum(each.cost for each in told.stages.values())
        decoupled = math.fsum(
            self.problem.holding_rate * self.unit_cost[stage.id] * self.quantile[stage.id]
            * math.sqrt(self.variance[stage.id] * stage.lead_time)
            for stage in self.problem.stages
        )  # fmt: skip
        is_closed = _near(told.bound, told.cost, MONEY)
        claims = [
            (_near(told.cost, cost, MONEY), f"a cost of {cost:.6f} in all"),
            (_near(told.cost_decoupled, decoupled, MONEY), f"{decoupled:.6f} decoupled"),
            (told.bound <= told.cost + MONEY + RELATIVE * cost, "a bound below the cost"),
            (told.status != "optimal" or is_closed, "an optimum whose bound is its cost"),
        ]
        return [f"expected {text}" for holds, text in claims if not holds]


def _near(told: float, found: float, absolute: float) -> bool:
    return math.isclose(told, found, rel_tol=RELATIVE, abs_tol=absolute)
