"""Premium freight: what it is, who pays, and what it sums up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.premium import (
    AT_FAULT,
    CauseCode,
    Claim,
    Party,
    PremiumKind,
    Shipment,
    Terms,
    claim,
    premium_kinds,
    totals,
)

TERMS = Terms(modes=frozenset({"road", "rail"}), pickups_per_week=2)


@pytest.mark.parametrize(
    ("mode", "number", "expedite", "kinds"),
    [
        ("road", 1, False, ()),
        ("rail", 2, False, ()),
        ("road", 3, False, (PremiumKind.BEYOND_FREQUENCY,)),
        ("road", 1, True, (PremiumKind.EXPEDITE,)),
        ("air", 3, True, tuple(PremiumKind)),
    ],
)
def test_what_premium_is(
    mode: str, number: int, expedite: bool, kinds: tuple[PremiumKind, ...]
) -> None:
    shipment = Shipment(mode=mode, number_in_week=number, is_expedite=expedite)
    assert premium_kinds(shipment, TERMS) == kinds


@pytest.mark.parametrize(
    ("cause", "paid_by", "party", "cents"),
    [
        (CauseCode.LATE_PRODUCTION, Party.CUSTOMER, Party.SUPPLIER, 70000),
        (CauseCode.FROZEN_ZONE_CHANGE, Party.SUPPLIER, Party.CUSTOMER, 70000),
        (CauseCode.BREAKDOWN, Party.CUSTOMER, Party.CARRIER, 70000),
        (CauseCode.LATE_CALL, Party.CUSTOMER, Party.CUSTOMER, 0),  # its own fault
        (CauseCode.WEATHER, Party.CUSTOMER, Party.NOBODY, 0),
    ],
)
def test_the_party_at_fault_pays_what_is_extra(
    cause: CauseCode, paid_by: Party, party: Party, cents: int
) -> None:
    made = claim(cause=cause, premium_cents=90000, standard_cents=20000, paid_by=paid_by)
    assert (made.party, made.cents) == (party, cents)


def test_the_two_sides_may_agree_otherwise() -> None:
    made = claim(
        cause=CauseCode.BORDER, premium_cents=500, standard_cents=0, paid_by=Party.CUSTOMER,
        agreed={CauseCode.BORDER: Party.CARRIER},
    )  # fmt: skip
    assert (made.party, made.cents) == (Party.CARRIER, 500)


def test_every_cause_has_a_party() -> None:
    assert set(AT_FAULT) == set(CauseCode)


@given(st.sampled_from(CauseCode), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_claim_is_never_negative_nor_more_than_was_spent(
    cause: CauseCode, premium: int, standard: int
) -> None:
    made = claim(
        cause=cause, premium_cents=premium, standard_cents=standard, paid_by=Party.CUSTOMER
    )
    assert 0 <= made.cents <= premium


def test_totals_per_supplier_and_cause() -> None:
    def case(supplier: str, cause: CauseCode, premium: int) -> tuple[str, int, Claim]:
        made = claim(cause=cause, premium_cents=premium, standard_cents=0, paid_by=Party.CUSTOMER)
        return supplier, premium, made

    found = totals([
        case("B", CauseCode.WEATHER, 5), case("A", CauseCode.SHORT_SHIPMENT, 7),
        case("B", CauseCode.LATE_PRODUCTION, 1), case("B", CauseCode.LATE_PRODUCTION, 2),
    ])  # fmt: skip
    assert [(row.supplier, row.count, row.extra_cents, row.claimed_cents) for row in found] == [
        ("A", 1, 7, 7), ("B", 2, 3, 3), ("B", 1, 5, 0),
    ]  # fmt: skip
