"""Accounts of empties: balance, age, cover and what the two sides count."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.empties import (
    Call,
    Entry,
    EntryKind,
    account,
    ageing,
    confirmation,
    cover,
    need,
)

DAY = date(2026, 11, 9)


def entry(days_ago: int, kind: EntryKind, quantity: int) -> Entry:
    return Entry(DAY - timedelta(days=days_ago), kind, quantity)


ISSUED, RETURNED, SCRAPPED = EntryKind.ISSUED, EntryKind.RETURNED, EntryKind.SCRAPPED
entries = st.lists(
    st.builds(entry, st.integers(0, 200), st.sampled_from(EntryKind), st.integers(1, 50)),
    max_size=15,
)


def test_first_in_first_out() -> None:
    booked = [
        entry(100, ISSUED, 40), entry(50, ISSUED, 30), entry(10, ISSUED, 20),
        entry(40, RETURNED, 50), entry(5, SCRAPPED, 2),
    ]  # fmt: skip
    found = account(booked, DAY)
    assert found.balance == 38
    assert found.out == (
        (DAY - timedelta(days=50), 18), (DAY - timedelta(days=10), 20),
    )  # fmt: skip
    assert [band.quantity for band in ageing(found, DAY)] == [20, 18, 0, 0]
    assert account(booked, DAY - timedelta(days=45)).balance == 70  # later entries do not count


def test_more_back_than_ever_issued_is_a_difference_to_clear() -> None:
    found = account([entry(9, RETURNED, 5), entry(3, ISSUED, 2)], DAY)
    assert (found.balance, found.out) == (-3, ())


@given(entries, st.randoms(use_true_random=False))
def test_the_balance_is_conserved_and_order_never_matters(
    booked: list[Entry], chance: object
) -> None:
    found = account(booked, DAY)
    signs = {ISSUED: 1, RETURNED: -1, SCRAPPED: -1}
    assert found.balance == sum(signs[each.kind] * each.quantity for each in booked)
    out = sum(pieces for _day, pieces in found.out)
    assert out == max(0, found.balance)
    assert sum(band.quantity for band in ageing(found, DAY)) == out
    mixed = list(booked)
    chance.shuffle(mixed)
    assert account(mixed, DAY) == found


def test_a_half_full_box_is_a_box() -> None:
    calls = [
        Call(DAY, Decimal(100), Decimal(24)),  # 5 boxes
        Call(DAY + timedelta(days=2), Decimal(48), Decimal(24)),
        Call(DAY + timedelta(days=2), Decimal(1), Decimal(24)),
        Call(DAY - timedelta(days=1), Decimal(99), Decimal(1)),  # gone
        Call(DAY + timedelta(days=3), Decimal(99), Decimal(1)),  # beyond
    ]
    assert need(calls, DAY, 3) == (5, 0, 3)


@pytest.mark.parametrize(
    ("on_hand", "lead", "days", "is_at_least", "is_short", "missing"),
    [
        (25, 2, "2.5", False, False, 0),
        (25, 3, "2.5", False, True, 5),
        (30, 3, "3", False, False, 0),  # covered to the last day
        (0, 0, "0", False, False, 0),
        (40, 4, "4", True, False, 0),
    ],
)
def test_cover_against_lead_time(
    on_hand: int, lead: int, days: str, is_at_least: bool, is_short: bool, missing: int
) -> None:
    found = cover(on_hand, [10, 10, 10, 10], lead)
    assert (found.days, found.is_at_least) == (Decimal(days), is_at_least)
    assert (found.is_short, found.missing) == (is_short, missing)


@given(st.integers(0, 300), st.integers(0, 50), st.lists(st.integers(0, 40), min_size=5))
def test_more_empties_never_last_shorter(on_hand: int, more: int, needed: list[int]) -> None:
    less, longer = cover(on_hand, needed, 5), cover(on_hand + more, needed, 5)
    assert less.days <= longer.days <= len(needed)
    assert less.is_short == (less.missing > 0)


def test_the_monthly_confirmation_names_what_differs() -> None:
    found = confirmation({"KLT 6428": 120, "GLT": 8, "Rack": 3}, {"KLT 6428": 115, "GLT": 8})
    assert [(each.packaging, each.pieces) for each in found] == [("KLT 6428", -5), ("Rack", None)]
    assert confirmation({"GLT": 8}, {"GLT": 8}) == ()
