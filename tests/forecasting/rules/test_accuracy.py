"""Accuracy at fixed lags: figures worked by hand, then zero and seasonal naive beside them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecasting.rules.accuracy import (
    Versions,
    nervousness,
    score,
    score_beside_references,
    seasonal_naive,
    total_nervousness,
    value_added,
)

Floats = NDArray[np.float64]


def versions(mean: Floats, *origins: int, quantile: Floats | None = None) -> Versions:
    return Versions(
        origins=np.array(origins, np.intp),
        mean=mean,
        quantile=mean if quantile is None else quantile,
    )


# one part: buckets 0 to 3 are history, steps of 2; then 10, 20, 30 were really asked for
ACTUAL = np.array([[4, 6, 4, 6, 10, 20, 30]], np.float64)
# made after bucket 3 and after bucket 4, each for the two buckets that follow
MEAN = np.array([[[12, 18], [24, 27]]], np.float64)


@pytest.mark.parametrize(
    ("lag", "interval", "measure", "expected"),
    [
        (1, 1, "bias", (36 - 30) / 30),  # 12 and 24 told for 10 and 20
        (2, 1, "bias", (45 - 50) / 50),  # 18 and 27 told for 20 and 30
        (1, 1, "interval_wape", 6 / 30),
        (1, 2, "interval_wape", 1 / 80),  # 30 told for 30, 51 for 50: the sum matters
        (1, 1, "msse", (4 + 16) / 2 / 4),  # the history steps by 2, squared 4
        (1, 1, "coverage", 1.0),
        (2, 1, "coverage", 0.0),
        (1, 1, "spl", 0.1 * (2 + 4) / 2 / 2),  # 10 % of what was too much, over the step
        (2, 1, "spl", 0.9 * (2 + 3) / 2 / 2),  # 90 % of what was too little
    ],
)
def test_figures_worked_by_hand(lag: int, interval: int, measure: str, expected: float) -> None:
    found = score(versions(MEAN, 3, 4), ACTUAL, lag=lag, interval=interval, level=0.9)
    assert getattr(found, measure) == pytest.approx(expected)


def test_the_figure_for_reviews() -> None:
    found = score(versions(MEAN, 3, 4), ACTUAL, lag=1, interval=2, level=0.9)
    assert found.accuracy_percent == pytest.approx(98.75)
    wild = score(versions(MEAN * 9, 3, 4), ACTUAL, lag=1, interval=2, level=0.9)
    assert wild.accuracy_percent == 0


def test_targets_not_known_yet_are_left_out() -> None:
    late = versions(np.concatenate([MEAN, [[[999.0, 999.0]]]], axis=1), 3, 4, 6)
    found = score(late, ACTUAL, lag=1, interval=1, level=0.9)
    assert found.bias == pytest.approx(0.2)
    with pytest.raises(ValueError, match="expected actuals at lag 1, got none"):
        score(versions(MEAN[:, :1], 6), ACTUAL, lag=1, interval=1, level=0.9)


def test_an_interval_counts_once_its_last_bucket_is_known() -> None:
    late = versions(np.concatenate([MEAN, [[[999.0, 999.0]]]], axis=1), 3, 4, 5)
    found = score(late, ACTUAL, lag=1, interval=2, level=0.9)
    assert found.interval_wape == pytest.approx(1 / 80)


def test_a_missing_actual_is_not_a_zero() -> None:
    actual = ACTUAL.copy()
    actual[0, 5] = np.nan
    found = score(versions(MEAN, 3, 4), actual, lag=1, interval=1, level=0.9)
    assert found.bias == pytest.approx((12 - 10) / 10)


def test_the_season_before() -> None:
    actual = np.arange(8.0)[None, :]
    # a season of 3 buckets; from bucket 4 on: 2, 3, 4 are the newest known, then they repeat
    found = seasonal_naive(actual, np.array([4, 1]), horizon=4, season=3)
    assert found[0, 0].tolist() == [2, 3, 4, 2]
    assert np.isnan(found[0, 1, 0])  # bucket -1 was never known
    assert found[0, 1, 1:3].tolist() == [0, 1]


def test_zero_wins_absolute_errors_and_fails_where_it_counts() -> None:
    # a lumpy part: seven empty buckets out of eight
    actual = np.zeros((50, 48))
    random = np.random.default_rng(5)
    actual[random.random(actual.shape) < 0.125] = 8.0
    origins = tuple(range(24, 46))
    mean = np.ones((50, len(origins), 2))
    found = score_beside_references(
        versions(mean, *origins, quantile=mean * 8),
        actual,
        lag=1,
        interval=2,
        level=0.95,
        season=12,
    )
    forecast, zero, naive = (found[name] for name in ("forecast", "zero", "seasonal_naive"))
    assert abs(forecast.bias) < 0.2
    assert zero.bias == -1
    assert forecast.msse < min(zero.msse, naive.msse)
    assert forecast.spl < min(zero.spl, naive.spl)
    assert zero.interval_wape == 1  # hardly worse than an unbiased forecast: never read alone
    assert forecast.coverage == 1
    assert zero.coverage < 0.95


def test_what_each_step_was_worth() -> None:
    steps = [("statistics", 2.0), ("planner", 1.5), ("customer", 1.8), ("consensus", 0.0)]
    found = value_added(steps)
    assert [each.added for each in found] == [
        None,
        pytest.approx(0.25),
        pytest.approx(-0.2),  # made it worse
        pytest.approx(1.0),
    ]
    assert found[2].total == pytest.approx(0.1)
    assert value_added([("statistics", 0.0), ("planner", 1.0)])[1].added is None


def test_nervousness_by_lag_and_in_all() -> None:
    previous = np.array([[100.0, 100], [100, 100]])
    new = np.array([[110.0, 90], [100, 120]])
    assert nervousness(previous, new) == pytest.approx([0.05, 0.15])
    assert total_nervousness(previous, new) == pytest.approx(0.10)  # 40 of 400
    assert np.isnan(nervousness(np.zeros((1, 1)), np.ones((1, 1)))).all()


@given(st.integers(0, 10_000), st.floats(0.01, 100))
def test_scale_changes_no_measure(seed: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    actual, mean = random.integers(1, 90, (3, 12)) * 1.0, random.integers(1, 90, (3, 4, 3)) * 1.0
    one = score(versions(mean, 5, 6, 7, 8), actual, lag=2, interval=2, level=0.9)
    other = score(versions(mean * scale, 5, 6, 7, 8), actual * scale, lag=2, interval=2, level=0.9)
    for name in ("bias", "msse", "interval_wape", "spl"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9)


@given(st.integers(0, 10_000))
def test_a_perfect_forecast_has_no_loss(seed: int) -> None:
    actual = np.random.default_rng(seed).integers(1, 90, (3, 12)) * 1.0
    mean = np.stack([actual[:, origin + 1 : origin + 4] for origin in (5, 6, 7)], axis=1)
    found = score(versions(mean, 5, 6, 7), actual, lag=2, interval=2, level=0.9)
    assert (found.bias, found.interval_wape, found.coverage) == (0, 0, 1)
    assert found.msse == found.spl == 0


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: versions(MEAN, 3), "expected one origin per version"),
        (lambda: versions(MEAN, 4, 3), "ascending"),
        (
            lambda: score(versions(MEAN, 3, 4), ACTUAL, lag=2, interval=2, level=0.9),
            "within 2 buckets",
        ),
        (lambda: nervousness(ACTUAL, ACTUAL[:, 1:]), "expected equal shapes"),
        (lambda: value_added([("statistics", float("nan"))]), "expected a finite loss >= 0"),
    ],
)
def test_refuses_what_does_not_fit(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()
