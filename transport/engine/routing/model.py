"""A routing problem in the solver's own terms: whole numbers, and back again."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyvrp import (
    Activity,
    ActivityType,
    Client,
    Depot,
    Location,
    ProblemData,
    Route,
    Solution,
    VehicleType,
)

from transport.engine.routing.distances import distances
from transport.engine.routing.problem import DistanceRule, Found, RoutingProblem

FOREVER = 10**12
NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Model:
    """The solver's data of a problem; its vehicle types follow the order of the fleet."""

    problem: RoutingProblem
    data: ProblemData

    def found(self, solution: Solution) -> Found:
        """Return the routes of ``solution`` with the numbers of stops and vehicles."""
        free = [iter(kind.vehicles) for kind in self.problem.fleet]
        routes, vehicles = [], []
        for route in solution.routes():
            stops = [each.idx + 1 if each.is_client() else 0 for each in route][1:-1]
            parted = [
                stop for stop, then in zip(stops, [*stops[1:], 0], strict=True) if stop or then
            ]
            if any(parted):
                routes.append(tuple(parted if parted[0] else parted[1:]))
                vehicles.append(next(free[route.vehicle_type()]))
        return Found(tuple(routes), tuple(vehicles))

    def solution(self, found: Found) -> Solution:
        """Return the solver's form of routes."""
        kinds = {
            number: place
            for place, kind in enumerate(self.problem.fleet)
            for number in kind.vehicles
        }
        return Solution(
            self.data,
            [
                Route(self.data, _activities(route), kinds[vehicle])
                for route, vehicle in zip(found.routes, found.vehicles, strict=True)
            ],
        )


def model(problem: RoutingProblem) -> Model:
    """Return ``problem`` for the solver.

    With time windows and for a mixed fleet lengths and times are in tenths: windows and
    releases narrowed, services lengthened to whole tenths, so that a plan that the solver
    accepts is one in the instance's own figures. A cost is length x unit cost, a fixed cost
    scaled alike.
    """
    scale = 1 if problem.rule is DistanceRule.WHOLE else 10
    lengths: Any = np.rint(distances(problem) * scale).astype(np.int64)
    whole = all(float(kind.unit_cost).is_integer() for kind in problem.fleet)
    finer = 1 if whole else 100
    depot = problem.stops[0]
    early, late = _span(depot.ready, depot.due, scale)
    data = ProblemData(
        locations=[Location(stop.x, stop.y) for stop in problem.stops],
        clients=[_client(problem, number, scale) for number in problem.customers],
        depots=[Depot(0)],
        vehicle_types=[
            VehicleType(
                num_available=min(len(kind.vehicles), len(problem.customers)),
                capacity=[kind.capacity],
                fixed_cost=round(kind.fixed_cost * scale * finer),
                tw_early=early,
                tw_late=late,
                unit_distance_cost=round(kind.unit_cost * finer),
                reload_depots=[0] if kind.reloads else [],
            )
            for kind in problem.fleet
        ],
        distance_matrices=[lengths],
        duration_matrices=[lengths],
    )
    return Model(problem, data)


def _activities(route: tuple[int, ...]) -> list[Activity]:
    return [
        Activity(ActivityType.CLIENT, stop - 1) if stop else Activity(ActivityType.DEPOT, 0)
        for stop in route
    ]


def _client(problem: RoutingProblem, number: int, scale: int) -> Client:
    stop = problem.stops[number]
    early, late = _span(stop.ready, stop.due, scale)
    return Client(
        location=number,
        delivery=[stop.demand],
        service_duration=math.ceil(stop.service * scale - NEAR),
        tw_early=early,
        tw_late=late,
        release_time=math.ceil(stop.release * scale - NEAR),
    )


def _span(ready: float, due: float, scale: int) -> tuple[int, int]:
    """Return a window in the solver's unit, never wider than given."""
    late = FOREVER if math.isinf(due) else math.floor(due * scale + NEAR)
    return math.ceil(ready * scale - NEAR), late
