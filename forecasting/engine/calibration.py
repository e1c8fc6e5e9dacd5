"""Whether the spread was right: dispersion factors measured on the rolling origins."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.accuracy import pinball_loss
from forecasting.engine.dispersion import LARGEST, SMALLEST
from forecasting.engine.gate import Origin, interval_sums
from forecasting.engine.negative_binomial import negative_binomial_quantiles

Floats = NDArray[np.float64]

FACTORS = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.25, 1.6, 2.2, 3.0])
LEVELS = np.array([0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99])
MOST_SERIES = 600
WORTH = 0.005


def bucket_factor(origins: Sequence[Origin], method: str, cohort: int) -> float:
    """Return what to multiply the dispersion of single buckets with, 1 without evidence.

    ``cohort`` is a column of ``Origin.cohorts``.
    """
    return interval_factor(origins, method, cohort, 1)


def interval_factor(origins: Sequence[Origin], method: str, cohort: int, buckets: int) -> float:
    """Return what to multiply a bucket's dispersion with for sums over so many buckets.

    The factor with the least quantile loss of the sums behind the rolling origins; if it is
    less than half a percent better than ``unmeasured``, that one. Where the origins are nearer
    to the end than the interval is long, the longest intervals that fit decide.
    """
    prior = unmeasured(buckets)
    factors = np.unique(np.append(FACTORS, prior))
    loss = np.zeros(factors.size)
    for origin in origins:
        rows = np.flatnonzero(origin.cohorts[:, cohort] > 0)[:MOST_SERIES]
        if method not in origin.points or not rows.size:
            continue
        length = min(buckets, origin.actual.shape[1])
        sums, known = interval_sums(origin.actual[rows], length)
        actual = np.where(known == length, sums, np.nan)
        centre = centre_sums(origin.points[method].centre[rows], length, actual.shape[1])
        phi = origin.dispersion(method)[rows, None]
        for place, factor in enumerate(factors):
            bounds = negative_binomial_quantiles(centre, scaled(phi, factor), LEVELS)
            loss[place] += float(np.nansum(pinball_loss(actual, bounds, LEVELS)))
    expected = loss[int(np.searchsorted(factors, prior))]
    best = int(loss.argmin())
    return float(factors[best]) if loss[best] < (1 - WORTH) * expected else prior


def unmeasured(buckets: int) -> float:
    """Return the factor for a sum that nothing is known of: half of the scatter evens out."""
    return 0.5 + 0.5 / buckets


def scaled(phi: Floats, factor: float) -> Floats:
    """Return the dispersion times ``factor``, within its limits."""
    limited: Floats = np.clip(phi * factor, SMALLEST, LARGEST)
    return limited


def centre_sums(centre: Floats, buckets: int, intervals: int) -> Floats:
    """Return the summed means of consecutive intervals, shape ``(n_series, intervals)``.

    ``centre`` has shape ``(n_series, 1)`` if it is the same in all buckets, and then one
    interval stands for all.
    """
    if centre.shape[1] == 1:
        return centre * buckets
    whole = centre[:, : buckets * intervals].reshape(centre.shape[0], intervals, buckets)
    total: Floats = whole.sum(axis=2)
    return total
