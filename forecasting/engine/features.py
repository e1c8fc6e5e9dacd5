"""What the pooled regression knows of a series when it forecasts."""

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.paths import Paths, moving_average

Floats = NDArray[np.float64]

SMALLEST_LEVEL = 0.05  # units per bucket, so that the logarithm of nothing is a number
LONGEST_SILENCE = 24  # buckets


def make_features(quantity: Floats, paths: Paths, windows: tuple[int, int, int, int]) -> Floats:
    """Return the features after every bucket, shape ``(n_series, n_periods + 1, 15)``.

    A constant, the logarithms of eight paths, the share of buckets with demand over three
    windows, the logarithm of the silence, a flag for a silent main window, and that flag
    times the logarithm of the long mean. All depend on the past alone.

    Parameters
    ----------
    quantity
        Demand in whole units, shape ``(n_series, n_periods)``, NaN is missing.
    paths
        Of the same ``quantity``, with the moving averages of ``windows``.
    windows
        Short, half, main and long window in buckets.
    """
    short, half, main, long = windows
    has_demand = np.where(np.isfinite(quantity), (np.nan_to_num(quantity) > 0) * 1.0, np.nan)
    shares = [moving_average(has_demand, window) for window in (half, main, long)]
    is_silent = (shares[1] == 0) * 1.0
    long_log = _log(paths.means[long])
    columns = [
        np.ones_like(is_silent),
        _log(paths.means[main]),
        _log(paths.means[short]),
        _log(paths.means[half]),
        long_log,
        _log(paths.means[0]),
        _log(paths.slow),
        _log(paths.fast),
        _log(paths.tsb),
        *shares,
        np.log1p(silence(quantity)),
        is_silent,
        is_silent * long_log,
    ]
    return np.stack(columns, axis=-1)


def silence(quantity: Floats) -> Floats:
    """Return the buckets since the last demand, at most 24, shape ``(n_series, n_periods + 1)``."""
    found = np.zeros((quantity.shape[0], quantity.shape[1] + 1))
    for bucket in range(quantity.shape[1]):
        asked = np.nan_to_num(quantity[:, bucket]) > 0
        found[:, bucket + 1] = np.where(asked, 0.0, found[:, bucket] + 1.0)
    return np.minimum(found, LONGEST_SILENCE)


def _log(level: Floats) -> Floats:
    logarithm: Floats = np.log(level + SMALLEST_LEVEL)
    return logarithm
