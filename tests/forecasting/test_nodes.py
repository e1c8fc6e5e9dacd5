"""Models for few nodes, and the optional challenger: both behind the gate."""

import numpy as np
import pytest

from forecasting.engine.batch import forecast
from forecasting.engine.boosting import boosting_toolbox, is_available
from forecasting.engine.methods import TOOLBOX, Known, Pool
from forecasting.engine.nodes import MOST_NODES, exponential_smoothing_models, node_toolbox
from tests.forecasting.generated import history, intermittent

NOTHING_POOLED = Pool({}, None)


def test_a_node_with_trend_and_season_is_followed() -> None:
    at = np.arange(60)
    node = (200 + 2 * at) * (1 + 0.3 * np.sin(2 * np.pi * at / 12))
    known = Known(np.round(node[None, :48]), "M")
    said = exponential_smoothing_models(known, 48, 12, NOTHING_POOLED)
    assert said is not None
    assert said.mean[0] == pytest.approx(node[48:], rel=0.1)


def test_nodes_of_zeros_or_of_one_value_keep_the_champion() -> None:
    known = Known(np.array([[0.0] * 30, [5.0] * 30, [np.nan] * 20 + [5.0] * 10]), "M")
    said = exponential_smoothing_models(known, 30, 3, NOTHING_POOLED)
    assert said is not None
    assert said.mean[:2].tolist() == [[0.0] * 3, [5.0] * 3]
    assert np.isfinite(said.mean).all()
    assert exponential_smoothing_models(known, 9, 3, NOTHING_POOLED) is None


def test_only_few_nodes_get_models() -> None:
    assert "ets" in node_toolbox(MOST_NODES).methods
    assert node_toolbox(MOST_NODES + 1) is TOOLBOX


def test_the_batch_runs_with_node_models() -> None:
    problem = history(intermittent(3, 30, seed=1) + 3)
    found = forecast(problem, horizon=4, toolbox=node_toolbox(3))
    assert np.isfinite(found.mean).all()


def test_trees_are_optional_and_for_many_series() -> None:
    assert boosting_toolbox(10) is TOOLBOX
    if not is_available():
        assert boosting_toolbox(10_000) is TOOLBOX
        pytest.skip("lightgbm is not installed")
    problem = history(intermittent(500, 30, seed=2))
    found = forecast(problem, horizon=4, toolbox=boosting_toolbox(500))
    assert np.isfinite(found.mean).all()
