"""The bullwhip ratio: the worked example, its laws, and a simulated order-up-to policy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecasting.rules.bullwhip import (
    Bullwhip,
    Standing,
    bullwhip,
    chain_ratio,
    expected_ratio,
)

USED = np.array([100, 110, 90, 105, 95, 100], np.float64)
ORDERED = np.array([100, 125, 80, 110, 85, 100], np.float64)
TOO_SHORT, NOT_DEFINED = Standing.TOO_SHORT, Standing.NOT_DEFINED

histories = st.integers(0, 10_000).map(
    lambda seed: np.random.default_rng(seed).integers(1, 100, (2, 30)).astype(np.float64)
)


def measured(ratio: float) -> Bullwhip:
    return Bullwhip(ratio, Standing.MEASURED, 26)


@pytest.mark.parametrize(
    ("orders", "ratio"),
    [
        (ORDERED, 5.4),  # variances 270 and 50, equal means
        (ORDERED * 2, 5.4),  # boxes of two: the unit does not matter
        (USED, 1.0),
    ],
)
def test_the_worked_example(orders: NDArray[np.float64], ratio: float) -> None:
    found = bullwhip(orders, USED, buckets_at_least=6)
    assert found.ratio == pytest.approx(ratio, rel=1e-12)


@pytest.mark.parametrize(
    ("orders", "consumption", "standing"),
    [
        (np.arange(25.0), np.arange(25.0), TOO_SHORT),  # half a year of weeks is 26
        (np.append(np.arange(25.0), np.nan), np.arange(26.0), TOO_SHORT),
        (np.arange(26.0), np.full(26, 0.1), NOT_DEFINED),  # constant: no variation to compare
        (np.arange(26.0), np.zeros(26), NOT_DEFINED),
        (np.zeros(26), np.arange(26.0), NOT_DEFINED),  # nothing ordered
    ],
)
def test_where_there_is_no_ratio(
    orders: NDArray[np.float64], consumption: NDArray[np.float64], standing: Standing
) -> None:
    found = bullwhip(orders, consumption)
    assert (found.ratio, found.standing) == (None, standing)


def test_even_orders_for_uneven_use_smooth_it_wholly() -> None:
    assert bullwhip(np.full(30, 0.1), np.arange(30.0)).ratio == 0


def test_a_chain_multiplies() -> None:
    assert chain_ratio([measured(5.4), measured(1.5)]) == pytest.approx(8.1)
    assert chain_ratio([measured(5.4), Bullwhip(None, TOO_SHORT, 3)]) is None
    assert chain_ratio([]) is None


@given(histories)
def test_orders_equal_to_use_give_exactly_one(history: NDArray[np.float64]) -> None:
    assert bullwhip(history[0], history[0]).ratio == 1


@given(histories, st.floats(0.01, 1000), st.floats(0.01, 1000))
def test_units_change_nothing(
    history: NDArray[np.float64], orders: float, consumption: float
) -> None:
    one = bullwhip(*history).ratio
    other = bullwhip(history[0] * orders, history[1] * consumption).ratio
    assert one == pytest.approx(other, rel=1e-6)


@pytest.mark.parametrize(("window", "ratio"), [(12, 1.39), (3, 3.22)])
def test_what_an_order_up_to_policy_makes_of_chance(window: int, ratio: float) -> None:
    lead_time = 2
    assert expected_ratio(lead_time=lead_time, window=window) == pytest.approx(ratio, abs=0.005)
    used = np.random.default_rng(1).normal(1000, 100, 40_000)
    average = np.convolve(used, np.full(window, 1 / window), "valid")
    # order what was used, and what the new average changes of the lead time's demand
    orders = used[window:] + lead_time * np.diff(average)
    assert bullwhip(orders, used[window:]).ratio == pytest.approx(ratio, rel=0.05)


def test_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="expected equal buckets"):
        bullwhip(USED, USED[:-1])
    with pytest.raises(ValueError, match="expected finite orders >= 0"):
        bullwhip(-ORDERED, USED)
    with pytest.raises(ValueError, match="expected L >= 0 and p > 0"):
        expected_ratio(lead_time=1, window=0)
