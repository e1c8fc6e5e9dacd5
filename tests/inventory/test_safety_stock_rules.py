"""Safety stock of one item: the worked example WE-10, and what must always hold."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inventory.rules.safety_stock import (
    Limits,
    Uncertain,
    buffer_of,
    in_packs,
    level_of,
    normal_safety_stock,
    order_of,
    quantile_of,
    sampled_safety_stock,
)

# d 100 a day, sd 20; L 5 days, sL 1 day
DEMAND, LEAD = Uncertain(100, 20), Uncertain(5, 1)
AMOUNT = st.floats(0, 1e4)
LEVEL = st.floats(0.5, 0.9999)


@pytest.mark.parametrize(
    ("level", "z", "stock"), [(0.95, 1.6449, 180.2), (0.98, 2.0537, 225.0), (0.99, 2.3263, 254.8)]
)
def test_worked_example_10(level: float, z: float, stock: float) -> None:
    assert quantile_of(level) == pytest.approx(z, abs=5e-5)
    found = normal_safety_stock(DEMAND, LEAD, level)
    assert found == pytest.approx(stock, abs=0.05)
    assert buffer_of(DEMAND, LEAD, found).sigma == pytest.approx(109.54, abs=0.005)


def test_worked_example_10_packs_reorder_point_and_what_to_mend() -> None:
    buffer = buffer_of(DEMAND, LEAD, normal_safety_stock(DEMAND, LEAD, 0.95), pack=60)
    assert buffer.packed == 240
    assert buffer.reorder_point == pytest.approx(680.2, abs=0.05)
    assert round(100 * buffer.lead_share) == 83  # fix the lane before adding stock
    assert order_of(681, buffer, pack=60) == 0
    assert order_of(680, buffer, pack=60) == 60  # 740 less 680, in packs of 60
    assert order_of(20, buffer, pack=60) == 720


def test_bounds_in_quantity_and_days_and_both_safety_lead_times() -> None:
    stock = normal_safety_stock(DEMAND, LEAD, 0.95)  # 180.2

    def kept(**limits: float) -> float:
        return buffer_of(DEMAND, LEAD, stock, limits=Limits(**limits)).safety_stock

    assert kept(minimum_quantity=200) == 200
    assert kept(minimum_days=2.5) == 250
    assert kept(maximum_quantity=150) == 150
    assert kept(maximum_days=1.2, maximum_quantity=150) == 120
    assert kept(minimum_quantity=300, maximum_quantity=100) == 300
    early = buffer_of(DEMAND, LEAD, stock, hard_days=1, soft_days=2)
    assert early.minimum == pytest.approx(stock + 100)
    assert early.target == pytest.approx(stock + 300)
    assert early.reorder_point == pytest.approx(500 + 300 + stock)
    within = buffer_of(DEMAND, LEAD, stock, limits=Limits(maximum_quantity=200), pack=60)
    assert within.packed == 180  # a fourth pack would break the bound


def test_quantile_of_lead_time_demand() -> None:
    totals = [450.0, 500, 480, 520, 610, 470, 530, 490, 505, 700]  # mean 525.5
    assert sampled_safety_stock(totals, 0.9) == pytest.approx(610 - 525.5)
    assert sampled_safety_stock(totals, 0.95) == pytest.approx(700 - 525.5)
    assert sampled_safety_stock(totals, 0.5) == 0  # the median is below the mean
    with pytest.raises(ValueError, match="at least one lead time"):
        sampled_safety_stock([], 0.9)


def test_what_is_no_level_or_no_figure_is_refused() -> None:
    for level in (0.4999, 1.0, math.nan):
        with pytest.raises(ValueError, match="service level"):
            quantile_of(level)
    with pytest.raises(ValueError, match="from 0"):
        Uncertain(-1, 0)
    with pytest.raises(ValueError, match="from 0"):
        Uncertain(1, math.inf)


@given(AMOUNT, AMOUNT, st.floats(0, 100), st.floats(0, 50), LEVEL, LEVEL)
def test_more_certainty_never_needs_less_stock(
    mean: float, sigma: float, lead: float, spread: float, one: float, two: float
) -> None:
    low, high = sorted((one, two))
    demand, time = Uncertain(mean, sigma), Uncertain(lead, spread)
    less, more = (normal_safety_stock(demand, time, level) for level in (low, high))
    assert 0 <= less <= more
    assert normal_safety_stock(demand, Uncertain(lead, 0), high) <= more + 1e-6
    assert normal_safety_stock(Uncertain(mean, 0), time, high) <= more + 1e-6
    if spread == 0 and sigma == 0:
        assert more == 0
    assert level_of(quantile_of(high)) == pytest.approx(high)


@given(AMOUNT, AMOUNT, st.floats(0, 100), st.floats(0, 50), LEVEL, st.floats(0.1, 10))
def test_units_do_not_matter(
    mean: float, sigma: float, lead: float, spread: float, level: float, factor: float
) -> None:
    time = Uncertain(lead, spread)
    plain = normal_safety_stock(Uncertain(mean, sigma), time, level)
    scaled = normal_safety_stock(Uncertain(mean * factor, sigma * factor), time, level)
    assert math.isclose(scaled, plain * factor, rel_tol=1e-9, abs_tol=1e-9)


@given(AMOUNT, st.sampled_from([0.0, 1.0, 12.0, 0.5]), AMOUNT, AMOUNT, AMOUNT)
def test_bounds_packs_and_orders_hold(
    statistical: float, pack: float, low: float, high: float, available: float
) -> None:
    assume(low <= high)
    limits = Limits(minimum_quantity=low, maximum_quantity=high)
    buffer = buffer_of(DEMAND, LEAD, statistical, limits=limits, pack=pack)
    assert low <= buffer.safety_stock <= high
    assert buffer.packed >= low - 1e-6
    assert buffer.packed < buffer.safety_stock + max(pack, 1e-6)
    if pack:
        assert math.isclose(buffer.packed / pack, round(buffer.packed / pack), abs_tol=1e-6)
    ordered = order_of(available, buffer, pack=pack)
    assert (ordered == 0) == (available > buffer.reorder_point + 1e-9) or ordered == 0
    if ordered:
        assert available + ordered >= buffer.reorder_point - 1e-6
    assert in_packs(ordered, pack) == pytest.approx(ordered)


@given(st.lists(AMOUNT, min_size=1, max_size=40), LEVEL, LEVEL)
def test_observed_quantiles_grow_with_the_level(
    totals: list[float], one: float, two: float
) -> None:
    low, high = sorted((one, two))
    assert 0 <= sampled_safety_stock(totals, low) <= sampled_safety_stock(totals, high)
