"""From the best week to the plan that is handed over: shares, reasons, the price of options."""

from dataclasses import replace

from transport.engine.milkrun.building import plan_of, ways_of
from transport.engine.milkrun.explaining import explanations_of
from transport.engine.milkrun.insertion import Inserter
from transport.engine.milkrun.model import Model
from transport.engine.milkrun.peaks import spread
from transport.engine.milkrun.plan import Plan
from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.sharing import METHOD, allocation_of
from transport.engine.milkrun.solution import Solution


def finished(inserter: Inserter, solution: Solution, *, seed: int) -> Plan:
    """Return the plan of a week with shares, explanations and the price of the options."""
    pricing, model = inserter.pricing, inserter.model
    solution.recount(model)
    starts = spread(pricing, solution, seed=seed)
    plan = plan_of(pricing, solution, starts=starts)
    paid = _paid(pricing, solution, starts)
    plan = replace(
        plan,
        allocation=allocation_of(pricing, solution, plan.baseline, paid, seed=seed),
        method=METHOD,
    )
    plan = with_extras(model, solution, plan)
    return replace(plan, explanations=explanations_of(inserter, solution, plan))


def _paid(pricing: Pricing, solution: Solution, starts: dict[Trips, float]) -> dict[Trips, float]:
    """Return what the vehicle-days with a moved start cost."""
    moved = [r for routes in solution.routes for r in routes if r.trips in starts]
    return {
        route.trips: pricing.paid(route.trips, route.vehicle, starts[route.trips])
        for route in moved
    }


def with_extras(model: Model, solution: Solution, plan: Plan) -> Plan:
    """Return the plan with what published stops, doors and cross-docks cost."""
    options, extra = model.options, {}
    changed = peak = 0
    if options.stability is not None:
        changed = _changed(model, plan)
        extra["changed_stops"] = changed * options.stability.penalty_per_stop
    if options.docks:
        peak, extra["peak_arrivals"] = _peaks(model, plan)
    ways = list(ways_of(model, solution).values())
    if any(way.hub >= 0 for way in ways):
        handling = sum(
            amount * options.cross_docks[way.hub].handling_per_pallet
            for way in ways
            for _day, amount in way.hub_pallets
        )
        extra["cross_dock"] = model.linehaul(ways)[0] + handling
    return replace(plan, extra=extra, changed_stops=changed, peak_arrivals=peak)


def _changed(model: Model, plan: Plan) -> int:
    """Count the stops added, dropped or moved against the published plan."""
    stability = model.options.stability
    published = stability.stops if stability else ()
    told = {(each.supplier, each.day): each.start_min for each in published}
    now = {
        (stop.supplier, route.day): stop.start
        for route in plan.routes
        for trip in route.trips
        for stop in trip.stops
    }
    moved = sum(abs(told[key] - now[key]) > model.tolerance for key in told.keys() & now.keys())
    return len(told.keys() ^ now.keys()) + moved


def _peaks(model: Model, plan: Plan) -> tuple[int, float]:
    """Count and price the arrivals at the plant above each limit."""
    number, price = 0, 0.0
    for limit in model.options.docks:
        counts: dict[tuple[int, int], int] = {}
        for route in plan.routes:
            for trip in route.trips if route.vehicle_type in limit.vehicle_types else ():
                last = trip.stops[-1]
                way = model.minutes[model.number[last.supplier] + 1][0]
                bucket = int((last.depart + way + trip.break_min + 1e-9) // limit.bucket_min)
                counts[route.day, bucket] = counts.get((route.day, bucket), 0) + 1
        above = sum(max(0, count - limit.max_arrivals) for count in counts.values())
        number, price = number + above, price + above * limit.peak_price
    return number, price
