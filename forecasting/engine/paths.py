"""The level each method would have forecast after every bucket of the past."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WINDOW = 12
SMOOTHING = 0.1


def moving_average(quantity: Floats) -> Floats:
    """Return the mean of the last 12 buckets that have a value, after every bucket.

    Parameters
    ----------
    quantity
        Shape ``(n_series, n_periods)``, >= 0, NaN is missing.

    Returns
    -------
    ndarray
        Shape ``(n_series, n_periods + 1)``: column t is the forecast made when t buckets
        are known, >= 0. Where the last 12 are all missing, the level before holds; zero
        before the first value.
    """
    has_value = np.isfinite(quantity)
    total = _running_sum(np.where(has_value, quantity, 0.0))
    count = _running_sum(has_value.astype(np.float64))
    total[:, WINDOW + 1 :] -= _running_sum(np.where(has_value, quantity, 0.0))[:, 1:-WINDOW]
    count[:, WINDOW + 1 :] -= _running_sum(has_value.astype(np.float64))[:, 1:-WINDOW]
    level = np.where(count > 0, np.maximum(total, 0.0) / np.maximum(count, 1.0), 0.0)
    for bucket in range(1, level.shape[1]):
        empty = count[:, bucket] == 0
        level[empty, bucket] = level[empty, bucket - 1]
    return level


def exponential_smoothing(quantity: Floats) -> Floats:
    """Return simple exponential smoothing (0.1) after every bucket; shapes as ``moving_average``.

    The first ten values weigh alike, so the start does not hang on one of them. A
    missing bucket changes nothing.
    """
    n_series, n_periods = quantity.shape
    path = np.zeros((n_series, n_periods + 1))
    seen = np.zeros(n_series)
    for bucket in range(n_periods):
        value = quantity[:, bucket]
        has_value = np.isfinite(value)
        path[:, bucket + 1] = _smoothed(path[:, bucket], value, has_value, seen)
    return path


def syntetos_boylan(quantity: Floats) -> Floats:
    """Return the SBA level (0.1) after every bucket; shapes as ``moving_average``.

    Croston's ratio of smoothed demand size to smoothed interval, times 1 - 0.1 / 2.
    """
    n_series, n_periods = quantity.shape
    path = np.zeros((n_series, n_periods + 1))
    size, interval = np.zeros(n_series), np.zeros(n_series)
    sizes_seen, intervals_seen, since = np.zeros(n_series), np.zeros(n_series), np.zeros(n_series)
    for bucket in range(n_periods):
        value = quantity[:, bucket]
        since += np.isfinite(value)
        has_demand = np.nan_to_num(value) > 0
        size = _smoothed(size, value, has_demand, sizes_seen)
        interval = _smoothed(interval, since, has_demand, intervals_seen)
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
        has_demand = np.nan_to_num(value) > 0
        size = _smoothed(size, value, has_demand, sizes_seen)
        chance = _smoothed(chance, has_demand.astype(np.float64), np.isfinite(value), chances_seen)
        path[:, bucket + 1] = chance * size
    return path


def _combined(quantity: Floats) -> Floats:
    return (moving_average(quantity) + exponential_smoothing(quantity)) / 2


CHAMPION = "ma12"
METHODS: dict[str, Callable[[Floats], Floats]] = {
    CHAMPION: moving_average,
    "ses": exponential_smoothing,
    "sba": syntetos_boylan,
    "tsb": teunter_syntetos_babai,
    "ma12+ses": _combined,
}


def _running_sum(values: Floats) -> Floats:
    """Return the sums of the first 0, 1, ... columns."""
    return np.concatenate([np.zeros((values.shape[0], 1)), values.cumsum(axis=1)], axis=1)


def _smoothed(level: Floats, value: Floats, where: NDArray[np.bool_], seen: Floats) -> Floats:
    """Move ``level`` towards ``value`` for the series in ``where``; counts them in ``seen``."""
    seen += where
    weight = np.maximum(SMOOTHING, 1.0 / np.maximum(seen, 1.0))
    return np.where(where, level + weight * (np.where(where, value, 0.0) - level), level)
