"""How good a forecast was, by measures that fit intermittent demand."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def pinball_loss(actual: Floats, quantiles: Floats, levels: Floats) -> Floats:
    """Return the quantile loss of every value, shape ``(n_series, horizon, n_levels)``.

    ``actual`` has shape ``(n_series, horizon)``, ``quantiles`` ``(n_series, horizon,
    n_levels)``, ``levels`` ``(n_levels,)`` in (0, 1). Same unit as the demand; NaN in
    ``actual`` stays NaN.
    """
    error = actual[..., None] - quantiles
    return np.maximum(levels * error, (levels - 1) * error)


def weighted_quantile_loss(actual: Floats, quantiles: Floats, levels: Floats) -> float:
    """Return the WQL: the mean over the levels of 2 x sum(pinball) / sum(actual).

    Shapes as ``pinball_loss``; missing actuals are left out. NaN if nothing was asked for.
    """
    total = float(np.nansum(np.abs(actual)))
    if total == 0:
        return float("nan")
    loss = np.nansum(pinball_loss(actual, quantiles, levels), axis=(0, 1))
    return float(np.mean(2 * loss / total))


def mean_squared_scaled_error(actual: Floats, mean: Floats, history: Floats) -> float:
    """Return the MSSE: squared error over the squared step of the history, mean over series.

    ``actual`` and ``mean`` have shape ``(n_series, horizon)``, ``history`` ``(n_series,
    n_periods)``. Missing values count as zero. Series whose history never changes have no
    scale and are left out; NaN if none is left.
    """
    scale = squared_step(history)
    error = ((mean - np.nan_to_num(actual)) ** 2).mean(axis=1)
    has_scale = scale > 0
    if not has_scale.any():
        return float("nan")
    return float(np.mean(error[has_scale] / scale[has_scale]))


def squared_step(history: Floats) -> Floats:
    """Return the mean squared change from bucket to bucket, shape ``(n_series,)``."""
    if history.shape[1] < 2:
        return np.zeros(history.shape[0])
    step: Floats = (np.diff(np.nan_to_num(history), axis=1) ** 2).mean(axis=1)
    return step


def mean_absolute_scaled_error(
    actual: Floats, median: Floats, history: Floats, *, season: int
) -> float:
    """Return the MASE: absolute error over the seasonal naive one, mean over series.

    Shapes as ``mean_squared_scaled_error``, without missing values; ``season`` in buckets
    (12 for months). Series with a scale of zero are left out; NaN if none is left. A
    forecast of zero minimises it for most parts: never read it alone.
    """
    scale = np.abs(history[:, season:] - history[:, :-season]).mean(axis=1)
    error = np.abs(median - actual).mean(axis=1)
    has_scale = scale > 0
    if not has_scale.any():
        return float("nan")
    return float(np.mean(error[has_scale] / scale[has_scale]))


def relative_bias(actual: Floats, mean: Floats) -> float:
    """Return (sum of forecast - sum of demand) / sum of demand; positive is too high.

    Buckets without an actual are left out. NaN if nothing was asked for.
    """
    has_value = np.isfinite(actual)
    total = float(actual[has_value].sum())
    if total == 0:
        return float("nan")
    return (float(mean[has_value].sum()) - total) / total


def coverage(actual: Floats, quantile: Floats) -> float:
    """Return the share of actuals, shape ``(n_series, horizon)``, not above their quantile."""
    has_value = np.isfinite(actual)
    return float(np.mean(actual[has_value] <= quantile[has_value]))


def scaled_pinball_loss(actual: Floats, quantile: Floats, level: float, history: Floats) -> float:
    """Return the SPL of one level: pinball loss over the mean absolute step of the history.

    ``quantile`` has the shape of ``actual``. Series without a step are left out; NaN if
    none is left.
    """
    if history.shape[1] < 2:
        return float("nan")
    scale = np.abs(np.diff(np.nan_to_num(history), axis=1)).mean(axis=1)
    loss = pinball_loss(actual, quantile[..., None], np.array([level]))[..., 0].mean(axis=1)
    has_scale = scale > 0
    if not has_scale.any():
        return float("nan")
    return float(np.mean(loss[has_scale] / scale[has_scale]))
