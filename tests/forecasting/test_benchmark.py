"""The forecast against the goals for a public set of car parts."""

import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.forecast_protocol import LEVELS, Protocol
from forecasting.engine.batch import DemandHistory, forecast
from forecasting.engine.methods import CHAMPION, TOOLBOX
from forecasting.engine.reader import read_demand

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / os.environ.get("ENGINE_BENCHMARKS", "../shared/data/engines")
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
    protocol = Protocol(parts.quantity, ORIGIN, HORIZON)
    naive = np.nan_to_num(protocol.known[:, -12:])
    found = protocol.of_points(naive)

    assert protocol.active.sum() == 2509
    assert found["mase"] == pytest.approx(1.5568, abs=5e-5)
    assert found["wql"] == pytest.approx(1.5660, abs=5e-5)
    assert found["msse"] == pytest.approx(2.9526, abs=5e-5)
    assert found["bias_pct"] == pytest.approx(6.3, abs=0.05)


def test_the_goals_are_met(parts: DemandHistory) -> None:
    protocol = Protocol(parts.quantity, ORIGIN, HORIZON)
    known = DemandHistory(parts.series, parts.periods[:ORIGIN], "M", protocol.known)
    answer = forecast(known, horizon=HORIZON, quantiles=list(LEVELS), seed=1)
    found = protocol.measure(answer.mean, answer.quantiles)

    assert found["wql"] <= 0.880
    assert found["msse"] <= 2.32
    assert abs(found["bias_pct"]) <= 6
    assert found["spl_0.95"] <= 0.60
    assert 0.95 <= found["cover_0.95"] <= 0.975
    assert 0.985 <= found["cover_0.99"] <= 0.995
    assert set(np.array(answer.method)[~protocol.active]) == {"withdrawn"}


@pytest.mark.parametrize("origin", [18, 21, 24, 30])
def test_no_origin_is_worse_than_the_champion(parts: DemandHistory, origin: int) -> None:
    protocol = Protocol(parts.quantity, origin, HORIZON)
    known = DemandHistory(parts.series, parts.periods[:origin], "M", protocol.known)
    measured = {}
    for name, toolbox in {"engine": TOOLBOX, "champion": TOOLBOX.only(CHAMPION)}.items():
        answer = forecast(known, horizon=protocol.horizon, quantiles=list(LEVELS), toolbox=toolbox)
        measured[name] = protocol.measure(answer.mean, answer.quantiles)
    assert measured["engine"]["wql"] <= 0.99 * measured["champion"]["wql"]
    assert measured["engine"]["msse"] <= 0.99 * measured["champion"]["msse"]
    assert abs(measured["engine"]["bias_pct"]) <= 6
