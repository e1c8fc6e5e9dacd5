"""Solve a routing problem: searches side by side, every plan looked at a second time."""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from pyvrp import Solution

from transport.engine.routing.budget import Budget
from transport.engine.routing.evaluator import account
from transport.engine.routing.feasibility import conflicts, shortfalls
from transport.engine.routing.model import Model, model
from transport.engine.routing.parts import part_of, put_back, sectors
from transport.engine.routing.problem import Found, RoutePlan, RoutingProblem
from transport.engine.routing.search import Search
from transport.engine.routing.tuning import tuning_for

REPORT_EVERY_S = 1.0
LAST_LOOK = 0.02  # of the budget, for the second look and the way back


class Progress(Protocol):
    """Told at most once a second; returning False ends the search with the plan so far."""

    def __call__(self, incumbent: float, bound: float | None) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Task:
    """One search of its own: a seed and a deadline on the clock that processes share."""

    problem: RoutingProblem
    seed: int
    started: float
    seconds: float
    iterations: int | None
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class _Answer:
    found: Found
    is_feasible: bool
    iterations: int


def solve(
    problem: RoutingProblem,
    *,
    seconds: float,
    seed: int = 1,
    threads: int = 1,
    iterations: int | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> RoutePlan:
    """Return the best plan found within ``seconds`` of wall time.

    Parameters
    ----------
    problem
        Stops, fleet and the rule of distances.
    seconds
        Wall budget; kept to a second or a tenth, whichever is more.
    seed
        Same problem, seed and ``iterations`` give the same plan.
    threads
        Searches in processes of their own, with seeds that follow on; the best plan is kept.
    iterations
        Ends each search after so many iterations instead; ``seconds`` then is a guard.
    progress
        Told about the first search; see ``Progress``.
    clock
        What ``seconds`` are read from: ``time.process_time`` measures CPU seconds, so that a
        busy machine changes little.

    Returns
    -------
    RoutePlan
        "feasible" with a plan that the evaluator has passed, "infeasible" with the conflicts
        that prove it, or "unknown" with what the best attempt still breaks.
    """
    started = clock()
    against = conflicts(problem)
    if against:
        return RoutePlan("infeasible", conflicts=against)
    tasks = [
        _Task(
            problem,
            seed + 1_000_003 * number,
            started if clock is time.perf_counter or not number else 0.0,
            seconds * (1 - LAST_LOOK),
            iterations,
            clock,
        )
        for number in range(threads)
    ]
    answers = _side_by_side(tasks, progress)
    done = sum(answer.iterations for answer in answers)
    plans = [_checked(problem, answer.found, done) for answer in answers if answer.is_feasible]
    if not plans:
        return RoutePlan(
            "unknown", conflicts=shortfalls(problem, answers[0].found), iterations=done
        )
    return min(plans, key=_price)


def _price(plan: RoutePlan) -> float:
    """Return what is to be least: the cost of a mixed fleet, else the distance."""
    price = plan.distance if plan.cost is None else plan.cost
    return float("inf") if price is None else price


def _side_by_side(tasks: list[_Task], progress: Progress | None) -> list[_Answer]:
    """Return the answer to each task; the first is searched here, the others elsewhere.

    The other processes start from scratch, as a copy of a process with threads is not safe.
    """
    if len(tasks) == 1:
        return [_search(tasks[0], progress)]
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(tasks) - 1, mp_context=fresh) as others:
        promised = [others.submit(_search, task) for task in tasks[1:]]
        first = _search(tasks[0], progress)
        return [first, *(each.result() for each in promised)]


def _search(task: _Task, progress: Progress | None = None) -> _Answer:
    """Search once, by parts too where the problem is large."""
    budget = Budget(task.seconds, task.iterations, started=task.started, clock=task.clock)
    whole = model(task.problem)
    tuning = tuning_for(task.problem)
    watch = _Watch(whole, budget, progress)
    first = budget.share(tuning.whole_share)
    best = Search(whole.data, tuning, first, seed=task.seed, watch=watch).run()
    found = whole.found(best)
    if tuning.part_stops and best.is_feasible():
        found = _by_parts(task, found, budget, watch)
    return _Answer(found, best.is_feasible(), budget.done)


def _by_parts(task: _Task, found: Found, budget: Budget, watch: "_Watch") -> Found:
    """Return ``found`` improved sector by sector, in rounds with other borders each."""
    tuning = tuning_for(task.problem)
    total = len(task.problem.customers)
    number = 0
    while not budget.spent():
        number += 1
        seed = task.seed + 7919 * number
        groups = [
            [found.vehicles[place] for place in places]
            for places in sectors(task.problem, found, tuning.part_stops, seed)
        ]
        for group in groups:
            places = [found.vehicles.index(vehicle) for vehicle in group]
            part, own, stops = part_of(task.problem, found, places)
            share = tuning.round_share * len(part.customers) / total
            inner = model(part)
            turn = budget.share(share)
            search = Search(inner.data, tuning_for(part), turn, seed=seed, watch=watch.quiet)
            better = search.run(inner.solution(own))
            if better.is_feasible():
                found = put_back(found, places, inner.found(better), stops)
                watch.tell(found)
            if budget.fraction() >= 1:
                break
    return found


class _Watch:
    """Passes the incumbent on to ``progress`` at most once a second, and its "no" to the budget."""

    def __init__(self, whole: Model, budget: Budget, progress: Progress | None) -> None:
        self._whole, self._budget, self._progress = whole, budget, progress
        self._next = 0.0

    def __call__(self, best: Solution) -> None:
        if self._is_due() and best.is_feasible():
            self.tell(self._whole.found(best))

    def tell(self, found: Found) -> None:
        """Report a plan of the whole problem."""
        if self._progress is None or time.perf_counter() < self._next:
            return
        self._next = time.perf_counter() + REPORT_EVERY_S
        true = account(self._whole.problem, found)
        if not self._progress(true.distance if true.cost is None else true.cost, None):
            self._budget.stop()

    def _is_due(self) -> bool:
        return self._progress is not None and time.perf_counter() >= self._next

    def quiet(self, best: Solution) -> None:
        """Say nothing of a part's plan, whose figures are not those of the whole."""


def _checked(problem: RoutingProblem, found: Found, iterations: int) -> RoutePlan:
    """Return the plan with its true figures; raise ``PlanRejected`` if it breaks a limit."""
    true = account(problem, found)
    return RoutePlan(
        "feasible", found.routes, found.vehicles, true.distance, true.cost, iterations=iterations
    )
