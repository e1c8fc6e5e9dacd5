"""When two partners' part numbers mean the same part."""

import unicodedata
from enum import StrEnum


class PartNumberMatch(StrEnum):
    """How surely two part numbers are one: a probable match asks a person."""

    SAME = "same"
    PROBABLE = "probable"
    DIFFERENT = "different"


def compare_key(part_number: str) -> str:
    """Return ``part_number`` in capitals without spaces and separators; leading zeros stay.

    Everything but letters and digits is a separator; compatibility forms such as
    full-width letters become plain ones first. Raises ``ValueError`` if nothing is left.

    Examples
    --------
    >>> compare_key("00 4711-a.2")
    '004711A2'
    """
    plain = unicodedata.normalize("NFKC", part_number).upper()
    key = "".join(sign for sign in plain if sign.isalnum())
    if not key:
        raise ValueError(f"expected a part number with a letter or digit, got {part_number!r}")
    return key


def match_part_numbers(one: str, other: str) -> PartNumberMatch:
    """Return whether two part numbers are the same, probably the same or different.

    ``PROBABLE`` means that they differ in leading zeros alone, which one system may
    have cut and another may need.
    """
    key, other_key = compare_key(one), compare_key(other)
    if key == other_key:
        return PartNumberMatch.SAME
    if key.lstrip("0") == other_key.lstrip("0"):
        return PartNumberMatch.PROBABLE
    return PartNumberMatch.DIFFERENT
