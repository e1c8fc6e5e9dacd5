"""Demand until the end of each bucket of a protection interval, refitted at every origin."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.accuracy import pinball_loss
from forecasting.engine.calibration import FACTORS, LEVELS, scaled, unmeasured
from forecasting.engine.dispersion import residuals, shrinkage
from forecasting.engine.methods import Known
from forecasting.engine.negative_binomial import negative_binomial_quantiles
from forecasting.engine.paths import running_sums
from forecasting.engine.problem import Frequency
from forecasting.engine.regression import LEAST_KNOWN, Training, capped, fit, training_rows

Floats = NDArray[np.float64]

AHEAD: dict[Frequency, int] = {"M": 12, "W": 52, "D": 91}
LOOK_BACK = 12
LEAST_ORIGIN = 15


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """Expected demand per bucket at one origin and how it scatters; both ``(n_series,)``."""

    mean: Floats
    dispersion: Floats


class Protection:
    """The pooled regression of many series, at any origin of a history they share.

    Whatever is asked for at an origin depends on the buckets before it alone. The regression
    looks a year ahead even for a short interval: the year's mean is the steadier target, and a
    shortage comes from what is rare. On months 16 to 27 of the car parts that needed less stock
    than a target of two months. Dispersion is that around the regression itself.
    """

    def __init__(self, quantity: Floats, frequency: Frequency = "M") -> None:
        """Take demand in whole units, shape ``(n_series, n_periods)``, NaN is missing."""
        self.frequency = frequency
        self.known = Known(quantity, frequency)
        self._rates: dict[int, Rate] = {}
        self._factors: dict[tuple[int, int], Floats] = {}

    def rate(self, origin: int) -> Rate:
        """Return mean and dispersion of a single bucket after the first ``origin`` buckets."""
        if origin not in self._rates:
            self._rates[origin] = self._fitted(origin)
        return self._rates[origin]

    def interval(self, origin: int, buckets: int) -> list[tuple[Floats, Floats]]:
        """Return mean and dispersion of demand in the first 1, 2, ..., ``buckets`` buckets.

        The form that ``allocation.curves`` takes. The dispersion is multiplied with the factor
        that had the least quantile loss at the origins before; see ``factor``.
        """
        rate = self.rate(origin)
        return [
            (length * rate.mean, scaled(rate.dispersion, self.factor(origin, length)))
            for length in range(1, buckets + 1)
        ]

    def factor(self, origin: int, buckets: int) -> float:
        """Return what to multiply a bucket's dispersion with for sums of so many.

        Measured on up to twelve origins whose sums are wholly known at ``origin``; without any,
        ``unmeasured``.
        """
        last = origin - buckets
        earlier = range(max(LEAST_ORIGIN, last - LOOK_BACK + 1), last + 1)
        if not earlier:
            return unmeasured(buckets)
        losses = np.sum([self._losses(each, buckets) for each in earlier], axis=0)
        return float(FACTORS[int(losses.argmin())])

    def _losses(self, origin: int, buckets: int) -> Floats:
        """Return the quantile loss of the sum behind an origin by factor."""
        key = (origin, buckets)
        if key not in self._factors:
            rate = self.rate(origin)
            came = self.known.quantity[:, origin : origin + buckets].sum(axis=1)
            found = np.zeros(FACTORS.size)
            for place, factor in enumerate(FACTORS):
                bounds = negative_binomial_quantiles(
                    buckets * rate.mean, scaled(rate.dispersion, factor), LEVELS
                )
                loss = pinball_loss(came[:, None], bounds[:, None, :], LEVELS)
                found[place] = float(np.nansum(loss))
            self._factors[key] = found
        return self._factors[key]

    def _fitted(self, origin: int) -> Rate:
        past = self.known.quantity[:, :origin]
        fitted = fit(self._training(past, origin))
        if fitted is None:
            nothing = np.zeros(past.shape[0])
            return Rate(nothing, np.ones_like(nothing))
        long_mean = self.known.paths.means[self.known.windows[3]]
        path = np.stack(
            [
                capped(fitted.mean_ahead(self.known.features[:, each]), long_mean[:, each])
                for each in range(origin + 1)
            ],
            axis=1,
        )
        scatter = residuals(past, path[:, :-1])
        return Rate(path[:, -1], shrinkage(scatter).dispersion(scatter))

    def _training(self, past: Floats, origin: int) -> Training:
        _total, count = running_sums(past)
        if not (count[:, :-1] >= LEAST_KNOWN).any():
            raise ValueError(f"expected {LEAST_KNOWN} known buckets and one after, got {origin}")
        return training_rows(
            past,
            self.known.features[:, : origin + 1],
            horizon=AHEAD[self.frequency],
            frequency=self.frequency,
            stands_for=np.ones(past.shape[0]),
        )
