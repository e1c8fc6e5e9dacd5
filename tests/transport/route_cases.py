"""Small routing instances, and their true optimum by trying everything."""

from collections.abc import Iterator
from itertools import combinations, permutations, product
from math import floor, hypot, inf
from pathlib import Path

from transport.engine.routing.problem import DistanceRule, RoutingProblem, VehicleType
from transport.engine.routing.reader import read_instance

CASES = Path(__file__).resolve().parents[1] / "cases" / "transport" / "routing"
SMALL = ("windows.txt", "plain.vrp", "mixed.vrp", "trips.vrp")


def case(name: str) -> RoutingProblem:
    return read_instance(CASES / name)


def least(problem: RoutingProblem) -> float:
    """Return the least distance, or cost of a mixed fleet, over every plan there is."""
    customers = list(problem.customers)
    vehicles = [kind for kind in problem.fleet for _ in kind.vehicles]
    subsets = [
        frozenset(group)
        for size in range(len(customers) + 1)
        for group in combinations(customers, size)
    ]
    best = {subset: 0.0 if not subset else inf for subset in subsets}
    for kind in vehicles:
        alone = {subset: _cheapest(problem, kind, subset) for subset in subsets}
        best = {
            subset: min(best[subset - part] + alone[part] for part in subsets if part <= subset)
            for subset in subsets
        }
    return best[frozenset(customers)]


def _cheapest(problem: RoutingProblem, kind: VehicleType, group: frozenset[int]) -> float:
    """Return what one vehicle takes at least for a group of customers; infinite if too much."""
    if not group:
        return 0.0
    return min((_price(problem, kind, trips) for trips in _orders(group, kind)), default=inf)


def _orders(group: frozenset[int], kind: VehicleType) -> Iterator[list[list[int]]]:
    for order in permutations(group):
        for cuts in product((False, True) if kind.reloads else (False,), repeat=len(order) - 1):
            trips = [[order[0]]]
            for stop, cut in zip(order[1:], cuts, strict=True):
                if cut:
                    trips.append([])
                trips[-1].append(stop)
            yield trips


def _price(problem: RoutingProblem, kind: VehicleType, trips: list[list[int]]) -> float:
    stops, clock, length = problem.stops, problem.stops[0].ready, 0.0
    for trip in trips:
        if sum(stops[stop].demand for stop in trip) > kind.capacity:
            return inf
        clock = max(clock, *(stops[stop].release for stop in trip))
        for here, there in zip([0, *trip], [*trip, 0], strict=True):
            leg = hypot(stops[here].x - stops[there].x, stops[here].y - stops[there].y)
            if problem.rule is DistanceRule.TENTHS:
                leg = floor(leg * 10) / 10
            elif problem.rule is DistanceRule.WHOLE:
                leg = round(leg)
            length += leg
            clock = max(clock + leg, stops[there].ready if there else 0)
            if clock > stops[there].due + 1e-9:
                return inf
            clock += stops[there].service
    if not problem.is_mixed:
        return length
    return (kind.fixed_cost + kind.unit_cost * length) / 100
