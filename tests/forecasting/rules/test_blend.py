"""Release, statistics and orders: which figure to plan with."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.rules.blend import (
    ForecastBucket,
    Order,
    Override,
    blend,
    consume,
    release_weight,
)

MONDAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("bias", "weight"),
    [
        (None, "0.5"),  # not measured yet
        ("0", "1"),
        ("0.3", "0.7"),  # asks for 30 % too much
        ("-0.3", "0.7"),  # or too little
        ("1.8", "0"),
    ],
)
def test_the_weight_of_a_release(bias: str | None, weight: str) -> None:
    found = release_weight(None if bias is None else Decimal(bias))
    assert found == Decimal(weight)


def test_firm_wins_then_both_then_statistics() -> None:
    found = blend(
        [Decimal(100), Decimal(0), Decimal(130), None],
        [Decimal(80), Decimal(80), Decimal(100), Decimal(90)],
        firm_buckets=2,
        bias=[None, None, Decimal("0.3"), None],
    )
    assert found == (100, 0, 121, 90)  # a firm zero is a zero; 0.7 x 130 + 0.3 x 100


quantities = st.integers(0, 500).map(Decimal)


@given(st.lists(st.tuples(quantities, quantities, st.integers(-200, 200)), max_size=8),
       st.integers(0, 9))  # fmt: skip
def test_a_blend_lies_between_its_two_figures(
    buckets: list[tuple[Decimal, Decimal, int]], firm: int
) -> None:
    asked, forecast, bias = (list(each) for each in zip(*buckets, strict=True)) if buckets else (
        [], [], []
    )  # fmt: skip
    found = blend(asked, forecast, firm_buckets=firm, bias=[Decimal(b) / 100 for b in bias])
    for at, each in enumerate(found):
        assert min(asked[at], forecast[at]) <= each <= max(asked[at], forecast[at])
        if at < firm:
            assert each == asked[at]


def weeks(*quantities: int) -> list[ForecastBucket]:
    return [
        ForecastBucket(
            MONDAY + timedelta(weeks=at), MONDAY + timedelta(weeks=at + 1), Decimal(each)
        )
        for at, each in enumerate(quantities)
    ]


def order(day: int, quantity: int) -> Order:
    return Order(MONDAY + timedelta(days=day), Decimal(quantity))


@pytest.mark.parametrize(
    ("orders", "early", "late", "net", "beyond"),
    [
        ([order(9, 60)], 0, 0, (100, 40, 100), (0,)),  # its own week
        ([order(9, 130)], 0, 0, (100, 0, 100), (30,)),  # more than foreseen
        ([order(9, 130)], 7, 0, (70, 0, 100), (0,)),  # the week before had foreseen it
        ([order(9, 130)], 0, 7, (100, 0, 70), (0,)),  # or the week after
        ([order(9, 250)], 7, 7, (0, 0, 50), (0,)),  # earlier first
        ([order(16, 250)], 14, 0, (50, 0, 0), (0,)),  # of earlier weeks the nearest first
        ([order(9, 350)], 7, 7, (0, 0, 0), (50,)),
        ([order(9, 130)], 2, 4, (100, 0, 100), (30,)),  # Wednesday: Monday is 5 days ahead
        ([order(9, 130)], 2, 5, (100, 0, 70), (0,)),
        ([order(30, 10)], 0, 0, (100, 100, 100), (10,)),  # behind the horizon
        ([order(8, 80), order(7, 50)], 0, 0, (100, 0, 100), (30, 0)),  # by due day
    ],
)
def test_orders_consume_the_forecast(
    orders: list[Order], early: int, late: int, net: tuple[int, ...], beyond: tuple[int, ...]
) -> None:
    found = consume(weeks(100, 100, 100), orders, net_early_days=early, net_late_days=late)
    assert (found.net, found.beyond) == (net, beyond)


@given(
    st.lists(st.integers(0, 200), max_size=6),
    st.lists(st.tuples(st.integers(-3, 45), st.integers(0, 300)), max_size=6),
    st.integers(0, 20),
    st.integers(0, 20),
)
def test_what_is_taken_here_is_covered_there(
    forecast: list[int], due: list[tuple[int, int]], early: int, late: int
) -> None:
    orders = [order(day, quantity) for day, quantity in due]
    found = consume(weeks(*forecast), orders, net_early_days=early, net_late_days=late)
    covered = sum(each.quantity for each in orders) - sum(found.beyond)
    assert sum(forecast) - sum(found.net) == covered
    assert all(0 <= left <= given for left, given in zip(found.net, forecast, strict=True))
    assert all(0 <= left <= each.quantity for left, each in zip(found.beyond, orders, strict=True))
    anywhere = consume(weeks(*forecast), orders, net_early_days=99, net_late_days=99)
    total = sum(each.quantity for each in orders)
    assert sum(anywhere.beyond) == max(0, total - sum(forecast))


def test_an_override_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="expected a reason for the override"):
        Override(quantity=Decimal(5), reason=" ", author="planner")


def test_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="expected equal horizons, got 1, 0 and 0"):
        blend([Decimal(1)], [], firm_buckets=0, bias=[])
    with pytest.raises(ValueError, match="expected buckets from 2026-11-09 on"):
        consume([*weeks(1), *weeks(1)], [], net_early_days=0, net_late_days=0)
    with pytest.raises(ValueError, match="expected days >= 0"):
        consume([], [], net_early_days=-1, net_late_days=0)
