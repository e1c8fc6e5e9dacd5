"""The route engine: known optima, what the evaluator catches, budgets, twice = once."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.transport.route_cases import SMALL, case, least
from transport.engine.routing.evaluator import PlanRejected, account, check
from transport.engine.routing.parts import part_of, put_back, sectors
from transport.engine.routing.problem import (
    DistanceRule,
    Found,
    RoutePlan,
    RoutingProblem,
    Stop,
    VehicleType,
)
from transport.engine.routing.reader import read_instance
from transport.engine.routing.solve import solve


def scattered(
    count: int, *, capacity: int = 40, vehicles: int | None = None, mixed: bool = False
) -> RoutingProblem:
    """Return a problem with windows, its stops spread by a rule without chance."""
    places = [((number * 37) % 101, (number * 53) % 97) for number in range(1, count + 1)]
    opens = [(number * 29) % 300 for number in range(count)]
    stops = [Stop(50, 50, due=1000)]
    stops += [
        Stop(x, y, demand=5 + (x % 7), ready=ready, due=ready + 250, service=4)
        for (x, y), ready in zip(places, opens, strict=True)
    ]
    fleet: tuple[VehicleType, ...] = (
        VehicleType(tuple(range(1, (vehicles or count) + 1)), capacity),
    )
    if mixed:
        last = len(fleet[0].vehicles)
        large = VehicleType(tuple(range(last + 1, 2 * last + 1)), 2 * capacity, 3000.0, 130.0)
        fleet = (replace(fleet[0], fixed_cost=1000.0, unit_cost=90.0), large)
    return RoutingProblem(
        "scattered", tuple(stops), fleet, DistanceRule.TENTHS, has_windows=True, is_mixed=mixed
    )


@pytest.mark.parametrize("name", SMALL)
def test_small_instances_are_solved_to_the_optimum(name: str) -> None:
    problem = case(name)
    plan = solve(problem, seconds=30, seed=1, iterations=3000)
    assert plan.status == "feasible"
    assert (plan.distance if plan.cost is None else plan.cost) == pytest.approx(
        least(problem), abs=0.01
    )
    check(problem, plan)


def test_a_reload_is_used_where_the_fleet_asks_for_it() -> None:
    plan = solve(case("trips.vrp"), seconds=30, seed=1, iterations=400)
    assert any(0 in route for route in plan.routes)
    assert all(route[0] and route[-1] for route in plan.routes)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("mixed", [False, True])
def test_every_plan_passes_the_second_look(seed: int, mixed: bool) -> None:
    problem = scattered(40, mixed=mixed)
    plan = solve(problem, seconds=30, seed=seed, iterations=60)
    check(problem, plan)
    assert sorted(stop for route in plan.routes for stop in route) == list(problem.customers)
    assert (plan.cost is not None) is mixed


def plan_of(name: str) -> tuple[RoutingProblem, RoutePlan]:
    problem = case(name)
    return problem, solve(problem, seconds=30, seed=1, iterations=200)


def test_the_evaluator_catches_a_customer_twice_or_left_out() -> None:
    problem, plan = plan_of("windows.txt")
    first = plan.routes[0]
    for routes, complaint in (
        ((first + first[:1], *plan.routes[1:]), "once, got it 2 times"),
        ((first[1:], *plan.routes[1:]), "got it in none"),
        (((*first, 99), *plan.routes[1:]), "customer of the problem, got 99"),
    ):
        with pytest.raises(PlanRejected, match=complaint):
            check(problem, replace(plan, routes=routes))


def test_the_evaluator_catches_one_unit_and_one_minute_too_many() -> None:
    stops = (Stop(0, 0, due=15), Stop(3, 4, 6, due=5, service=2), Stop(3, 7, 5, due=10))
    fleet = (VehicleType((1,), 11),)
    problem = RoutingProblem("three", stops, fleet, DistanceRule.TENTHS, has_windows=True)
    found = Found(((1, 2),), (1,))
    # 5 to the first, 2 of service, 3 to the second, served at 10; home is 7.6 away
    with pytest.raises(PlanRejected, match=r"back by 15, got 17\.6"):
        account(problem, found)
    longer = replace(problem, stops=(replace(stops[0], due=17.6), *stops[1:]))
    assert account(longer, found).distance == 15.6
    for change, complaint in (
        ({"fleet": (replace(fleet[0], capacity=10),)}, "at most 10, got 11"),
        ({"stops": (*longer.stops[:2], replace(stops[2], due=9))}, "by 9 at customer 2, got 10"),
        ({"stops": (stops[0], *longer.stops[1:])}, "back by 15"),
        ({"matrix": ((0, 6, 0), (6, 0, 3), (7, 3, 0))}, "by 5 at customer 1, got 6"),
    ):
        with pytest.raises(PlanRejected, match=complaint):
            account(replace(longer, **change), found)


def test_the_evaluator_catches_wrong_figures_vehicles_and_reloads() -> None:
    problem, plan = plan_of("mixed.vrp")
    assert plan.distance is not None
    assert plan.cost is not None
    for wrong, complaint in (
        (replace(plan, distance=plan.distance - 0.1), "expected distance"),
        (replace(plan, cost=plan.cost - 0.1), "expected cost"),
        (replace(plan, cost=None), "got None"),
        (replace(plan, vehicles=(plan.vehicles[0],) * len(plan.routes)), "one route for vehicle"),
        (replace(plan, vehicles=(99, *plan.vehicles[1:])), "vehicle of the fleet, got 99"),
        (replace(plan, vehicles=plan.vehicles[1:]), "a vehicle for each route"),
        (replace(plan, routes=((*plan.routes[0], 0), *plan.routes[1:])), "no reload in route 1"),
    ):
        with pytest.raises(PlanRejected, match=complaint):
            check(problem, wrong)


def test_the_evaluator_waits_for_releases_and_the_depot() -> None:
    problem, plan = plan_of("trips.vrp")
    check(problem, plan)
    held = tuple(replace(stop, release=140.0) for stop in problem.stops)
    with pytest.raises(PlanRejected, match="expected service by"):
        check(replace(problem, stops=held), plan)
    closing = (replace(problem.stops[0], due=60.0), *problem.stops[1:])
    with pytest.raises(PlanRejected, match="back by 60"):
        check(replace(problem, stops=closing), plan)


@pytest.mark.parametrize(
    ("change", "constraint", "stops", "words"),
    [
        ({4: {"demand": 21}}, "capacity", (4,), "needs 21, the largest vehicle holds 20"),
        ({3: {"ready": 80.0, "due": 70.0}}, "window", (3,), "closes at 70, before it opens at 80"),
        ({5: {"due": 20.0}}, "reach", (5,), "reached at 25 at the earliest"),
        ({3: {"ready": 190.0, "due": 195.0}}, "return", (0, 3), "the depot closes at 200"),
        ({1: {"demand": 20}, 2: {"demand": 20}, 3: {"demand": 20}}, "fleet", None, "all vehicles"),
        ({n: {"demand": 11} for n in (1, 2, 3, 4)}, "fleet", (1, 2, 3, 4), "room for 3 such"),
    ],
)
def test_infeasible_problems_name_stops_and_constraints(
    change: dict[int, dict[str, float]],
    constraint: str,
    stops: tuple[int, ...] | None,
    words: str,
) -> None:
    problem = case("windows.txt")
    changed = list(problem.stops)
    for number, values in change.items():
        changed[number] = replace(changed[number], **values)
    if stops == (1, 2, 3, 4):  # four halves of a vehicle and more, yet room for their sum
        changed[5:] = [replace(stop, demand=1) for stop in changed[5:]]
    plan = solve(replace(problem, stops=tuple(changed)), seconds=5)
    assert plan.status == "infeasible"
    assert plan.routes == ()
    assert [each.constraint for each in plan.conflicts] == [constraint]
    assert stops is None or plan.conflicts[0].stops == stops
    assert words in plan.conflicts[0].reason


def test_stops_that_no_vehicle_serves_two_of_outnumber_the_fleet() -> None:
    stops = (Stop(0, 0, due=500), *(Stop(x, y, 1, 50, 55) for x, y in ((40, 0), (-40, 0), (0, 40))))
    fleet = (VehicleType((1, 2), 10, reloads=True),)
    problem = RoutingProblem("apart", stops, fleet, DistanceRule.TENTHS, has_windows=True)
    plan = solve(problem, seconds=5)
    assert (plan.status, plan.conflicts[0].constraint) == ("infeasible", "fleet")
    assert plan.conflicts[0].stops == (1, 2, 3)


def test_where_nothing_is_found_or_proven_the_attempt_says_what_it_breaks() -> None:
    stops = (Stop(0, 0), *(Stop(x, 5, 6) for x in (1, 2, 3)), *(Stop(x, -5, 4) for x in (1, 2)))
    fleet = (VehicleType((1, 2), 13),)  # 26 in all, but 6 + 6 + 6 + 4 + 4 cannot be split so
    problem = RoutingProblem("packed", stops, fleet, DistanceRule.WHOLE)
    plan = solve(problem, seconds=5, iterations=50)
    assert plan.status == "unknown"
    assert plan.routes == ()
    assert plan.conflicts[0].constraint in {"capacity", "fleet"}
    assert "vehicle" in plan.conflicts[0].reason


def test_same_seed_and_iterations_give_the_same_plan() -> None:
    problem = scattered(60)
    once, twice, other = (
        solve(problem, seconds=60, seed=seed, iterations=150) for seed in (5, 5, 6)
    )
    assert once == twice
    assert once != other


def test_the_budget_is_kept_and_progress_is_told() -> None:
    told: list[float] = []

    def note(incumbent: float, bound: float | None) -> bool:
        told.append(incumbent)
        assert bound is None
        return True

    began = time.process_time()  # of the processor: a machine that is busy otherwise is no fault
    plan = solve(scattered(150), seconds=2, progress=note)
    assert time.process_time() - began < 3
    assert plan.status == "feasible"
    assert told
    assert plan.distance is not None
    assert told[-1] >= plan.distance


def test_progress_may_end_the_search_with_the_plan_so_far() -> None:
    began = time.process_time()
    plan = solve(scattered(30), seconds=30, progress=lambda *_: False)
    assert time.process_time() - began < 5
    assert plan.status == "feasible"


def test_a_part_is_a_problem_of_its_own_and_comes_back_whole() -> None:
    problem = scattered(60, mixed=True)
    plan = solve(problem, seconds=30, seed=1, iterations=30)
    found = Found(plan.routes, plan.vehicles)
    groups = list(sectors(problem, found, 20, seed=3))
    assert sorted(place for group in groups for place in group) == list(range(len(plan.routes)))
    for group in groups:
        part, own, stops = part_of(problem, found, group)
        account(part, own)
        again = put_back(found, group, own, stops)
        assert account(problem, again) == account(problem, found)


def test_the_folder_of_cases_is_whole() -> None:
    folder = Path(__file__).resolve().parents[1] / "cases" / "transport" / "routing"
    for path in sorted(folder.iterdir()):
        assert read_instance(path).customers
