"""Service levels by marginal value: the greedy is optimal, more service costs more (FC-03)."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.engine.allocation import (
    Curves,
    allocate,
    allocate_for_fill,
    curves,
    expected_fill,
    survival,
)
from forecasting.engine.negative_binomial import negative_binomial_quantiles
from forecasting.engine.order_up_to import simulate, stock_at
from forecasting.engine.protection import Protection

UNITS = 4
parts = st.lists(
    st.tuples(st.floats(0.05, 3.0), st.floats(0.05, 3.0), st.floats(0.2, 5.0)),
    min_size=1,
    max_size=3,
)


def found_curves(drawn: list[tuple[float, float, float]], units: int = UNITS) -> Curves:
    mean, phi, cost = np.array(drawn).T
    return curves([(mean, phi), (2 * mean, phi)], units=units, unit_cost=cost)


@settings(max_examples=60)
@given(drawn=parts, worth=st.floats(0.05, 5.0))
def test_no_choice_with_less_shortage_costs_as_little(
    drawn: list[tuple[float, float, float]], worth: float
) -> None:
    """Brute force over every combination of up to four units a part."""
    found = found_curves(drawn)

    def totals(stock: tuple[float, ...]) -> tuple[float, float]:
        taken = np.arange(UNITS) < np.array(stock)[:, None]
        return float((found.shortage * taken).sum()), float((found.holding * taken).sum())

    served, cost = totals(tuple(allocate(found, worth)))
    for other in product(range(UNITS + 1), repeat=len(drawn)):
        rival_served, rival_cost = totals(other)
        assert rival_served <= served + 1e-9 or rival_cost > cost - 1e-9


@settings(max_examples=40)
@given(drawn=parts, low=st.floats(0.1, 0.9), more=st.floats(0.0, 0.09))
def test_a_fill_is_reached_and_a_higher_one_never_holds_less(
    drawn: list[tuple[float, float, float]], low: float, more: float
) -> None:
    found = found_curves(drawn, units=400)
    first, second = allocate_for_fill(found, low), allocate_for_fill(found, low + more)
    assert expected_fill(found, first) >= low
    assert (second >= first).all()


def test_dear_parts_get_the_lower_service() -> None:
    """Two parts alike but for their price: one level for all would stock both the same."""
    same = np.array([1.0, 1.0])
    found = curves([(same, same)], units=40, unit_cost=np.array([1.0, 50.0]))
    cheap, dear = allocate_for_fill(found, 0.8)
    assert cheap > dear


def test_survival_is_the_other_side_of_the_quantile() -> None:
    mean, phi = np.array([0.3, 4.0, 0.0]), np.array([2.0, 0.4, 1.0])
    chance = survival(mean, phi, 60)
    levels = np.array([0.5, 0.9, 0.99])
    least = np.stack([(chance > 1 - level + 1e-12).sum(axis=1) for level in levels], axis=1)
    assert (least == negative_binomial_quantiles(mean, phi, levels)).all()
    assert chance[2].sum() == 0


@pytest.mark.parametrize(("units", "cost"), [(0, 1.0), (3, 0.0)])
def test_impossible_curves_are_refused(units: int, cost: float) -> None:
    one = np.ones(1)
    with pytest.raises(ValueError, match="expected"):
        curves([(one, one)], units=units, unit_cost=np.array([cost]))
    with pytest.raises(ValueError, match=r"reach|long enough"):
        allocate_for_fill(curves([(one * 9, one)], units=1), 0.9)


def test_an_order_serves_the_next_month_and_what_is_short_is_not_served_at_once() -> None:
    """By hand: up to 3; demand 2, 5, 1 -> served 2, 3, 1 of 8; ends with 1, -2, 2."""
    levels = np.full((1, 1, 3), 3.0)
    fills, stocks = simulate(levels, np.array([[2.0, 5.0, 1.0]]))
    assert fills[0] == pytest.approx(6 / 8)
    assert stocks[0] == pytest.approx((1 + 0 + 2) / 3)
    late_fills, _stocks = simulate(levels, np.array([[2.0, 5.0, 1.0]]), late=True)
    assert late_fills[0] < fills[0]
    assert stock_at(0.9, np.array([0.8, 1.0]), np.array([2.0, 4.0])) == pytest.approx(3.0)
    assert stock_at(0.9, np.array([0.5, 0.8]), np.array([2.0, 4.0])) is None


def test_an_origin_knows_nothing_of_what_came_later() -> None:
    draw = np.random.default_rng(7)
    demand = draw.poisson(draw.gamma(1.0, 1.0, (60, 1)), (60, 24)).astype(np.float64)
    other = demand.copy()
    other[:, 18:] = 99.0
    for (mean, phi), (mean_b, phi_b) in zip(
        Protection(demand).interval(18, 2), Protection(other).interval(18, 2), strict=True
    ):
        np.testing.assert_array_equal(mean, mean_b)
        np.testing.assert_array_equal(phi, phi_b)
