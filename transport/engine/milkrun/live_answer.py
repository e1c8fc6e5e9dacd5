"""What a day planned again comes to: routes, every changed stop with its cost, and the check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from transport.engine.milkrun.building import timed
from transport.engine.milkrun.evaluator import PlanRejected
from transport.engine.milkrun.live_day import DayPlan, Vehicle
from transport.engine.milkrun.live_search import TOLERANCE_MIN, LiveSearch, State
from transport.engine.milkrun.measures import Ruler
from transport.engine.milkrun.plan import Conflict, Route
from transport.engine.milkrun.pricing import Trips
from transport.engine.milkrun.problem import Load
from transport.engine.milkrun.route_check import RouteCheck
from transport.engine.milkrun.solution import without


@dataclass(frozen=True, slots=True)
class ChangedStop:
    """A stop that is no longer what partners were told.

    ``before`` and ``after`` are vehicle type, vehicle index and start of service [min]; None:
    not on a route (urgent before, sent direct after). ``cost`` is what serving it adds to the day
    now, less what it added as planned.
    """

    supplier: str
    before: tuple[str, int, float] | None
    after: tuple[str, int, float] | None
    cost: float


@dataclass(frozen=True, slots=True)
class Replanned:
    """The rest of the day planned again.

    ``cost`` is hire, CO2 price and direct shipments of the day; ``planned_cost`` the same as it
    was planned, before delays and urgent calls. ``arrivals``: when each supplier's goods reach the
    plant [min]. ``price`` is what the search minimised: the cost, and what changed stops and late
    goods count. Without routes where ``conflicts`` says why.
    """

    day: int
    routes: tuple[Route, ...]
    direct: tuple[str, ...]
    cost: float
    planned_cost: float
    changes: tuple[ChangedStop, ...]
    seconds: float
    conflicts: tuple[Conflict, ...] = ()
    arrivals: Mapping[str, float] = field(default_factory=dict)
    price: float = 0.0


def answer_of(search: LiveSearch, day_plan: DayPlan, state: State) -> Replanned:
    """Return routes, changes and costs of a state."""
    routes = [
        route_of(search, day_plan.day, vehicle, trips)
        for vehicle, trips in zip(search.vehicles, state.trips, strict=True)
        if trips
    ]
    sent = tuple(sorted(search.name(one) for one in state.direct))
    cost = sum(route.cost for route in routes)
    cost += sum(search.direct[one] or 0.0 for one in state.direct)
    return Replanned(
        day=day_plan.day,
        routes=tuple(routes),
        direct=sent,
        cost=cost,
        planned_cost=sum(route.cost for route in day_plan.routes),
        changes=tuple(_changes(search, day_plan, state, routes)),
        seconds=0.0,
        arrivals=_arrivals(search, state),
        price=state.price,
    )


def _arrivals(search: LiveSearch, state: State) -> dict[str, float]:
    found = {search.name(one): search.direct_arrival(one) for one in state.direct}
    for vehicle, trips in zip(search.vehicles, state.trips, strict=True):
        drive = search.live.drive(vehicle, trips) if trips else None
        if drive is not None:
            made, _end = timed(search.model, trips, drive.legs, drive.timing)
            found |= search.arrivals(made, drive.legs)
    return found


def route_of(search: LiveSearch, day: int, vehicle: Vehicle, trips: Trips) -> Route:
    """Return a vehicle's day with its clock times, km, kg CO2e and cost."""
    drive = search.live.drive(vehicle, trips)
    if drive is None:
        raise ValueError(f"expected trips that can be driven, got {trips}")
    made, end = timed(search.model, trips, drive.legs, drive.timing)
    each = search.problem.fleet[vehicle.kind]
    figures = [search.live.pricing.trip(trip) for trip in trips]
    km = sum(trip.km for trip in figures)
    more = each.co2e_kg_per_km_full - each.co2e_kg_per_km_empty
    kg = km * each.co2e_kg_per_km_empty
    kg += more * sum(trip.tonne_km for trip in figures) / each.capacity.kg
    return Route(
        day, each.id, vehicle.index, drive.timing.start_min, end, km, kg,
        drive.cost, made,
    )  # fmt: skip


def _changes(
    search: LiveSearch, day_plan: DayPlan, state: State, routes: Sequence[Route]
) -> list[ChangedStop]:
    now = {
        stop.supplier: (route.vehicle_type, route.vehicle_index, stop.start)
        for route in routes
        for trip in route.trips
        for stop in trip.stops
    }
    found, staying = [], search.staying()
    for name, number in search.number.items():
        before, after = None, now.get(name)
        if number in search.told:
            at, start = search.told[number]
            route = day_plan.routes[at]
            before = (route.vehicle_type, route.vehicle_index, start)
        moved = before is None or after is None or before[:2] != after[:2]
        if moved or abs(before[2] - after[2]) > TOLERANCE_MIN:  # type: ignore[index]
            cost = 0.0  # of a stop that stays: it is only late
            if number not in staying:
                cost = _adds(search, state.trips, number) - _planned_adds(search, number)
            found.append(ChangedStop(name, before, after, cost))
    return found


def _adds(search: LiveSearch, trips_by_vehicle: Sequence[Trips], number: int) -> float:
    """Return what a stop adds to the cost of its vehicle, or its direct price."""
    for vehicle, trips in zip(search.vehicles, trips_by_vehicle, strict=True):
        if any(number in trip for trip in trips):
            left, whole = without(trips, number), search.live.drive(vehicle, trips)
            rest = search.live.drive(vehicle, left) if left else None
            return (whole.cost if whole else 0.0) - (rest.cost if rest else 0.0)
    return search.direct[number] or 0.0


def _planned_adds(search: LiveSearch, number: int) -> float:
    """Return what a stop added as the day was planned; 0 for an urgent one."""
    for vehicle in search.vehicles:
        if any(number in trip for trip in vehicle.trips):
            offers = search.live.pricing.offers
            left = without(vehicle.trips, number)
            return _of(offers(vehicle.trips), vehicle.kind) - (
                _of(offers(left), vehicle.kind) if left else 0.0
            )
    return 0.0


def check(
    search: LiveSearch, day_plan: DayPlan, loads: Mapping[str, Load], answer: Replanned
) -> None:
    """Raise ``PlanRejected`` unless the evaluator's walk finds nothing wrong."""
    ruler, wrong = Ruler(search.problem), []
    by_name = {(search.problem.fleet[v.kind].id, v.index): v for v in search.vehicles}
    served = [*answer.direct]
    for route in answer.routes:
        vehicle = by_name[route.vehicle_type, route.vehicle_index]
        trips = tuple(tuple(search.number[s.supplier] for s in t.stops) for t in route.trips)
        drive = search.live.drive(vehicle, trips)
        figures = RouteCheck(
            search.problem, ruler, route, search.problem.fleet[vehicle.kind], loads,
            lost=drive.lost if drive else None,
        ).run()  # fmt: skip
        wrong += figures.violations
        order = [one for trip in trips for one in trip]
        planned = [one for trip in vehicle.trips for one in trip][: vehicle.done]
        if order[: vehicle.done] != planned:
            wrong.append(f"{route.vehicle_type} {route.vehicle_index}: a fixed stop moved")
        served += [stop.supplier for trip in route.trips for stop in trip.stops]
    if sorted(served) != sorted(search.number):
        wrong.append(f"served {sorted(served)}, expected {sorted(search.number)} once")
    if wrong:
        raise PlanRejected("; ".join(wrong))


def _of(offers: Sequence[tuple[float, int]], kind: int) -> float:
    """Return the cost of a vehicle type among offers; 0 where it has none."""
    return next((cost for cost, vehicle in offers if vehicle == kind), 0.0)
