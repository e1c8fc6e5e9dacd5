"""The rest of the way, driven: at the speed of lane and hour, with dwell and breaks (TR-13).

What is left to chance comes in cases, walked all at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transport.rules.eta_model import (
    BREAK_AFTER_MIN,
    DAY_DRIVING_MIN,
    DUTY_MIN,
    EtaModel,
    Remaining,
)

Minutes = npt.NDArray[np.float64]

NEAR_KM = 20.0
_INSTANT = 1e-6


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases of chance, arrays of one shape.

    Factors on base minutes and on planned dwell, and the minutes at the wheel after which the
    driver stops for a break.
    """

    drive: Minutes
    dwell: Minutes
    break_after: Minutes


@dataclass(frozen=True, slots=True)
class Walked:
    """Minutes to go, and how many of them are short and long breaks; one value per case."""

    minutes: Minutes
    short_min: Minutes
    long_min: Minutes


def break_after(remaining: Remaining, model: EtaModel, share: float | Minutes) -> Minutes:
    """Return after how many minutes at the wheel the driver stops, at quantiles ``share``.

    Uniform between the bounds of the model, given that he has not stopped yet.
    """
    since = min(remaining.since_break_min, BREAK_AFTER_MIN)
    low = max(model.break_from_min, since)
    high = model.break_to_min if low < model.break_to_min else BREAK_AFTER_MIN
    return np.atleast_1d(low + np.asarray(share) * (high - low))


def walk(remaining: Remaining, ways_min: Sequence[float], cases: Cases, model: EtaModel) -> Walked:
    """Return how long the ways ahead take in several cases at once.

    A short break follows after so much driving as the case says; the daily rest after 9 h at the
    wheel or 13 h on duty, and makes a short break due then needless. Dwell is work, no break.
    """
    shape = cases.drive.shape
    minutes, short, long = (np.zeros(shape) for _each in range(3))
    since = np.full(shape, min(remaining.since_break_min, BREAK_AFTER_MIN))
    today = np.full(shape, min(remaining.today_min, DAY_DRIVING_MIN))
    duty = np.full(shape, min(remaining.duty_min, DUTY_MIN))
    for index, (way, base) in enumerate(zip(remaining.ways, ways_min, strict=True)):
        left = base * cases.drive
        while (left > _INSTANT).any():
            is_tired = (left > _INSTANT) & (
                (today >= DAY_DRIVING_MIN - _INSTANT) | (duty >= DUTY_MIN - _INSTANT)
            )
            is_due = (left > _INSTANT) & ~is_tired & (since >= cases.break_after - _INSTANT)
            short += is_due * model.short_break_min
            long += is_tired * model.long_break_min
            duty = np.where(is_tired, 0.0, duty + is_due * model.short_break_min)
            today = np.where(is_tired, 0.0, today)
            since = np.where(is_tired | is_due, 0.0, since)
            until = np.minimum(cases.break_after - since, DAY_DRIVING_MIN - today)
            run = np.clip(np.minimum(until, DUTY_MIN - duty), 0.0, left)
            left, minutes = left - run, minutes + run
            since, today, duty = since + run, today + run, duty + run
        if index < len(remaining.ways) - 1:
            minutes += way.dwell_min * cases.dwell
            duty = duty + way.dwell_min * cases.dwell
    return Walked(minutes + short + long, short, long)


def base_minutes(remaining: Remaining, model: EtaModel) -> tuple[float, ...]:
    """Return minutes at the wheel per way, at the speed of the hours in which they are driven.

    Usual dwell and breaks move the clock on, so a truck that rests past the rush drives faster.
    """
    start = remaining.at
    clock = start.hour * 60.0 + start.minute + start.second / 60  # minutes of the day
    since, today, duty = remaining.since_break_min, remaining.today_min, remaining.duty_min
    stop_after = float(break_after(remaining, model, 0.5)[0])
    found = []
    for way in remaining.ways:
        left, driven = way.km, 0.0
        while left > 1e-9:
            if today >= DAY_DRIVING_MIN - _INSTANT or duty >= DUTY_MIN - _INSTANT:
                clock, since, today, duty = clock + model.long_break_min, 0.0, 0.0, 0.0
            elif since >= stop_after - _INSTANT:
                clock, since = clock + model.short_break_min, 0.0
                duty += model.short_break_min
            is_near = left <= NEAR_KM
            speed = model.speed_kmh[int(clock // 60) % 24] * (model.near_factor if is_near else 1)
            until_hour = max(60 - clock % 60, _INSTANT)
            until_stop = min(DAY_DRIVING_MIN - today, stop_after - since)
            chunk = (left if is_near else left - NEAR_KM) / speed * 60
            minutes = min(chunk, until_hour, max(_INSTANT, min(until_stop, DUTY_MIN - duty)))
            left = max(0.0, left - minutes * speed / 60)
            clock, driven = clock + minutes, driven + minutes
            since, today, duty = since + minutes, today + minutes, duty + minutes
        found.append(driven)
        clock += way.dwell_min * model.dwell_factor
        duty += way.dwell_min * model.dwell_factor
    return tuple(found)
