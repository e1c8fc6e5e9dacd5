"""A second look at every forecast before it is stored, with code of its own."""

import numpy as np

from forecasting.engine.classify import DemandClass
from forecasting.engine.problem import DemandHistory, Forecast, IntervalSum

MOST_OF_HIGHEST, MOST_OF_NOTHING = 3.5, 0.5


class ForecastRejected(ValueError):
    """A forecast that must not be stored; the message names the series and the fault."""


def check(problem: DemandHistory, forecast: Forecast) -> None:
    """Raise ``ForecastRejected`` unless ``forecast`` is a possible answer to ``problem``.

    Every series answered once and in order, shapes that fit, all values finite and >= 0,
    quantiles that never cross, no mean above 3.5 x the highest demand ever seen + 0.5, zeros
    for a series that is withdrawn or without data. Interval sums alike, and their mean is the
    sum of the buckets'.
    """
    if forecast.series != problem.series:
        raise ForecastRejected("expected the series of the history in its order, got others")
    n_series, n_levels = len(problem.series), forecast.levels.shape[0]
    horizon = forecast.mean.shape[-1]
    for name, shape, expected in (
        ("mean", forecast.mean.shape, (n_series, horizon)),
        ("quantiles", forecast.quantiles.shape, (n_series, horizon, n_levels)),
        ("dispersion", forecast.dispersion.shape, (n_series,)),
        ("method", (len(forecast.method),), (n_series,)),
        ("class", (len(forecast.demand_class),), (n_series,)),
    ):
        if shape != expected:
            raise ForecastRejected(f"expected {name} of shape {expected}, got {shape}")

    limit = MOST_OF_HIGHEST * np.nan_to_num(problem.quantity).max(axis=1) + MOST_OF_NOTHING
    unanswered = np.isin(
        forecast.demand_class, [DemandClass.WITHDRAWN.value, DemandClass.NO_DATA.value]
    )
    for complaint, by_series in (
        ("a finite mean >= 0", ~(forecast.mean >= 0) | np.isinf(forecast.mean)),
        ("a mean near the demand seen", forecast.mean > limit[:, None] * (1 + 1e-9)),
        ("finite quantiles >= 0", ~(forecast.quantiles >= 0) | np.isinf(forecast.quantiles)),
        ("quantiles that never cross", forecast.quantiles[..., 1:] < forecast.quantiles[..., :-1]),
        ("zeros without demand to go by", unanswered[:, None] & (forecast.mean != 0)),
    ):
        wrong = by_series.any(axis=tuple(range(1, by_series.ndim)))
        if wrong.any():
            row = int(wrong.argmax())
            raise ForecastRejected(
                f"expected {complaint}, got mean {forecast.mean[row].tolist()} and quantiles "
                f"{forecast.quantiles[row].tolist()} for {problem.series[row]}"
            )
    for each in forecast.intervals:
        _check_interval(problem, forecast, each)


def _check_interval(problem: DemandHistory, forecast: Forecast, interval: IntervalSum) -> None:
    """Raise ``ForecastRejected`` where an interval sum contradicts the buckets or itself."""
    n_series, buckets = len(problem.series), interval.buckets
    shape = (n_series, forecast.levels.shape[0])
    if interval.quantiles.shape != shape or interval.mean.shape != (n_series,):
        raise ForecastRejected(
            f"expected sums of shape {shape}, got {interval.quantiles.shape} for {buckets} buckets"
        )
    total = forecast.mean[:, :buckets].sum(axis=1)
    for complaint, wrong in (
        ("the sum of the means", np.abs(interval.mean - total) > 1e-9 + 1e-6 * total),
        ("finite quantiles >= 0", (~np.isfinite(interval.quantiles)).any(axis=1)),
        ("finite quantiles >= 0", (interval.quantiles < 0).any(axis=1)),
        ("quantiles that never cross", (np.diff(interval.quantiles, axis=1) < 0).any(axis=1)),
    ):
        if wrong.any():
            row = int(wrong.argmax())
            raise ForecastRejected(
                f"expected {complaint} over {buckets} buckets, got mean {interval.mean[row]} and "
                f"quantiles {interval.quantiles[row].tolist()} for {problem.series[row]}"
            )
