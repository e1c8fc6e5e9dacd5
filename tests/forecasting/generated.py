"""Demand histories of our own making, each with a trait a forecast must cope with."""

import numpy as np
from numpy.typing import NDArray

from forecasting.engine.problem import DemandHistory, Frequency

Floats = NDArray[np.float64]


def history(quantity: object, frequency: Frequency = "M") -> DemandHistory:
    """Return a history of series ``part 0`` ... over buckets ``bucket 0`` ..."""
    matrix = np.array(quantity, dtype=np.float64)
    return DemandHistory(
        series=tuple(f"part {row}" for row in range(matrix.shape[0])),
        periods=tuple(f"bucket {column}" for column in range(matrix.shape[1])),
        frequency=frequency,
        quantity=matrix,
    )


def counts(rng: np.random.Generator, mean: Floats, dispersion: float) -> Floats:
    """Return counts with variance mean + dispersion x mean², shape of ``mean``."""
    return rng.poisson(mean * rng.gamma(1 / dispersion, dispersion, mean.shape)).astype(float)


def with_trend_and_season(n_series: int, n_periods: int, seed: int) -> Floats:
    """Months with a yearly season of up to ±50 % and a drift of up to ±4 % of the level."""
    rng = np.random.default_rng(seed)
    level = rng.lognormal(3.5, 1.0, (n_series, 1))
    at = np.arange(n_periods)
    swing, phase = rng.uniform(0.1, 0.5, (n_series, 1)), rng.integers(0, 12, (n_series, 1))
    drift = rng.uniform(-0.012, 0.04, (n_series, 1))
    season = 1 + swing * np.sin(2 * np.pi * (at + phase) / 12)
    return counts(rng, level * np.maximum(1 + drift * at, 0.1) * season, 0.03)


def erratic_weeks(n_series: int, n_periods: int, seed: int) -> Floats:
    """Weeks with demand nearly always, wildly uneven, scales from 3 to 30,000 a week."""
    rng = np.random.default_rng(seed)
    level = 10 ** rng.uniform(0.5, 4.5, (n_series, 1))
    walk = np.exp(np.cumsum(rng.normal(0, 0.04, (n_series, n_periods)), axis=1))
    return counts(rng, level * walk, 0.9)


def intermittent(n_series: int, n_periods: int, seed: int) -> Floats:
    """Parts asked for now and then, half of them fading, in lots of 1 to 4."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.0, 0.5, (n_series, 1))
    fading = np.where(rng.random((n_series, 1)) < 0.5, 0.97, 1.0) ** np.arange(n_periods)
    lots = rng.integers(1, 5, (n_series, 1))
    return lots * counts(rng, rate * fading, 0.5)


def stationary(n_series: int, n_periods: int, seed: int) -> Floats:
    """Nothing to find: the same mean for ever, scales from 0.1 to 1,000."""
    rng = np.random.default_rng(seed)
    return counts(rng, np.repeat(10 ** rng.uniform(-1, 3, (n_series, 1)), n_periods, axis=1), 0.4)
