"""Licence plates: their form, ranges that expand and close again, the label's two texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.handling_units import Kind
from transport.rules.licence_plate import (
    LONGEST,
    Issuer,
    checked,
    expand,
    expanded,
    normalised,
    printed,
    ranges,
)

issuers = st.builds(
    Issuer,
    st.from_regex(r"[A-Z]{2}", fullmatch=True),
    st.from_regex(r"[A-Z0-9]{4,9}", fullmatch=True),
)


@given(issuers, st.integers(1, 999_999_999), st.sampled_from(Kind))
def test_a_plate_is_read_as_it_was_printed(issuer: Issuer, serial: int, kind: Kind) -> None:
    plate = issuer.plate(serial)
    label = printed(plate, kind)
    assert len(label) <= LONGEST
    assert normalised(label) == normalised(f"{label[:2]} {label[2:4]} {label[4:]}") == plate
    assert issuer.catena_x(plate) == f"{issuer.agency} {issuer.company} {serial:09d}"


@given(issuers, st.integers(1, 999_990_000), st.integers(0, 300))
def test_a_range_expands_inclusively_and_keeps_its_width(
    issuer: Issuer, start: int, more: int
) -> None:
    first, last = issuer.plate(start), issuer.plate(start + more)
    plates = expand(first, last)
    assert plates == [issuer.plate(start + n) for n in range(more + 1)]
    assert ranges(plates) == [(first, last)]


@given(st.lists(st.integers(1, 40), max_size=30))
def test_ranges_say_any_list_of_plates(serials: list[int]) -> None:
    plates = [Issuer("UN", "987654321").plate(each) for each in serials]
    assert expanded(ranges(plates)) == plates


def test_the_range_of_the_sample_message() -> None:
    plates = expand("UN987654321000000002", "UN987654321000000011")
    assert (len(plates), plates[-1]) == (10, "UN987654321000000011")


@pytest.mark.parametrize(
    ("first", "last"),
    [("UN12", "UN11"), ("UN12", "OD13"), ("UN12", "UN113"), ("UNA", "UNB"), ("UN1", "UN20002")],
)
def test_a_range_that_is_none(first: str, last: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        expand(first, last)


@pytest.mark.parametrize(
    "text", ["", "UN", "un123456", "UN 12", "1JUN12", "UN" + "1" * 32, "ÜN123"]
)
def test_what_is_no_plate(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        checked(text)


@pytest.mark.parametrize(
    ("agency", "company"), [("U", "1"), ("UN", ""), ("UN", "a"), ("UN", "1" * 21)]
)
def test_what_is_no_issuer(agency: str, company: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        Issuer(agency, company)
