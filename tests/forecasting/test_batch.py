"""Worked examples and laws of the batch forecast."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from forecasting.engine import batch
from forecasting.engine.batch import DemandHistory, ForecastRejected, check, forecast
from forecasting.engine.dispersion import negative_binomial_quantiles
from forecasting.engine.paths import METHODS

NAN = float("nan")
histories = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 40)),
    elements=st.one_of(st.integers(0, 500).map(float), st.just(NAN)),
)


def history(quantity: object, frequency: batch.Frequency = "M") -> DemandHistory:
    matrix = np.array(quantity, dtype=np.float64)
    return DemandHistory(
        series=tuple(f"part {row}" for row in range(matrix.shape[0])),
        periods=tuple(f"bucket {column}" for column in range(matrix.shape[1])),
        frequency=frequency,
        quantity=matrix,
    )


def intermittent(n_series: int, n_periods: int, seed: int = 1) -> DemandHistory:
    return history(np.random.default_rng(seed).poisson(0.6, size=(n_series, n_periods)))


@pytest.mark.parametrize(
    ("past", "mean", "method"),
    [
        ([6.0] * 24, 6.0, "ma12"),  # steady demand goes on
        ([0.0] * 24, 0.0, "ma12"),  # nobody ever asked
        ([100.0] * 12 + [4.0, NAN] * 6, 4.0, "ma12"),  # missing is skipped, not zero
        ([5.0] * 12 + [NAN] * 12, 0.0, "withdrawn"),  # a year without any value
        ([NAN] * 24, 0.0, "no-data"),
        ([NAN] * 23 + [7.0], 7.0, "ma12"),  # one value is all there is to go by
    ],
)
def test_one_series(past: list[float], mean: float, method: str) -> None:
    found = forecast(history([past]), horizon=3, quantiles=[0.5, 0.9])
    assert found.mean.tolist() == [[pytest.approx(mean)] * 3]
    assert found.method == (method,)
    assert found.quantiles.shape == (1, 3, 2)


def test_a_challenger_replaces_a_champion_that_lags() -> None:
    # a wave of 24 buckets: the mean of the last 12 always comes too late
    wave = 10 + 8 * np.sin(2 * np.pi * np.arange(60) / 24)
    found = forecast(history(np.random.default_rng(3).poisson(wave, (300, 60))), horizon=6)
    assert set(found.demand_class) == {"smooth"}
    assert set(found.method) == {"tsb"}  # one for the whole cohort, never per series


def test_steady_demand_keeps_its_champion() -> None:
    steady = np.random.default_rng(3).poisson(4, (400, 60))
    assert set(forecast(history(steady), horizon=6).method) == {"ma12"}


def test_the_gate_asks_for_two_per_cent_at_two_of_three_origins() -> None:
    names = list(METHODS)
    loss = np.full((3, len(names), 1), 100.0)
    assert batch.gate_winners(["lumpy"], loss, loss) == {}
    loss[:2, names.index("tsb"), 0] = 98.0
    assert batch.gate_winners(["lumpy"], loss, loss) == {"lumpy": "tsb"}
    loss[1, names.index("tsb"), 0] = 98.1
    assert batch.gate_winners(["lumpy"], loss, loss) == {}


def test_better_in_one_measure_alone_is_not_better() -> None:
    better, same = np.full((3, len(METHODS), 1), 100.0), np.full((3, 5, 1), 100.0)
    better[:, 1, 0] = 50.0
    assert batch.gate_winners(["lumpy"], better, same) == {}


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = intermittent(25, 30)
    whole = forecast(problem, horizon=4)
    monkeypatch.setattr(batch, "CHUNK", 7)
    steps: list[tuple[int, int]] = []
    parted = forecast(
        problem, horizon=4, on_progress=lambda done, total: steps.append((done, total))
    )
    assert (parted.quantiles == whole.quantiles).all()
    assert parted.method == whole.method
    assert steps == [(done, 16) for done in range(1, 17)]


def test_progress_can_cancel() -> None:
    def cancel(done: int, total: int) -> None:
        raise InterruptedError(f"{done} of {total}")

    with pytest.raises(InterruptedError, match="1 of 4"):
        forecast(intermittent(5, 24), horizon=2, on_progress=cancel)


def test_twice_is_the_same() -> None:
    problem = intermittent(40, 36)
    assert (forecast(problem, horizon=5).mean == forecast(problem, horizon=5).mean).all()


def test_no_series_is_an_empty_answer() -> None:
    found = forecast(history(np.zeros((0, 24))), horizon=2)
    assert found.mean.shape == (0, 2)


@settings(max_examples=60, deadline=None)
@given(histories, st.integers(1, 14))
def test_every_history_gets_a_possible_answer(past: np.ndarray, horizon: int) -> None:
    problem = history(past)
    found = forecast(problem, horizon=horizon)
    check(problem, found)
    assert found.series == problem.series
    assert found.mean.shape == (len(problem.series), horizon)


@settings(deadline=None)
@given(
    st.floats(min_value=1e-9, max_value=1e8),
    st.floats(min_value=1e-6, max_value=1e3),
    st.floats(min_value=0.01, max_value=0.99),
)
def test_quantiles_are_finite_and_rise(mean: float, dispersion: float, level: float) -> None:
    levels = np.array([level / 2, level, (1 + level) / 2])
    found = negative_binomial_quantiles(np.array([mean]), np.array([dispersion]), levels)[0]
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert (np.diff(found) >= 0).all()


def test_the_evaluator_refuses_what_cannot_be() -> None:
    problem = intermittent(3, 24)
    good = forecast(problem, horizon=2, quantiles=[0.5, 0.9])
    crossing, negative, unknown = (good.quantiles.copy() for _ in range(3))
    crossing[1, 0] = [5.0, 4.0]
    negative[2, 1, 0] = -1.0
    unknown[0, 0, 1] = NAN
    with pytest.raises(ForecastRejected, match=r"expected quantiles that never cross.*part 1"):
        check(problem, replace(good, quantiles=crossing))
    with pytest.raises(ForecastRejected, match=r"expected finite quantiles >= 0.*part 2"):
        check(problem, replace(good, quantiles=negative))
    with pytest.raises(ForecastRejected, match=r"expected finite quantiles >= 0.*part 0"):
        check(problem, replace(good, quantiles=unknown))
    with pytest.raises(ForecastRejected, match="expected a mean no higher than any demand"):
        check(problem, replace(good, mean=good.mean + 1000))
    with pytest.raises(ForecastRejected, match="expected quantiles of shape"):
        check(problem, replace(good, quantiles=good.quantiles[:, :1]))
    with pytest.raises(ForecastRejected, match="expected the series of the history"):
        check(problem, replace(good, series=("x", "y", "z")))


@pytest.mark.parametrize(
    ("horizon", "quantiles", "complaint"),
    [
        (0, [0.5], "expected a horizon >= 1, got 0"),
        (1, [], "expected quantiles ascending"),
        (1, [0.9, 0.5], "expected quantiles ascending"),
        (1, [0.0, 0.5], "expected quantiles ascending"),
        (1, [NAN], "expected quantiles ascending"),
    ],
)
def test_refuses_impossible_requests(horizon: int, quantiles: list[float], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        forecast(intermittent(2, 24), horizon=horizon, quantiles=quantiles)


def test_refuses_impossible_histories() -> None:
    with pytest.raises(ValueError, match=r"expected finite demand >= 0, got -1\.0 for part 0 in"):
        history([[1.0, -1.0]])
    with pytest.raises(ValueError, match=r"expected quantities of shape \(1, 1\)"):
        DemandHistory(("a",), ("2026-01",), "M", np.zeros((2, 1)))
    with pytest.raises(ValueError, match="expected every series once"):
        DemandHistory(("a", "a"), ("2026-01",), "M", np.zeros((2, 1)))
