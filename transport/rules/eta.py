"""When a truck will be there: driving, dwell at stops, short and long breaks, with a range (TR-13).

The rest of the way is walked at the speed of lane and hour; what is left to chance is a lognormal
factor on driving, the narrower the shorter the way, and one on dwell. P10, P50 and P90 are read
from both together, breaks included. An estimate depends on the ping and the model alone: it takes
no clock, so without a new ping there is no new ETA.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp, isfinite, log, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from transport.rules.tender import Window

Minutes = npt.NDArray[np.float64]

BREAK_AFTER_MIN = 270.0
DAY_DRIVING_MIN = 540.0
DUTY_MIN = 780.0  # 24 h less the daily rest
NEAR_KM = 20.0
LONGEST_SHORT_BREAK_MIN = 60.0
TIRED_MIN = 480.0
LATE_MIN = 720.0
LEAST_RANGE_MIN = 1.0
HOURLY_KMH = (
    72.0, 69.4, 71.2, 71.2, 62.6, 65.6, 61.6, 53.3, 57.3, 66.5, 68.8, 69.2,
    69.4, 69.2, 67.1, 62.4, 55.9, 57.9, 65.4, 69.6, 71.4, 72.1, 72.2, 71.8,
)  # fmt: skip
_INSTANT = 1e-6
_NORMAL = NormalDist()
_DRIVE_Z = np.array([_NORMAL.inv_cdf((i + 0.5) / 31) for i in range(31)])
_DWELL_Z = np.array([_NORMAL.inv_cdf((i + 0.5) / 11) for i in range(11)])
_STOP_SHARE = (np.arange(5) + 0.5) / 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EtaModel:
    """Calibration of the estimate, found by ``transport.rules.eta_fit.fit`` on past trips.

    The defaults were fitted to simulated days of 24 networks (``transport.engine.days``), lanes
    not told apart; on 12 other networks 83 % of arrivals lay between P10 and P90. They serve until
    an organisation has trips of its own.

    Parameters
    ----------
    speed_kmh
        Mean speed at the wheel by hour of the day of the road, 24 values > 0.
    near_factor
        Share of that speed on the last 20 km before a stop, in (0, 1].
    bias
        Mean of log(driving as it was ÷ base driving).
    spread, hour_spread
        Standard deviation of that log is sqrt(spread² + hour_spread² x 60 ÷ base minutes).
    dwell_factor, dwell_spread
        Median of dwell ÷ planned dwell and standard deviation of its log.
    break_from_min, break_to_min
        Drivers stop after so much driving, each at a place of his own choice; at most 4.5 h.
    short_break_min, long_break_min
        What drivers really take for 45 min and for 11 h [min].
    lane_bias
        What to add to ``bias`` on a lane known from past trips.
    widen_early, widen_late
        Calibrated factors on P50 − P10 and P90 − P50: delays have a longer tail than luck.
    name
        Version, kept with every estimate.
    """

    speed_kmh: tuple[float, ...] = HOURLY_KMH
    near_factor: float = 0.62
    bias: float = -0.014
    spread: float = 0.14
    hour_spread: float = 0.11
    dwell_factor: float = 1.13
    dwell_spread: float = 0.27
    break_from_min: float = 219.0
    break_to_min: float = 259.0
    short_break_min: float = 48.0
    long_break_min: float = 681.0
    lane_bias: Mapping[str, float] = field(default_factory=dict)
    widen_early: float = 0.96
    widen_late: float = 1.39
    name: str = "default"

    def __post_init__(self) -> None:
        if len(self.speed_kmh) != 24 or not all(isfinite(v) and v > 0 for v in self.speed_kmh):
            raise ValueError("expected 24 speeds > 0")
        if not 0 < self.near_factor <= 1:
            raise ValueError(f"expected near_factor in (0, 1], got {self.near_factor}")
        spreads = (self.spread, self.hour_spread, self.dwell_spread)
        if min(*spreads, self.widen_early, self.widen_late) < 0:
            raise ValueError("expected spreads >= 0")
        if min(self.dwell_factor, self.short_break_min, self.long_break_min) <= 0:
            raise ValueError("expected dwell factor and breaks > 0")
        if not 0 < self.break_from_min <= self.break_to_min <= BREAK_AFTER_MIN:
            raise ValueError(
                "expected breaks within 4.5 h, "
                f"got {self.break_from_min} to {self.break_to_min} min"
            )


@dataclass(frozen=True, slots=True)
class Ahead:
    """One way still to drive [km] and the planned dwell at its end [min], both >= 0.

    The dwell of the last way is not waited for: the ETA is the arrival there.
    """

    km: float
    dwell_min: float = 0.0

    def __post_init__(self) -> None:
        if not (isfinite(self.km) and self.km >= 0 and self.dwell_min >= 0):
            raise ValueError(f"expected km and dwell >= 0, got {self.km} and {self.dwell_min}")


@dataclass(frozen=True, slots=True)
class Remaining:
    """What lies ahead at a ping.

    ``at`` is the instant of the ping in the time zone of the road (its hour counts); ``ways`` at
    least one. Minutes, all >= 0 and 0 if unknown: driven since the last break, driven today, on
    duty since the last daily rest, and ``rested_min`` of the break or rest the driver is in.
    ``lane`` "" = not a known one.
    """

    at: datetime
    ways: tuple[Ahead, ...]
    since_break_min: float = 0.0
    today_min: float = 0.0
    duty_min: float = 0.0
    rested_min: float = 0.0
    lane: str = ""

    def __post_init__(self) -> None:
        if not self.ways:
            raise ValueError("expected at least one way ahead, got none")
        minutes = (self.since_break_min, self.today_min, self.duty_min, self.rested_min)
        if min(minutes) < 0:
            raise ValueError("expected driven, duty and rested minutes >= 0")


@dataclass(frozen=True, slots=True)
class Eta:
    """An estimate of arrival made from the ping of ``ping_at``.

    P10 <= P50 <= P90: the truck is there before with that chance [%]. The four minutes are the
    parts of the usual case; their sum may differ from P50 by the skew of the range.
    """

    ping_at: datetime
    p10: datetime
    p50: datetime
    p90: datetime
    drive_min: float
    dwell_min: float
    short_break_min: float
    long_break_min: float
    model: str


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


@dataclass(frozen=True, slots=True)
class Cases:
    """Cases of chance, arrays of one shape.

    Factors on base minutes and on planned dwell, and the minutes at the wheel after which the
    driver stops for a break.
    """

    drive: Minutes
    dwell: Minutes
    break_after: Minutes


def _cases(remaining: Remaining, ways_min: Sequence[float], model: EtaModel) -> Cases:
    """Return driving, dwell and place of the break, each varied against each."""
    bias = model.bias + model.lane_bias.get(remaining.lane, 0.0)
    drive = np.exp(bias + drive_spread(sum(ways_min), model) * _DRIVE_Z)
    dwell = _dwell_factors(remaining, model)
    stops = break_after(remaining, model, _STOP_SHARE)
    return Cases(*(each.ravel() for each in np.meshgrid(drive, dwell, stops)))


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


class Colour(StrEnum):
    """How an arrival stands to its appointment."""

    ON_TIME = "on_time"
    LATE = "late"
    CANNOT_MAKE_IT = "cannot_make_it"
    NO_SIGNAL = "no_signal"


def colour(
    eta: Eta | None,
    appointment: Window,
    now: datetime,
    *,
    tolerance: timedelta = timedelta(0),
    stale_after: timedelta = timedelta(hours=1),
) -> Colour:
    """Return the colour of an appointment.

    No signal: no estimate, or its ping older than ``stale_after``. Cannot make it: even P10 is
    after the end of the window plus ``tolerance``. Late: P50 is. Else on time.
    """
    if eta is None or now - eta.ping_at > stale_after:
        return Colour.NO_SIGNAL
    latest = appointment.end + tolerance
    if eta.p10 > latest:
        return Colour.CANNOT_MAKE_IT
    return Colour.LATE if eta.p50 > latest else Colour.ON_TIME
