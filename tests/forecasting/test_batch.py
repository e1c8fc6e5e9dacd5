"""Worked examples and laws of the batch forecast."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from forecasting.engine import batch
from forecasting.engine.batch import DemandHistory, Forecast, ForecastRejected, check, forecast
from forecasting.engine.methods import CHAMPION, TOOLBOX
from tests.forecasting.generated import history, intermittent, stationary, with_trend_and_season

NAN = float("nan")
histories = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 40)),
    elements=st.one_of(st.integers(0, 500).map(float), st.floats(0, 1e12), st.just(NAN)),
)


def sparse(n_series: int, n_periods: int, seed: int = 1) -> DemandHistory:
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
        ([0.25] * 24, 0.25, "ma12"),  # quarters are a unit like any other
    ],
)
def test_one_series(past: list[float], mean: float, method: str) -> None:
    champion = TOOLBOX.only(CHAMPION)
    found = forecast(history([past]), horizon=3, quantiles=[0.5, 0.9], toolbox=champion)
    assert found.mean.tolist() == [[pytest.approx(mean)] * 3]
    assert found.method == (method,)
    assert found.quantiles.shape == (1, 3, 2)


@pytest.mark.parametrize("level", [1.0, 6.0, 250.0, 30_000.0, 0.125])
def test_constant_demand_goes_on_whatever_the_method(level: float) -> None:
    found = forecast(history(np.full((30, 40), level)), horizon=6, intervals=[3])
    assert found.mean == pytest.approx(np.full((30, 6), level), rel=0.01)
    assert found.intervals[0].mean == pytest.approx(np.full(30, 3 * level), rel=0.01)


def test_a_challenger_replaces_a_champion_that_lags() -> None:
    # a wave of 24 buckets: the mean of the last 12 always comes too late
    wave = 10 + 8 * np.sin(2 * np.pi * np.arange(60) / 24)
    found = forecast(history(np.random.default_rng(3).poisson(wave, (300, 60))), horizon=6)
    assert set(found.demand_class) == {"smooth"}
    assert len(set(found.method) - {"ma12"}) == 1  # one for the whole cohort, never per series


def test_steady_demand_keeps_a_mean() -> None:
    steady = np.random.default_rng(3).poisson(4, (400, 60))
    found = forecast(history(steady), horizon=6)
    assert np.abs(found.mean - 4).mean() < 0.6


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = sparse(25, 30)
    whole = forecast(problem, horizon=4)
    monkeypatch.setattr(batch, "CHUNK", 7)
    steps: list[tuple[int, int]] = []
    parted = forecast(
        problem, horizon=4, on_progress=lambda done, total: steps.append((done, total))
    )
    assert parted.quantiles.tolist() == whole.quantiles.tolist()
    assert parted.mean == pytest.approx(whole.mean, rel=1e-12)
    assert parted.method == whole.method
    assert steps == [(done, 8) for done in range(1, 9)]  # 3 origins, today, 4 chunks


def test_progress_can_cancel() -> None:
    def cancel(done: int, total: int) -> None:
        raise InterruptedError(f"{done} of {total}")

    with pytest.raises(InterruptedError, match="1 of 5"):
        forecast(sparse(5, 24), horizon=2, on_progress=cancel)


def test_twice_is_the_same() -> None:
    problem = sparse(40, 36)
    once, again = (forecast(problem, horizon=5, seed=3, intervals=[2]) for _ in range(2))
    assert (once.mean == again.mean).all()
    assert (once.quantiles == again.quantiles).all()
    assert (once.intervals[0].quantiles == again.intervals[0].quantiles).all()


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_series_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    problem = history(intermittent(60, 40, seed=seed % 1000))
    order = rng.permutation(60)
    turned = replace(
        problem,
        series=tuple(problem.series[row] for row in order),
        quantity=problem.quantity[order],
    )
    straight, crooked = forecast(problem, horizon=6), forecast(turned, horizon=6)
    assert crooked.method == tuple(straight.method[row] for row in order)
    assert crooked.mean == pytest.approx(straight.mean[order], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("factor", [10.0, 1000.0, 0.01])
def test_another_unit_of_measure_scales_the_forecast(factor: float) -> None:
    # busy parts show that they are counted in lots, so the answer scales exactly
    plain = with_trend_and_season(60, 48, seed=5)
    straight = forecast(history(plain), horizon=6)
    other = forecast(history(np.round(plain * factor, 6)), horizon=6)
    assert other.method == straight.method
    assert other.mean == pytest.approx(straight.mean * factor, rel=1e-6)
    assert other.quantiles == pytest.approx(straight.quantiles * factor, rel=1e-6)


def test_no_series_is_an_empty_answer() -> None:
    found = forecast(history(np.zeros((0, 24))), horizon=2, intervals=[2])
    assert found.mean.shape == (0, 2)
    assert found.intervals[0].quantiles.shape == (0, 11)


@settings(max_examples=60)
@given(histories, st.integers(1, 14), st.sampled_from(["M", "W", "D"]))
def test_every_history_gets_a_possible_answer(
    past: np.ndarray, horizon: int, frequency: batch.Frequency
) -> None:
    problem = history(past, frequency)
    found = forecast(problem, horizon=horizon, intervals=[horizon])
    check(problem, found)
    assert found.series == problem.series
    assert found.mean.shape == (len(problem.series), horizon)


def test_interval_sums_are_narrower_than_added_quantiles_and_cover() -> None:
    past = stationary(400, 60, seed=9)
    found = forecast(history(past[:, :48]), horizon=12, intervals=[1, 4, 12])
    for each in found.intervals:
        actual = past[:, 48 : 48 + each.buckets].sum(axis=1)
        added = found.quantiles[:, : each.buckets].sum(axis=1)
        assert 0.91 <= np.mean(actual <= each.quantiles[:, 9]) <= 0.985  # asked for: 0.95
        if each.buckets > 1:
            assert each.quantiles[:, 10].sum() < added[:, 10].sum()


def test_a_part_that_ends_says_so() -> None:
    problem = replace(
        history(stationary(40, 30, seed=2)),
        running_out=frozenset({"part 3"}),
        withdrawn=frozenset({"part 4"}),
    )
    found = forecast(problem, horizon=3)
    assert found.demand_class[3] == "run-out"
    assert found.method[4] == found.demand_class[4] == "withdrawn"
    assert not found.mean[4].any()


def test_the_evaluator_refuses_what_cannot_be() -> None:
    problem = sparse(3, 24)
    good = forecast(problem, horizon=2, quantiles=[0.5, 0.9], intervals=[2])
    crossing, negative, unknown = (good.quantiles.copy() for _ in range(3))
    crossing[1, 0] = [5.0, 4.0]
    negative[2, 1, 0] = -1.0
    unknown[0, 0, 1] = NAN
    interval = good.intervals[0]
    spoiled: list[tuple[Forecast, str]] = [
        (replace(good, quantiles=crossing), r"expected quantiles that never cross.*part 1"),
        (replace(good, quantiles=negative), r"expected finite quantiles >= 0.*part 2"),
        (replace(good, quantiles=unknown), r"expected finite quantiles >= 0.*part 0"),
        (replace(good, mean=good.mean + 1000), "expected a mean near the demand seen"),
        (replace(good, quantiles=good.quantiles[:, :1]), "expected quantiles of shape"),
        (replace(good, series=("x", "y", "z")), "expected the series of the history"),
        (
            replace(good, intervals=(replace(interval, mean=interval.mean + 1),)),
            "expected the sum of the means over 2 buckets",
        ),
        (
            replace(good, intervals=(replace(interval, quantiles=interval.quantiles - 99),)),
            "expected finite quantiles >= 0 over 2 buckets",
        ),
        (
            replace(good, intervals=(replace(interval, quantiles=interval.quantiles[:, :1]),)),
            "expected sums of shape",
        ),
    ]
    for wrong, complaint in spoiled:
        with pytest.raises(ForecastRejected, match=complaint):
            check(problem, wrong)


@pytest.mark.parametrize(
    ("horizon", "quantiles", "intervals", "complaint"),
    [
        (0, [0.5], [], "expected a horizon of 1 to 1000, got 0"),
        (1001, [0.5], [], "expected a horizon of 1 to 1000, got 1001"),
        (1, [], [], "expected quantiles ascending"),
        (1, [0.9, 0.5], [], "expected quantiles ascending"),
        (1, [0.0, 0.5], [], "expected quantiles ascending"),
        (1, [NAN], [], "expected quantiles ascending"),
        (2, [0.5], [3], "expected intervals of 1 to 2 buckets, got 3"),
        (2, [0.5], [1, 1], "expected each interval once"),
    ],
)
def test_refuses_impossible_requests(
    horizon: int, quantiles: list[float], intervals: list[int], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        forecast(sparse(2, 24), horizon=horizon, quantiles=quantiles, intervals=intervals)


def test_refuses_impossible_histories() -> None:
    with pytest.raises(ValueError, match=r"expected demand in \[0, 1e\+12\], got -1\.0 for part 0"):
        history([[1.0, -1.0]])
    with pytest.raises(ValueError, match=r"expected demand in .* got inf"):
        history([[1.0, float("inf")]])
    with pytest.raises(ValueError, match=r"expected quantities of shape \(1, 1\)"):
        DemandHistory(("a",), ("2026-01",), "M", np.zeros((2, 1)))
    with pytest.raises(ValueError, match="expected every series once"):
        DemandHistory(("a", "a"), ("2026-01",), "M", np.zeros((2, 1)))
