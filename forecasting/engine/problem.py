"""What the forecast engine takes and gives: arrays with their shapes and ranges."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Frequency = Literal["M", "W", "D"]
SILENT_BUCKETS: dict[Frequency, int] = {"M": 12, "W": 52, "D": 90}
LARGEST_QUANTITY = 1e12


@dataclass(frozen=True, slots=True, eq=False)
class DemandHistory:
    """Past demand of many series over the same gapless buckets.

    Attributes
    ----------
    series
        Names, ``n_series`` of them, all different.
    periods
        Names of the buckets, oldest first, ``n_periods`` >= 1 of them.
    frequency
        Length of a bucket: month, ISO week or day.
    quantity
        Demand, shape ``(n_series, n_periods)`` [units per bucket], in [0, 1e12];
        NaN where unknown (never zero for unknown).
    running_out
        Names of the series that are being phased out, as somebody has said; others than
        those in ``series`` mean nothing.
    withdrawn
        Names of the series that nobody can order any more, likewise.

    Raises ``ValueError`` where these do not hold.
    """

    series: tuple[str, ...]
    periods: tuple[str, ...]
    frequency: Frequency
    quantity: Floats
    running_out: frozenset[str] = field(default_factory=frozenset)
    withdrawn: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        shape = (len(self.series), len(self.periods))
        if self.quantity.shape != shape or not self.periods:
            raise ValueError(f"expected quantities of shape {shape}, got {self.quantity.shape}")
        if len(set(self.series)) != len(self.series):
            raise ValueError("expected every series once, got a name twice")
        wrong = (self.quantity > LARGEST_QUANTITY) | (self.quantity < 0)
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ValueError(
                f"expected demand in [0, {LARGEST_QUANTITY:g}], got {self.quantity[row, column]} "
                f"for {self.series[row]} in {self.periods[column]}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class IntervalSum:
    """Demand of the next ``buckets`` buckets together, as a protection interval asks for it.

    Attributes
    ----------
    buckets
        Length of the interval, >= 1, from the first future bucket on.
    mean
        Expected sum, shape ``(n_series,)`` [units], >= 0.
    quantiles
        Sum not exceeded with each probability, shape ``(n_series, n_levels)`` [units], >= 0,
        never falling from level to level. Not a sum of the buckets' quantiles.
    """

    buckets: int
    mean: Floats
    quantiles: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Future demand of the same series, bucket by bucket.

    Attributes
    ----------
    series
        Names, as in the history and in its order.
    levels
        Probabilities of the quantiles, shape ``(n_levels,)``, ascending in (0, 1).
    mean
        Expected demand, shape ``(n_series, horizon)`` [units per bucket], >= 0.
    quantiles
        Demand not exceeded with that probability, shape ``(n_series, horizon,
        n_levels)`` [units per bucket], >= 0, never falling from level to level.
    method
        Per series: how the mean came about, or ``withdrawn``, ``no-data``.
    demand_class
        Per series: a ``DemandClass`` value.
    dispersion
        Per series: phi >= 0 of the variance mean + phi x mean² of a bucket, counted in the
        series' own unit, shape ``(n_series,)``.
    seed
        As asked for, so that a result can be reproduced.
    intervals
        One entry per interval asked for, in that order.
    """

    series: tuple[str, ...]
    levels: Floats
    mean: Floats
    quantiles: Floats
    method: tuple[str, ...]
    demand_class: tuple[str, ...]
    dispersion: Floats
    seed: int
    intervals: tuple[IntervalSum, ...] = ()
