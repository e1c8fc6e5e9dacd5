"""What a planner fixes is kept: the evaluator checks it, and it costs what it costs."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.transport.milkrun_cases import planned, small, small_plan, violations
from transport.engine.milkrun.measures import Ruler
from transport.engine.milkrun.plan import Plan
from transport.engine.milkrun.problem import (
    CrossDock,
    DockLimit,
    Options,
    Pin,
    PublishedStop,
    Stability,
)


def busiest(plan: Plan) -> tuple[int, str, list[str]]:
    """Return day, vehicle type and suppliers of the trip with most stops."""
    route = max(plan.routes, key=lambda each: len(each.trips[0].stops))
    return route.day, route.vehicle_type, [stop.supplier for stop in route.trips[0].stops]


def kept(options: Options, iterations: int = 80) -> Plan:
    plan = planned(small(), options, iterations)
    assert plan.status == "feasible"
    assert violations(small(), plan, options) == ""
    return plan


def published(plan: Plan) -> tuple[PublishedStop, ...]:
    return tuple(
        PublishedStop(stop.supplier, route.day, stop.start)
        for route in plan.routes
        for trip in route.trips
        for stop in trip.stops
    )


def test_ways_days_vehicles_and_positions_are_pinned() -> None:
    day, _kind, names = busiest(small_plan())
    plan = kept(
        Options(
            pins=(
                Pin(names[0], mode="direct"),
                Pin(names[1], mode="milkrun", day=day, vehicle_type="ARTIC", vehicle_index=2,
                    trip=1, position=2),
            )
        )
    )  # fmt: skip
    assert plan.choices[names[0]].mode == "direct"
    route = next(r for r in plan.routes if (r.day, r.vehicle_type, r.vehicle_index)
                 == (day, "ARTIC", 2))  # fmt: skip
    assert route.trips[0].stops[1].supplier == names[1]


def test_two_suppliers_that_must_not_share_a_trip() -> None:
    _day, _kind, names = busiest(small_plan())
    plan = kept(Options(forbidden_pairs=((names[0], names[1]),)))
    for route in plan.routes:
        for trip in route.trips:
            assert not {names[0], names[1]} <= {stop.supplier for stop in trip.stops}


def test_frequencies_are_fixed_from_both_sides() -> None:
    problem = small()
    problem = replace(
        problem, suppliers=tuple(replace(each, patterns=None) for each in problem.suppliers[:6])
    )
    free = [each.id for each in problem.suppliers]
    fixed = ((2,), (4,))
    options = Options(
        frequencies={free[0]: 3}, min_frequencies={free[1]: 2}, patterns={free[2]: fixed}
    )
    plan = planned(problem, options, 60)
    assert violations(problem, plan, options) == ""
    assert len(plan.choices[free[0]].pattern) == 3
    assert len(plan.choices[free[1]].pattern) >= 2
    assert plan.choices[free[2]].pattern in fixed


def test_options_without_a_plan_name_the_supplier() -> None:
    name = next(
        each.id
        for each in small().suppliers
        if each.patterns is not None and all(len(days) != 4 for days in each.patterns)
    )
    plan = planned(small(), Options(frequencies={name: 4}))
    assert plan.status == "infeasible"
    assert plan.conflicts[0].suppliers == (name,)
    assert "frequency" in plan.conflicts[0].constraint


def test_a_published_plan_is_left_only_for_more_than_the_penalty() -> None:
    dear = Stability(published(small_plan()), penalty_per_stop=1000.0)
    plan = planned(small(), Options(stability=dear), 40)
    assert violations(small(), plan, Options(stability=dear)) == ""
    assert plan.extra["changed_stops"] == plan.changed_stops * 1000.0
    unmoved = replace(dear, stops=(), penalty_per_stop=0.5)
    free = planned(small(), Options(stability=unmoved), 40)
    assert free.changed_stops == sum(len(t.stops) for r in free.routes for t in r.trips)
    assert plan.changed_stops < free.changed_stops


def test_last_week_under_a_high_penalty_stays_as_it_is() -> None:
    from transport.engine.milkrun.solver import solve

    dear = Options(stability=Stability(published(small_plan()), penalty_per_stop=500.0))
    plan = solve(small(), seconds=60, iterations=20, threads=1, options=dear,
                 previous=small_plan())  # fmt: skip
    assert plan.changed_stops == 0


def test_peaks_at_the_doors_are_spread() -> None:
    types = tuple(each.id for each in small().fleet)
    door = DockLimit("side", types, max_arrivals=1, peak_price=400.0, bucket_min=60.0)
    before = sum(
        max(0, count - 1)
        for count in Counter(
            (route.day, int(arrival // 60))
            for route in small_plan().routes
            for arrival in arrivals(route)
        ).values()
    )
    plan = kept(Options(docks=(door,)), 60)
    assert plan.peak_arrivals <= before
    assert plan.extra["peak_arrivals"] == plan.peak_arrivals * 400.0


def arrivals(route) -> list[float]:
    ruler = Ruler(small())
    return [
        trip.stops[-1].depart + ruler.minutes(trip.stops[-1].supplier, "PLANT") + trip.break_min
        for trip in route.trips
    ]


def test_a_cheap_cross_dock_takes_its_suppliers() -> None:
    far = sorted(small().suppliers, key=lambda each: -Ruler(small()).km(each.id, "PLANT"))[:3]
    names = tuple(each.id for each in far)
    hub = CrossDock("HUB", far[0].lat, far[0].lon, names, linehaul_per_truck=20.0,
                    truck_pallets=33.0, linehaul_km=100.0, handling_per_pallet=0.5,
                    co2e_kg_per_tkm=0.06)  # fmt: skip
    plan = kept(Options(cross_docks=(hub,)), 100)
    assert "cross-dock" in {plan.choices[name].mode for name in names}
    assert plan.extra["cross_dock"] > 0
    assert plan.objective < plan.baseline.cost
    dear = kept(Options(cross_docks=(replace(hub, linehaul_per_truck=9000.0),)), 60)
    assert "cross-dock" not in {each.mode for each in dear.choices.values()}
    assert dear.extra.get("cross_dock", 0.0) == pytest.approx(0.0)
