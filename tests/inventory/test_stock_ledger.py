"""Worked examples and laws of the stock ledger."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.stock_ledger import (
    Movement,
    MovementKind,
    StockBelowZero,
    count_entry,
    on_hand,
    transfer,
)

quantities = st.decimals(min_value=Decimal("0.001"), max_value=1_000_000, places=3)


def receipt(quantity: Decimal | int, site: str = "plant") -> Movement:
    return Movement(site=site, kind=MovementKind.RECEIPT, quantity=Decimal(quantity))


def issue(quantity: Decimal | int, site: str = "plant") -> Movement:
    return Movement(site=site, kind=MovementKind.ISSUE, quantity=-Decimal(quantity))


def test_stock_is_the_sum_of_its_movements() -> None:
    scrap = Movement(
        site="plant", kind=MovementKind.SCRAP, quantity=Decimal(-2), reason="bent pins"
    )
    moved = transfer(Decimal(30), source="plant", destination="line")
    assert on_hand([receipt(100), issue(25), scrap, *moved]) == {"plant": 43, "line": 30}


def test_no_movement_takes_what_is_not_there() -> None:
    with pytest.raises(StockBelowZero, match="expected stock >= 0 at plant, got -1 after movement"):
        on_hand([receipt(5), issue(6), receipt(10)])


@pytest.mark.parametrize(
    ("ledger", "counted", "entry"),
    [
        (40, 38, -2),  # two missing
        (40, 41, 1),  # one found
        (40, 40, 0),  # an agreeing count is an entry too
    ],
)
def test_a_count_is_an_entry_with_reason(ledger: int, counted: int, entry: int) -> None:
    found = count_entry(Decimal(ledger), Decimal(counted), site="plant", reason="monthly count")
    assert found.quantity == entry
    assert on_hand([receipt(ledger), found]) == {"plant": counted}


@given(quantities, quantities)
def test_a_transfer_nets_to_zero_over_sites(stock: Decimal, moved: Decimal) -> None:
    if moved > stock:
        stock, moved = moved, stock
    entries = transfer(moved, source="plant", destination="line")
    assert sum(on_hand([receipt(stock), *entries]).values()) == stock


@given(st.lists(quantities, max_size=20))
def test_the_order_of_receipts_does_not_matter(received: list[Decimal]) -> None:
    forwards = on_hand([receipt(quantity) for quantity in received])
    assert on_hand([receipt(quantity) for quantity in reversed(received)]) == forwards


@pytest.mark.parametrize(
    ("kind", "quantity", "reason", "complaint"),
    [
        ("receipt", "-1", "", "expected receipt >= 0, got -1"),
        ("issue", "1", "", "expected issue <= 0, got 1"),
        ("scrap", "-1", " ", "expected a reason for the scrap, got none"),
        ("count", "1", "", "expected a reason for the count, got none"),
        ("transfer", "NaN", "", "expected a finite quantity, got NaN"),
    ],
)
def test_refuses_a_wrong_entry(kind: str, quantity: str, reason: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Movement(site="plant", kind=MovementKind(kind), quantity=Decimal(quantity), reason=reason)


def test_refuses_a_wrong_transfer_or_count() -> None:
    with pytest.raises(ValueError, match="expected two different sites, got plant twice"):
        transfer(Decimal(1), source="plant", destination="plant")
    with pytest.raises(ValueError, match="expected a finite quantity > 0 to transfer, got 0"):
        transfer(Decimal(0), source="plant", destination="line")
    with pytest.raises(ValueError, match="expected a finite counted quantity >= 0, got -3"):
        count_entry(Decimal(1), Decimal(-3), site="plant", reason="count")
