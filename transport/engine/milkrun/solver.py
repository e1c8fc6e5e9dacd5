"""Plan a week of milk runs within a budget of seconds or of steps."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from transport.engine.milkrun.building import baseline_of, plan_of
from transport.engine.milkrun.conflicts import conflicts_of
from transport.engine.milkrun.evaluator import check
from transport.engine.milkrun.finishing import finished
from transport.engine.milkrun.model import Model
from transport.engine.milkrun.partner import Partner, Task
from transport.engine.milkrun.plan import Cost, Plan
from transport.engine.milkrun.pricing import BROKEN_PIN, Pricing, Trips
from transport.engine.milkrun.problem import Options, Problem
from transport.engine.milkrun.recombine import Recombination
from transport.engine.milkrun.search import Search, until
from transport.engine.milkrun.solution import Solution
from transport.engine.milkrun.starting import first_weeks

Progress = Callable[[dict[str, Any]], None]
ROUND_S = (1.0, 8.0)
ROUND_SHARE = 0.12
RECOMBINE_S = (0.3, 3.0)
RECOMBINE_SHARE = 0.35
MOST_POOLED = 3000
POLISH_EVERY, POLISH_S, POLISH_SHARE, POLISH_LEAST_S = 2, 1.5, 0.03, 3.0
POLISH_ROUNDS = 150
STEPS_A_ROUND = 150
REPORT_EVERY_S = 1.0
FINISH_S, FINISH_PER_START = 0.1, 0.7


@dataclass(slots=True)
class _Reporter:
    """Tells of improvements, at most once a second and of the last one for sure."""

    pricing: Pricing
    progress: Progress | None
    began: float
    told_at: float = float("-inf")
    told: Solution | None = None
    best: Solution | None = None

    def improved(self, solution: Solution) -> None:
        """Note a week; tell of it if it is the best and the last report is old enough."""
        if self.best is not None and solution.cost >= self.best.cost - 1e-6:
            return
        self.best = solution
        if time.monotonic() - self.told_at >= REPORT_EVERY_S:
            self.flush()

    def flush(self) -> None:
        """Tell of the best week if that was not done yet."""
        if self.progress is None or self.best is None or self.best is self.told:
            return
        self.told_at, self.told = time.monotonic(), self.best
        elapsed = self.told_at - self.began
        self.progress({**plan_of(self.pricing, self.best).figures(), "elapsed": elapsed})


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    threads: int = 2,
    options: Options | None = None,
    previous: Plan | None = None,
    progress: Progress | None = None,
    iterations: int | None = None,
) -> Plan:
    """Return the best plan found, checked by the evaluator.

    Parameters
    ----------
    seconds
        Wall time; the plan is there within ``seconds`` + max(1, 0.1 ``seconds``).
    seed
        Same seed and ``iterations``: same plan.
    threads
        From 2 on a second process searches too.
    options
        In place of the problem's own.
    previous
        A plan to start from, such as last week's.
    progress
        Called with ``cost, km, kg_co2e, vehicles, elapsed`` of each better plan, at most once
        a second.
    iterations
        Steps of search instead of ``seconds``, in one process.

    Raises
    ------
    PlanRejected
        If the evaluator finds a fault in the plan, which would be one of the solver.
    """
    began = time.monotonic()
    chosen = options or problem.options or Options()
    model = Model(problem, chosen)
    pricing = Pricing(model)
    search, report = Search(pricing, seed), _Reporter(pricing, progress, began)
    starts = []
    for each in first_weeks(search, previous):
        starts.append(each)
        report.improved(each)
    if report.best is None:
        return _infeasible(search, began)
    if model.active:
        # A week without trucks is a dead end to improve on: nobody starts a milk run alone.
        moving = [each for each in starts if any(each.routes)]
        start = min(moving or starts, key=lambda each: each.cost)
        run = _Run(search, report, seconds, threads, seed, chosen)
        if iterations is None:
            run.by_clock(began, start)
        else:
            run.by_steps(iterations, start)
    report.flush()
    if report.best.cost >= BROKEN_PIN:
        return _infeasible(search, began)
    plan = finished(search.inserter, report.best, seed=seed)
    plan = replace(plan, seconds=time.monotonic() - began)
    check(problem, plan, chosen)
    return plan


def _infeasible(search: Search, began: float) -> Plan:
    """Return the plan that says why there is none."""
    return Plan(
        status="infeasible",
        seconds=time.monotonic() - began,
        cost=Cost(),
        km=0.0,
        kg_co2e=0.0,
        baseline=baseline_of(search.model),
        choices={},
        routes=(),
        conflicts=conflicts_of(search),
    )


@dataclass(slots=True)
class _Run:
    """Rounds of search, each followed by a recombination of all vehicle-days seen."""

    search: Search
    report: _Reporter
    seconds: float
    threads: int
    seed: int
    options: Options

    def by_clock(self, began: float, start: Solution) -> None:
        """Search until the seconds are over, less what finishing takes."""
        model = self.search.model
        reserve = FINISH_S + FINISH_PER_START * (time.monotonic() - began)
        ends = began + max(0.2 * self.seconds, self.seconds - reserve)
        round_s = min(max(ROUND_SHARE * self.seconds, ROUND_S[0]), ROUND_S[1])
        pool: dict[Trips, None] = {}
        current = start
        with ExitStack() as stack:
            partner = None
            if self.threads > 1 and self.seconds > 2 * ROUND_S[0]:
                partner = stack.enter_context(
                    Partner(model.problem, self.options, self.seed + 1_000_003)
                )
            turn = 0
            while (now := time.monotonic()) < ends:
                if turn % POLISH_EVERY == 0 and ends - now > POLISH_LEAST_S:
                    current = self._polished(current, partner, ends - now)
                    self.report.improved(current)
                turn += 1
                now = time.monotonic()
                length = max(0.01, min(round_s, ends - now))
                warm = (ends - now) / (ends - began)
                if partner is not None:
                    partner.begin(Task(current, length, warm, warm - length / (ends - began)))
                current = self.search.run(
                    current,
                    warmth=until(now + length, began, ends),
                    improved=self.report.improved,
                )
                answer = partner.answer() if partner is not None else None
                if answer is not None:
                    self._collect(pool, dict.fromkeys(answer.pool))
                    current = min(current, answer.best, key=lambda each: each.cost)
                self._collect(pool, self.search.pool)
                current = self._recombined(current, pool, ends - time.monotonic())
                self.report.improved(current)

    def _polished(self, current: Solution, partner: Partner | None, left: float) -> Solution:
        """Return the week with every day routed afresh, the days shared among the processes."""
        days = range(len(self.search.model.days))
        seconds = min(POLISH_S, POLISH_SHARE * left)
        if partner is None:
            return self.search.polished(current, days, seconds / 2)
        theirs = tuple(day for day in days if day % 2)
        if theirs:
            partner.begin(Task(current, seconds, days=theirs))
        polished = self.search.polished(
            current.copy(), [day for day in days if not day % 2], seconds
        )
        answer = partner.answer() if theirs else None
        if answer is None:
            return polished
        # Patterns are the same in both, so each day is taken from who routed it.
        for day in theirs:
            polished.routes[day] = answer.best.routes[day]
        polished.recount(self.search.model)
        return polished

    def _recombined(self, current: Solution, pool: dict[Trips, None], left: float) -> Solution:
        """Return the best week that the vehicle-days seen can form."""
        seconds = min(RECOMBINE_S[1], RECOMBINE_SHARE * left)
        if seconds < RECOMBINE_S[0]:
            return current
        partition = Recombination(self.search.pricing, list(pool), current)
        return partition.solve(
            seconds=seconds, workers=self.threads, seed=self.seed, repeatable=False
        )

    def by_steps(self, iterations: int, start: Solution) -> None:
        """Search that many steps; the clock has no part in it."""
        pool: dict[Trips, None] = {}
        days = range(len(self.search.model.days))
        current, done = self.search.polished(start, days, 0.0, POLISH_ROUNDS), 0
        self.report.improved(current)

        def warmth() -> float | None:
            nonlocal done
            if done >= limit:
                return None
            done += 1
            return 1 - done / iterations

        while done < iterations:
            limit = min(iterations, done + STEPS_A_ROUND)
            current = self.search.run(current, warmth=warmth, improved=self.report.improved)
            self._collect(pool, self.search.pool)
            partition = Recombination(self.search.pricing, list(pool), current)
            current = partition.solve(
                seconds=RECOMBINE_S[1], workers=1, seed=self.seed, repeatable=True
            )
            self.report.improved(current)

    @staticmethod
    def _collect(pool: dict[Trips, None], seen: dict[Trips, None]) -> None:
        """Move the vehicle-days seen to the end of the pool; the oldest are forgotten."""
        for trips in seen:
            pool.pop(trips, None)
            pool[trips] = None
        seen.clear()
        for trips in list(pool)[: max(0, len(pool) - MOST_POOLED)]:
            del pool[trips]
