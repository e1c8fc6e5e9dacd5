"""The smoothing paths against plain loops, and against a statistics package."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from forecasting.engine.features import make_features, silence
from forecasting.engine.paths import (
    WINDOWS,
    exponential_smoothing,
    make_paths,
    moving_average,
    syntetos_boylan,
    teunter_syntetos_babai,
)
from tests.forecasting.generated import intermittent

NAN = float("nan")
matrices = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.integers(1, 30)),
    elements=st.one_of(st.integers(0, 50).map(float), st.just(NAN)),
)


def slow_average(past: list[float], window: int) -> float:
    for end in range(len(past), 0, -1):
        known = [value for value in past[max(0, end - window) : end] if value == value]
        if known:
            return sum(known) / len(known)
    return 0.0


def slow_smoothing(past: list[float], weight: float) -> float:
    level, seen = 0.0, 0
    for value in past:
        if value == value:
            seen += 1
            level += max(weight, 1 / seen) * (value - level)
    return level


def slow_croston(past: list[float]) -> float:
    size, interval, since, seen = 0.0, 1.0, 0, 0
    for value in past:
        since += value == value
        if value > 0:
            seen += 1
            step = max(0.1, 1 / seen)
            size += step * (value - size)
            interval += step * (since - interval)
            since = 0
    return 0.95 * size / max(interval, 1.0)


def slow_tsb(past: list[float]) -> float:
    size, chance, sizes, chances = 0.0, 0.0, 0, 0
    for value in past:
        if value == value:
            chances += 1
            chance += max(0.1, 1 / chances) * ((value > 0) - chance)
        if value > 0:
            sizes += 1
            size += max(0.1, 1 / sizes) * (value - size)
    return size * chance


@settings(max_examples=60)
@given(matrices, st.integers(1, 14))
def test_every_column_is_what_a_loop_finds(quantity: np.ndarray, window: int) -> None:
    for found, slow in (
        (moving_average(quantity, window), lambda past: slow_average(past, window)),
        (exponential_smoothing(quantity, 0.2), lambda past: slow_smoothing(past, 0.2)),
        (syntetos_boylan(quantity), slow_croston),
        (teunter_syntetos_babai(quantity), slow_tsb),
    ):
        expected = [
            [slow(line[:known].tolist()) for known in range(quantity.shape[1] + 1)]
            for line in quantity
        ]
        assert found == pytest.approx(np.array(expected), abs=1e-9)


def test_smoothing_agrees_with_a_statistics_package() -> None:
    demand = np.random.default_rng(4).poisson(5, 200).astype(float)
    model = SimpleExpSmoothing(demand, initialization_method="known", initial_level=demand[0])
    oracle = model.fit(smoothing_level=0.1, optimized=False).forecast(1)[0]
    # ours begins with a plain mean; after 200 buckets the beginning has lost its weight
    assert exponential_smoothing(demand[None, :], 0.1)[0, -1] == pytest.approx(oracle, abs=1e-6)


def test_features_know_the_past_alone() -> None:
    quantity = intermittent(20, 36, seed=1)
    windows = WINDOWS["M"]
    whole = make_features(quantity, make_paths(quantity, windows), windows)
    for known in (0, 1, 13, 36):
        past = quantity[:, :known]
        if known:
            part = make_features(past, make_paths(past, windows), windows)
            assert part[:, -1] == pytest.approx(whole[:, known])
    assert whole.shape == (20, 37, 15)
    assert np.isfinite(whole).all()


def test_silence_counts_from_the_last_demand_and_ends_at_24() -> None:
    found = silence(np.array([[0.0, 3.0, 0.0, NAN, 0.0, *[0.0] * 30]]))[0]
    assert found[:6].tolist() == [0, 1, 0, 1, 2, 3]
    assert found[-1] == 24
