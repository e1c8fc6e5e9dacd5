"""Known answers and laws of the identifier checks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.masterdata.rules.identifiers import (
    check_bpn,
    check_container,
    check_duns,
    check_gln,
    check_gtin,
    check_sscc,
    check_vin,
    container_check_digit,
    gs1_check_digit,
    vin_check_digit,
)


@pytest.mark.parametrize(
    ("body", "digit"),
    [
        ("401234500000", 9),  # WE-13, a GLN
        ("629104150021", 3),  # WE-13, a GTIN-13
        ("00000000000000000", 0),  # an SSCC body of zeros
    ],
)
def test_gs1_check_digits(body: str, digit: int) -> None:
    assert gs1_check_digit(body) == digit


def test_container_check_digit() -> None:
    assert container_check_digit("CSQU305438") == 3  # WE-13
    assert check_container("csqu 305438 3") == "CSQU3054383"


@pytest.mark.parametrize(
    ("vin", "digit"),
    [("1M8GDM9AXKP042788", "X"), ("1N4BA41E37C866281", "3")],  # both WE-13
)
def test_vin_check_digits(vin: str, digit: str) -> None:
    assert vin_check_digit(vin) == digit
    assert check_vin(vin).warning == ""


@pytest.mark.parametrize("vin", ["1M8GDM9A1KP042788", "LM8GDM9A1KP042788"])
def test_a_wrong_vin_digit_is_an_error_in_north_america_and_china(vin: str) -> None:
    with pytest.raises(ValueError, match="expected check digit"):
        check_vin(vin)


def test_a_wrong_vin_digit_is_a_warning_elsewhere() -> None:
    found = check_vin("wvwzzz1jz3w386752")
    assert found.vin == "WVWZZZ1JZ3W386752"
    assert found.warning.startswith("expected check digit")


@pytest.mark.parametrize(
    ("check", "good"),
    [
        (check_gln, "4012345000009"),
        (check_gtin, "6291041500213"),
        (check_gtin, "96385074"),  # GTIN-8
        (check_gtin, "00012345600012"),  # GTIN-14
        (check_sscc, "340123450000000000"),
        (check_duns, "150483782"),
        (check_bpn, "BPNL00000003CRHK"),
    ],
)
def test_good_numbers_come_back_compact(check: object, good: str) -> None:
    assert callable(check)
    if check is not check_bpn:
        assert check(f" {good[:4]} {good[4:]}") == good
    assert check(good) == good


@pytest.mark.parametrize(
    ("check", "bad", "complaint"),
    [
        (check_gln, "4012345000008", "expected check digit 9 for GLN 4012345000008, got 8"),
        (check_gln, "401234500000", "expected a GLN of 13 digits"),
        (check_gtin, "62910415002AB", "expected a GTIN of 8, 12, 13, 14 digits"),
        (check_gln, "４012345000009", "expected a GLN of 13 digits"),  # full-width digit
        (check_container, "CSQU3054384", "expected check digit 3 for CSQU305438, got 4"),
        (check_container, "CSQX3054383", "expected three letters, one of U, J, Z"),
        (check_container, "CSQU305438", "expected a container number of 11 characters"),
        (check_vin, "1M8GDM9AXKP04278O", "expected 17 characters"),  # the letter O
        (check_duns, "15048378", "expected a DUNS number of 9 digits"),
        (check_bpn, "BPNX00000003CRHK", "expected BPNL, BPNS or BPNA"),
        (check_bpn, "BPNL00000003CRHK\n", "expected BPNL, BPNS or BPNA"),  # trailing line end
    ],
)
def test_bad_numbers_say_why(check: object, bad: str, complaint: str) -> None:
    assert callable(check)
    with pytest.raises(ValueError, match=complaint):
        check(bad)


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_mod_10_finds_every_single_wrong_digit(body: str, position: int, shift: int) -> None:
    wrong = str((int(body[position]) + shift) % 10)
    changed = body[:position] + wrong + body[position + 1 :]
    assert gs1_check_digit(changed) != gs1_check_digit(body)


@given(st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=17, max_size=17))
def test_a_vin_completed_with_its_digit_is_valid(vin: str) -> None:
    completed = vin[:8] + vin_check_digit(vin) + vin[9:]
    assert check_vin(completed).warning == ""
