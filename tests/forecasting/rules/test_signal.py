"""FC-20: a signal changes the weeks it is valid in, by its share of them, as a range."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.rules.signal import Effect, apply_effect, share_of_week

MONDAY = date(2026, 11, 23)


def effect(low: int, likely: int, high: int, first: date, last: date) -> Effect:
    return Effect(Decimal(low), Decimal(likely), Decimal(high), first, last)


def test_registrations_up_five_to_fifteen_per_cent_for_two_weeks() -> None:
    told = effect(5, 10, 15, date(2026, 11, 30), date(2026, 12, 13))
    plan = apply_effect(MONDAY, [Decimal(100)] * 4, told)
    assert plan.likely == (100, 110, 110, 100)  # the week before and the week after stay
    assert plan.low == (100, 105, 105, 100)
    assert plan.high == (100, 115, 115, 100)


def test_a_signal_that_starts_on_a_thursday_counts_four_sevenths() -> None:
    told = effect(7, 7, 7, date(2026, 11, 26), date(2027, 1, 31))
    assert share_of_week(MONDAY, told) == Decimal(4) / 7
    assert apply_effect(MONDAY, [Decimal(700)], told).likely == (Decimal(728),)


def test_a_withdrawn_part_stays_missing() -> None:
    told = effect(-100, -100, -100, MONDAY, date(2026, 12, 31))
    assert apply_effect(MONDAY, [None, Decimal(5)], told).likely == (None, 0)


@pytest.mark.parametrize(
    ("low", "likely", "high", "says"),
    [
        (-101, 0, 0, "expected -100 <= low"),
        (5, 4, 6, "got 5, 4, 6"),
        (1, 2, 1, "got 1, 2, 1"),
    ],
)
def test_a_range_out_of_order_is_refused(low: int, likely: int, high: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        effect(low, likely, high, MONDAY, MONDAY)


@given(
    figures=st.lists(st.decimals(0, 10**9, places=3), min_size=1, max_size=20),
    percents=st.lists(st.integers(-100, 300), min_size=3, max_size=3).map(sorted),
    start=st.integers(-30, 100),
    length=st.integers(0, 60),
)
def test_the_range_stays_around_the_plan_and_never_below_zero(
    figures: list[Decimal], percents: list[int], start: int, length: int
) -> None:
    first = date.fromordinal(MONDAY.toordinal() + start)
    last = date.fromordinal(first.toordinal() + length)
    low, likely, high = percents
    plan = apply_effect(MONDAY, figures, effect(low, likely, high, first, last))
    for least, usual, most in zip(plan.low, plan.likely, plan.high, strict=True):
        assert least is not None
        assert usual is not None
        assert most is not None
        assert 0 <= least <= usual <= most
