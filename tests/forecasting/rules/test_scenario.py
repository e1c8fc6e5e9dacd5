"""FC-28: a what-if changes a copy of the plan, and the compare says by how much."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.rules.scenario import Change, Kind, apply_changes, compare, weekly_totals

W = [date(2026, 11, 23) + timedelta(weeks=week) for week in range(6)]
PLAN = [Decimal(each) for each in (100, 100, 100, 100, 100, 100)]


def changed(
    kind: Kind, first: int, last: int, value: float, parts: str = ""
) -> list[Decimal | None]:
    change = Change(kind, W[first], W[last], Decimal(str(value)), frozenset(parts.split()))
    return list(apply_changes("AM-1", W[0], PLAN, [change]))


@pytest.mark.parametrize(
    ("kind", "first", "last", "value", "expected"),
    [
        ("percent", 1, 2, 20, [100, 120, 120, 100, 100, 100]),
        ("add", 0, 0, -130, [0, 100, 100, 100, 100, 100]),  # never below nothing
        ("set", 4, 5, 7, [100, 100, 100, 100, 7, 7]),
        ("shift", 1, 1, 2, [100, 0, 100, 200, 100, 100]),
        ("shift", 1, 2, 1, [100, 0, 100, 200, 100, 100]),  # a block moves as one
        ("shift", 5, 5, 1, [100, 100, 100, 100, 100, 0]),  # out of the horizon
        ("shutdown", 1, 2, 2, [100, 0, 0, 200, 200, 100]),  # caught up in two weeks
        ("shutdown", 1, 2, 0, [100, 0, 0, 100, 100, 100]),  # lost
    ],
)
def test_each_kind_of_change(
    kind: Kind, first: int, last: int, value: int, expected: list[int]
) -> None:
    assert changed(kind, first, last, value) == expected


def test_a_change_for_other_parts_leaves_this_one() -> None:
    assert changed("percent", 0, 5, 50, parts="AM-2 AM-3") == PLAN


def test_a_missing_week_is_not_invented() -> None:
    change = Change("set", W[0], W[5], Decimal(5))
    assert apply_changes("AM-1", W[0], [None, Decimal(1)], [change]) == (None, 5)


def test_the_compare_names_the_worst_week_and_the_money() -> None:
    after = [Decimal(each) for each in (100, 130, 60, 100, 100, 100)]
    found = compare("AM-1", W[0], PLAN, after, price_minor=Decimal(250))
    assert (found.change, found.weeks_changed) == (-10, 2)
    assert (found.first_changed, found.worst_week, found.worst) == (W[1], W[2], -40)
    assert found.cost_minor == -2500
    assert compare("AM-1", W[0], PLAN, PLAN).worst_week is None


def test_totals_over_parts_keep_what_is_missing_everywhere() -> None:
    assert weekly_totals({"a": [Decimal(1), None], "b": [None, None]}) == (1, None)


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("double", "2", "a kind among"),
        ("percent", "-101", "at least -100 %"),
        ("set", "-1", "quantity >= 0"),
        ("shift", "1.5", "whole weeks from -52 to 52"),
        ("shutdown", "-1", "whole weeks from 0 to 52"),
        ("add", "NaN", "a finite value"),
    ],
)
def test_an_impossible_change_is_refused(kind: Kind, value: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Change(kind, W[0], W[1], Decimal(value))


@given(
    plan=st.lists(st.decimals(0, 10**6, places=2), min_size=6, max_size=6),
    first=st.integers(0, 2),
    length=st.integers(0, 1),
    weeks=st.integers(1, 2),
)
def test_a_shutdown_that_is_caught_up_inside_the_horizon_loses_nothing(
    plan: list[Decimal], first: int, length: int, weeks: int
) -> None:
    change = Change("shutdown", W[first], W[first + length], Decimal(weeks))
    after = apply_changes("AM-1", W[0], plan, [change])
    assert sum(each or 0 for each in after) == pytest.approx(sum(plan))
