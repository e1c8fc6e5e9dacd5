"""How good the forecast would have been, beside zero and beside the last value."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.accuracy import (
    mean_squared_scaled_error,
    relative_bias,
    weighted_quantile_loss,
)
from forecasting.engine.batch import DemandHistory, Forecast, forecast

Floats = NDArray[np.float64]
JUDGED_LEVELS = tuple(round(level / 10, 1) for level in range(1, 10))
LEAST_HISTORY = 12


def held_back(n_periods: int, horizon: int) -> int:
    """Return how many last buckets to hold back: as many as forecast, at least a year is kept."""
    return max(0, min(horizon, n_periods - LEAST_HISTORY))


def compare(problem: DemandHistory, *, horizon: int, seed: int) -> dict[str, Any]:
    """Forecast the last buckets from those before and measure the forecast, zero and naive.

    Returns per method ``wql``, ``msse`` and ``bias`` (None where not defined), and ``buckets``
    held back. Empty if the history is too short to hold anything back.
    """
    buckets = held_back(len(problem.periods), horizon)
    if buckets < 1:
        return {}
    known = DemandHistory(
        series=problem.series,
        periods=problem.periods[:-buckets],
        frequency=problem.frequency,
        quantity=problem.quantity[:, :-buckets],
    )
    actual = problem.quantity[:, -buckets:]
    judged = forecast(known, horizon=buckets, quantiles=JUDGED_LEVELS, seed=seed)
    last = np.repeat(_last_value(known.quantity)[:, None], buckets, axis=1)
    return {
        "buckets": buckets,
        "forecast": _of_forecast(actual, judged, known.quantity),
        "zero": _of_line(actual, np.zeros_like(last), known.quantity),
        "naive": _of_line(actual, last, known.quantity),
    }


def _of_forecast(actual: Floats, judged: Forecast, history: Floats) -> dict[str, float | None]:
    return {
        "wql": _plain(weighted_quantile_loss(actual, judged.quantiles, judged.levels)),
        "msse": _plain(mean_squared_scaled_error(actual, judged.mean, history)),
        "bias": _plain(relative_bias(actual, judged.mean)),
    }


def _of_line(actual: Floats, line: Floats, history: Floats) -> dict[str, float | None]:
    levels = np.array(JUDGED_LEVELS)
    quantiles = np.repeat(line[..., None], levels.size, axis=2)
    return {
        "wql": _plain(weighted_quantile_loss(actual, quantiles, levels)),
        "msse": _plain(mean_squared_scaled_error(actual, line, history)),
        "bias": _plain(relative_bias(actual, line)),
    }


def _last_value(quantity: Floats) -> Floats:
    """Return the last known value of each series, 0 without any."""
    has_value = np.isfinite(quantity)
    last = quantity.shape[1] - 1 - has_value[:, ::-1].argmax(axis=1)
    found = quantity[np.arange(quantity.shape[0]), last]
    return np.where(has_value.any(axis=1), found, 0.0)


def _plain(value: float) -> float | None:
    return round(value, 4) if np.isfinite(value) else None
