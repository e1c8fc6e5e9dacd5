"""Calibration of arrival estimates on past trips (TR-13)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log

import numpy as np

from transport.rules.eta import LEAST_RANGE_MIN, after_rest, quantiles
from transport.rules.eta_model import BREAK_AFTER_MIN, EtaModel, Remaining
from transport.rules.eta_walk import base_minutes

SHRINK_MIN = 300.0  # minutes at the wheel by which an hour of the day counts as known
SHRINK_TRIPS = 5.0
LEAST_BASE_MIN = 5.0
LEAST_OBSERVATIONS = 30


@dataclass(frozen=True, slots=True)
class DriveSample:
    """A stretch at the wheel: hour of the day, km, minutes > 0; near = within 20 km of a stop."""

    hour: int
    km: float
    minutes: float
    is_near: bool


@dataclass(frozen=True, slots=True)
class DwellSample:
    """Planned and real minutes at a stop, both > 0."""

    planned_min: float
    minutes: float


@dataclass(frozen=True, slots=True)
class BreakSample:
    """Minutes at the wheel before a short break, and minutes of the break."""

    driven_min: float
    minutes: float


@dataclass(frozen=True, slots=True)
class Observation:
    """What lay ahead at a ping, minutes then driven, and when the truck was there."""

    remaining: Remaining
    drive_min: float
    arrived_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Past trips as the platform saw them; ``long_breaks`` are daily rests in minutes."""

    drives: tuple[DriveSample, ...]
    dwells: tuple[DwellSample, ...]
    short_breaks: tuple[BreakSample, ...]
    long_breaks: tuple[float, ...]
    observations: tuple[Observation, ...]


def fit(history: History, name: str, prior: EtaModel | None = None) -> EtaModel:
    """Return the model of past trips.

    Speeds, dwell and breaks are means and medians of samples, drawn to ``prior`` where there are
    few. Bias and spread come from driven ÷ base minutes of the observations. Last, both sides of
    the range are scaled (split conformal) so that one arrival in ten lies before P10 and one in
    ten after P90.

    Raises
    ------
    ValueError
        If there are fewer than 30 observations with at least 5 min to drive, or no drive sample.
    """
    start = prior or EtaModel()
    seen = [each for each in history.observations if each.drive_min >= LEAST_BASE_MIN]
    if len(seen) < LEAST_OBSERVATIONS or not history.drives:
        raise ValueError(
            f"expected {LEAST_OBSERVATIONS} observations and a drive to fit, got {len(seen)} and "
            f"{len(history.drives)}"
        )
    model = replace(
        _fit_breaks(_fit_dwell(_fit_speed(start, history), history), history), name=name
    )
    return _widen(_fit_drive(model, seen), history.observations)


def _fit_speed(model: EtaModel, history: History) -> EtaModel:
    far = [each for each in history.drives if not each.is_near] or list(history.drives)
    mean = sum(each.km for each in far) / sum(each.minutes for each in far)  # km per minute
    km, minutes = [mean * SHRINK_MIN] * 24, [SHRINK_MIN] * 24
    for each in far:
        km[each.hour] += each.km
        minutes[each.hour] += each.minutes
    speeds = tuple(60 * a / b for a, b in zip(km, minutes, strict=True))
    near = [each for each in history.drives if each.is_near]
    factor = model.near_factor
    if near:
        expected = sum(60 * each.km / speeds[each.hour] for each in near)
        factor = min(1.0, expected / sum(each.minutes for each in near))
    return replace(model, speed_kmh=speeds, near_factor=factor)


def _fit_dwell(model: EtaModel, history: History) -> EtaModel:
    ratios = [each.minutes / each.planned_min for each in history.dwells]
    if len(ratios) < LEAST_OBSERVATIONS:
        return model
    logs = np.log(ratios)
    low, middle, high = np.quantile(logs, (0.1, 0.5, 0.9))
    spread = float(high - low) / (2 * 1.2815515655446004)  # P10 to P90 of a normal
    return replace(model, dwell_factor=float(np.exp(middle)), dwell_spread=spread)


def _fit_breaks(model: EtaModel, history: History) -> EtaModel:
    def usual(samples: Sequence[float], default: float) -> float:
        return float(np.median([*samples, default]))

    short = history.short_breaks
    low, high = model.break_from_min, model.break_to_min
    if len(short) >= LEAST_OBSERVATIONS:
        found = np.quantile([each.driven_min for each in short], (0.05, 0.95))
        low, high = (min(float(each), BREAK_AFTER_MIN) for each in found)
    return replace(
        model,
        break_from_min=low,
        break_to_min=high,
        short_break_min=usual([each.minutes for each in short], model.short_break_min),
        long_break_min=usual(history.long_breaks, model.long_break_min),
    )


def _fit_drive(model: EtaModel, seen: Sequence[Observation]) -> EtaModel:
    """Return the model with bias, lane bias and the spread by distance to go."""
    bases = [max(sum(_base(each, model)[1]), LEAST_BASE_MIN) for each in seen]
    logs = [log(each.drive_min / base) for each, base in zip(seen, bases, strict=True)]
    # Long ways tell more of the bias than the last minutes before a gate.
    bias = float(np.average(logs, weights=bases))
    by_lane: dict[str, list[tuple[float, float]]] = defaultdict(list)
    trips: dict[str, set[datetime]] = defaultdict(set)
    for each, value, base in zip(seen, logs, bases, strict=True):
        by_lane[each.remaining.lane].append((value - bias, base))
        trips[each.remaining.lane].add(each.arrived_at)
    lanes = {
        lane: float(np.average([v for v, _b in pairs], weights=[b for _v, b in pairs]))
        * len(trips[lane]) / (len(trips[lane]) + SHRINK_TRIPS)
        for lane, pairs in by_lane.items()
        if lane
    }  # fmt: skip
    errors = [
        value - bias - lanes.get(each.remaining.lane, 0.0)
        for each, value in zip(seen, logs, strict=True)
    ]
    design = np.column_stack([np.ones(len(bases)), 60 / np.array(bases)])
    from scipy.optimize import nnls  # takes a while to import

    (constant, by_hour), _residual = nnls(design, np.square(errors))
    return replace(
        model,
        bias=bias,
        lane_bias=lanes,
        spread=float(constant) ** 0.5,
        hour_spread=float(by_hour) ** 0.5,
    )


def _base(seen: Observation, model: EtaModel) -> tuple[Remaining, tuple[float, ...], float]:
    """Return what lies ahead after the running break, base minutes, and minutes of that break."""
    wait, ahead = after_rest(seen.remaining, model)
    return ahead, base_minutes(ahead, model), wait


def _widen(model: EtaModel, seen: Sequence[Observation]) -> EtaModel:
    """Return the model with both sides of its range scaled to hold four arrivals of five."""
    plain = replace(model, widen_early=1.0, widen_late=1.0)
    early, late = [], []
    for each in seen:
        ahead, ways, wait = _base(each, plain)
        p10, p50, p90 = quantiles(ahead, ways, plain)
        took = (each.arrived_at - each.remaining.at) / timedelta(minutes=1) - wait
        early.append((p50 - took) / max(p50 - p10, LEAST_RANGE_MIN))
        late.append((took - p50) / (p90 - p50))
    return replace(
        model,
        widen_early=max(0.0, float(np.quantile(early, 0.9))),
        widen_late=max(0.0, float(np.quantile(late, 0.9))),
    )
