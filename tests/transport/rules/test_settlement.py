"""Invoices against the tariff: what is paid, what is held back, and why."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.settlement import Invoice, InvoiceLine, Match, Tolerance, settle
from transport.rules.tariff import Charge, ChargeCode, Price

EXACT = Tolerance(share=Decimal(0), cents=0)


def price(**cents: int) -> Price:
    lines = [
        Charge(ChargeCode(code), Decimal(1), "flat", Decimal(amount), amount)
        for code, amount in cents.items()
    ]
    return Price("Carrier 1", "EUR", tuple(lines))


def invoice(**cents: int) -> Invoice:
    return Invoice("EUR", tuple(InvoiceLine(code, amount) for code, amount in cents.items()))


def test_line_by_line() -> None:
    found = settle(
        price(freight=50000, minimum=10000, stops=9000, fuel=6000),
        invoice(freight=60500, stops=13500, fuel=5000, waiting=7500),
    )
    assert [(line.code, line.match, line.reason) for line in found.lines] == [
        ("freight", Match.MATCHED, "within tolerance"),  # the minimum is freight
        ("stops", Match.OVER, "45.00 more than the tariff gives"),
        ("fuel", Match.UNDER, "10.00 less than the tariff gives"),
        ("waiting", Match.OVER, "not in the tariff"),
    ]
    assert not found.is_matched
    assert (found.payable, found.disputed) == (60500 + 9000 + 5000, 4500 + 7500)


@pytest.mark.parametrize(
    ("invoiced", "match"),
    [(10099, Match.MATCHED), (10100, Match.MATCHED), (10101, Match.OVER), (9899, Match.UNDER)],
)
def test_the_tolerance_is_the_wider_of_share_and_amount(invoiced: int, match: Match) -> None:
    found = settle(price(freight=10000), invoice(freight=invoiced), Tolerance(cents=10))
    assert found.lines[0].match == match


def test_what_is_not_invoiced_is_told() -> None:
    found = settle(price(freight=10000, fuel=900), invoice(freight=10000))
    assert (found.lines[1].match, found.lines[1].reason) == (Match.UNDER, "not invoiced")


def test_another_currency_is_refused() -> None:
    with pytest.raises(ValueError, match="in EUR, got one in RON"):
        settle(price(freight=1), Invoice("RON", ()))


amounts = st.dictionaries(st.sampled_from(["freight", "stops", "fuel"]), st.integers(0, 10**6))


@given(amounts, amounts)
def test_what_is_paid_and_held_back_is_the_invoice(
    ours: dict[str, int], theirs: dict[str, int]
) -> None:
    found = settle(price(**ours), invoice(**theirs), EXACT)
    assert found.payable + found.disputed == sum(theirs.values())
    assert 0 <= found.payable <= sum(ours.values())
    assert settle(price(**ours), invoice(**ours), EXACT).is_matched
