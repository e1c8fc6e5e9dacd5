"""Milk-run problems for the tests, and a plain solver of tiny ones by enumeration."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import permutations, product
from pathlib import Path
from typing import Any

from collab.engine_fields import Field
from transport.engine.milkrun.evaluator import evaluate
from transport.engine.milkrun.measures import Ruler, direct_week, pick_ups
from transport.engine.milkrun.plan import Baseline, Choice, Cost, Plan, Route, Stop, Trip
from transport.engine.milkrun.problem import Options, Problem
from transport.engine.milkrun.reader import problem_of, read_problem
from transport.engine.milkrun.route_check import RouteCheck
from transport.engine.milkrun.solver import solve

CASES = Path(__file__).resolve().parents[1] / "cases" / "transport"
TINY, SMALL = CASES / "milkrun_3.json", CASES / "milkrun_12.json"
NO_BASELINE = Baseline(0.0, 0.0, 0.0, {})


def tiny() -> Problem:
    return read_problem(TINY)


def small() -> Problem:
    return read_problem(SMALL)


def changed(path: Path, change: Callable[[Any], object]) -> Problem:
    """Return the problem of a file after a change of its JSON."""
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    return problem_of(Field(data, path.name))


@cache
def small_plan() -> Plan:
    return solve(small(), seconds=60, iterations=200, threads=1)


def planned(problem: Problem, options: Options | None = None, iterations: int = 200) -> Plan:
    return solve(problem, seconds=60, iterations=iterations, threads=1, options=options)


def partitions(items: list[str]) -> Iterator[list[list[str]]]:
    if not items:
        yield []
        return
    first, *rest = items
    for smaller in partitions(rest):
        yield [[first], *smaller]
        for place, group in enumerate(smaller):
            yield [*smaller[:place], [first, *group], *smaller[place + 1 :]]


def best_by_enumeration(problem: Problem) -> float:
    """Return the least cost of a tiny problem over all patterns, ways, groups and sequences.

    Start times are whole minutes.
    """
    ruler = Ruler(problem)
    ways = {}
    for supplier in problem.suppliers:
        ways[supplier.id] = [
            (mode, pattern)
            for pattern in supplier.offered(problem.working_days)
            for mode in ("milkrun", "direct")
        ]
    day_costs: dict[Any, float] = {}
    best = float("inf")
    for chosen in product(*ways.values()):
        cost = 0.0
        by_day: dict[int, list[Any]] = {day: [] for day in problem.working_days}
        for supplier, (mode, pattern) in zip(problem.suppliers, chosen, strict=True):
            if mode == "direct":
                price, stock, _km, kg = direct_week(problem, ruler, supplier, pattern)
                cost += price + stock + problem.co2_price_per_t * kg / 1000
                continue
            for pick_up in pick_ups(problem, supplier, pattern):
                cost += pick_up.stock_cost
                by_day[pick_up.day].append((supplier.id, pick_up.load))
        for day, stops in by_day.items():
            key = (day, tuple(stops))
            if key not in day_costs:
                day_costs[key] = _day_cost(problem, ruler, day, dict(stops))
            cost += day_costs[key]
        best = min(best, cost)
    return best


def _day_cost(problem: Problem, ruler: Ruler, day: int, loads: dict[str, Any]) -> float:
    if not loads:
        return 0.0
    best = float("inf")
    for groups in partitions(list(loads)):
        total = 0.0
        for group in groups:
            cheapest = float("inf")
            for order in permutations(group):
                for trips in _splits(list(order)):
                    for vehicle in problem.fleet:
                        cost = _vehicle_cost(problem, ruler, day, trips, loads, vehicle, cheapest)
                        cheapest = min(cheapest, cost)
            total += cheapest
        best = min(best, total)
    return best


def _splits(order: list[str]) -> Iterator[list[list[str]]]:
    yield [order]
    for cut in range(1, len(order)):
        yield [order[:cut], order[cut:]]


def _vehicle_cost(problem, ruler, day, trips, loads, vehicle, most=float("inf")) -> float:
    """Return the hire and CO2 price of one vehicle-day: starts by 20 minutes, then by one."""
    stops = (tuple(Stop(name, 0, 0, 0) for name in trip) for trip in trips)
    planned_trips = tuple(Trip(each) for each in stops)

    def at(start: int) -> float:
        route = Route(day, vehicle.id, 1, start, 0, 0, 0, 0, planned_trips)
        found = RouteCheck(problem, ruler, route, vehicle, loads).run()
        said = " ".join(found.violations)
        if any(word in said for word in ("capacity", "window", "duty", "driv", "ends", "trips")):
            return float("inf")
        hire = vehicle.fixed_per_day + vehicle.per_km * found.km
        hire += vehicle.per_hour * found.hours()
        return hire + problem.co2_price_per_t * found.kg_co2e / 1000

    coarse = {start: at(start) for start in range(300, 540, 20)}
    start = min(coarse, key=coarse.__getitem__)
    if coarse[start] - vehicle.per_hour / 3 > most:
        return coarse[start]
    return min(at(each) for each in range(start - 20, start + 21))


def bare(route: Route, choices: dict[str, Choice]) -> Plan:
    """Return a plan of one route without figures, to see what the evaluator says of it."""
    return Plan("feasible", 0, Cost(), 0, 0, NO_BASELINE, choices, (route,))


def violations(problem: Problem, plan: Plan, options: Options | None = None) -> str:
    return "; ".join(evaluate(problem, plan, options).violations)


def with_route(plan: Plan, number: int, **new: Any) -> Plan:
    routes = list(plan.routes)
    routes[number] = replace(routes[number], **new)
    return replace(plan, routes=tuple(routes))
