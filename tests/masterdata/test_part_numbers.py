"""When part numbers of two partners mean the same part."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.masterdata.rules.part_numbers import compare_key, match_part_numbers

numbers = st.text(string.ascii_letters + string.digits, min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("3c0-937.049 a", "3C0937049A"),  # dashes, dots, spaces, small letters
        ("0004711", "0004711"),  # leading zeros stay
        ("ＡＢ\u00a012", "AB12"),  # full-width letters, a no-break space
        ("A/B_1", "AB1"),
    ],
)
def test_compare_keys(written: str, key: str) -> None:
    assert compare_key(written) == key


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("3C0 937 049 A", "3c0-937-049-a", "same"),
        ("0004711", "4711", "probable"),  # one system may have cut the zeros
        ("4711", "4712", "different"),
        ("4711-01", "4711-1", "different"),  # a zero inside is no leading zero
    ],
)
def test_matches(one: str, other: str, expected: str) -> None:
    assert match_part_numbers(one, other) == expected
    assert match_part_numbers(other, one) == expected


@pytest.mark.parametrize("empty", ["", " ", "-./"])
def test_refuses_what_leaves_nothing_to_compare(empty: str) -> None:
    with pytest.raises(ValueError, match="expected a part number with a letter or digit"):
        compare_key(empty)


@given(numbers, st.text(" -./_", max_size=4), st.integers(0, 20))
def test_separators_never_matter(number: str, separator: str, position: int) -> None:
    written = number[:position] + separator + number[position:]
    assert compare_key(written) == compare_key(number) == compare_key(compare_key(written))


@given(numbers, st.integers(1, 5))
def test_added_leading_zeros_are_probable(number: str, zeros: int) -> None:
    assert match_part_numbers("0" * zeros + number, number) == "probable"
