"""A second look at every plan, from the stops as given and with code of its own."""

import math
from collections import Counter
from dataclasses import dataclass

from transport.engine.routing.problem import (
    DistanceRule,
    Found,
    RoutePlan,
    RoutingProblem,
    VehicleType,
)

LATE = 1e-6  # times are sums of numbers with few decimals


class PlanRejected(ValueError):
    """A plan that must not be used; the message names the stop, route or vehicle."""


@dataclass(frozen=True, slots=True)
class Account:
    """What a plan truly takes: distance in the instance's unit, cost of a mixed fleet."""

    distance: float
    cost: float | None


def account(problem: RoutingProblem, found: Found) -> Account:
    """Return distance and cost of ``found``, recomputed stop by stop.

    Raises
    ------
    PlanRejected
        If a customer is left out, visited twice or unknown, a vehicle is used twice, unknown
        or without the right to reload, a trip loads more than its vehicle holds, service
        starts after a window closes, or the vehicle is back after the depot closes.
    """
    _check_visits(problem, found)
    owners = {number: kind for kind in problem.fleet for number in kind.vehicles}
    if len(found.vehicles) != len(found.routes):
        raise PlanRejected("expected a vehicle for each route")
    for vehicle, times in Counter(found.vehicles).items():
        if vehicle not in owners:
            raise PlanRejected(f"expected a vehicle of the fleet, got {vehicle}")
        if times > 1:
            raise PlanRejected(f"expected one route for vehicle {vehicle}, got {times}")
    distance, cost = 0.0, 0.0
    for place, (route, vehicle) in enumerate(zip(found.routes, found.vehicles, strict=True), 1):
        kind = owners[vehicle]
        trips = _trips(route, kind, place)
        _check_load(problem, trips, kind, place)
        if problem.has_windows:
            _check_times(problem, trips, place)
        path = [0, *route, 0]
        length = math.fsum(map(lambda a, b: apart(problem, a, b), path, path[1:]))
        distance += length
        cost += kind.fixed_cost + kind.unit_cost * length
    decimals = 1 if problem.rule is DistanceRule.TENTHS else 6
    return Account(round(distance, decimals), round(cost / 100, 2) if problem.is_mixed else None)


def check(problem: RoutingProblem, plan: RoutePlan) -> None:
    """Raise ``PlanRejected`` unless ``plan`` keeps every limit and states its true figures."""
    true = account(problem, Found(plan.routes, plan.vehicles))
    if plan.distance is None or abs(plan.distance - true.distance) > 0.01:
        raise PlanRejected(f"expected distance {true.distance}, got {plan.distance}")
    if (plan.cost is None) != (true.cost is None):
        raise PlanRejected(f"expected cost {true.cost}, got {plan.cost}")
    if plan.cost is not None and true.cost is not None and abs(plan.cost - true.cost) > 0.02:
        raise PlanRejected(f"expected cost {true.cost}, got {plan.cost}")


def apart(problem: RoutingProblem, start: int, end: int) -> float:
    """Return the distance from one place to another by the problem's rule."""
    if problem.matrix is not None:
        length = problem.matrix[start][end]
    else:
        a, b = problem.stops[start], problem.stops[end]
        square = (a.x - b.x) ** 2 + (a.y - b.y) ** 2
        if problem.rule is DistanceRule.TENTHS and float(square).is_integer():
            return math.isqrt(100 * int(square)) / 10
        length = math.sqrt(square)
    if problem.rule is DistanceRule.TENTHS:
        return math.floor(length * 10 + 1e-9) / 10
    return float(math.floor(length + 0.5)) if problem.rule is DistanceRule.WHOLE else length


def _check_visits(problem: RoutingProblem, found: Found) -> None:
    visits = Counter(stop for route in found.routes for stop in route if stop != 0)
    for stop, times in visits.items():
        if stop not in problem.customers:
            raise PlanRejected(f"expected a customer of the problem, got {stop}")
        if times > 1:
            raise PlanRejected(f"expected customer {stop} once, got it {times} times")
    for stop in problem.customers:
        if stop not in visits:
            raise PlanRejected(f"expected customer {stop} in a route, got it in none")


def _trips(route: tuple[int, ...], kind: VehicleType, place: int) -> list[list[int]]:
    """Return the customers of each trip of a route; a 0 parts them."""
    trips: list[list[int]] = [[]]
    for stop in route:
        if stop == 0:
            trips.append([])
        else:
            trips[-1].append(stop)
    if len(trips) > 1 and not kind.reloads:
        raise PlanRejected(f"expected no reload in route {place}, whose vehicle may not")
    return trips


def _check_load(
    problem: RoutingProblem, trips: list[list[int]], kind: VehicleType, place: int
) -> None:
    for trip in trips:
        load = sum(problem.stops[stop].demand for stop in trip)
        if load > kind.capacity:
            raise PlanRejected(
                f"expected a load of at most {kind.capacity}, got {load} (route {place})"
            )


def _check_times(problem: RoutingProblem, trips: list[list[int]], place: int) -> None:
    """Drive the route minute by minute: as early as releases and windows allow."""
    depot = problem.stops[0]
    clock = depot.ready
    for trip in trips:
        clock = max([clock, *(problem.stops[stop].release for stop in trip)])
        here = 0
        for number in trip:
            stop = problem.stops[number]
            clock = max(clock + apart(problem, here, number), stop.ready)
            if clock > stop.due + LATE:
                raise PlanRejected(
                    f"expected service by {stop.due:g} at customer {number}, got {clock:g}"
                )
            clock += stop.service
            here = number
        clock += apart(problem, here, 0)
    if clock > depot.due + LATE:
        raise PlanRejected(f"expected route {place} back by {depot.due:g}, got {clock:g}")
