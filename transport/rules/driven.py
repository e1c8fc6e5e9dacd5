"""What a finished trip's positions say about driving, breaks and dwell: samples to fit on (TR-13).

Positions come every few minutes, so a rest is seen as standstill between two stretches in which it
began and ended; on average half of each belongs to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from transport.rules.eta_fit import BreakSample, DriveSample
from transport.rules.eta_walk import NEAR_KM
from transport.rules.road import great_circle_km
from transport.rules.tracking import Ping

MOVING_KMH = 5.0
LONGEST_GAP_MIN = 60.0  # beyond it nobody knows whether the truck stood
CLEAR_GAP_MIN = 20.0  # up to it the length of a rest is known well enough
LEAST_REST_MIN = 15.0
SHORT_MIN = (30.0, 90.0)
LONG_MIN = (540.0, 960.0)


class Pace(StrEnum):
    """How a truck spent the time between two positions."""

    DRIVEN = "driven"
    STOOD = "stood"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The time between two positions: minutes > 0 and kilometres by air."""

    begins: Ping
    ends: Ping
    minutes: float
    km: float
    pace: Pace


@dataclass(frozen=True, slots=True)
class Rest:
    """A standstill: stretches ``first`` to ``last`` (not included), about so many minutes."""

    first: int
    last: int
    minutes: float


def stretches(pings: Sequence[Ping]) -> list[Stretch]:
    """Return the stretches between positions in order of time; doubles are left out."""
    found = []
    for before, ping in pairwise(pings):
        minutes = (ping.at - before.at) / timedelta(minutes=1)
        if minutes <= 0:
            continue
        km = great_circle_km(before.latitude, before.longitude, ping.latitude, ping.longitude)
        pace = Pace.DRIVEN if km / minutes * 60 > MOVING_KMH else Pace.STOOD
        if minutes > LONGEST_GAP_MIN and pace is Pace.DRIVEN:
            pace = Pace.UNSEEN
        found.append(Stretch(before, ping, minutes, km, pace))
    return found


def unseen_share(found: Sequence[Stretch]) -> float:
    """Return the share of the time in which nobody knows what the truck did, in [0, 1]."""
    whole = sum(each.minutes for each in found)
    unseen = sum(each.minutes for each in found if each.pace is Pace.UNSEEN)
    return unseen / whole if whole else 1.0


def rests(found: Sequence[Stretch]) -> list[Rest]:
    """Return the standstills of at least 15 min, with half of the stretches beside each."""
    marks: list[Rest] = []
    place = 0
    while place < len(found):
        first = place
        while place < len(found) and found[place].pace is Pace.STOOD:
            place += 1
        stood = sum(each.minutes for each in found[first:place])
        if stood >= LEAST_REST_MIN:
            beside = [found[each].minutes for each in (first - 1, place) if 0 <= each < len(found)]
            marks.append(Rest(first, place, stood + sum(beside) / 2))
        place += 1
    return marks


def driven_minutes(found: Sequence[Stretch], *, after: datetime) -> float:
    """Return the minutes at the wheel from ``after`` (the time of a position) on."""
    edges = {edge for each in rests(found) for edge in (each.first - 1, each.last)}
    return sum(
        each.minutes / 2 if place in edges else each.minutes
        for place, each in enumerate(found)
        if each.begins.at >= after and each.pace is not Pace.STOOD
    )


def drive_samples(
    found: Sequence[Stretch], *, hours: Sequence[int], left_km: Sequence[float], winding: float
) -> tuple[DriveSample, ...]:
    """Return a sample for each stretch that was driven through.

    Parameters
    ----------
    hours
        Hour of the road's clock at the start of each stretch.
    left_km
        Road to the next stop at the end of each stretch [km].
    winding
        Road kilometres for each kilometre by air, >= 1.
    """
    edges = {edge for each in rests(found) for edge in (each.first - 1, each.last)}
    return tuple(
        DriveSample(hours[place], each.km * winding, each.minutes, left_km[place] <= NEAR_KM)
        for place, each in enumerate(found)
        if each.pace is Pace.DRIVEN and place not in edges and each.minutes <= LONGEST_GAP_MIN
    )


def break_samples(
    found: Sequence[Stretch], *, at_stops: Sequence[bool]
) -> tuple[tuple[BreakSample, ...], tuple[float, ...]]:
    """Return short breaks and daily rests; standstill where ``at_stops`` is handling, not rest.

    Rests beside a stretch of more than 20 min are too uncertain to count, and so are standstills
    between 90 min and 9 h and above 16 h: neither is what a driver takes by rule.
    """
    short: list[BreakSample] = []
    long: list[float] = []
    begun = 0
    for rest in rests(found):
        driven = sum(each.minutes for each in found[begun : rest.first] if _drove(each))
        if any(at_stops[rest.first : rest.last]):
            continue
        beside = [found[each] for each in (rest.first - 1, rest.last) if 0 <= each < len(found)]
        is_clear = len(beside) == 2 and all(each.minutes <= CLEAR_GAP_MIN for each in beside)
        is_short = SHORT_MIN[0] <= rest.minutes <= SHORT_MIN[1]
        if is_clear and is_short and driven > 0:
            short.append(BreakSample(driven - beside[0].minutes / 2, rest.minutes))
        elif is_clear and LONG_MIN[0] <= rest.minutes <= LONG_MIN[1]:
            long.append(rest.minutes)
        if rest.minutes >= SHORT_MIN[0]:
            begun = rest.last
    return tuple(short), tuple(long)


def _drove(each: Stretch) -> bool:
    return each.pace is not Pace.STOOD
