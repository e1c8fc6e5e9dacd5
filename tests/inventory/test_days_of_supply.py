"""Worked examples and laws of the days-of-supply rule."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.days_of_supply import DaysOfSupply, days_of_supply, days_of_supply_by_day

quantities = st.decimals(min_value=0, max_value=1_000_000, places=3)
demands = st.lists(quantities, max_size=30)


def decimals(*values: int | str) -> list[Decimal]:
    return [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("on_hand", "demand", "expected"),
    [
        (0, [10, 10], "0.00"),  # nothing on hand
        (0, [0, 0, 5], "0.00"),  # nothing on hand is 0.00 even before days without demand
        (-4, [10], "0.00"),  # behind already
        (25, [10, 10, 10], "2.50"),  # runs out half-way through day 3
        (2, [3], "0.67"),  # two thirds of a day, rounded half up
        (20, [10, 10, 1], "2.00"),  # exactly two days, then uncovered
        (20, [10, 10], "≥ 2.00"),  # covers the whole horizon, what follows is unknown
        (500, [40, 60], "≥ 2.00"),  # WE-1, outlasting
        (5, [0, 0], "≥ 2.00"),  # days without demand are covered
        (5, [], "≥ 0.00"),  # no horizon, no statement
    ],
)
def test_worked_examples(on_hand: int, demand: list[int], expected: str) -> None:
    assert str(days_of_supply(Decimal(on_hand), decimals(*demand))) == expected


@pytest.mark.parametrize(
    ("on_hand", "demand", "deliveries", "expected"),
    [
        (  # WE-1, CX-0157 table 35: seven days, day 0 included, give six results
            100,
            [40, 60, 50, 50, 60, 50],
            [0, 60, 100, 0, 0, 40],
            ["2.00", "1.00", "1.20", "2.00", "1.00", "0.00"],
        ),
        (100, [40, 0, 0, 80], [0, 0, 0, 0], ["3.75", "2.75", "1.75", "0.75"]),  # zero days
        (500, [40, 60], [0, 0], ["≥ 2.00", "≥ 1.00"]),  # outlasting the horizon
        (7, [], [], []),  # day 0 alone gives none
    ],
)
def test_later_days(
    on_hand: int, demand: list[int], deliveries: list[int], expected: list[str]
) -> None:
    found = days_of_supply_by_day(Decimal(on_hand), decimals(*demand), decimals(*deliveries))
    assert [str(days) for days in found] == expected


@given(quantities, quantities, demands)
def test_more_stock_never_lasts_shorter(a: Decimal, b: Decimal, demand: list[Decimal]) -> None:
    less, more = sorted([a, b])
    assert days_of_supply(less, demand).days <= days_of_supply(more, demand).days


@given(quantities, demands)
def test_never_beyond_the_horizon_and_always_in_hundredths(
    on_hand: Decimal, demand: list[Decimal]
) -> None:
    found = days_of_supply(on_hand, demand)
    assert 0 <= found.days <= len(demand)
    assert found.days.as_tuple().exponent == -2
    assert found.is_at_least == (on_hand > 0 and sum(demand) <= on_hand)


@given(quantities, demands, st.integers(min_value=1, max_value=1000))
def test_the_unit_does_not_matter(on_hand: Decimal, demand: list[Decimal], factor: int) -> None:
    scaled = days_of_supply(on_hand * factor, [quantity * factor for quantity in demand])
    assert scaled == days_of_supply(on_hand, demand)


@given(quantities, st.lists(st.tuples(quantities, quantities), max_size=15))
def test_later_receipts_leave_today_unchanged(
    on_hand: Decimal, days: list[tuple[Decimal, Decimal]]
) -> None:
    demand = [needed for needed, _ in days]
    deliveries = [added for _, added in days]
    by_day = days_of_supply_by_day(on_hand, demand, deliveries)
    assert len(by_day) == len(days)
    assert by_day[:1] == (days_of_supply(on_hand, demand),)[: len(days)]


def test_the_figure_is_a_value() -> None:
    assert DaysOfSupply(Decimal("1.00")) == DaysOfSupply(Decimal("1.00"), is_at_least=False)


@pytest.mark.parametrize("bad", ["-1", "NaN", "Infinity"])
def test_refuses_impossible_demand(bad: str) -> None:
    with pytest.raises(ValueError, match=r"expected finite demand >= 0, got .* on day 2"):
        days_of_supply(Decimal(10), decimals(1, bad))


@pytest.mark.parametrize("bad", ["NaN", "-Infinity"])
def test_refuses_impossible_stock(bad: str) -> None:
    with pytest.raises(ValueError, match="expected a finite stock on hand"):
        days_of_supply(Decimal(bad), decimals(1))
