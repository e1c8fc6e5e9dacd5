"""Iterated local search with late acceptance, and a second life for its routes.

PyVRP's local search improves a disturbed plan; the loop around it is that of PyVRP's own
iterated local search (late acceptance hill-climbing, Burke and Bykov 2017) with three
changes: penalties start near the size of the costs, not far above, every route met goes into
a pool, and now and then the best combination of the pool's routes becomes the incumbent.
"""

import warnings
from collections.abc import Callable

import numpy as np
from pyvrp import PenaltyManager, PenaltyParams, ProblemData, RandomNumberGenerator, Solution
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.search import (
    OPERATORS,
    LocalSearch,
    NeighbourhoodParams,
    PerturbationManager,
    PerturbationParams,
    compute_neighbours,
)

from transport.engine.routing.budget import Budget
from transport.engine.routing.partition import best_combination
from transport.engine.routing.pool import Pool
from transport.engine.routing.tuning import Tuning

LARGEST_PENALTY = 1e6
COUNTED_EFFORT = 0.3

Watch = Callable[[Solution], None]


class Search:
    """One search on one problem; ``run`` returns its best plan, which may break limits."""

    def __init__(
        self, data: ProblemData, tuning: Tuning, budget: Budget, *, seed: int, watch: Watch
    ) -> None:
        self._data, self._tuning, self._budget, self._watch = data, tuning, budget, watch
        self._rng = RandomNumberGenerator(seed=seed)
        self._local = _local_search(data, self._rng, tuning)
        params = PenaltyParams(solutions_between_updates=tuning.update, max_penalty=LARGEST_PENALTY)
        self._penalties = PenaltyManager(_first_penalties(data, tuning.penalty), params)
        self._pool = Pool(data)
        self._marks = list(tuning.combine_at)

    def run(self, start: Solution | None = None) -> Solution:
        """Return the best plan within the budget: feasible, unless none was met."""
        with warnings.catch_warnings():
            # a plan that breaks limits is reported as such, with what it breaks
            warnings.simplefilter("ignore", PenaltyBoundWarning)
            return self._run(start)

    def _run(self, start: Solution | None) -> Solution:
        start = self._fresh() if start is None else start
        self._restart(start)
        self._best = start
        while not self._budget.spent():
            self._iterate()
            if self._marks and self._budget.fraction() >= self._marks[0]:
                self._marks.pop(0)
                self._combine()
            elif self._idle >= self._tuning.patience:
                is_early = self._budget.fraction() < self._tuning.fresh_until
                self._restart(self._fresh() if is_early else self._best)
        return self._best

    def _fresh(self) -> Solution:
        """Return a random plan after one thorough local search."""
        random = Solution.make_random(self._data, self._rng)
        return self._local(random, self._penalties.max_cost_evaluator(), exhaustive=True)

    def _restart(self, plan: Solution) -> None:
        self._current = self._first = plan
        self._history: list[Solution | None] = [None] * self._tuning.history
        self._place = 0
        self._idle, self._least = 0, self._penalties.cost_evaluator().cost(plan)

    def _iterate(self) -> None:
        """Disturb, improve, and accept by late acceptance."""
        costs = self._penalties.cost_evaluator()
        plan = self._local(self._current, costs, exhaustive=False)
        self._penalties.register(plan)
        self._pool.add(plan, costs)
        self._idle += 1
        if (price := costs.cost(plan)) < self._least:
            self._least, self._idle = price, 0
        if price < costs.cost(self._best):
            self._best = plan
            plan = self._local(plan, costs, exhaustive=True)
            self._pool.add(plan, costs)
            if plan.is_feasible() and costs.cost(plan) < costs.cost(self._best):
                self._best = plan
            self._watch(self._best)
        cost, current = costs.penalised_cost(plan), costs.penalised_cost(self._current)
        earlier = self._history[self._place]
        late = costs.penalised_cost(self._first if earlier is None else earlier)
        if cost < late or cost < current:
            self._current, current = plan, cost
        if current < late or earlier is None:
            self._history[self._place] = self._current
        self._place = (self._place + 1) % self._tuning.history

    def _combine(self) -> None:
        """Take the best combination of the pool's routes where it beats the best plan."""
        if not self._best.is_feasible():
            return
        seconds = self._budget.seconds_left() * 0.8
        effort = COUNTED_EFFORT
        if not self._budget.is_counted:
            effort = self._tuning.effort * self._budget.seconds
        plan = best_combination(self._pool, self._best, effort=effort, seconds=seconds)
        if plan is None or not plan.is_feasible():
            return
        costs = self._penalties.cost_evaluator()
        better = self._local(plan, costs, exhaustive=True)
        if better.is_feasible() and costs.cost(better) < costs.cost(plan):
            plan = better
        if costs.cost(plan) < costs.cost(self._best):
            self._best = plan
            self._restart(plan)
            self._watch(plan)


def _local_search(data: ProblemData, rng: RandomNumberGenerator, tuning: Tuning) -> LocalSearch:
    near = compute_neighbours(data, NeighbourhoodParams(tuning.waiting, tuning.neighbours))
    shake = PerturbationManager(PerturbationParams(1, tuning.shaken))
    search = LocalSearch(data, rng, near, shake)
    for operator in OPERATORS:
        if operator.supports(data):
            search.add_operator(operator(data))
    return search


def _first_penalties(data: ProblemData, scale: float) -> tuple[list[float], float, float]:
    """Return penalties per unit of load, time and distance: an average leg per average demand.

    PyVRP's own start is the middle of what is allowed, which for short budgets rules out
    every plan that breaks a limit.
    """
    unit = float(np.mean([kind.unit_distance_cost for kind in data.vehicle_types()]))
    leg = float(data.distance_matrix(0).mean()) * unit
    demand = float(np.mean([client.delivery[0] for client in data.clients()]))
    return [scale * leg / max(demand, 1.0)], max(2 * scale * unit, 1.0), 1.0
