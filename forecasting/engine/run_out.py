"""The last years of a part: a common decay, and how much to buy while it can still be bought."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.classify import DemandClass
from forecasting.engine.dispersion import LARGEST, SMALLEST
from forecasting.engine.negative_binomial import negative_binomial_quantiles
from forecasting.engine.problem import DemandHistory, Forecast
from forecasting.engine.units import counting_units

Floats = NDArray[np.float64]

FASTEST_DECAY = 2.0  # per bucket: a seventh is left after each
HALVINGS = 60
RUN_OUT_METHOD = "linked-decay"


@dataclass(frozen=True, slots=True, eq=False)
class RunOut:
    """Demand of parts that end, bucket by bucket and in total.

    Attributes
    ----------
    decay
        Rate per bucket that the parts share, >= 0: demand falls by the factor exp(-decay).
    mean
        Expected demand, shape ``(n_series, horizon)`` [units per bucket], >= 0.
    total
        Its sum over the horizon, shape ``(n_series,)`` [units].
    quantiles
        Remaining sum not exceeded with each probability, shape ``(n_series, n_levels)``.
    """

    decay: float
    mean: Floats
    total: Floats
    quantiles: Floats


def run_out(quantity: Floats, *, horizon: int, levels: Floats, dispersion: Floats) -> RunOut:
    """Return what is still to come of parts that end together, such as those of one programme.

    Single parts are asked for too rarely to show how they fade; linked, they do. All share one
    rate of decay, each has a level of its own. The last-time buy is a quantile of the remaining
    sum; it covers the scatter of the demands and the error of the part's level.

    Parameters
    ----------
    quantity
        Demand since the parts stopped growing, shape ``(n_series, n_periods)`` [units per
        bucket], whole numbers >= 0, NaN is missing.
    horizon
        Buckets until nobody may ask any more, >= 1.
    levels
        Probabilities ascending in (0, 1), shape ``(n_levels,)``.
    dispersion
        Phi of the variance mean + phi x mean² of a bucket, shape ``(n_series,)``, >= 0.

    Raises ``ValueError`` for a horizon < 1.

    Notes
    -----
    Given its total, a part's demands fall on the buckets with chances proportional to
    exp(-decay x t), whatever its level (Poisson, conditional on the totals); the common decay
    is the maximum of that likelihood over all parts, at least 0. With the past weights w and
    the future ones v, the squared relative error of a level is 1 / expected past demand +
    phi x sum(w²) / sum(w)², and the scatter of the remaining sum adds phi x sum(v²) / sum(v)².
    """
    if horizon < 1:
        raise ValueError(f"expected a horizon >= 1, got {horizon}")
    has_value = np.isfinite(quantity)
    filled = np.where(has_value, quantity, 0.0)
    decay = common_decay(filled, has_value)
    at = np.arange(quantity.shape[1]) - quantity.shape[1]
    past = np.exp(-decay * at) * has_value
    future = np.exp(-decay * np.arange(horizon))
    exposure = past.sum(axis=1)
    # half a demand keeps a part that was silent all along from being certain of nothing
    asked = filled.sum(axis=1) + 0.5 * has_value.any(axis=1)
    level = np.where(exposure > 0, asked / np.maximum(exposure, 1e-12), 0.0)
    mean = level[:, None] * future
    total = mean.sum(axis=1)
    share_of_past = (past**2).sum(axis=1) / np.maximum(exposure, 1e-12) ** 2
    share_of_future = (future**2).sum() / future.sum() ** 2
    phi = 1.0 / np.maximum(asked, 0.5) + dispersion * (share_of_past + share_of_future)
    bounds = negative_binomial_quantiles(total, np.clip(phi, SMALLEST, LARGEST), levels)
    return RunOut(decay, mean, total, bounds)


def common_decay(filled: Floats, has_value: NDArray[np.bool_]) -> float:
    """Return the rate per bucket at which all series fall together, in [0, 2].

    ``filled`` holds demand with 0 for missing, ``has_value`` what is known; both of shape
    ``(n_series, n_periods)``. 0 where demand does not fall or nothing was asked for.
    """
    totals = filled.sum(axis=1)
    at = np.arange(filled.shape[1], dtype=np.float64)
    centre = float((filled @ at).sum())
    if not totals.sum() > 0:
        return 0.0

    def excess(decay: float) -> float:
        """Return expected minus found sum of demand x time; falls with the decay."""
        weight = np.exp(-decay * at) * has_value
        mean = (weight @ at) / np.maximum(weight.sum(axis=1), 1e-300)
        return float(totals @ mean) - centre

    low, high = 0.0, FASTEST_DECAY
    if excess(low) <= 0:
        return low
    if excess(high) >= 0:
        return high
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2


def with_run_outs(
    history: DemandHistory, forecast: Forecast, groups: Mapping[str, str], *, since: int
) -> Forecast:
    """Return the forecast in which parts that run out fade together with their group.

    Only series of the class run-out are touched, and of those only the ones in ``groups``: mean
    and quantiles follow the group's decay.

    Parameters
    ----------
    groups
        By series: what it ends with, such as a programme.
    since
        First bucket of the history that counts: when the parts stopped growing, >= 0.

    Raises ``ValueError`` for a bucket outside the history or a forecast with interval sums.
    """
    if forecast.intervals:
        raise ValueError("expected a forecast without interval sums, got some")
    if not 0 <= since < len(history.periods):
        raise ValueError(f"expected a bucket from 0 to {len(history.periods) - 1}, got {since}")
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(forecast.series):
        if name in groups and forecast.demand_class[row] == DemandClass.RUN_OUT.value:
            rows_of[groups[name]].append(row)
    mean, bounds, method = forecast.mean.copy(), forecast.quantiles.copy(), list(forecast.method)
    for rows in rows_of.values():
        quantity = history.quantity[rows, since:]
        unit, phi = counting_units(quantity)[:, None], forecast.dispersion[rows]
        ending = run_out(
            quantity / unit, horizon=mean.shape[1], levels=forecast.levels, dispersion=phi
        )
        mean[rows] = ending.mean * unit
        drawn = negative_binomial_quantiles(ending.mean, phi[:, None], forecast.levels)
        bounds[rows] = drawn * unit[..., None]
        for row in rows:
            method[row] = RUN_OUT_METHOD
    return replace(forecast, mean=mean, quantiles=bounds, method=tuple(method))
