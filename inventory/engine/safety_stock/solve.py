"""Place safety stock in a chain: the cheapest service times, with a proof if there is time."""

import math
from collections.abc import Mapping
from dataclasses import replace

from inventory.engine.safety_stock.bucketing import coarse, common_period, fine, needed_period
from inventory.engine.safety_stock.budget import Budget, Listener, Progress
from inventory.engine.safety_stock.components import components, sub_network
from inventory.engine.safety_stock.evaluate import faults
from inventory.engine.safety_stock.network import Figures, Network, figures_of, network_of
from inventory.engine.safety_stock.placement import Placement, StageAnswer
from inventory.engine.safety_stock.problem import Problem
from inventory.engine.safety_stock.search import TOLERANCE, Found, Search
from inventory.engine.safety_stock.waiting import cost, decoupled, descend, inbound, settle

PAIRS_A_STAGE = 200  # what a stage takes besides its pairs of service times, in such pairs
GENEROUS = 4.0  # most parts end before their time: each may take so many times its share
Pair = tuple[float, float]


class Rejected(RuntimeError):
    """The independent check found a fault in what the search returned."""


def solve(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    threads: int = 1,
    sweeps: int | None = None,
    start: Mapping[str, int] | None = None,
    listener: Listener | None = None,
) -> Placement:
    """Return the cheapest placement found within the budget.

    Parameters
    ----------
    seconds
        Wall time; a chain whose proof is done earlier takes less.
    seed
        Order in which single stages are improved.
    threads
        One is used, however many are allowed.
    sweeps
        Most sweeps of messages; with it alone (and time enough) the answer is always the same.
    start
        Service times by stage to begin with, such as those of an earlier placement.
    listener
        Hears cost and bound at most once a second; returns whether to go on.

    Raises ``Circle`` for stages that supply one another in a circle.
    """
    budget = Budget(seconds=seconds, sweeps=sweeps, listener=listener)
    network = network_of(problem)
    begin = [(start or {}).get(problem.stages[place].id, 0) for place in network.place]
    found = _whole(network, budget, seed=seed, start=begin)
    placement = _placement(problem, network, found, budget)
    wrong = faults(problem, placement)
    if wrong:
        raise Rejected(f"expected a placement without faults, got: {wrong[0]}")
    return placement


def _whole(network: Network, budget: Budget, *, seed: int, start: list[int]) -> Found:
    """Search part by part, the small ones first; what they leave of their time goes to the next."""
    parts = components(network)
    networks = [sub_network(network, part) for part in parts]
    size = [each.pairs() + PAIRS_A_STAGE * len(each) for each in networks]
    ahead = [decoupled(each) for each in networks]
    service, costs, bounds = [0] * len(network), 0.0, 0.0
    for at, (part, inner) in enumerate(zip(parts, networks, strict=True)):
        behind, before = math.fsum(ahead[at + 1 :]), (costs, bounds)

        def told(found: Progress, behind: float = behind, before: Pair = before) -> Progress:
            cost, bound = before[0] + found.cost + behind, before[1] + found.bound
            return Progress(cost, bound, budget.spent())

        share = min(1.0, GENEROUS * size[at] / sum(size[at:]))
        found = _found(inner, budget.part(share, told), seed=seed, start=[start[n] for n in part])
        for number, time in zip(part, found.service, strict=True):
            service[number] = time
        costs, bounds = costs + found.cost, bounds + found.bound
    return Found(service, costs, bounds)


def _found(network: Network, budget: Budget, *, seed: int, start: list[int]) -> Found:
    """Search in the largest period that loses nothing, or else from two coarser sides."""
    exact = common_period(network)
    if exact > 1:
        scaled = coarse(network, exact, is_bound=False)
        found = _found(scaled, budget, seed=seed, start=[each // exact for each in start])
        return Found(fine(found.service, exact), found.cost, found.bound)
    period = needed_period(network)
    if period == 1:
        return Search(network, budget, seed=seed, start=start).run()
    upper = coarse(network, period, is_bound=False)
    near = Search(upper, budget.part(0.4, told=lambda p: replace(p, bound=0.0)), seed=seed).run()
    tried = [fine(near.service, period), start, [0] * len(network), list(network.most)]
    settled = [descend(network, each, seed=seed) for each in tried]
    service = min(settled, key=lambda each: cost(network, each))
    least = cost(network, service)
    lower = coarse(network, period, is_bound=True)
    part = budget.part(0.9, told=lambda p: replace(p, cost=least, bound=min(p.bound, least)))
    bound = Search(lower, part, seed=seed).run().bound
    return Found(service, least, min(bound, least))


def _placement(problem: Problem, network: Network, found: Found, budget: Budget) -> Placement:
    service = settle(network, found.service)
    waits = inbound(network, service)
    figures = figures_of(problem)
    answers: dict[int, StageAnswer] = {}
    for at, place in enumerate(network.place):
        answers[place] = _answer(figures, place, service[at], waits[at], network.lead[at])
    total = math.fsum(each.cost for each in answers.values())
    is_proven = found.bound >= found.cost * (1.0 - TOLERANCE)
    return Placement(
        status="optimal" if is_proven else "feasible",
        cost=total,
        bound=total if is_proven else min(found.bound, total),
        cost_decoupled=decoupled(network),
        stages={stage.id: answers[place] for place, stage in enumerate(problem.stages)},
        seconds=budget.spent(),
    )


def _answer(figures: Figures, place: int, service: int, wait: int, lead: int) -> StageAnswer:
    net = wait + lead - service
    stock = figures.z[place] * figures.sigma[place] * math.sqrt(net)
    return StageAnswer(service, wait, net, stock, figures.holding[place] * stock)
