"""A day on the road: what each vehicle has behind it, and what the rest may cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from transport.engine.milkrun.model import Model
from transport.engine.milkrun.plan import Plan, Route
from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.problem import Load, Options, Problem
from transport.engine.milkrun.schedule import (
    MOST_PLACEMENTS,
    Leg,
    Shift,
    Timing,
    break_sets,
    end_of,
    fastest,
)

_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class DayPlan:
    """The routes of one weekday, and what each of their stops picks up."""

    day: int
    routes: tuple[Route, ...]
    loads: Mapping[str, Load]


@dataclass(frozen=True, slots=True)
class UrgentCall:
    """A pick-up that was not planned for today."""

    supplier: str
    load: Load


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle today.

    Attributes
    ----------
    kind, index
        The vehicle type's number, and the vehicle's own from 1.
    trips
        As planned, in stop numbers.
    done
        How many stops from the first on are driven or frozen.
    start_min
        When it started, or None.
    earliest_min
        When it can start, if it has not.
    delay_min
        Lost since its last stop that is done.
    breaks
        Legs on which a break was or will be taken before the stops that are not done.
    """

    kind: int
    index: int
    trips: Trips
    done: int
    start_min: float | None
    earliest_min: float
    delay_min: float = 0.0
    breaks: frozenset[int] = frozenset()

    def fixed(self) -> tuple[int, int]:
        """Return the trip and the position in it from which on stops may change."""
        left = self.done
        for number, trip in enumerate(self.trips):
            if left < len(trip) or (left == len(trip) and number == len(self.trips) - 1):
                return number, left
            left -= len(trip)
        return 0, 0

    @property
    def is_closed(self) -> bool:
        """Whether it started and has nothing left that may change."""
        return self.start_min is not None and self.done == sum(map(len, self.trips))


@dataclass(frozen=True, slots=True)
class Drive:
    """How a vehicle's day goes: legs, timing, minutes lost before a leg, and the cost."""

    legs: tuple[Leg, ...]
    timing: Timing
    lost: tuple[int, float] | None
    cost: float


def day_plan_of(problem: Problem, plan: Plan, day: int) -> DayPlan:
    """Return what a plan has for a weekday."""
    model = Model(problem, Options())
    loads = {
        name: load
        for name, choice in plan.choices.items()
        if choice.mode == "milkrun"
        for place, _covered, load, _cost in model.pick_ups(model.number[name], choice.pattern)
        if model.days[place] == day
    }
    return DayPlan(day, tuple(route for route in plan.routes if route.day == day), loads)


def problem_of_day(problem: Problem, day: int, loads: Mapping[str, Load]) -> Problem:
    """Return the problem of one day: only those suppliers, each with that load."""
    suppliers = tuple(
        replace(each, volume={day: loads[each.id]}, patterns=((day,),))
        for each in problem.suppliers
        if each.id in loads
    )
    return replace(
        problem,
        working_days=(day,),
        suppliers=suppliers,
        plant=replace(problem.plant, transit_days=0),
        options=None,
    )


class LiveDay:
    """Prices what vehicles do from now on."""

    def __init__(self, pricing: Pricing, now_min: float) -> None:
        self.pricing, self.model, self.now_min = pricing, pricing.model, now_min
        self._drives: dict[tuple[Vehicle, Trips], Drive | None] = {}

    def drive(self, vehicle: Vehicle, trips: Trips) -> Drive | None:
        """Return how a vehicle's day goes with these trips; None if it cannot."""
        key = (vehicle, trips)
        if key not in self._drives:
            self._drives[key] = self._found(vehicle, trips)
        return self._drives[key]

    def _found(self, vehicle: Vehicle, trips: Trips) -> Drive | None:
        each, driver = self.model.problem.fleet[vehicle.kind], self.model.problem.driver
        figures = [self.pricing.trip(trip) for trip in trips]
        km = sum(trip.km for trip in figures)
        driven = sum(trip.drive_min for trip in figures)
        if (
            not all(trip.able >> vehicle.kind & 1 for trip in figures)
            or len(trips) > each.max_trips
            or (each.max_km is not None and km > each.max_km + _EPSILON)
            or (driver is not None and driven > driver.max_driving_min + _EPSILON)
        ):
            return None
        legs = tuple(leg for trip in figures for leg in trip.legs)
        lost = None
        if vehicle.start_min is None:
            begins = max(each.start_min, vehicle.earliest_min)
            timing = fastest(legs, Shift(begins, each.end_min, each.max_duty_min), driver)
        else:
            lost = self._lost(vehicle, trips, legs)
            place, minutes = lost
            held = legs[place]._replace(before_min=legs[place].before_min + minutes)
            legs = (*legs[:place], held, *legs[place + 1 :])
            timing = self._under_way(vehicle, legs, place)
        if timing is None:
            return None
        return Drive(legs, timing, lost, self._cost(vehicle, trips, timing, km))

    def _cost(self, vehicle: Vehicle, trips: Trips, timing: Timing, km: float) -> float:
        each, problem = self.model.problem.fleet[vehicle.kind], self.model.problem
        hours = (timing.end_min - timing.start_min) / 60
        more = each.co2e_kg_per_km_full - each.co2e_kg_per_km_empty
        tonne_km = sum(self.pricing.trip(trip).tonne_km for trip in trips)
        kg = km * each.co2e_kg_per_km_empty + more * tonne_km / each.capacity.kg
        carbon = problem.co2_price_per_t * kg / 1000
        return each.fixed_per_day + each.per_km * km + each.per_hour * hours + carbon

    def _lost(self, vehicle: Vehicle, trips: Trips, legs: Sequence[Leg]) -> tuple[int, float]:
        """Return the first leg that may change, and the minutes lost before it.

        Where the vehicle would have left before now, it leaves now: nothing happens in the past.
        """
        trip, position = vehicle.fixed()
        place = sum(len(each) + 1 for each in trips[:trip]) + position
        if vehicle.is_closed:
            return place, vehicle.delay_min
        start = vehicle.start_min or 0.0
        left = end_of(legs[:place], start, vehicle.breaks, self._pause())
        if left is None:
            return place, vehicle.delay_min
        left += legs[place].before_min
        return place, max(vehicle.delay_min, self.now_min - left)

    def _under_way(self, vehicle: Vehicle, legs: Sequence[Leg], place: int) -> Timing | None:
        """Return the timing that ends first from what is done, with breaks where they are due."""
        each, driver = self.model.problem.fleet[vehicle.kind], self.model.problem.driver
        start = vehicle.start_min or 0.0
        sets = [frozenset[int]()]
        if driver is not None:
            since = 0.0
            for number, leg in enumerate(legs[:place]):
                if number in vehicle.breaks:
                    since = leg.drive_min - min(leg.drive_min, driver.break_after_min - since)
                else:
                    since += leg.drive_min
            drives = [leg.drive_min for leg in legs]
            sets = list(islice(break_sets(drives, driver, place, since), MOST_PLACEMENTS))
        best: Timing | None = None
        for more in sets:
            breaks = frozenset(one for one in vehicle.breaks if one < place) | more
            end = end_of(legs, start, breaks, self._pause())
            if end is None or end > each.end_min + _EPSILON:
                continue
            if end - start <= each.max_duty_min + _EPSILON and (best is None or end < best.end_min):
                best = Timing(start, end, breaks)
        return best

    def _pause(self) -> float:
        driver = self.model.problem.driver
        return driver.break_min if driver else 0.0
