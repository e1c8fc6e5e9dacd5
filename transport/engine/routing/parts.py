"""A large problem by parts: the routes of one sector at a time, searched as a problem of its own.

One iteration of the search copies the whole plan, so its time grows with the number of stops,
while what it changes stays small. A part of some 200 stops is searched several times faster.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import replace

from transport.engine.routing.problem import Found, RoutingProblem


def sectors(problem: RoutingProblem, found: Found, size: int, seed: int) -> Iterator[list[int]]:
    """Yield groups of routes (places in ``found``) of about ``size`` stops, by direction.

    Routes are put in the order of the direction in which their middle lies from the depot,
    starting from a direction that ``seed`` draws.
    """
    depot = problem.stops[0]
    start = random.Random(seed).uniform(0, 2 * math.pi)  # noqa: S311

    def direction(place: int) -> float:
        stops = [problem.stops[stop] for stop in found.routes[place] if stop]
        x = sum(stop.x - depot.x for stop in stops)
        y = sum(stop.y - depot.y for stop in stops)
        return (math.atan2(y, x) - start) % (2 * math.pi)

    total = len(problem.customers)
    most = total / max(1, round(total / size))
    group: list[int] = []
    count = 0
    for place in sorted(range(len(found.routes)), key=direction):
        group.append(place)
        count += sum(1 for stop in found.routes[place] if stop)
        if count >= most:
            yield group
            group, count = [], 0
    if group:
        yield group


def part_of(
    problem: RoutingProblem, found: Found, places: list[int]
) -> tuple[RoutingProblem, Found, list[int]]:
    """Return the problem of some routes alone, those routes in its numbers, and its stops.

    Its fleet is the vehicles of the routes and, of each type, an equal share of those that
    the plan leaves idle. ``stops[k]`` is the number that the part's stop k has outside.
    """
    stops = [0, *sorted(stop for place in places for stop in found.routes[place] if stop)]
    inside = {stop: number for number, stop in enumerate(stops)}
    used, own = set(found.vehicles), {found.vehicles[place] for place in places}
    share = len(places) / len(found.routes)
    fleet = []
    for kind in problem.fleet:
        idle = [vehicle for vehicle in kind.vehicles if vehicle not in used]
        first = [vehicle for vehicle in kind.vehicles if vehicle in own]
        vehicles = (*first, *idle[: int(len(idle) * share)])
        if vehicles:
            fleet.append(replace(kind, vehicles=vehicles))
    matrix = problem.matrix
    if matrix is not None:
        matrix = tuple(tuple(matrix[a][b] for b in stops) for a in stops)
    part = replace(
        problem,
        stops=tuple(problem.stops[stop] for stop in stops),
        fleet=tuple(fleet),
        matrix=matrix,
    )
    routes = tuple(tuple(inside[stop] for stop in found.routes[place]) for place in places)
    return part, Found(routes, tuple(found.vehicles[place] for place in places)), stops


def put_back(found: Found, places: list[int], better: Found, stops: list[int]) -> Found:
    """Return ``found`` with the routes at ``places`` replaced by those of a part's plan."""
    gone = set(places)
    kept = [place for place in range(len(found.routes)) if place not in gone]
    return Found(
        (
            *(found.routes[place] for place in kept),
            *(tuple(stops[stop] for stop in route) for route in better.routes),
        ),
        (*(found.vehicles[place] for place in kept), *better.vehicles),
    )
