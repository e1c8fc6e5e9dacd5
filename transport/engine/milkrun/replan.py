"""Plan the rest of a day again: what is driven or frozen stays, every change has its price."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from random import Random

from transport.engine.milkrun.live_answer import ChangedStop, Replanned, answer_of, check
from transport.engine.milkrun.live_day import DayPlan, UrgentCall, day_plan_of
from transport.engine.milkrun.live_search import Lateness, LiveSearch, VehicleId
from transport.engine.milkrun.plan import Conflict
from transport.engine.milkrun.problem import Problem

PENALTY_PER_STOP = 25.0
__all__ = [
    "ChangedStop",
    "DayPlan",
    "Lateness",
    "Replanned",
    "UrgentCall",
    "day_plan_of",
    "replan",
]


def replan(
    problem: Problem,
    day_plan: DayPlan,
    *,
    now_min: float,
    driven: Collection[str] = (),
    frozen: Collection[str] = (),
    delays: Mapping[VehicleId, float] | None = None,
    urgent: Sequence[UrgentCall] = (),
    seconds: float = 5.0,
    seed: int = 1,
    iterations: int | None = None,
    penalty_per_stop: float = PENALTY_PER_STOP,
    lateness: Lateness | None = None,
) -> Replanned:
    """Return the cheapest rest of the day that keeps what is driven and frozen.

    Parameters
    ----------
    now_min
        Nothing changes before this time of day [min].
    driven, frozen
        Suppliers whose stops stay: already served or headed for, and those promised. A vehicle's
        stops up to the last of them stay in their order.
    delays
        Minutes that vehicles (type, index) lost since their last stop that stays; for one that
        has not started: how much later it can.
    urgent
        Pick-ups to add; their suppliers have no stop yet today.
    iterations
        Steps in place of ``seconds``: same steps and seed, same answer.
    penalty_per_stop
        Price of a stop that changes its vehicle, or its start by more than 15 min. It guides the
        search; it is not in the cost.
    lateness
        When goods are due at the plant, and the price of a minute later; as the penalty, it
        guides and is not in the cost.

    Raises
    ------
    ValueError
        For a supplier that is unknown or already has a stop.
    PlanRejected
        If the evaluator finds a fault in the answer, which would be one of the search.
    """
    began = time.monotonic()
    known = {each.id for each in problem.suppliers}
    for call in urgent:
        if call.supplier not in known or call.supplier in day_plan.loads:
            raise ValueError(
                f"expected a supplier of the problem without a stop today, got {call.supplier}"
            )
    loads = {**day_plan.loads, **{call.supplier: call.load for call in urgent}}
    search = LiveSearch(
        problem,
        day_plan,
        loads,
        now_min=now_min,
        staying={*driven, *frozen},
        delays=delays or {},
        penalty=penalty_per_stop,
        lateness=lateness,
    )
    start = search.start({call.supplier for call in urgent})
    if isinstance(start, Conflict):
        planned = sum(route.cost for route in day_plan.routes)
        spent = time.monotonic() - began
        return Replanned(day_plan.day, (), (), 0.0, planned, (), spent, (start,))
    best = search.search(start, Random(seed), began + seconds, iterations)  # noqa: S311
    answer = answer_of(search, day_plan, best)
    check(search, day_plan, loads, answer)
    return replace(answer, seconds=time.monotonic() - began)
