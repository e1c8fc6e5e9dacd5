"""The level each smoothing method would have forecast after every bucket of the past."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.problem import Frequency

Floats = NDArray[np.float64]

SMOOTHING = 0.1
FAST_SMOOTHING = 0.2
# Short, half, champion and long window; the third carries the champion.
WINDOWS: dict[Frequency, tuple[int, int, int, int]] = {
    "M": (3, 6, 12, 24),
    "W": (3, 6, 12, 52),
    "D": (7, 14, 28, 91),
}


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Levels of one matrix of series; each has shape ``(n_series, n_periods + 1)``.

    Column t of each is the forecast made when t buckets are known [units per bucket], >= 0.

    Attributes
    ----------
    means
        Moving averages by window, and under 0 the mean of everything known.
    slow, fast
        Exponential smoothing with 0.1 and 0.2.
    sba, tsb
        Syntetos-Boylan and Teunter-Syntetos-Babai.
    """

    means: Mapping[int, Floats]
    slow: Floats
    fast: Floats
    sba: Floats
    tsb: Floats


def make_paths(quantity: Floats, windows: tuple[int, ...]) -> Paths:
    """Return all paths of ``quantity``, shape ``(n_series, n_periods)``, NaN is missing."""
    means = {window: moving_average(quantity, window) for window in windows}
    means[0] = moving_average(quantity, quantity.shape[1] + 1)
    return Paths(
        means=means,
        slow=exponential_smoothing(quantity, SMOOTHING),
        fast=exponential_smoothing(quantity, FAST_SMOOTHING),
        sba=syntetos_boylan(quantity),
        tsb=teunter_syntetos_babai(quantity),
    )


def moving_average(quantity: Floats, window: int = 12) -> Floats:
    """Return the mean of the last ``window`` buckets as far as they have a value.

    Parameters
    ----------
    quantity
        Shape ``(n_series, n_periods)``, >= 0, NaN is missing.
    window
        Buckets looked back on, >= 1.

    Returns
    -------
    ndarray
        Shape ``(n_series, n_periods + 1)``. Where the whole window is missing, the level
        before holds; zero before the first value.
    """
    total, count = running_sums(quantity)
    if window < quantity.shape[1]:
        total[:, window + 1 :] -= total[:, 1:-window].copy()
        count[:, window + 1 :] -= count[:, 1:-window].copy()
    level: Floats = np.maximum(total, 0.0) / np.maximum(count, 1.0)
    empty = count == 0
    for bucket in np.flatnonzero(empty[:, 1:].any(axis=0)) + 1:
        rows = empty[:, bucket]
        level[rows, bucket] = level[rows, bucket - 1]
    return level


def running_sums(quantity: Floats) -> tuple[Floats, Floats]:
    """Return sum and number of the known values in the first 0, 1, ... buckets."""
    has_value = np.isfinite(quantity)
    start = np.zeros((quantity.shape[0], 1))
    total = np.concatenate([start, np.where(has_value, quantity, 0.0).cumsum(axis=1)], axis=1)
    count = np.concatenate([start, has_value.cumsum(axis=1, dtype=np.float64)], axis=1)
    return total, count


def exponential_smoothing(quantity: Floats, weight: float = SMOOTHING) -> Floats:
    """Return simple exponential smoothing after every bucket; shapes as ``moving_average``.

    The first 1 / ``weight`` values weigh alike, so the start does not hang on one of them.
    A missing bucket changes nothing. ``weight`` is in (0, 1].
    """
    n_series, n_periods = quantity.shape
    path = np.zeros((n_series, n_periods + 1))
    seen = np.zeros(n_series)
    for bucket in range(n_periods):
        value = quantity[:, bucket]
        has_value = np.isfinite(value)
        path[:, bucket + 1] = _smoothed(path[:, bucket], value, has_value, seen, weight)
    return path


def syntetos_boylan(quantity: Floats) -> Floats:
    """Return the SBA level (0.1) after every bucket; shapes as ``moving_average``.

    Croston's ratio of smoothed demand size to smoothed interval, times 1 - 0.1 / 2. It
    changes only when something is asked for.
    """
    n_series, n_periods = quantity.shape
    path = np.zeros((n_series, n_periods + 1))
    size, interval, since = np.zeros(n_series), np.ones(n_series), np.zeros(n_series)
    sizes_seen, intervals_seen = np.zeros(n_series), np.zeros(n_series)
    for bucket in range(n_periods):
        value = quantity[:, bucket]
        since += np.isfinite(value)
        has_demand = np.nan_to_num(value) > 0
        size = _smoothed(size, value, has_demand, sizes_seen, SMOOTHING)
        interval = _smoothed(interval, since, has_demand, intervals_seen, SMOOTHING)
        since[has_demand] = 0.0
        path[:, bucket + 1] = (1 - SMOOTHING / 2) * size / np.maximum(interval, 1.0)
    return path


def teunter_syntetos_babai(quantity: Floats) -> Floats:
    """Return the TSB level (0.1, 0.1) after every bucket; shapes as ``moving_average``.

    Smoothed probability of a demand times its smoothed size: it fades while a part is silent.
    """
    n_series, n_periods = quantity.shape
    path = np.zeros((n_series, n_periods + 1))
    size, chance = np.zeros(n_series), np.zeros(n_series)
    sizes_seen, chances_seen = np.zeros(n_series), np.zeros(n_series)
    for bucket in range(n_periods):
        value = quantity[:, bucket]
        has_value, has_demand = np.isfinite(value), np.nan_to_num(value) > 0
        size = _smoothed(size, value, has_demand, sizes_seen, SMOOTHING)
        asked = has_demand.astype(np.float64)
        chance = _smoothed(chance, asked, has_value, chances_seen, SMOOTHING)
        path[:, bucket + 1] = chance * size
    return path


def _smoothed(
    level: Floats, value: Floats, where: NDArray[np.bool_], seen: Floats, weight: float
) -> Floats:
    """Move ``level`` towards ``value`` for the series in ``where``; counts them in ``seen``."""
    seen += where
    step = np.maximum(weight, 1.0 / np.maximum(seen, 1.0))
    return np.where(where, level + step * (np.where(where, value, 0.0) - level), level)
