"""Who pays what: the cost of every vehicle-day shared among its stops, and the cap at direct."""

from transport.engine.milkrun.building import ways_of
from transport.engine.milkrun.plan import Allocation, Baseline
from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.shapley import capped, shapley, to_cents
from transport.engine.milkrun.solution import DayRoute, Solution

METHOD = "ruin and recreate, recombination by set partition; Shapley shares capped at direct"


def allocation_of(
    pricing: Pricing,
    solution: Solution,
    baseline: Baseline,
    paid: dict[Trips, float] | None = None,
    *,
    seed: int,
) -> tuple[Allocation, ...]:
    """Return every supplier's share of the week, in whole cents that sum up to its cost.

    ``paid`` holds what vehicle-days cost where that is not the least, by trips.
    """
    model = pricing.model
    charges = [0.0] * len(model.ways)
    for supplier, way in ways_of(model, solution).items():
        charges[supplier] = way.stock + way.direct
        charges[supplier] += model.problem.co2_price_per_t * way.kg_co2e / 1000
    for routes in solution.routes:
        for route in routes:
            cost = (paid or {}).get(route.trips)
            for supplier, share in _shares(pricing, route, cost, seed).items():
                charges[supplier] += share
    suppliers = model.problem.suppliers
    alone = [baseline.per_supplier[each.id].cost for each in suppliers]
    cents = to_cents(capped(charges, alone), alone)
    return tuple(
        Allocation(each.id, own, charge)
        for each, own, charge in zip(suppliers, alone, cents, strict=True)
    )


def _shares(pricing: Pricing, route: DayRoute, paid: float | None, seed: int) -> dict[int, float]:
    """Return the Shapley share of each stop's supplier; waits and breaks in proportion."""
    stops = [number for trip in route.trips for number in trip]

    def cost(group: tuple[int, ...]) -> float:
        chosen = {stops[each] for each in group}
        kept = (tuple(one for one in trip if one in chosen) for trip in route.trips)
        return moving_cost(pricing, tuple(trip for trip in kept if trip), route.vehicle)

    found = shapley(len(stops), cost, seed)
    if paid is None:
        paid = pricing.paid(route.trips, route.vehicle)
    total = sum(found)
    factor = paid / total if total else 0.0
    return {
        pricing.model.stops[number].supplier: share * factor
        for number, share in zip(stops, found, strict=True)
    }


def moving_cost(pricing: Pricing, trips: Trips, vehicle: int) -> float:
    """Return the cost of a vehicle-day without waits and breaks; 0 for no trips."""
    if not trips:
        return 0.0
    problem = pricing.model.problem
    each, carbon = problem.fleet[vehicle], problem.co2_price_per_t / 1000
    figures = [pricing.trip(trip) for trip in trips]
    km = sum(trip.km for trip in figures)
    tonne_km = sum(trip.tonne_km for trip in figures)
    minutes = sum(
        leg.before_min + leg.drive_min + leg.service_min for trip in figures for leg in trip.legs
    )
    more = (each.co2e_kg_per_km_full - each.co2e_kg_per_km_empty) / each.capacity.kg
    kg = km * each.co2e_kg_per_km_empty + tonne_km * more
    return each.fixed_per_day + each.per_km * km + each.per_hour * minutes / 60 + carbon * kg
