"""Spread the arrivals at the plant: other starts for routes already found, where doors are few."""

from collections import defaultdict
from dataclasses import dataclass

from ortools.sat.python import cp_model

from transport.engine.milkrun.pricing import Pricing, Trips
from transport.engine.milkrun.problem import DockLimit
from transport.engine.milkrun.schedule import Leg, Timing, end_of
from transport.engine.milkrun.solution import DayRoute, Solution

STEP_MIN, STEPS = 5.0, 24
SECONDS = 2.0
CENTS = 100
_EPSILON = 1e-9
Bucket = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Start:
    """A possible start of a vehicle-day: what it costs more, and the buckets it arrives in."""

    trips: Trips
    start_min: float
    more: float
    buckets: tuple[Bucket, ...]


def spread(pricing: Pricing, solution: Solution, *, seed: int) -> dict[Trips, float]:
    """Return the starts [min] by trips that cost least with the price of peaks.

    Only routes whose start is better moved are named. A start moves in steps of 5 min, up to two
    hours either way; hours paid more and published times left count against the peak.
    """
    limits = pricing.model.options.docks
    if not limits:
        return {}
    sat, chosen, costs = cp_model.CpModel(), [], []
    arrivals: dict[Bucket, list[cp_model.IntVar]] = defaultdict(list)
    for day, routes in enumerate(solution.routes):
        for route in routes:
            options = _starts(pricing, day, route, limits)
            picks = [sat.new_bool_var("") for _option in options]
            sat.add_exactly_one(picks)
            for option, pick in zip(options, picks, strict=True):
                costs.append(round(option.more * CENTS) * pick)
                chosen.append((option, pick))
                for bucket in option.buckets:
                    arrivals[bucket].append(pick)
    for (place, _day, _bucket), picks in arrivals.items():
        limit = limits[place]
        if len(picks) > limit.max_arrivals:
            above = sat.new_int_var(0, len(picks), "")
            sat.add(above >= sum(picks) - limit.max_arrivals)
            costs.append(round(limit.peak_price * CENTS) * above)
    sat.minimize(sum(costs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = SECONDS
    if solver.solve(sat) not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return {}
    return {
        option.trips: option.start_min
        for option, pick in chosen
        if option.more > 0 and solver.value(pick)
    }


def _starts(
    pricing: Pricing, day: int, route: DayRoute, limits: tuple[DockLimit, ...]
) -> list[_Start]:
    """Return the starts a vehicle-day can have, the fastest one first."""
    vehicle = pricing.model.problem.fleet[route.vehicle]
    figures = pricing.day(route.trips, route.vehicle)
    timing = figures.timing
    legs = tuple(leg for trip in route.trips for leg in pricing.trip(trip).legs)
    base = figures.time + pricing.penalties(route.trips, legs, timing)
    relevant = [p for p, limit in enumerate(limits) if vehicle.id in limit.vehicle_types]
    found = []
    for turn in (0, *range(1, STEPS + 1), *range(-1, -STEPS - 1, -1)):
        start = timing.start_min + turn * STEP_MIN
        arrivals = plant_arrivals(pricing, route.trips, legs, timing._replace(start_min=start))
        end = end_of(legs, start, timing.breaks, _pause(pricing))
        if end is None or arrivals is None or start < vehicle.start_min:
            continue
        if end > vehicle.end_min or end - start > vehicle.max_duty_min:
            continue
        moved = Timing(start, end, timing.breaks)
        hire = vehicle.per_hour * (end - start) / 60
        more = max(0.0, hire + pricing.penalties(route.trips, legs, moved) - base)
        buckets = tuple(
            (place, day, int((each + _EPSILON) // limits[place].bucket_min))
            for place in relevant
            for each in arrivals
        )
        # A moved start is never quite free, so that none moves without need.
        found.append(_Start(route.trips, start, more + (0.01 if turn else 0.0), buckets))
        if not relevant:
            break
    return found


def plant_arrivals(
    pricing: Pricing, trips: Trips, legs: tuple[Leg, ...], timing: Timing
) -> list[float] | None:
    """Return when each trip is back at the plant [min]; None where a window is missed."""
    pause, found, place = _pause(pricing), [], 0
    for trip in trips:
        place += len(trip) + 1
        end = end_of(legs[: place - 1], timing.start_min, timing.breaks, pause)
        if end is None:
            return None
        rest = pause if place - 1 in timing.breaks else 0.0
        found.append(end + legs[place - 1].drive_min + rest)
    return found


def _pause(pricing: Pricing) -> float:
    driver = pricing.model.problem.driver
    return driver.break_min if driver else 0.0
