"""Recompute what a planner's options ask of a plan, for the evaluator alone."""

import math
from collections.abc import Iterator
from typing import Protocol

from transport.engine.milkrun.measures import WHOLE, Ruler, direct_price, pick_ups
from transport.engine.milkrun.plan import Choice, Cost, Plan, Route
from transport.engine.milkrun.problem import CrossDock, Options, Pin, Problem, Supplier
from transport.engine.milkrun.route_check import MONEY_TOLERANCE, RouteFigures, differs


class Found(Protocol):
    """The part of an evaluation that options write into."""

    cost: Cost
    km: float
    kg_co2e: float
    extra: dict[str, float]
    changed_stops: int
    peak_arrivals: int
    routes: list[tuple[Route, RouteFigures]]
    violations: list[str]


def check_options(
    problem: Problem, plan: Plan, options: Options, ruler: Ruler, found: Found
) -> None:
    """Note every option that the plan breaks, and price changed stops and peaks."""
    _patterns(plan, options, found)
    for pin in options.pins:
        _pin(problem, plan, pin, found)
    _pairs(plan, options, found)
    if options.stability is not None:
        _changed(plan, options, found)
    _peaks(options, found)
    _cross_docks(problem, plan, options, ruler, found)
    for name in sorted(set(plan.extra) | set(found.extra)):
        reported, own = plan.extra.get(name, 0.0), found.extra.get(name, 0.0)
        if differs(reported, own, MONEY_TOLERANCE):
            found.violations.append(f"extra: {name} is {own:.2f}, reported {reported:.2f}")


def _patterns(plan: Plan, options: Options, found: Found) -> None:
    for name, choice in plan.choices.items():
        left = options.patterns.get(name)
        if left is not None and choice.pattern not in left:
            found.violations.append(f"{name}: pattern {choice.pattern} is not among those fixed")
        times = len(choice.pattern)
        if times != options.frequencies.get(name, times):
            found.violations.append(f"{name}: {times} a week, fixed {options.frequencies[name]}")
        if times < options.min_frequencies.get(name, 0):
            found.violations.append(
                f"{name}: {times} a week, at least {options.min_frequencies[name]}"
            )


def _pin(problem: Problem, plan: Plan, pin: Pin, found: Found) -> None:
    choice = plan.choices.get(pin.supplier)
    if choice is None:
        return
    if pin.mode is not None and choice.mode != pin.mode:
        found.violations.append(f"{pin.supplier}: goes {choice.mode}, pinned to {pin.mode}")
    if pin.day is None:
        return
    if pin.day not in choice.pattern:
        found.violations.append(f"{pin.supplier}: no pick-up on the pinned day {pin.day}")
    if choice.mode != "milkrun":
        return
    places = [
        (route, trip_number, position)
        for route in plan.routes
        if route.day == pin.day
        for trip_number, trip in enumerate(route.trips, 1)
        for position, stop in enumerate(trip.stops, 1)
        if stop.supplier == pin.supplier
    ]
    for route, trip_number, position in places:
        for what, wanted, own in (
            ("vehicle type", pin.vehicle_type, route.vehicle_type),
            ("vehicle", pin.vehicle_index, route.vehicle_index),
            ("trip", pin.trip, trip_number),
            ("position", pin.position, position),
        ):
            if wanted is not None and wanted != own:
                found.violations.append(
                    f"{pin.supplier}: {what} {own} on day {pin.day}, pinned to {wanted}"
                )


def _pairs(plan: Plan, options: Options, found: Found) -> None:
    for route in plan.routes:
        for trip in route.trips:
            names = {stop.supplier for stop in trip.stops}
            found.violations += [
                f"{a} and {b} share a trip on day {route.day}, which is forbidden"
                for a, b in options.forbidden_pairs
                if {a, b} <= names
            ]


def _changed(plan: Plan, options: Options, found: Found) -> None:
    """Price the stops that are added, dropped or moved against the published plan."""
    stability = options.stability
    if stability is None:
        return
    told = {(each.supplier, each.day): each.start_min for each in stability.stops}
    now = {
        (supplier, route.day): start
        for route, figures in found.routes
        for supplier, start in figures.stop_starts.items()
    }
    changed = sum(
        key not in told
        or key not in now
        or abs(told[key] - now[key]) > stability.tolerance_min + WHOLE
        for key in set(told) | set(now)
    )
    found.changed_stops = changed
    found.extra["changed_stops"] = changed * stability.penalty_per_stop


def _peaks(options: Options, found: Found) -> None:
    """Price the arrivals at the plant above each limit."""
    for limit in options.docks:
        counts: dict[tuple[int, int], int] = {}
        for route, figures in found.routes:
            if route.vehicle_type in limit.vehicle_types:
                for arrival in figures.plant_arrivals:
                    key = (route.day, int((arrival + WHOLE) // limit.bucket_min))
                    counts[key] = counts.get(key, 0) + 1
        above = sum(max(0, count - limit.max_arrivals) for count in counts.values())
        found.peak_arrivals += above
        found.extra["peak_arrivals"] = (
            found.extra.get("peak_arrivals", 0.0) + above * limit.peak_price
        )


def _cross_docks(
    problem: Problem, plan: Plan, options: Options, ruler: Ruler, found: Found
) -> None:
    """Add what goes by a hub: first leg by tariff, handling, shared line-haul trucks."""
    hubs = {name: hub for hub in options.cross_docks for name in hub.suppliers}
    pallets: dict[tuple[str, int], float] = {}
    for supplier in problem.suppliers:
        choice = plan.choices.get(supplier.id)
        if choice is None or choice.mode != "cross-dock":
            continue
        if supplier.id not in hubs:
            found.violations.append(f"{supplier.id}: has no cross-dock")
            continue
        hub = hubs[supplier.id]
        for day, amount in _by_hub(problem, supplier, choice, hub=hub, ruler=ruler, found=found):
            pallets[hub.id, day] = pallets.get((hub.id, day), 0.0) + amount
    by_id = {hub.id: hub for hub in options.cross_docks}
    for (hub_id, _day), amount in pallets.items():
        hub = by_id[hub_id]
        trucks = math.ceil(amount / hub.truck_pallets - WHOLE)
        found.km += trucks * hub.linehaul_km
        found.extra["cross_dock"] = (
            found.extra.get("cross_dock", 0.0)
            + trucks * hub.linehaul_per_truck
            + amount * hub.handling_per_pallet
        )


def _by_hub(
    problem: Problem,
    supplier: Supplier,
    choice: Choice,
    *,
    hub: CrossDock,
    ruler: Ruler,
    found: Found,
) -> Iterator[tuple[int, float]]:
    """Add a supplier's first legs; yield the pallets that reach the hub, by weekday."""
    km = ruler.hub_km(supplier, hub)
    for pick_up in pick_ups(problem, supplier, choice.pattern):
        priced = direct_price(problem, km, pick_up.load.pallets)
        if priced is None:
            found.violations.append(f"{supplier.id}: no tariff as far as cross-dock {hub.id}")
            return
        price, trucks = priced
        tonnes = pick_up.load.kg / 1000
        found.cost += Cost(direct=price)
        found.km += km * trucks
        found.kg_co2e += tonnes * (
            km * problem.direct.co2e_kg_per_tkm + hub.linehaul_km * hub.co2e_kg_per_tkm
        )
        yield pick_up.day, pick_up.load.pallets
