"""Heat-map columns, urgency and the crossing of the minimum."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.coverage_level import Crossing, coverage_level, crossing, heat_bin, is_short

day_counts = st.decimals(min_value=0, max_value=100, places=2)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("0.00", "<1"),  # empty
        ("0.99", "<1"),  # the last hundredth before a day
        ("1.00", "1-3"),  # a lower edge belongs to its column
        ("3.00", "3-5"),
        ("5.00", "5-10"),
        ("10.00", "10-20"),
        ("20.00", "10-20"),  # only more than twenty is over twenty
        ("20.01", ">20"),
    ],
)
def test_heat_bins(days: str, expected: str) -> None:
    assert heat_bin(Decimal(days)) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [("4.99", "high"), ("5.00", "medium"), ("9.99", "medium"), ("10.00", "low")],
)
def test_levels_with_the_shipped_limits(days: str, expected: str) -> None:
    assert coverage_level(Decimal(days)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("3.40", "2.10", "fell"),  # below the minimum of 3: one alert
        ("2.10", "1.00", None),  # still short: no second alert
        ("1.00", "3.00", "rose"),  # exactly the minimum is enough
        ("3.00", "2.99", "fell"),  # and one hundredth less is not
        ("8.00", "3.00", None),  # fell, but not below
        (None, "2.00", "fell"),  # the first figure told is short
        (None, "5.00", None),  # the first figure told is enough
    ],
)
def test_crossings_of_three_days(before: str | None, after: str, expected: str | None) -> None:
    told = None if before is None else Decimal(before)
    assert crossing(told, Decimal(after), Decimal(3)) == expected


@given(st.lists(day_counts, min_size=1, max_size=40), day_counts)
def test_falls_and_rises_take_turns(readings: list[Decimal], minimum: Decimal) -> None:
    told = [
        step
        for before, after in pairwise([None, *readings])
        if after is not None and (step := crossing(before, after, minimum)) is not None
    ]
    assert told[::2] == [Crossing.FELL] * len(told[::2])
    assert told[1::2] == [Crossing.ROSE] * len(told[1::2])
    assert is_short(readings[-1], minimum) == (len(told) % 2 == 1)


@given(day_counts, day_counts)
def test_more_days_are_never_in_a_worse_bin(a: Decimal, b: Decimal) -> None:
    order = ["<1", "1-3", "3-5", "5-10", "10-20", ">20"]
    less, more = sorted([a, b])
    assert order.index(heat_bin(less)) <= order.index(heat_bin(more))


def test_refuses_impossible_days() -> None:
    with pytest.raises(ValueError, match="expected finite days of supply >= 0, got -1"):
        heat_bin(Decimal(-1))
    with pytest.raises(ValueError, match="expected finite minimum >= 0, got NaN"):
        crossing(None, Decimal(1), Decimal("NaN"))
    with pytest.raises(ValueError, match="expected high_below <= medium_below, got 9 > 5"):
        coverage_level(Decimal(1), high_below=Decimal(9), medium_below=Decimal(5))
