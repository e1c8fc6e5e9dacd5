"""How widely demand scatters around its mean: the variance mean + phi x mean²."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST = 1e-6
LARGEST = 1e3
MIN_KNOWN = 6
STRENGTH = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """What the dispersion of each series is estimated from; both of shape ``(n_series,)``.

    Attributes
    ----------
    excess
        Sum of error² - mean over the judged buckets.
    weight
        Sum of mean² over the same, >= 0.
    """

    excess: Floats
    weight: Floats


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """How far a series' own dispersion leans on that of all series.

    Attributes
    ----------
    pooled
        The dispersion of all series together, >= 0.
    strength
        What it counts for, in units of ``Residuals.weight``: twice the median information.
    """

    pooled: float
    strength: float

    def dispersion(self, residuals: Residuals) -> Floats:
        """Return phi per series in [1e-6, 1000]; 1e-6 is a Poisson in all but name."""
        weight = residuals.weight + self.strength
        phi = (residuals.excess + self.strength * self.pooled) / np.maximum(weight, 1e-12)
        clipped: Floats = np.clip(phi, SMALLEST, LARGEST)
        return clipped


def residuals(quantity: Floats, expected: Floats) -> Residuals:
    """Return the residual sums of one-step forecasts.

    Parameters
    ----------
    quantity
        Demand in whole units, shape ``(n_series, n_periods)``, NaN is missing.
    expected
        Forecasts made just before each bucket, same shape. Buckets count once six values
        are known before them.
    """
    has_value = np.isfinite(quantity)
    known_before = has_value.cumsum(axis=1) - has_value
    counts = has_value & (known_before >= MIN_KNOWN)
    mean = np.where(counts, expected, 0.0)
    error = np.where(counts, np.nan_to_num(quantity) - mean, 0.0)
    return Residuals((error**2 - mean).sum(axis=1), (mean**2).sum(axis=1))


def shrinkage(found: Residuals) -> Shrinkage:
    """Return how to shrink, from the residuals of many series; phi 1 where nothing is known."""
    known = found.weight > 0
    if not known.any():
        return Shrinkage(1.0, 1.0)
    weight = found.weight[known]
    strength = STRENGTH * float(np.median(weight))
    own = found.excess[known] / weight
    pooled = float(np.average(own, weights=weight / (weight + strength)))
    return Shrinkage(max(pooled, 0.0), strength)
