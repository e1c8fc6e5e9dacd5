"""From the best week to the plan that is handed over: shares, reasons, penalties."""

from dataclasses import replace

from transport.engine.milkrun.building import plan_of
from transport.engine.milkrun.explaining import explanations_of
from transport.engine.milkrun.insertion import Inserter
from transport.engine.milkrun.plan import Plan
from transport.engine.milkrun.sharing import METHOD, allocation_of
from transport.engine.milkrun.solution import Solution


def finished(inserter: Inserter, solution: Solution, *, seed: int, repeatable: bool) -> Plan:
    """Return the plan of a week with shares, explanations and the price of the options."""
    pricing, model = inserter.pricing, inserter.model
    solution.recount(model)
    plan = plan_of(pricing, solution)
    plan = replace(
        plan,
        allocation=allocation_of(pricing, solution, plan.baseline, seed=seed),
        method=METHOD,
    )
    return replace(plan, explanations=explanations_of(inserter, solution, plan))
