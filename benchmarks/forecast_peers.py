"""Run by the interpreter of the peers' own environment: their forecasts of the same series.

    python forecast_peers.py TASK.npz ANSWER.npz

TASK holds ``quantity`` (missing as 0), ``horizon``, ``season`` and ``models``, ANSWER per model
``<name>_mean``, ``<name>_quantiles`` (where the model has intervals) and ``<name>_seconds``.
Imports nothing of the project.
"""

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

# quantiles 0.1 ... 0.9, 0.95, 0.99 as ends of central intervals
ENDS = (
    *("lo-80", "lo-60", "lo-40", "lo-20", "mean", "hi-20", "hi-40", "hi-60", "hi-80"),
    *("hi-90", "hi-98"),
)
CENTRAL = [20, 40, 60, 80, 90, 98]


def statsforecast_models(season: int) -> dict[str, Callable[[], Any]]:
    """Return the models by name; those named ``*_points`` have no intervals of their own."""
    from statsforecast import models  # type: ignore[import-not-found]

    return {
        "AutoETS": lambda: models.AutoETS(season_length=season),
        "SBA_points": models.CrostonSBA,
        "Theta_points": lambda: models.Theta(season_length=season),
    }


def of_statsforecast(make: Callable[[], Any], line: Any, horizon: int, *, points: bool) -> Any:
    """Return quantiles of one series, shape ``(horizon, 11)``, or its mean, ``(horizon, 1)``."""
    if points:
        return np.asarray(make().forecast(y=line, h=horizon)["mean"])[:, None]
    found = make().forecast(y=line, h=horizon, level=CENTRAL)
    return np.stack([found[end] for end in ENDS], axis=1)


def of_statsmodels(line: Any, horizon: int) -> Any:
    """Return simple exponential smoothing with normal quantiles, shape ``(horizon, 11)``."""
    from scipy.stats import norm
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    if np.ptp(line) == 0:
        return np.repeat(np.full((horizon, 1), line[-1]), len(ENDS), axis=1)
    fitted = SimpleExpSmoothing(line, initialization_method="estimated").fit()
    spread = float(np.std(fitted.resid))
    levels = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
    return fitted.forecast(horizon)[:, None] + spread * norm.ppf(levels)


def main() -> None:
    """Forecast every series by every model asked for; one clock per model."""
    warnings.simplefilter("ignore")
    task = np.load(sys.argv[1])
    quantity, horizon, season = task["quantity"], int(task["horizon"]), int(task["season"])
    answer: dict[str, Any] = {}
    for name in map(str, task["models"]):
        if name == "statsmodels_SES":
            run = of_statsmodels
        else:
            make, points = statsforecast_models(season)[name], name.endswith("_points")

            def run(line: Any, horizon: int, make: Any = make, points: bool = points) -> Any:
                return of_statsforecast(make, line, horizon, points=points)

        run(quantity[0], horizon)  # whatever is loaded or compiled at the first call
        started = time.process_time()
        found = np.maximum(np.stack([run(line, horizon) for line in quantity]), 0.0)
        answer[f"{name}_seconds"] = time.process_time() - started
        if found.shape[2] > 1:
            answer[f"{name}_quantiles"] = np.sort(found, axis=2)
            answer[f"{name}_mean"] = found[:, :, ENDS.index("mean")]
        else:
            answer[f"{name}_mean"] = found[:, :, 0]
    np.savez(sys.argv[2], **answer)


if __name__ == "__main__":
    main()
