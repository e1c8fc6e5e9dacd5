"""What the forecast engine takes and gives: arrays with their shapes and ranges."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Frequency = Literal["M", "W", "D"]
SILENT_BUCKETS: dict[Frequency, int] = {"M": 12, "W": 52, "D": 90}


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
        Demand, shape ``(n_series, n_periods)`` [units per bucket], finite and >= 0;
        NaN where unknown (never zero for unknown).

    Raises ``ValueError`` where these do not hold.
    """

    series: tuple[str, ...]
    periods: tuple[str, ...]
    frequency: Frequency
    quantity: Floats

    def __post_init__(self) -> None:
        shape = (len(self.series), len(self.periods))
        if self.quantity.shape != shape or not self.periods:
            raise ValueError(f"expected quantities of shape {shape}, got {self.quantity.shape}")
        if len(set(self.series)) != len(self.series):
            raise ValueError("expected every series once, got a name twice")
        wrong = np.isinf(self.quantity) | (self.quantity < 0)
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            raise ValueError(
                f"expected finite demand >= 0, got {self.quantity[row, column]} "
                f"for {self.series[row]} in {self.periods[column]}"
            )


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
        Per series: phi >= 0 of the variance mean + phi x mean², shape ``(n_series,)``.
    seed
        As asked for, so that a result can be reproduced.
    """

    series: tuple[str, ...]
    levels: Floats
    mean: Floats
    quantiles: Floats
    method: tuple[str, ...]
    demand_class: tuple[str, ...]
    dispersion: Floats
    seed: int
