"""Weeks to start from: all direct, suppliers inserted one by one, the plan of last week."""

from collections.abc import Callable, Iterator
from functools import partial

from transport.engine.milkrun.plan import Plan
from transport.engine.milkrun.search import Search
from transport.engine.milkrun.solution import UNDECIDED, DayRoute, Solution

AVERSIONS = (2.5, 1.5)


def first_weeks(search: Search, previous: Plan | None) -> Iterator[Solution]:
    """Yield the weeks there are without search, as soon as each is built.

    The all-direct week is the first where it is possible, so no plan is ever worse. The others
    have milk runs that more suppliers can join.
    """
    candidates: list[Callable[[], Solution | None]] = [
        partial(_all_direct, search),
        *([partial(_as_before, search, previous)] if previous is not None else []),
        *(partial(search.start, aversion) for aversion in AVERSIONS),
    ]
    for build in candidates:
        if (found := build()) is not None:
            yield found


def _all_direct(search: Search) -> Solution | None:
    """Return the week of the cheapest ways without trucks; None if a supplier has none."""
    model, solution = search.model, Solution.empty(search.model)
    for supplier in model.active:
        ways = model.ways[supplier]
        direct = [place for place, way in enumerate(ways) if way.mode == "direct"]
        if not direct:
            return None
        solution.ways[supplier] = min(direct, key=lambda place: ways[place].own_cost)
    solution.recount(model)
    return solution


def _as_before(search: Search, previous: Plan) -> Solution | None:
    """Return the week of an earlier plan at today's prices; what no longer fits is inserted."""
    model, solution = search.model, Solution.empty(search.model)
    for supplier in model.active:
        choice = previous.choices.get(model.problem.suppliers[supplier].id)
        for place, way in enumerate(model.ways[supplier]):
            if choice is not None and (way.mode, way.pattern) == (choice.mode, choice.pattern):
                solution.ways[supplier] = place
    numbers = {
        (model.days[model.stops[number].day], model.problem.suppliers[supplier].id): number
        for supplier, place in enumerate(solution.ways)
        if place != UNDECIDED
        for number in model.ways[supplier][place].stops
    }
    placed: set[int] = set()
    for route in previous.routes:
        if route.day not in model.days:
            continue
        named = (
            tuple(numbers.get((route.day, stop.supplier), UNDECIDED) for stop in trip.stops)
            for trip in route.trips
        )
        kept = (tuple(one for one in trip if one != UNDECIDED) for trip in named)
        trips, day = tuple(trip for trip in kept if trip), model.days.index(route.day)
        offer = solution.affordable(model, day, search.pricing.offers(trips)) if trips else None
        if offer is not None:
            solution.routes[day].append(DayRoute(trips, offer.vehicle, offer.cost))
            placed.update(one for trip in trips for one in trip)
    return _completed(search, solution, placed)


def _completed(search: Search, solution: Solution, placed: set[int]) -> Solution | None:
    """Insert the suppliers that are undecided or lack a stop."""
    model = search.model
    solution.recount(model)
    missing = []
    for supplier in model.active:
        place = solution.ways[supplier]
        stops = () if place == UNDECIDED else model.ways[supplier][place].stops
        if place == UNDECIDED:
            missing.append(supplier)
        elif not placed.issuperset(stops):
            missing += [one for one in solution.remove(search.pricing, supplier)
                        if one not in missing]  # fmt: skip
    for supplier in missing:
        if not search.inserter.insert(solution, supplier):
            return None
    solution.recount(model)
    return solution
