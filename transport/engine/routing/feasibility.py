"""Prove that a problem has no plan, where one look at stops and fleet is enough."""

from collections.abc import Iterator

from transport.engine.routing.evaluator import LATE, apart
from transport.engine.routing.problem import Conflict, Found, RoutingProblem


def conflicts(problem: RoutingProblem) -> tuple[Conflict, ...]:
    """Return every conflict that no choice of routes can avoid; none proves nothing.

    Constraints: ``window`` (closes before it opens), ``capacity`` (one stop needs more than
    any vehicle holds), ``reach`` (too late even straight from the depot), ``return`` (too
    late back), ``fleet`` (all stops together, or the large ones, need more than all vehicles).
    """
    found = [*_windows(problem), *_capacities(problem)]
    if problem.has_windows and not found:
        found = [*_reach(problem)] or [*_apart(problem)]
    return (*found, *_fleet(problem))


def _windows(problem: RoutingProblem) -> Iterator[Conflict]:
    for number, stop in enumerate(problem.stops):
        if stop.due < stop.ready:
            name = f"stop {number}" if number else "the depot"
            yield Conflict(
                "window",
                (number,),
                f"the window of {name} closes at {stop.due:g}, before it opens at {stop.ready:g}",
            )


def _capacities(problem: RoutingProblem) -> Iterator[Conflict]:
    largest = max(kind.capacity for kind in problem.fleet)
    for number in problem.customers:
        demand = problem.stops[number].demand
        if demand > largest:
            yield Conflict(
                "capacity",
                (number,),
                f"stop {number} needs {demand}, the largest vehicle holds {largest}",
            )


def _reach(problem: RoutingProblem) -> Iterator[Conflict]:
    """Yield the stops that one vehicle alone, straight from the depot, serves too late."""
    depot = problem.stops[0]
    for number in problem.customers:
        stop = problem.stops[number]
        leaves = max(depot.ready, stop.release)
        arrives = leaves + apart(problem, 0, number)
        if arrives > stop.due + LATE:
            yield Conflict(
                "reach",
                (number,),
                f"stop {number} is reached at {arrives:g} at the earliest, "
                f"its window closes at {stop.due:g}",
            )
            continue
        back = max(arrives, stop.ready) + stop.service + apart(problem, number, 0)
        if back > depot.due + LATE:
            yield Conflict(
                "return",
                (0, number),
                f"from stop {number} a vehicle is back at {back:g} at the earliest, "
                f"the depot closes at {depot.due:g}",
            )


def _apart(problem: RoutingProblem) -> Iterator[Conflict]:
    """Yield a conflict where stops that exclude each other outnumber the vehicles.

    Two stops exclude each other where one vehicle cannot serve both in time in either order.
    Picks such stops greedily, the narrowest windows first, so it may miss a conflict but
    never invents one.
    """
    vehicles = sum(len(kind.vehicles) for kind in problem.fleet)
    order = sorted(
        problem.customers,
        key=lambda number: problem.stops[number].due - problem.stops[number].ready,
    )
    chosen: list[int] = []
    for number in order:
        if not any(_one_serves(problem, number, other) for other in chosen):
            chosen.append(number)
        if len(chosen) > vehicles:
            yield Conflict(
                "fleet",
                tuple(sorted(chosen)),
                f"no vehicle serves two of these {len(chosen)} stops in time, "
                f"there are {vehicles} vehicles",
            )
            return


def _one_serves(problem: RoutingProblem, one: int, other: int) -> bool:
    """Tell whether a vehicle can be in time at both stops, in whichever order, load aside.

    As both leave the depot on one trip or two, no release is counted but the first stop's own.
    """
    for first, second in ((one, other), (other, one)):
        a, b = problem.stops[first], problem.stops[second]
        leaves = max(problem.stops[0].ready, a.release)
        served = max(leaves + apart(problem, 0, first), a.ready) + a.service
        by_depot = apart(problem, first, 0) + apart(problem, 0, second)
        way = min(apart(problem, first, second), by_depot)
        if served + way <= b.due + LATE:
            return True
    return False


def _fleet(problem: RoutingProblem) -> Iterator[Conflict]:
    """Yield a conflict where stops above some size outnumber the room in all vehicles.

    With reloads a vehicle carries its capacity as often as time allows, so nothing is said.
    """
    if any(kind.reloads for kind in problem.fleet):
        return
    largest = max(kind.capacity for kind in problem.fleet)
    demands = [(problem.stops[number].demand, number) for number in problem.customers]
    demands = [(demand, number) for demand, number in demands if demand <= largest]
    total = sum(demand for demand, _ in demands)
    room = sum(len(kind.vehicles) * kind.capacity for kind in problem.fleet)
    if total > room:
        yield Conflict(
            "fleet",
            tuple(number for _, number in demands),
            f"the stops need {total} together, all vehicles hold {room}",
        )
        return
    for least in sorted({demand for demand, _ in demands if demand}, reverse=True):
        large = sorted(number for demand, number in demands if demand >= least)
        places = sum(len(kind.vehicles) * (kind.capacity // least) for kind in problem.fleet)
        if len(large) > places:
            yield Conflict(
                "fleet",
                tuple(large),
                f"{len(large)} stops need {least} or more each, "
                f"all vehicles have room for {places} such",
            )
            return


def shortfalls(problem: RoutingProblem, found: Found) -> tuple[Conflict, ...]:
    """Return what the routes of an attempt break: overloads, late stops, late returns."""
    kinds = {number: kind for kind in problem.fleet for number in kind.vehicles}
    broken: list[Conflict] = []
    for route, vehicle in zip(found.routes, found.vehicles, strict=True):
        capacity = kinds[vehicle].capacity
        clock = problem.stops[0].ready
        for trip in trips_of(route):
            load = sum(problem.stops[stop].demand for stop in trip)
            if load > capacity:
                reason = f"vehicle {vehicle} would carry {load}, it holds {capacity}"
                broken.append(Conflict("capacity", tuple(trip), reason))
            clock, late = drive(problem, trip, clock)
            broken += [
                Conflict("window", (stop,), f"stop {stop} would be served {by:g} too late")
                for stop, by in late
            ]
        if clock > problem.stops[0].due + LATE:
            by = clock - problem.stops[0].due
            reason = f"vehicle {vehicle} would be back {by:g} too late"
            broken.append(Conflict("return", tuple(stop for stop in route if stop), reason))
    visited = {stop for route in found.routes for stop in route}
    left = tuple(stop for stop in problem.customers if stop not in visited)
    if left:
        broken.append(Conflict("fleet", left, "no vehicle is left for these stops"))
    return tuple(broken)


def trips_of(route: tuple[int, ...]) -> list[list[int]]:
    """Return the customers of each trip; a 0 inside a route parts two trips."""
    trips: list[list[int]] = [[]]
    for stop in route:
        if stop:
            trips[-1].append(stop)
        else:
            trips.append([])
    return trips


def drive(
    problem: RoutingProblem, trip: list[int], clock: float
) -> tuple[float, list[tuple[int, float]]]:
    """Return when a trip that may leave at ``clock`` is back, and its late stops and by how much.

    Service then starts late, and what follows counts from there.
    """
    clock = max([clock, *(problem.stops[stop].release for stop in trip)])
    here, late = 0, []
    for number in trip:
        stop = problem.stops[number]
        clock = max(clock + apart(problem, here, number), stop.ready)
        if clock > stop.due + LATE:
            late.append((number, clock - stop.due))
        clock += stop.service
        here = number
    return clock + apart(problem, here, 0), late
