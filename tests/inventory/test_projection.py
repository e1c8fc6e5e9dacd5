"""Worked examples and laws of the stock projection."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.projection import project_stock

quantities = st.decimals(min_value=0, max_value=1_000_000, places=3)
days = st.lists(st.tuples(quantities, quantities), max_size=30)


def test_the_standard_s_example() -> None:
    demand = [Decimal(value) for value in (40, 60, 50, 50, 60, 50)]
    deliveries = [Decimal(value) for value in (0, 60, 100, 0, 0, 40)]
    # WE-1 (CX-0157 table 35): the last day is short by ten and says so
    stock = project_stock(Decimal(100), demand, deliveries)
    assert list(stock) == [Decimal(value) for value in (60, 60, 110, 60, 0, -10)]


@given(quantities, days)
def test_nothing_is_lost(on_hand: Decimal, plan: list[tuple[Decimal, Decimal]]) -> None:
    demand = [needed for needed, _ in plan]
    deliveries = [added for _, added in plan]
    stock = project_stock(on_hand, demand, deliveries)
    assert len(stock) == len(plan)
    if stock:
        assert stock[-1] == on_hand - sum(demand) + sum(deliveries)


@given(quantities, quantities, days)
def test_stock_today_shifts_every_day_alike(
    on_hand: Decimal, more: Decimal, plan: list[tuple[Decimal, Decimal]]
) -> None:
    demand = [needed for needed, _ in plan]
    deliveries = [added for _, added in plan]
    low = project_stock(on_hand, demand, deliveries)
    high = project_stock(on_hand + more, demand, deliveries)
    assert all(b - a == more for a, b in zip(low, high, strict=True))


def test_refuses_what_does_not_fit_together() -> None:
    one = [Decimal(1)]
    with pytest.raises(ValueError, match="expected as many deliveries as demands, got 0 and 1"):
        project_stock(Decimal(1), one, [])
    with pytest.raises(ValueError, match="expected finite deliveries >= 0, got -1 on day 1"):
        project_stock(Decimal(1), one, [Decimal(-1)])
    with pytest.raises(ValueError, match="expected a finite stock on hand, got NaN"):
        project_stock(Decimal("NaN"), one, one)
