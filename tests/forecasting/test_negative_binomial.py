"""Quantiles of counts against a statistics package."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecasting.engine.dispersion import Residuals, Shrinkage, residuals, shrinkage
from forecasting.engine.negative_binomial import negative_binomial_quantiles

LEVELS = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])


def oracle(mean: np.ndarray, phi: np.ndarray) -> np.ndarray:
    size = 1 / phi[:, None]
    return np.maximum(stats.nbinom.ppf(LEVELS, size, size / (size + mean[:, None])), 0)


@pytest.mark.parametrize("scale", [0.05, 1.0, 5.0])
def test_small_counts_are_exact(scale: float) -> None:
    rng = np.random.default_rng(1)
    mean, phi = rng.gamma(1, scale, 3000), rng.uniform(1e-6, 3, 3000)
    assert (negative_binomial_quantiles(mean, phi, LEVELS) == oracle(mean, phi)).all()


def test_large_counts_are_within_half_a_percent() -> None:
    rng = np.random.default_rng(2)
    mean, phi = rng.uniform(500, 1e5, 2000), rng.uniform(1e-4, 1.5, 2000)
    found, exact = negative_binomial_quantiles(mean, phi, LEVELS), oracle(mean, phi)
    assert np.abs(found - exact) == pytest.approx(0, abs=1.0 + 0.005 * exact.max())
    assert (np.abs(found - exact) <= 1.0 + 0.005 * exact).all()


def test_without_scatter_it_is_a_poisson() -> None:
    mean = np.array([0.3, 4.0, 60.0])
    found = negative_binomial_quantiles(mean, np.full(3, 1e-6), LEVELS)
    assert found.tolist() == stats.poisson.ppf(LEVELS, mean[:, None]).tolist()


@given(
    st.floats(min_value=1e-9, max_value=1e12),
    st.floats(min_value=1e-6, max_value=1e3),
    st.floats(min_value=0.01, max_value=0.99),
)
def test_quantiles_are_finite_and_rise(mean: float, dispersion: float, level: float) -> None:
    levels = np.array([level / 2, level, (1 + level) / 2])
    found = negative_binomial_quantiles(np.array([mean]), np.array([dispersion]), levels)[0]
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (np.diff(found) >= 0).all()
    assert (found == np.rint(found)).all()


def test_shapes_are_kept_and_nothing_is_nothing() -> None:
    mean = np.array([[0.0, 2.0], [0.0, 0.0], [5.0, 600.0]])
    found = negative_binomial_quantiles(mean, np.ones((3, 1)), LEVELS)
    assert found.shape == (3, 2, 11)
    assert not found[1].any()
    assert negative_binomial_quantiles(np.zeros((0, 4)), np.zeros((0, 1)), LEVELS).shape == (
        0,
        4,
        11,
    )


def test_the_dispersion_of_generated_counts_is_found() -> None:
    rng = np.random.default_rng(3)
    demand = rng.poisson(6 * rng.gamma(1 / 0.5, 0.5, (400, 80))).astype(float)
    found = residuals(demand, np.full_like(demand, 6.0))
    shrunk = shrinkage(found)
    assert shrunk.pooled == pytest.approx(0.5, abs=0.03)
    own = found.excess / found.weight
    assert shrunk.dispersion(found).std() < own.std()  # leaning on the others calms


def test_a_series_without_residuals_takes_the_pooled_dispersion() -> None:
    shrunk = Shrinkage(pooled=0.7, strength=10.0)
    nothing = Residuals(np.zeros(1), np.zeros(1))
    assert shrunk.dispersion(nothing).tolist() == [pytest.approx(0.7)]
    assert shrinkage(nothing).dispersion(nothing).tolist() == [1.0]
