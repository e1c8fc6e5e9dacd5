"""The forecast against the measured figures of a public set of car parts."""

import os
from pathlib import Path

import numpy as np
import pytest

from forecasting.engine.accuracy import (
    mean_absolute_scaled_error,
    mean_squared_scaled_error,
    relative_bias,
    weighted_quantile_loss,
)
from forecasting.engine.batch import DemandHistory, forecast
from forecasting.engine.reader import read_demand

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / os.environ.get("ENGINE_BENCHMARKS", "../shared/data/engines")
DECILES = np.arange(1, 10) / 10
ORIGIN, HORIZON = 27, 12


@pytest.fixture(scope="module")
def parts() -> DemandHistory:
    path = FOLDER / "carparts" / "demand.csv"
    if not path.exists():
        if os.environ.get("COLLAB_SHARED") == "required":
            pytest.fail(f"expected the benchmark file {path}, got none")
        pytest.skip(f"benchmark file {path} is absent")
    return read_demand(path, "M")


def test_the_measures_give_the_reference_values(parts: DemandHistory) -> None:
    history = parts.quantity[:, :ORIGIN]
    actual = parts.quantity[:, ORIGIN : ORIGIN + HORIZON]
    active = np.isfinite(parts.quantity).all(axis=1)
    naive = np.nan_to_num(history[:, -12:])
    as_quantiles = np.repeat(naive[active][..., None], DECILES.size, axis=2)
    mase = mean_absolute_scaled_error(actual[active], naive[active], history[active], season=12)

    assert active.sum() == 2509
    assert mase == pytest.approx(1.5568, abs=5e-5)
    assert weighted_quantile_loss(actual[active], as_quantiles, DECILES) == pytest.approx(
        1.5660, abs=5e-5
    )
    assert mean_squared_scaled_error(actual, naive, history) == pytest.approx(2.9526, abs=5e-5)
    assert relative_bias(actual[active], naive[active]) == pytest.approx(0.063, abs=5e-4)


def test_the_forecast_is_as_good_as_its_champion(parts: DemandHistory) -> None:
    known = DemandHistory(
        parts.series, parts.periods[:ORIGIN], parts.frequency, parts.quantity[:, :ORIGIN]
    )
    actual = parts.quantity[:, ORIGIN : ORIGIN + HORIZON]
    active = np.isfinite(parts.quantity).all(axis=1)
    found = forecast(known, horizon=HORIZON, quantiles=list(DECILES), seed=1)

    # moving average with negative binomial quantiles: 0.906, measured for this set
    assert weighted_quantile_loss(actual[active], found.quantiles[active], DECILES) <= 0.911
    assert mean_squared_scaled_error(actual, found.mean, known.quantity) <= 2.40
    assert abs(relative_bias(actual[active], found.mean[active])) <= 0.07
    assert set(np.array(found.method)[~active]) == {"withdrawn"}
