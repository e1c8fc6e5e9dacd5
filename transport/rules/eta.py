"""When a truck will be there: driving, dwell at stops, short and long breaks, with a range (TR-13).

The rest of the way is walked at the speed of lane and hour; what is left to chance is a lognormal
factor on driving, the narrower the shorter the way, and one on dwell. P10, P50 and P90 are read
from both together, breaks included. An estimate depends on the ping and the model alone: it takes
no clock, so without a new ping there is no new ETA.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np

from transport.rules.eta_model import Eta, EtaModel, Remaining
from transport.rules.eta_walk import Cases, Minutes, base_minutes, break_after, walk

LONGEST_SHORT_BREAK_MIN = 60.0
TIRED_MIN = 480.0
LATE_MIN = 720.0
LEAST_RANGE_MIN = 1.0
_NORMAL = NormalDist()
_DRIVE_Z = np.array([_NORMAL.inv_cdf((i + 0.5) / 31) for i in range(31)])
_DWELL_Z = np.array([_NORMAL.inv_cdf((i + 0.5) / 11) for i in range(11)])
_STOP_SHARE = (np.arange(5) + 0.5) / 5


def estimate(remaining: Remaining, model: EtaModel) -> Eta:
    """Return arrival at the end of the last way as P10, P50 and P90."""
    wait, ahead = after_rest(remaining, model)
    ways = base_minutes(ahead, model)
    p10, p50, p90 = quantiles(ahead, ways, model)
    factor = exp(model.bias + model.lane_bias.get(remaining.lane, 0.0))
    case = Cases(np.array([factor]), np.array([model.dwell_factor]), break_after(ahead, model, 0.5))
    usual = walk(ahead, ways, case, model)
    is_long = ahead.today_min < remaining.today_min

    def after(minutes: float) -> datetime:
        return remaining.at + timedelta(seconds=round((wait + minutes) * 60))

    return Eta(
        ping_at=remaining.at,
        p10=after(p10),
        p50=after(p50),
        p90=after(p90),
        drive_min=sum(ways) * factor,
        dwell_min=sum(way.dwell_min for way in remaining.ways[:-1]) * model.dwell_factor,
        short_break_min=float(usual.short_min[0]) + (0.0 if is_long else wait),
        long_break_min=float(usual.long_min[0]) + (wait if is_long else 0.0),
        model=model.name,
    )


def quantiles(
    remaining: Remaining, ways_min: Sequence[float], model: EtaModel
) -> tuple[float, float, float]:
    """Return calibrated P10, P50 and P90 of the minutes to go.

    ``ways_min`` base minutes at the wheel per way. Driving, dwell and the place of the break vary
    independently.
    """
    minutes = walk(remaining, ways_min, _cases(remaining, ways_min, model), model).minutes
    p10, p50, p90 = (float(each) for each in np.quantile(minutes, (0.1, 0.5, 0.9)))
    early = max(p50 - p10, LEAST_RANGE_MIN) * model.widen_early
    late = max(p90 - p50, LEAST_RANGE_MIN) * model.widen_late
    return max(0.0, p50 - early), p50, p50 + late


def after_rest(remaining: Remaining, model: EtaModel) -> tuple[float, Remaining]:
    """Return the minutes left of the break the driver is in, and what lies ahead after it.

    A standstill beyond 60 min is the daily rest; so is one with 8 h driven or 12 h on duty, unless
    the rest of the way will likely still fit into the day. Else it is a short break.
    """
    if not remaining.rested_min:
        return 0.0, remaining
    wait = max(0.0, model.short_break_min - remaining.rested_min)
    after_short = replace(
        remaining,
        at=remaining.at + timedelta(minutes=wait),
        since_break_min=0.0,
        duty_min=remaining.duty_min + wait,
        rested_min=0.0,
    )
    is_late = remaining.today_min >= TIRED_MIN or remaining.duty_min >= LATE_MIN
    if remaining.rested_min <= LONGEST_SHORT_BREAK_MIN and not (
        is_late and _needs_rest(after_short, model)
    ):
        return wait, after_short
    wait = max(0.0, model.long_break_min - remaining.rested_min)
    at = remaining.at + timedelta(minutes=wait)
    return wait, replace(after_short, at=at, today_min=0.0, duty_min=0.0)


def _needs_rest(ahead: Remaining, model: EtaModel) -> bool:
    """Whether the way has a daily rest in it in half of the cases, as its P50 then has."""
    ways = base_minutes(ahead, model)
    rests = walk(ahead, ways, _cases(ahead, ways, model), model).long_min
    return bool(np.median(rests) > 0)


def renew(previous: Eta | None, remaining: Remaining, model: EtaModel) -> Eta:
    """Return the estimate of a new ping; an old or known ping changes nothing."""
    if previous is not None and remaining.at <= previous.ping_at:
        return previous
    return estimate(remaining, model)


def _cases(remaining: Remaining, ways_min: Sequence[float], model: EtaModel) -> Cases:
    """Return driving, dwell and place of the break, each varied against each."""
    bias = model.bias + model.lane_bias.get(remaining.lane, 0.0)
    drive = np.exp(bias + drive_spread(sum(ways_min), model) * _DRIVE_Z)
    dwell = _dwell_factors(remaining, model)
    stops = break_after(remaining, model, _STOP_SHARE)
    return Cases(*(each.ravel() for each in np.meshgrid(drive, dwell, stops)))


def drive_spread(base_min: float, model: EtaModel) -> float:
    """Return the standard deviation of the log of driving; in minutes it falls with the way."""
    if base_min <= 0:
        return 0.0
    return sqrt(model.spread**2 + model.hour_spread**2 * 60 / max(base_min, 1.0))


def _dwell_factors(remaining: Remaining, model: EtaModel) -> Minutes:
    """Return quantiles of all dwell ÷ planned: a lognormal of the same mean and variance."""
    planned = [way.dwell_min for way in remaining.ways[:-1] if way.dwell_min > 0]
    if not planned or not model.dwell_spread:
        return np.full(1, model.dwell_factor)
    spread = exp(model.dwell_spread**2)
    whole = sum(planned)
    shape = log(1 + (spread - 1) * sum((minutes / whole) ** 2 for minutes in planned))
    middle = model.dwell_factor * sqrt(spread) / exp(shape / 2)
    return np.asarray(middle * np.exp(sqrt(shape) * _DWELL_Z))
