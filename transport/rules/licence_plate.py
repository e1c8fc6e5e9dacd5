"""Licence plates of handling units (ISO/IEC 15459): who gave it, its serial number, ranges.

A plate is issuing agency + company + serial. The data identifier before it says what kind of unit
it stands on; it is printed, but no part of the number that is unique for ever.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from transport.rules.handling_units import Kind

LONGEST: Final = 35  # characters, data identifier included
SERIAL_DIGITS: Final = 9
MOST_IN_RANGE: Final = 10_000
IDENTIFIER_OF: Final = {Kind.SINGLE: "1J", Kind.MIXED: "5J", Kind.MASTER: "6J"}
KIND_OF: Final = {
    "J": Kind.SINGLE,
    "1J": Kind.SINGLE,
    "3J": Kind.SINGLE,
    "4J": Kind.MASTER,
    "5J": Kind.MIXED,
    "6J": Kind.MASTER,
}
_AGENCY = re.compile(r"[A-Z]{2,3}")
_COMPANY = re.compile(r"[A-Z0-9]{1,20}")
_PLATE = re.compile(r"[A-Z]{2,3}[A-Z0-9]{2,31}")
_IDENTIFIER = re.compile(r"[1-6]J(?=[A-Z])")
_CATENA_X = re.compile(r"[A-Z0-9]{2} [A-Z0-9]{4,9} \d{9}")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose plates begin how: agency ``UN`` for a DUNS, ``OD`` for an Odette number."""

    agency: str
    company: str

    def __post_init__(self) -> None:
        if not _AGENCY.fullmatch(self.agency):
            raise ValueError(f"expected an agency of 2 or 3 capital letters, got {self.agency!r}")
        if not _COMPANY.fullmatch(self.company):
            raise ValueError(f"expected 1 to 20 capitals or digits, got {self.company!r}")

    def plate(self, serial: int) -> str:
        """Return the plate of a serial number; it has nine digits, more only when they run out."""
        if serial < 1:
            raise ValueError(f"expected a serial number >= 1, got {serial}")
        found = f"{self.agency}{self.company}{serial:0{SERIAL_DIGITS}d}"
        return checked(found)

    def catena_x(self, plate: str) -> str:
        """Return a plate of this issuer as Catena-X writes it: ``UN 987654321 000000002``.

        Raises ``ValueError`` where the company or the serial number has no such form.
        """
        begins = self.agency + self.company
        found = f"{self.agency} {self.company} {plate.removeprefix(begins)}"
        if not plate.startswith(begins) or not _CATENA_X.fullmatch(found):
            expected = "an agency of 2, a company of 4 to 9 signs and 9 digits"
            raise ValueError(f"expected {expected}, got {plate!r}")
        return found


def checked(plate: str) -> str:
    """Return a plate without data identifier; raise ``ValueError`` for one that is none."""
    if not _PLATE.fullmatch(plate) or len(plate) > LONGEST - 2:
        expected = f"agency, company and serial in at most {LONGEST - 2} capitals and digits"
        raise ValueError(f"expected {expected}, got {plate!r}")
    return plate


def normalised(text: str) -> str:
    """Return what was scanned or typed as a plate: no blanks, no data identifier, capitals."""
    plain = "".join(text.split()).upper()
    return _IDENTIFIER.sub("", plain, count=1) if _IDENTIFIER.match(plain) else plain


def printed(plate: str, kind: Kind) -> str:
    """Return the plate with its data identifier, as the linear code holds it."""
    return IDENTIFIER_OF[kind] + checked(plate)


def expand(first: str, last: str) -> list[str]:
    """Return the plates from ``first`` to ``last``, both included; the width is kept.

    Raises ``ValueError`` for ends that differ in more than their trailing digits, for a range that
    runs backwards and for more than 10,000 plates.
    """
    if first == last:
        return [first]
    begins, start = _ends(first)
    other, stop = _ends(last)
    if begins != other or len(start) != len(stop):
        expected = f"an end that differs from {first} in its trailing digits alone"
        raise ValueError(f"expected {expected}, got {last!r}")
    count = int(stop) - int(start) + 1
    if not 1 <= count <= MOST_IN_RANGE:
        raise ValueError(f"expected a range of 1 to {MOST_IN_RANGE} plates, got {count}")
    return [f"{begins}{number:0{len(start)}d}" for number in range(int(start), int(stop) + 1)]


def ranges(plates: Sequence[str]) -> list[tuple[str, str]]:
    """Return the fewest ranges that expand to ``plates`` in their order."""
    found: list[tuple[str, str]] = []
    for plate in plates:
        if found and _follows(found[-1][1], plate):
            found[-1] = found[-1][0], plate
        else:
            found.append((plate, plate))
    return found


def expanded(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return the plates of several ranges, one after the other."""
    return [plate for first, last in pairs for plate in expand(first, last or first)]


def _follows(before: str, plate: str) -> bool:
    begins, number = _ends(before)
    other, next_number = _ends(plate)
    is_same = begins == other and len(number) == len(next_number) and bool(number)
    return is_same and int(next_number) == int(number) + 1


def _ends(plate: str) -> tuple[str, str]:
    """Return what stands before the trailing digits, and the digits."""
    end = len(plate)
    while end and plate[end - 1].isascii() and plate[end - 1].isdecimal():
        end -= 1
    return plate[:end], plate[end:]
