"""Every fault somebody could put into a plan is named by the evaluator."""

from dataclasses import replace

import pytest

from tests.transport.milkrun_cases import (
    SMALL,
    bare,
    changed,
    small,
    small_plan,
    violations,
    with_route,
)
from transport.engine.milkrun.evaluator import PlanRejected, check
from transport.engine.milkrun.plan import Allocation, Choice, Plan, Route, Stop, Trip
from transport.engine.milkrun.problem import (
    DriverRule,
    Load,
    Options,
    Pin,
    PublishedStop,
    Stability,
)


def longest(plan: Plan) -> int:
    """Return the place of the route with most stops."""
    return max(
        range(len(plan.routes)), key=lambda at: sum(len(t.stops) for t in plan.routes[at].trips)
    )


def first_trip(plan: Plan, at: int, **stop: object) -> Plan:
    """Return the plan with the first stop of a route changed."""
    trip, *more = plan.routes[at].trips
    stops = (replace(trip.stops[0], **stop), *trip.stops[1:])
    return with_route(plan, at, trips=(replace(trip, stops=stops), *more))


def test_the_plan_itself_is_right() -> None:
    check(small(), small_plan())


def test_a_supplier_visited_twice() -> None:
    plan = small_plan()
    trip, *more = plan.routes[longest(plan)].trips
    twice = replace(trip, stops=(*trip.stops, trip.stops[0]))
    wrong = with_route(plan, longest(plan), trips=(twice, *more))
    assert "2 stops on day" in violations(small(), wrong)
    with pytest.raises(PlanRejected, match="2 stops on day"):
        check(small(), wrong)


def test_a_pick_up_forgotten_and_one_too_many() -> None:
    plan = small_plan()
    assert "0 stops on day" in violations(small(), replace(plan, routes=plan.routes[1:]))
    name = next(name for name, each in plan.choices.items() if each.mode == "milkrun")
    direct = {**plan.choices, name: replace(plan.choices[name], mode="direct")}
    assert "without a pick-up" in violations(small(), replace(plan, choices=direct))


def test_one_minute_late() -> None:
    plan = small_plan()
    at = longest(plan)
    stop = plan.routes[at].trips[0].stops[0]
    assert "starts at" in violations(small(), first_trip(plan, at, start=stop.start + 1))
    later = violations(small(), with_route(plan, at, start_min=plan.routes[at].start_min + 1))
    assert "arrives at" in later


def test_one_unit_too_heavy() -> None:
    plan = small_plan()
    route = plan.routes[longest(plan)]
    heaviest = max(
        sum(load.kg for load in small().supplier(stop.supplier).volume.values())
        for trip in route.trips
        for stop in trip.stops
    )

    def smaller(data) -> None:
        for truck in data["fleet"]:
            if truck["id"] == route.vehicle_type:
                truck["capacity"]["kg"] = heaviest / 5 - 1

    assert "kg towards" in violations(changed(SMALL, smaller), plan)


@pytest.mark.parametrize("name", ["km", "kg_co2e", "cost", "end_min"])
def test_a_wrong_figure_of_a_route(name: str) -> None:
    plan = small_plan()
    assert "reported" in violations(
        small(), with_route(plan, 0, **{name: getattr(plan.routes[0], name) + 0.5})
    )


@pytest.mark.parametrize("kind", ["fleet_fixed", "distance", "time", "direct", "stock", "co2"])
def test_a_wrong_total(kind: str) -> None:
    plan = small_plan()
    wrong = replace(plan.cost, **{kind: getattr(plan.cost, kind) + 1})
    said = violations(small(), replace(plan, cost=wrong))
    assert f"cost: {kind} is" in said
    assert "cost: total is" in said


def test_wrong_sums_baselines_and_shares() -> None:
    plan = small_plan()
    assert "kg_co2e is" in violations(small(), replace(plan, kg_co2e=plan.kg_co2e + 1))
    more = replace(plan.baseline, cost=plan.baseline.cost + 1)
    assert "baseline: cost is" in violations(small(), replace(plan, baseline=more))
    first, *rest = plan.allocation
    dear = Allocation(first.supplier, first.baseline_cost, first.allocated_cost + 1)
    assert "allocation:" in violations(small(), replace(plan, allocation=(dear, *rest)))
    assert "expected every supplier once" in violations(small(), replace(plan, allocation=()))


def test_vehicles_that_are_not_there() -> None:
    plan = small_plan()
    assert "only 6 of them" in violations(small(), with_route(plan, 0, vehicle_index=7))
    doubled = replace(plan, routes=(*plan.routes, plan.routes[0]))
    assert "used twice" in violations(small(), doubled)
    assert "unknown day, vehicle type" in violations(small(), with_route(plan, 0, vehicle_type="X"))


def test_a_pattern_that_is_not_offered() -> None:
    plan = small_plan()
    offered = {each.id: each for each in small().suppliers if each.patterns is not None}
    name = next(name for name in plan.choices if name in offered)
    missing = next(days for days in [(1,), (1, 2), (3, 4)] if days not in offered[name].patterns)
    wrong = {**plan.choices, name: replace(plan.choices[name], pattern=missing)}
    assert "is not offered" in violations(small(), replace(plan, choices=wrong))


def test_driving_without_a_break_and_a_break_where_the_rule_has_none() -> None:
    problem = replace(small(), driver=DriverRule(400, 10, 45))
    said = violations(problem, small_plan())
    assert "driven without a break" in said
    name = small().suppliers[0].id
    paused = Route(1, "RIGID", 1, 400, 0, 0, 0, 0, (Trip((Stop(name, 0, 0, 0, 45),)),))
    free = replace(small(), driver=None)
    assert "without a driver's rule" in violations(
        free, bare(paused, {name: Choice("milkrun", (1,))})
    )


def test_a_break_splits_its_leg_at_the_best_point() -> None:
    """70 min on the clock since the last break, a leg of 50: 30 before, 20 after the break."""
    problem = replace(small(), driver=DriverRule(540, 100, 45))
    from transport.engine.milkrun.measures import Ruler
    from transport.engine.milkrun.route_check import RouteCheck

    route = Route(1, "RIGID", 1, 0, 0, 0, 0, 0, ())
    walk = RouteCheck(problem, Ruler(problem), route, problem.fleet[1], {"S001": Load()})
    walk._drive(70, 0, "here")
    walk._drive(50, 45, "there")
    walk._drive(80, 0, "home")
    assert walk.figures.violations == []
    walk._drive(1, 0, "on")
    assert "101.0 min driven without a break" in walk.figures.violations[0]


def test_options_that_are_not_kept() -> None:
    plan = small_plan()
    route = plan.routes[longest(plan)]
    a, b = (stop.supplier for stop in route.trips[0].stops[:2])
    trip = Options(forbidden_pairs=((a, b),))
    assert "share a trip" in violations(small(), plan, trip)
    for option, complaint in (
        (Options(pins=(Pin(a, mode="direct"),)), "pinned to direct"),
        (Options(pins=(Pin(a, day=route.day, position=9),)), "position 1"),
        (Options(patterns={a: ((1, 2, 3, 4, 5), (5,))}), "among those fixed"),
        (Options(min_frequencies={a: 6}), "at least 6"),
        (Options(frequencies={a: 6}), "fixed 6"),
    ):
        assert complaint in violations(small(), plan, option)
    told = Stability((PublishedStop(a, route.day, route.trips[0].stops[0].start + 31),), 40.0)
    assert "changed_stops is" in violations(small(), plan, Options(stability=told))
