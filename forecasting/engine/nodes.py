"""Programme totals and other aggregates: few smooth series that deserve a model each.

Slow (about a second a series): for a handful of nodes in a worker, never for the batch of
parts. The models stand behind the same gate as all others.
"""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.dispersion import residuals
from forecasting.engine.methods import TOOLBOX, Known, Points, Pool, Toolbox
from forecasting.engine.season import SEASONS, has_cycles

Floats = NDArray[np.float64]

MOST_NODES = 40
LEAST_KNOWN = 10
# trend, damped, season of the exponential smoothing models that compete by AICc
MODELS: tuple[tuple[str | None, bool, str | None], ...] = (
    (None, False, None),
    ("add", True, None),
    (None, False, "add"),
    (None, False, "mul"),
    ("add", True, "add"),
    ("add", True, "mul"),
)


def node_toolbox(n_series: int) -> Toolbox:
    """Return the toolbox with exponential smoothing models, for at most 40 series; else without."""
    if n_series > MOST_NODES:
        return TOOLBOX
    return Toolbox({**TOOLBOX.methods, "ets": exponential_smoothing_models}, TOOLBOX.learners)


def exponential_smoothing_models(
    known: Known, origin: int, horizon: int, pool: Pool
) -> Points | None:
    """Fit exponential smoothing to each node: trend and season where AICc asks for them.

    Missing buckets are filled with the champion's level. None where less than ten buckets are
    known. A node that no model fits, such as one of zeros, keeps the champion.
    """
    if origin < LEAST_KNOWN:
        return None
    past, path = known.quantity[:, :origin], known.champion[:, : origin + 1]
    filled = np.where(np.isfinite(past), past, path[:, :-1])
    season = SEASONS[known.frequency]
    mean = np.repeat(path[:, -1:], horizon, axis=1)
    expected = path[:, :-1].copy()
    for row, line in enumerate(filled):
        model = _best(line, season if has_cycles(origin, season) else None)
        if model is None:
            continue
        ahead = np.asarray(model.forecast(horizon), dtype=np.float64)
        fitted = np.asarray(model.fittedvalues, dtype=np.float64)
        if np.isfinite(ahead).all() and np.isfinite(fitted).all():
            mean[row], expected[row] = np.maximum(ahead, 0.0), np.maximum(fitted, 0.0)
    return Points(mean, mean, residuals(past, expected))


def _best(line: Floats, season: int | None) -> Any:
    """Return the fitted model with the least AICc, None where none can be fitted."""
    from statsmodels.tools.sm_exceptions import ConvergenceWarning
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    best, least = None, np.inf
    if not line.any() or np.ptp(line) == 0:
        return best
    for trend, damped, seasonal in MODELS:
        if seasonal and (season is None or (seasonal == "mul" and line.min() <= 0)):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            try:
                model = ExponentialSmoothing(
                    line,
                    trend=trend,
                    damped_trend=damped,
                    seasonal=seasonal,
                    seasonal_periods=season if seasonal else None,
                ).fit()
            except (ValueError, np.linalg.LinAlgError):
                continue  # too short or too flat for this model; the others may do
        if np.isfinite(model.aicc) and model.aicc < least:
            best, least = model, float(model.aicc)
    return best
