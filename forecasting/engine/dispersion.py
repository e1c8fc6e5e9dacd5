"""How widely demand scatters around its mean: the negative binomial family."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST = 1e-6
LARGEST = 1e3
MIN_KNOWN = 6


def residual_sums(quantity: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Return what the dispersion of each series is estimated from, after every bucket.

    Parameters
    ----------
    quantity
        Shape ``(n_series, n_periods)``, NaN is missing.
    level
        Forecasts made before each bucket, shape ``(n_series, n_periods + 1)``.

    Returns
    -------
    tuple of ndarray
        Running sums of (error² - mean) and of mean², each of shape ``(n_series,
        n_periods + 1)``. Buckets count once six values are known before them.
    """
    has_value = np.isfinite(quantity)
    known_before = has_value.cumsum(axis=1) - has_value
    counts = has_value & (known_before >= MIN_KNOWN)
    expected = np.where(counts, level[:, :-1], 0.0)
    error = np.where(counts, np.nan_to_num(quantity) - expected, 0.0)
    start = np.zeros((quantity.shape[0], 1))
    excess = np.concatenate([start, (error**2 - expected).cumsum(axis=1)], axis=1)
    weight = np.concatenate([start, (expected**2).cumsum(axis=1)], axis=1)
    return excess, weight


def shrunk_dispersion(excess: Floats, weight: Floats) -> Floats:
    """Return phi of the variance mean + phi x mean² per series, shape ``(n_series,)``.

    Series with little information lean on the pooled value: it counts as much as twice
    the median information. In [1e-6, 1000]; 1e-6 is a Poisson in all but name.
    """
    known = weight > 0
    if not known.any():
        return np.ones(excess.shape[0])
    strength = 2 * float(np.median(weight[known]))
    own = excess[known] / weight[known]
    pooled = float(np.average(own, weights=weight[known] / (weight[known] + strength)))
    phi = (excess + strength * max(pooled, 0.0)) / (weight + strength)
    clipped: Floats = np.clip(phi, SMALLEST, LARGEST)
    return clipped


def negative_binomial_quantiles(mean: Floats, dispersion: Floats, levels: Floats) -> Floats:
    """Return the quantiles of counts with that mean and dispersion.

    Parameters
    ----------
    mean, dispersion
        Shape ``(n_series,)``, mean >= 0, dispersion > 0.
    levels
        Shape ``(n_levels,)``, ascending in (0, 1).

    Returns
    -------
    ndarray
        Shape ``(n_series, n_levels)``, whole numbers >= 0; zeros where the mean is zero.
    """
    from scipy import stats  # costs a second to import: only who forecasts pays for it

    found = np.zeros((mean.shape[0], levels.shape[0]))
    asked = mean > 0
    successes = 1.0 / dispersion[asked, None]
    chance = successes / (successes + mean[asked, None])
    found[asked] = np.maximum(stats.nbinom.ppf(levels, successes, chance), 0.0)
    rising: Floats = np.maximum.accumulate(found, axis=1)
    return rising
