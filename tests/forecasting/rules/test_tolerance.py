"""Order confirmations: what may stand, what waits for the buyer, what must be changed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.rules.tolerance import (
    Aspect,
    ConfirmationTolerance,
    Limit,
    OrderLine,
    Verdict,
    judge_confirmation,
)

DUE = date(2026, 11, 9)
AGREED = ConfirmationTolerance(
    quantity=Limit(down=Decimal("0.02"), up=Decimal("0.05")),
    date=Limit(down=Decimal(2), up=Decimal(0), beyond=Verdict.BLOCKED),
    price=Limit(down=None, up=Decimal("0.01")),
)


def line(quantity: int = 1000, days: int = 0, price: int = 10_000) -> OrderLine:
    return OrderLine(
        quantity=Decimal(quantity), due_on=DUE + timedelta(days=days), unit_price_minor=price
    )


@pytest.mark.parametrize(
    ("confirmed", "verdict", "aspects"),
    [
        (line(), Verdict.ACCEPTED, []),  # as is
        (line(quantity=980), Verdict.ACCEPTED, [Aspect.QUANTITY]),  # exactly 2 % less
        (line(quantity=979), Verdict.APPROVAL, [Aspect.QUANTITY]),
        (line(quantity=1050), Verdict.ACCEPTED, [Aspect.QUANTITY]),
        (line(quantity=1051), Verdict.APPROVAL, [Aspect.QUANTITY]),
        (line(days=-2), Verdict.ACCEPTED, [Aspect.DATE]),  # two days early
        (line(days=-3), Verdict.BLOCKED, [Aspect.DATE]),
        (line(days=1), Verdict.BLOCKED, [Aspect.DATE]),  # never late
        (line(price=1), Verdict.ACCEPTED, [Aspect.PRICE]),  # cheaper needs nobody
        (line(price=10_100), Verdict.ACCEPTED, [Aspect.PRICE]),
        (line(price=10_101), Verdict.APPROVAL, [Aspect.PRICE]),
        # the severest verdict counts
        (line(quantity=500, days=1), Verdict.BLOCKED, [Aspect.QUANTITY, Aspect.DATE]),
    ],
)
def test_the_verdict(confirmed: OrderLine, verdict: Verdict, aspects: list[Aspect]) -> None:
    found = judge_confirmation(line(), confirmed, AGREED)
    assert found.verdict == verdict
    assert [each.aspect for each in found.differences] == aspects


def test_the_change_is_shown_as_a_difference() -> None:
    found = judge_confirmation(line(), line(quantity=950, days=-1, price=9_900), AGREED)
    assert [each.change for each in found.differences] == [-50, -1, -100]


quantities = st.integers(0, 3000)


@given(quantities, quantities, st.integers(-9, 9), quantities)
def test_without_tolerance_only_the_order_itself_stands(
    ordered: int, confirmed: int, days: int, dearer: int
) -> None:
    found = judge_confirmation(
        line(quantity=ordered),
        line(quantity=confirmed, days=days, price=10_000 + dearer),
        ConfirmationTolerance(),
    )
    is_same = ordered == confirmed and days == 0 and dearer == 0
    assert (found.verdict == Verdict.ACCEPTED) is is_same


def test_refuses_limits_of_no_sense() -> None:
    with pytest.raises(ValueError, match="expected finite tolerance >= 0"):
        Limit(up=Decimal(-1))
    with pytest.raises(ValueError, match="expected approval or blocked"):
        Limit(beyond=Verdict.ACCEPTED)
    with pytest.raises(ValueError, match="expected a price >= 0"):
        line(price=-1)
