"""The day goes on: what is driven or frozen stays, the rest is planned again, changes priced."""

from dataclasses import replace

import pytest

from tests.transport.milkrun_cases import small, small_plan
from transport.engine.milkrun.live_day import DayPlan, UrgentCall, day_plan_of
from transport.engine.milkrun.live_hold import hold
from transport.engine.milkrun.live_search import Lateness
from transport.engine.milkrun.plan import Route
from transport.engine.milkrun.problem import Load
from transport.engine.milkrun.replan import Replanned, replan


def busiest() -> DayPlan:
    """Return the day with most stops."""
    days = [day_plan_of(small(), small_plan(), day) for day in small().working_days]
    return max(days, key=lambda day: len(day.loads))


def stops(route: Route) -> list[str]:
    return [stop.supplier for trip in route.trips for stop in trip.stops]


def again(day: DayPlan, now_min: float, **more: object) -> Replanned:
    return replan(small(), day, now_min=now_min, iterations=150, seconds=60, **more)


def test_before_the_first_start_nothing_changes_without_cause() -> None:
    found = again(busiest(), 0)
    assert found.cost <= found.planned_cost + 0.01
    assert sorted(name for route in found.routes for name in stops(route)) + list(
        found.direct
    ) == sorted(busiest().loads)


def test_driven_stops_stay_and_a_delay_is_paid_for() -> None:
    day = busiest()
    route = max(day.routes, key=lambda each: len(stops(each)))
    first = route.trips[0].stops[0]
    vehicle = (route.vehicle_type, route.vehicle_index)
    found = again(day, first.depart, driven=[first.supplier], delays={vehicle: 30.0})
    now = next(r for r in found.routes if (r.vehicle_type, r.vehicle_index) == vehicle)
    assert stops(now)[0] == first.supplier
    assert now.trips[0].stops[0].start == pytest.approx(first.start)
    assert now.start_min == route.start_min
    for each in found.changes:
        assert each.supplier in day.loads
        assert each.before is not None


def test_frozen_stops_keep_their_vehicle() -> None:
    day = busiest()
    route = max(day.routes, key=lambda each: len(stops(each)))
    found = again(day, route.start_min + 1, frozen=stops(route),
                  delays={(route.vehicle_type, route.vehicle_index): 20.0})  # fmt: skip
    now = next(r for r in found.routes if r.vehicle_index == route.vehicle_index
               and r.vehicle_type == route.vehicle_type)  # fmt: skip
    assert stops(now)[: len(stops(route))] == stops(route)
    assert now.end_min >= route.end_min


def test_an_urgent_call_is_served_and_priced() -> None:
    day = busiest()
    free = next(each.id for each in small().suppliers if each.id not in day.loads)
    call = UrgentCall(free, Load(kg=200, m3=1, pallets=1, ldm=0.4))
    found = again(day, 300, urgent=[call])
    served = {name for route in found.routes for name in stops(route)} | set(found.direct)
    assert served == {*day.loads, free}
    change = next(each for each in found.changes if each.supplier == free)
    assert change.before is None
    assert change.cost > 0
    with pytest.raises(ValueError, match="without a stop today"):
        again(day, 300, urgent=[replace(call, supplier=next(iter(day.loads)))])


def test_frozen_stops_that_cannot_be_kept_are_named() -> None:
    day = busiest()
    route = max(day.routes, key=lambda each: len(stops(each)))
    found = again(day, route.start_min + 1, frozen=stops(route),
                  delays={(route.vehicle_type, route.vehicle_index): 900.0})  # fmt: skip
    assert found.routes == ()
    assert found.conflicts[0].constraint.endswith("cannot keep the stops that stay")


def test_the_same_steps_give_the_same_day() -> None:
    one, two = (again(busiest(), 330) for _ in range(2))
    assert replace(one, seconds=0) == replace(two, seconds=0)


def test_late_goods_are_worth_a_change_of_plan() -> None:
    day = busiest()
    route = max(day.routes, key=lambda each: len(stops(each)))
    late = {(route.vehicle_type, route.vehicle_index): 180.0}
    due = dict(hold(small(), day, now_min=0).arrivals)

    def minutes(price: float) -> float:
        found = again(day, 0, delays=late, lateness=Lateness(due, price))
        return sum(max(0.0, at - due[name]) for name, at in found.arrivals.items())

    assert minutes(0) > 0
    assert minutes(20) < minutes(0)


def test_a_day_that_nobody_changes_goes_on_as_told_or_says_what_breaks() -> None:
    day = busiest()
    held = hold(small(), day, now_min=0)
    assert held.cost == pytest.approx(sum(each.cost for each in day.routes), abs=0.1)
    assert not held.missed
    route = max(day.routes, key=lambda each: len(stops(each)))
    vehicle = (route.vehicle_type, route.vehicle_index)
    broken = hold(small(), day, now_min=0, delays={vehicle: 900.0})
    assert set(stops(route)) <= broken.missed
    assert broken.faults == [f"{vehicle[0]} {vehicle[1]}"]
    assert set(broken.arrivals) == set(day.loads)
