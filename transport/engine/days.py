"""Simulated driving days, to fit and to judge arrival estimates without a partner's data.

The days are made by events, not by the formula that estimates them: roads of three classes with
their own rush hours, weather that lies over a whole day, incidents with heavy delays, queues at
gates, drivers who take breaks early at a parking place and rest when duty ends. None of these
parameters is known to ``transport.rules.eta``, which sees positions, kilometres, planned dwell and
what a tachograph tells.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp

import numpy as np

from transport.rules.eta_fit import BreakSample, DriveSample, DwellSample, History, Observation
from transport.rules.eta_model import Ahead, Remaining
from transport.rules.eta_walk import NEAR_KM

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
STRETCH_KM = 5.0
PING_MIN = 15.0
PING_LOST = 0.06
ROUTE_ERROR = 0.01  # a router's kilometres against the odometer
FREE_KMH = {"motorway": 82.0, "rural": 60.0, "urban": 34.0}
RUSH_LOSS = {"motorway": 0.22, "rural": 0.12, "urban": 0.38}  # of speed, at the peak
RUSH_AT = ((7.8, 1.2), (16.8, 1.6))  # hour and width [h]
INCIDENTS_PER_100_KM = 0.05
INCIDENT_MIN = 24.0
INCIDENT_MOST_MIN = 120.0
QUEUE_CHANCE, QUEUE_MIN = 0.35, 22.0
DUTY_MIN = 780.0


@dataclass(frozen=True, slots=True)
class Lane:
    """A fixed run: road class per 5 km of each way, and planned dwell at the end of each [min]."""

    name: str
    ways: tuple[tuple[str, ...], ...]
    dwell_min: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Trip:
    """One run of a lane as tracking saw it: samples, and what lay ahead at each ping."""

    lane: str
    started_at: datetime
    arrived_at: datetime
    drives: tuple[DriveSample, ...]
    dwells: tuple[DwellSample, ...]
    short_breaks: tuple[BreakSample, ...]
    long_breaks: tuple[float, ...]
    observations: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Day:
    """What all trips of a day share: speed lost to weather, and how many incidents happen."""

    weather: float
    trouble: float


@dataclass(slots=True)
class _Truck:
    """A truck under way; minutes count from its start."""

    lane: Lane
    started_at: datetime
    day: Day
    draw: np.random.Generator
    driver: float  # speed of this driver
    minute: float = 0.0
    driven: float = 0.0
    since_break: float = 0.0
    today: float = 0.0
    duty_began: float = 0.0
    next_ping: float = 0.0
    break_at: float = 270.0
    drives: list[DriveSample] = field(default_factory=list)
    dwells: list[DwellSample] = field(default_factory=list)
    short_breaks: list[BreakSample] = field(default_factory=list)
    long_breaks: list[float] = field(default_factory=list)
    pings: list[tuple[Remaining, float]] = field(default_factory=list)

    @property
    def hour(self) -> float:
        start = self.started_at
        return (start.hour + start.minute / 60 + self.minute / 60) % 24


def lanes(seed: int, count: int = 6) -> tuple[Lane, ...]:
    """Return ``count`` lanes of 120 to 900 km with up to three stops on the way."""
    draw = np.random.default_rng(seed)
    found = []
    for number in range(count):
        stops = int(draw.integers(1, 5))
        whole = float(draw.uniform(120, 900))
        parts = draw.dirichlet(np.full(stops, 3.0)) * whole
        ways = tuple(_roads(draw, max(2, round(km / STRETCH_KM))) for km in parts)
        dwell = tuple(float(draw.choice([20, 30, 45, 60])) for _way in ways)
        found.append(Lane(f"lane {number + 1}", ways, dwell))
    return tuple(found)


def simulate(lane_set: Iterable[Lane], *, seed: int, days: int, first_day: int = 0) -> list[Trip]:
    """Return one trip per lane and day, ``days`` working days from day ``first_day`` on.

    Same lanes, seed and day give the same trips, whatever other days are asked for.
    """
    found = []
    for number in range(first_day, first_day + days):
        draw = np.random.default_rng([seed, number])
        is_bad = draw.random() < 0.25
        weather = float(draw.beta(2, 10)) if is_bad else 0.0
        day = Day(weather, float(draw.gamma(2.0, 0.5)))
        date = MONDAY + timedelta(days=number // 5 * 7 + number % 5)
        for lane in lane_set:
            start = date + timedelta(minutes=float(draw.uniform(240, 900)))
            driver = float(draw.uniform(0.94, 1.02))
            found.append(_drive(_Truck(lane, start, day, draw, driver)))
    return found


def history(trips: Iterable[Trip], every: int = 3) -> History:
    """Return what a fit learns from: all samples, every ``every``-th ping of each trip."""
    known = list(trips)
    return History(
        drives=tuple(each for trip in known for each in trip.drives),
        dwells=tuple(each for trip in known for each in trip.dwells),
        short_breaks=tuple(each for trip in known for each in trip.short_breaks),
        long_breaks=tuple(each for trip in known for each in trip.long_breaks),
        observations=tuple(
            each
            for number, trip in enumerate(known)
            for each in trip.observations[number % every :: every]
        ),
    )


def _roads(draw: np.random.Generator, stretches: int) -> tuple[str, ...]:
    """Return the classes of a way: town at both ends, country roads, motorway between."""
    town = 1 + int(draw.integers(0, 2))
    country = int(draw.integers(1, 5))
    middle = stretches - 2 * town - country
    if middle < 0:
        return ("urban", *["rural"] * (stretches - 1))
    first = country // 2
    return (
        *["urban"] * town, *["rural"] * first, *["motorway"] * middle,
        *["rural"] * (country - first), *["urban"] * town,
    )  # fmt: skip


def _drive(truck: _Truck) -> Trip:
    _choose_break(truck)
    last = len(truck.lane.ways) - 1
    for number, roads in enumerate(truck.lane.ways):
        for done in range(len(roads)):
            _rest_if_due(truck, number, done)
            _stretch(truck, number, done)
        if number < last:
            _dwell(truck, number)
    arrived_at = truck.started_at + timedelta(minutes=truck.minute)
    return Trip(
        truck.lane.name,
        truck.started_at,
        arrived_at,
        tuple(truck.drives),
        tuple(truck.dwells),
        tuple(truck.short_breaks),
        tuple(truck.long_breaks),
        tuple(
            Observation(remaining, truck.driven - driven, arrived_at)
            for remaining, driven in truck.pings
        ),
    )


def _stretch(truck: _Truck, number: int, done: int) -> None:
    """Drive 5 km: rush hour, weather, the driver, chance, and now and then an incident."""
    roads = truck.lane.ways[number]
    draw, road = truck.draw, roads[done]
    hour = truck.hour
    rush = sum(exp(-(((hour - at) / width) ** 2)) for at, width in RUSH_AT)
    speed = FREE_KMH[road] * (1 - RUSH_LOSS[road] * rush) * (1 - truck.day.weather) * truck.driver
    minutes = STRETCH_KM / speed * 60 * float(draw.uniform(0.88, 1.15))
    if draw.random() < INCIDENTS_PER_100_KM * STRETCH_KM / 100 * truck.day.trouble:
        minutes += min(INCIDENT_MOST_MIN, float(draw.exponential(INCIDENT_MIN)))
    is_near = (len(roads) - done) * STRETCH_KM <= NEAR_KM
    truck.drives.append(DriveSample(int(hour), STRETCH_KM, minutes, is_near))
    began = truck.minute
    while truck.next_ping < began + minutes:
        share = max(0.0, truck.next_ping - began) / minutes
        left_km = (len(roads) - done - share) * STRETCH_KM
        _ping(truck, number, left_km, share * minutes)
    truck.minute += minutes
    truck.driven += minutes
    truck.since_break += minutes
    truck.today += minutes


def _dwell(truck: _Truck, number: int) -> None:
    """Stand at a stop: handling about as planned, and a queue at the gate on some days."""
    planned = truck.lane.dwell_min[number]
    minutes = planned * float(truck.draw.uniform(0.85, 1.25))
    if truck.draw.random() < QUEUE_CHANCE:
        minutes += float(truck.draw.exponential(QUEUE_MIN))
    truck.dwells.append(DwellSample(planned, minutes))
    _stand(truck, minutes)


def _rest_if_due(truck: _Truck, number: int, done: int) -> None:
    """Break or rest before the next stretch if it is time, and send positions meanwhile."""
    draw = truck.draw
    is_over = truck.today > 528 or truck.minute - truck.duty_began > DUTY_MIN - 20
    if not is_over and truck.since_break < truck.break_at:
        return
    minutes = 660 + float(draw.gamma(2, 12)) if is_over else 45 + float(draw.exponential(5))
    if is_over:
        truck.long_breaks.append(minutes)
    else:
        truck.short_breaks.append(BreakSample(truck.since_break, minutes))
    left_km = (len(truck.lane.ways[number]) - done) * STRETCH_KM
    began = truck.minute
    while truck.next_ping < began + minutes:
        rested = max(1.0, truck.next_ping - began)
        _ping(truck, number, left_km, 0.0, rested_min=rested)
    truck.minute += minutes
    truck.since_break = 0.0
    if is_over:
        truck.today, truck.duty_began = 0.0, truck.minute
    _choose_break(truck)


def _choose_break(truck: _Truck) -> None:
    """The driver stops at a parking place of his own choice, in good time."""
    truck.break_at = float(truck.draw.uniform(215, 258))


def _stand(truck: _Truck, minutes: float) -> None:
    truck.minute += minutes
    truck.next_ping = max(truck.next_ping, truck.minute)


def _ping(
    truck: _Truck, number: int, left_km: float, under_way_min: float, rested_min: float = 0.0
) -> None:
    """Note what tracking knows at ``truck.next_ping``; some positions never arrive."""
    draw, lane = truck.draw, truck.lane
    minute = max(truck.next_ping, truck.minute)
    at = truck.started_at + timedelta(minutes=minute)
    truck.next_ping += PING_MIN * float(draw.uniform(0.9, 1.1))
    if draw.random() < PING_LOST:
        return
    known = float(draw.normal(1.0, ROUTE_ERROR))
    ways = [Ahead(left_km * known, lane.dwell_min[number])]
    ways += [
        Ahead(len(roads) * STRETCH_KM, dwell)
        for roads, dwell in zip(lane.ways[number + 1 :], lane.dwell_min[number + 1 :], strict=True)
    ]
    remaining = Remaining(
        at=at,
        ways=tuple(ways),
        since_break_min=truck.since_break + under_way_min,
        today_min=truck.today + under_way_min,
        duty_min=minute - rested_min - truck.duty_began,
        rested_min=rested_min,
        lane=lane.name,
    )
    truck.pings.append((remaining, truck.driven + under_way_min))
