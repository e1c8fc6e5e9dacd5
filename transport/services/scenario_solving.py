"""Solve a scenario: read inside a block, compute outside, write the plan in one transaction."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from collab.jobs.run import Cancelled, JobFailed, JobRun
from collab.masterdata.refusals import locked
from collab.organisations.context import acting_organisation
from transport.engine.milkrun.evaluator import check
from transport.engine.milkrun.plan import Plan
from transport.engine.milkrun.plan_json import to_json
from transport.engine.milkrun.problem import Problem
from transport.models import MilkRunScenario
from transport.services.scenario_problem import problem_in

if TYPE_CHECKING:  # the solvers take a while to import: only jobs do
    from transport.engine.milkrun.sweep import SweepPoint

SWEEP_SHARE, MOST_SWEEP_S = 0.3, 40.0
SLICES, LONGEST_SLICE_S = 3, 15.0
SHORT_S = 4.0
"""Below it starting a second process takes longer than it helps."""
State = MilkRunScenario.State


@dataclass(frozen=True, slots=True)
class Solved:
    """The best plan found and the trade-off curve, empty if there was no time for it."""

    plan: Plan
    curve: "Sequence[SweepPoint]" = ()


def run_scenario(job: JobRun) -> dict[str, Any] | None:
    """Solve the job's scenario; a cancelled job keeps the best plan found until then."""
    key = UUID(job.params["scenario_id"])
    with job.acting():
        scenario = MilkRunScenario.objects.filter(pk=key).first()
        if scenario is None:
            raise JobFailed(_("The scenario is gone."))
        problem = problem_in(scenario.problem, scenario.options)
        seconds, seed, currency = scenario.seconds, scenario.seed, scenario.currency
    watch = _Watch(job, seconds, problem, currency)
    best: Plan | None = None
    try:
        for plan in slices(problem, seconds, seed, watch.tell):
            best = plan
            job.stop_if_cancelled()
        if best is None:
            raise JobFailed(_("The solver found no plan and no reason."))
        curve = _curve(job, watch, problem, seed) if best.status != "infeasible" else []
        job.stop_if_cancelled()
    except Cancelled:
        with job.acting():
            if best is not None:
                keep_solution(key, Solved(best), solved_at=timezone.now())
        raise
    with job.acting():
        done = keep_solution(key, Solved(best, curve), solved_at=timezone.now())
        url = reverse("transport:milkrun", args=[acting_organisation().slug, key])
        job.finish({"state": done.state, **best.figures()}, url)
    return None


def slices(
    problem: Problem, seconds: float, seed: int, tell: Callable[[dict[str, Any]], None]
) -> Iterator[Plan]:
    """Yield a plan, then better ones, each from the one before; the budget is shared out.

    Between two of them a solve can be stopped with something in hand.
    """
    from transport.engine.milkrun.solver import solve

    for_plans = seconds - min(MOST_SWEEP_S, SWEEP_SHARE * seconds)
    count = 1
    if for_plans > SHORT_S:
        count = max(SLICES, math.ceil(for_plans / LONGEST_SLICE_S))
    plan: Plan | None = None
    for _turn in range(count):
        found = solve(
            problem,
            seconds=for_plans / count,
            seed=seed,
            threads=2 if for_plans / count > SHORT_S else 1,
            previous=plan,
            progress=tell,
        )
        if found.status == "infeasible":
            yield found
            return
        if plan is None or found.objective < plan.objective:
            plan = found
        yield plan


def keep_solution(scenario_id: UUID, solved: Solved, *, solved_at: datetime) -> MilkRunScenario:
    """Write a plan that the evaluator accepts, or the conflicts of an infeasible problem.

    Raises ``PlanRejected`` for a plan that breaks a rule: it is never stored.
    """
    scenario = locked(MilkRunScenario, scenario_id, None)
    plan = solved.plan
    document = to_json(plan)
    if plan.status == "infeasible":
        scenario.state, scenario.plan = State.INFEASIBLE, None
        scenario.conflicts = document["x_conflicts"]
        scenario.explanation, scenario.sweep = {}, []
    else:
        check(problem_in(scenario.problem, scenario.options), plan)
        scenario.state, scenario.conflicts = State.SOLVED, []
        scenario.explanation = {
            each["supplier"]: each for each in document.pop("x_explanations", [])
        }
        scenario.plan = document
        scenario.sweep = [_point(each) for each in solved.curve]
    scenario.solved_at = solved_at
    scenario.version += 1
    scenario.save()
    return scenario


def _curve(job: JobRun, watch: "_Watch", problem: Problem, seed: int) -> "list[SweepPoint]":
    """Return the trade-off curve; between two prices the job can be stopped."""
    from transport.engine.milkrun.sweep import PRICES_PER_T, sweep

    def goes_on(done: int) -> bool:
        words = _("Trade-off between money and CO2e: %(n)s of %(all)s")
        told = words % {"n": done + 1, "all": len(PRICES_PER_T)}
        job.progress(watch.total, watch.total, told)
        return not job.is_cancelled()

    share = min(MOST_SWEEP_S, SWEEP_SHARE * watch.total)
    return sweep(problem, seconds=share, seed=seed, threads=1, goes_on=goes_on)


def _point(point: "SweepPoint") -> dict[str, float]:
    return {
        "price": point.price_per_t,
        "cost": round(point.cost, 2),
        "kg": round(point.kg_co2e, 2),
        "km": round(point.km, 1),
    }


class _Watch:
    """Tells what the best plan so far comes to."""

    def __init__(self, job: JobRun, seconds: int, problem: Problem, currency: str) -> None:
        self._job, self._currency = job, currency
        self.total, self._began = max(1, seconds), timezone.now()
        self._problem = problem

    def tell(self, figures: dict[str, Any]) -> None:
        """Report an improvement; the elapsed time is the progress."""
        gone = (timezone.now() - self._began).total_seconds()
        words = _("%(cost)s %(currency)s, %(km)s km, %(kg)s kg CO2e, %(n)s vehicles") % {
            "cost": number_format(round(figures["cost"]), use_l10n=True, force_grouping=True),
            "currency": self._currency,
            "km": number_format(round(figures["km"]), force_grouping=True),
            "kg": number_format(round(figures["kg_co2e"]), force_grouping=True),
            "n": figures["vehicles"],
        }
        self._job.progress(min(int(gone), self.total), self.total, words)
