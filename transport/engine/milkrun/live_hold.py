"""What a day comes to if nobody changes it: every vehicle drives on in its order, late or not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from transport.engine.milkrun.building import timed
from transport.engine.milkrun.live_answer import route_of
from transport.engine.milkrun.live_day import DayPlan, Vehicle
from transport.engine.milkrun.live_search import LiveSearch, VehicleId
from transport.engine.milkrun.measures import Ruler
from transport.engine.milkrun.plan import Route
from transport.engine.milkrun.problem import Load, Problem
from transport.engine.milkrun.route_check import RouteCheck, RouteFigures


@dataclass(slots=True)
class Held:
    """Cost, km and kg CO2e of the day; ``starts`` and ``arrivals`` [min] by supplier.

    ``missed`` are suppliers whose window has closed when the vehicle comes; ``faults`` say which
    limits of vehicles and drivers the day would break.
    """

    cost: float = 0.0
    km: float = 0.0
    kg_co2e: float = 0.0
    starts: dict[str, float] = field(default_factory=dict)
    arrivals: dict[str, float] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def hold(
    problem: Problem,
    day_plan: DayPlan,
    *,
    now_min: float,
    staying: Collection[str] = (),
    delays: Mapping[VehicleId, float] | None = None,
) -> Held:
    """Return the day as it goes on unchanged; arguments as those of ``replan``."""
    search = LiveSearch(
        problem,
        day_plan,
        day_plan.loads,
        now_min=now_min,
        staying=set(staying),
        delays=delays or {},
        penalty=0.0,
    )
    held = Held()
    for vehicle, route in zip(search.vehicles, day_plan.routes, strict=False):
        drive = search.live.drive(vehicle, vehicle.trips)
        if drive is None:
            _drive_on(search, day_plan.loads, vehicle, route, held)
            continue
        made, _end = timed(search.model, vehicle.trips, drive.legs, drive.timing)
        found = route_of(search, day_plan.day, vehicle, vehicle.trips)
        held.cost += found.cost
        held.km += found.km
        held.kg_co2e += found.kg_co2e
        held.starts |= {stop.supplier: stop.start for trip in made for stop in trip.stops}
        held.arrivals |= search.arrivals(made, drive.legs)
    return held


def _drive_on(
    search: LiveSearch, loads: Mapping[str, Load], vehicle: Vehicle, route: Route, held: Held
) -> None:
    """Walk a vehicle's day that breaks a rule: no breaks, and doors that are closed stay closed."""
    problem = search.problem
    each = problem.fleet[vehicle.kind]
    place = sum(len(trip.stops) + 1 for trip in route.trips) - 1
    lost = (place, vehicle.delay_min) if vehicle.is_closed else (0, vehicle.delay_min)
    figures = RouteCheck(problem, Ruler(problem), route, each, loads, lost=lost).run()
    held.km += figures.km
    held.kg_co2e += figures.kg_co2e
    held.cost += each.fixed_per_day + each.per_km * figures.km + each.per_hour * figures.hours()
    held.cost += problem.co2_price_per_t * figures.kg_co2e / 1000
    held.starts |= figures.stop_starts
    held.missed |= _closed(problem, figures)
    held.faults.append(f"{route.vehicle_type} {route.vehicle_index}")
    for trip, at in zip(route.trips, figures.plant_arrivals, strict=True):
        held.arrivals |= {stop.supplier: at for stop in trip.stops}


def _closed(problem: Problem, figures: RouteFigures) -> set[str]:
    """Return the suppliers reached after their last window."""
    last = {each.id: each.windows[-1][1] for each in problem.suppliers}
    return {name for name, at in figures.stop_starts.items() if at > last[name] + 0.01}
