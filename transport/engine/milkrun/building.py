"""From the solver's week to the plan: names, clock times, vehicles by number, costs by kind."""

from collections.abc import Sequence

from transport.engine.milkrun.model import Model, Way
from transport.engine.milkrun.plan import (
    Baseline,
    BaselineShare,
    Choice,
    Cost,
    Plan,
    Route,
    Status,
    Stop,
    Trip,
)
from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.problem import Problem
from transport.engine.milkrun.schedule import Leg, Timing
from transport.engine.milkrun.solution import UNDECIDED, DayRoute, Solution


def baseline_of(model: Model) -> Baseline:
    """Return the all-direct week by rule (11): every supplier alone on its cheapest pattern."""
    shares: dict[str, BaselineShare] = {}
    km = kg = 0.0
    cost: float | None = 0.0
    for supplier, ways in zip(model.problem.suppliers, model.baseline_ways, strict=True):
        best = min(ways, key=lambda way: way.own_cost, default=None)
        if best is None:
            shares[supplier.id] = BaselineShare(None, supplier.offered(model.days)[0])
            cost = None
            continue
        shares[supplier.id] = BaselineShare(best.own_cost, best.pattern)
        km, kg = km + best.km, kg + best.kg_co2e
        cost = None if cost is None else cost + best.own_cost
    return Baseline(cost, km, kg, shares)


def routes_of(
    pricing: Pricing, solution: Solution, starts: dict[Trips, float] | None = None
) -> list[Route]:
    """Return the vehicle-days with their clock times, by day and vehicle.

    ``starts`` holds other starts than the fastest [min], by trips.
    """
    found = []
    for day, routes in enumerate(solution.routes):
        for route, index in numbered(pricing, routes):
            start = (starts or {}).get(route.trips)
            found.append(_route(pricing, day, route, index, start))
    order = {each.id: place for place, each in enumerate(pricing.model.problem.fleet)}
    found.sort(key=lambda each: (each.day, order[each.vehicle_type], each.vehicle_index))
    return found


def numbered(pricing: Pricing, routes: list[DayRoute]) -> list[tuple[DayRoute, int]]:
    """Return the routes of a day with vehicle numbers from 1 within their type.

    A route with a pinned vehicle gets its number, the others the free ones in order of
    the first stop.
    """
    model = pricing.model
    wanted = {
        (route.vehicle, pin.vehicle_index): route
        for route in routes
        for trip in route.trips
        for number in trip
        for pin in model.stops[number].pins
        if pin.vehicle_index is not None
    }
    fixed = {id(route): index for (_vehicle, index), route in wanted.items()}
    taken = {key for key, route in wanted.items() if fixed[id(route)] == key[1]}
    found = []
    for route in sorted(routes, key=lambda each: (each.vehicle, each.trips)):
        index = fixed.get(id(route))
        if index is None:
            index = 1
            while (route.vehicle, index) in taken:
                index += 1
            taken.add((route.vehicle, index))
        found.append((route, index))
    return found


def _route(pricing: Pricing, day: int, route: DayRoute, index: int, start: float | None) -> Route:
    model = pricing.model
    figures = pricing.day(route.trips, route.vehicle)
    timing = figures.timing
    if start is not None:
        timing = Timing(start, timing.end_min, timing.breaks)
    legs = [leg for trip in route.trips for leg in pricing.trip(trip).legs]
    trips, end = timed(model, route.trips, legs, timing)
    vehicle = model.problem.fleet[route.vehicle]
    hours = vehicle.per_hour * (end - timing.start_min) / 60
    carbon = model.problem.co2_price_per_t * figures.kg_co2e / 1000
    return Route(
        day=model.days[day],
        vehicle_type=vehicle.id,
        vehicle_index=index,
        start_min=timing.start_min,
        end_min=end,
        km=figures.km,
        kg_co2e=figures.kg_co2e,
        cost=figures.fixed + figures.distance + hours + carbon,
        trips=trips,
    )


def timed(
    model: Model, trips: Trips, legs: Sequence[Leg], timing: Timing
) -> tuple[tuple[Trip, ...], float]:
    """Return the trips with the clock times of every stop, and when the vehicle is done [min].

    ``legs`` are those of all trips, way home included.
    """
    driver = model.problem.driver
    pause = driver.break_min if driver else 0.0
    clock, place, found = timing.start_min, 0, []
    for trip in trips:
        stops = []
        for number in trip:
            leg, rest = legs[place], pause if place in timing.breaks else 0.0
            arrive = clock + leg.before_min + leg.drive_min + rest
            begin = _opens(leg, arrive)
            clock = begin + leg.service_min
            name = model.problem.suppliers[model.stops[number].supplier].id
            stops.append(Stop(name, arrive, begin, clock, rest))
            place += 1
        home, rest = legs[place], pause if place in timing.breaks else 0.0
        clock = _opens(home, clock + home.before_min + home.drive_min + rest) + home.service_min
        place += 1
        found.append(Trip(tuple(stops), rest))
    return tuple(found), clock


def _opens(leg: Leg, clock: float) -> float:
    """Return when service starts for who arrives then."""
    for opens, closes in leg.windows:
        if clock <= closes:
            return max(clock, opens)
    return clock


def cost_of(problem: Problem, ways: list[Way], routes: list[Route]) -> tuple[Cost, float, float]:
    """Return cost by kind, km and kg CO2e of ways and routes, without line-hauls."""
    types = {each.id: each for each in problem.fleet}
    cost = Cost(
        direct=sum(way.direct for way in ways),
        stock=sum(way.stock for way in ways),
    )
    km, kg = sum(way.km for way in ways), sum(way.kg_co2e for way in ways)
    for route in routes:
        vehicle = types[route.vehicle_type]
        km, kg = km + route.km, kg + route.kg_co2e
        cost += Cost(
            fleet_fixed=vehicle.fixed_per_day,
            distance=vehicle.per_km * route.km,
            time=vehicle.per_hour * (route.end_min - route.start_min) / 60,
        )
    return cost + Cost(co2=problem.co2_price_per_t * kg / 1000), km, kg


def ways_of(model: Model, solution: Solution) -> dict[int, Way]:
    """Return the decided suppliers' ways."""
    return {s: model.ways[s][way] for s, way in enumerate(solution.ways) if way != UNDECIDED}


def plan_of(
    pricing: Pricing,
    solution: Solution,
    *,
    status: Status = "feasible",
    seconds: float = 0.0,
    starts: dict[Trips, float] | None = None,
) -> Plan:
    """Return the plan of a week, without shares, explanations and penalties."""
    model, problem = pricing.model, pricing.model.problem
    ways = ways_of(model, solution)
    routes = routes_of(pricing, solution, starts)
    cost, km, kg = cost_of(problem, list(ways.values()), routes)
    chosen = {problem.suppliers[s].id: Choice(way.mode, way.pattern) for s, way in ways.items()}
    return Plan(
        status=status,
        seconds=seconds,
        cost=cost,
        km=km + model.linehaul(list(ways.values()))[1],
        kg_co2e=kg,
        baseline=baseline_of(model),
        choices=chosen,
        routes=tuple(routes),
    )
