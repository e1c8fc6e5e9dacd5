"""The measuring rule of the forecast benchmark: one origin, the next year, all measures."""

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.accuracy import (
    coverage,
    mean_absolute_scaled_error,
    mean_squared_scaled_error,
    relative_bias,
    scaled_pinball_loss,
    weighted_quantile_loss,
)

Floats = NDArray[np.float64]

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
DECILES = 9
MEDIAN = 4
HIGH = (8, 9, 10)
SEASON = 12


class Protocol:
    """Monthly demand cut at one origin; measures what was forecast for the months after it.

    Active series, those without a missing value in the whole file, count for every measure but
    the MSSE, which takes all with missing as zero.
    """

    def __init__(self, quantity: Floats, origin: int, horizon: int) -> None:
        """Cut ``quantity``, shape ``(n_series, n_months)``, NaN is missing, after ``origin``."""
        self.known = quantity[:, :origin]
        self.actual = quantity[:, origin : origin + horizon]
        self.horizon = self.actual.shape[1]
        self.active = np.isfinite(quantity).all(axis=1)

    def measure(self, mean: Floats, quantiles: Floats) -> dict[str, float]:
        """Return all measures of a forecast, quantiles at ``LEVELS``.

        ``mean`` has shape ``(n_series, horizon)``, ``quantiles`` ``(n_series, horizon, 11)``.
        """
        actual, known = self.actual[self.active], self.known[self.active]
        bounds = quantiles[self.active, : self.horizon]
        deciles = np.array(LEVELS[:DECILES])
        found = {
            "mase": mean_absolute_scaled_error(actual, bounds[..., MEDIAN], known, season=SEASON),
            "wql": weighted_quantile_loss(actual, bounds[..., :DECILES], deciles),
            **self.of_mean(mean),
        }
        for place in HIGH:
            level = LEVELS[place]
            found[f"spl_{level}"] = scaled_pinball_loss(actual, bounds[..., place], level, known)
            found[f"cover_{level}"] = coverage(actual, bounds[..., place])
        return {name: round(value, 5) for name, value in found.items()}

    def of_mean(self, mean: Floats) -> dict[str, float]:
        """Return the measures of a forecast without quantiles."""
        mean = mean[:, : self.horizon]
        return {
            "msse": round(mean_squared_scaled_error(self.actual, mean, self.known), 5),
            "bias_pct": round(100 * relative_bias(self.actual[self.active], mean[self.active]), 3),
        }

    def of_points(self, mean: Floats) -> dict[str, float]:
        """Return all measures with the mean standing in for every quantile."""
        return self.measure(mean, np.repeat(mean[..., None], len(LEVELS), axis=2))
