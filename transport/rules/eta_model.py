"""What an estimate of arrival is made from, and what it is (TR-13).

The rest of the way at a ping, the calibration by which it is judged, and the range that follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite

BREAK_AFTER_MIN = 270.0
DAY_DRIVING_MIN = 540.0
DUTY_MIN = 780.0  # 24 h less the daily rest
HOURLY_KMH = (
    72.0, 69.4, 71.2, 71.2, 62.6, 65.6, 61.6, 53.3, 57.3, 66.5, 68.8, 69.2,
    69.4, 69.2, 67.1, 62.4, 55.9, 57.9, 65.4, 69.6, 71.4, 72.1, 72.2, 71.8,
)  # fmt: skip


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
