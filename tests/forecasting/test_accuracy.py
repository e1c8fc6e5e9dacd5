"""The measures by hand, and against the benchmark's published figures."""

import numpy as np
import pytest

from forecasting.engine.accuracy import (
    coverage,
    mean_absolute_scaled_error,
    mean_squared_scaled_error,
    pinball_loss,
    relative_bias,
    scaled_pinball_loss,
    weighted_quantile_loss,
)

HISTORY = np.array([[0.0, 2.0, 0.0, 2.0]])


def test_pinball_weighs_too_low_by_the_level() -> None:
    actual, quantile = np.array([[10.0, 10.0]]), np.array([[[8.0], [12.0]]])
    # two too low cost 0.9 each, two too high 0.1 each
    assert pinball_loss(actual, quantile, np.array([0.9]))[0, :, 0] == pytest.approx([1.8, 0.2])


def test_weighted_quantile_loss_by_hand() -> None:
    actual, quantiles = np.array([[10.0, float("nan")]]), np.array([[[8.0], [99.0]]])
    assert weighted_quantile_loss(actual, quantiles, np.array([0.9])) == pytest.approx(0.36)


def test_scaled_errors_by_hand() -> None:
    actual, mean = np.array([[3.0, 1.0]]), np.array([[1.0, 1.0]])
    # squared errors 4 and 0, mean 2; squared steps of the history all 4
    assert mean_squared_scaled_error(actual, mean, HISTORY) == pytest.approx(0.5)
    # absolute errors 2 and 0, mean 1; steps over a season of one all 2
    assert mean_absolute_scaled_error(actual, mean, HISTORY, season=1) == pytest.approx(0.5)
    # 2 x 0.9 and 0, mean 0.9; absolute steps 2
    assert scaled_pinball_loss(actual, mean, 0.9, HISTORY) == pytest.approx(0.45)


def test_bias_and_coverage_leave_out_the_missing() -> None:
    actual, forecast = np.array([[4.0, float("nan"), 6.0]]), np.array([[6.0, 50.0, 6.0]])
    assert relative_bias(actual, forecast) == pytest.approx(0.2)
    assert coverage(actual, forecast) == 1.0


def test_without_demand_or_scale_there_is_no_figure() -> None:
    nothing = np.zeros((1, 2))
    assert np.isnan(weighted_quantile_loss(nothing, nothing[..., None], np.array([0.5])))
    assert np.isnan(relative_bias(nothing, nothing))
    assert np.isnan(mean_squared_scaled_error(nothing, nothing, np.ones((1, 5))))
    assert np.isnan(mean_absolute_scaled_error(nothing, nothing, np.ones((1, 5)), season=1))
    assert np.isnan(scaled_pinball_loss(nothing, nothing, 0.5, np.ones((1, 1))))
