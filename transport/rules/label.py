"""What a global transport label says (TR-17): Odette LL07/LL08, AIAG B-16, VDA 4994.

One linear code, Code 128, holds the licence plate; one Data Matrix holds all fields in the form of
ISO/IEC 15434. Nothing here draws: ``transport.labels`` does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from transport.rules.handling_units import Kind, plain
from transport.rules.licence_plate import printed

HEAD: Final = "[)>\x1e06"
GROUP, RECORD, END = "\x1d", "\x1e", "\x04"
UNIT_OF_LABEL: Final = {  # Rec 20 → the two letters of ANSI MH10.8.2, where they differ
    "H87": "PC",
    "C62": "PC",
    "KGM": "KG",
    "GRM": "GR",
    "LBR": "LB",
    "MTR": "MR",
    "LTR": "LT",
    "SET": "ST",
}
MODULE_MM: Final = 0.34  # at least 0.33
CODE_HEIGHT_MM: Final = 13.5  # at least 13


class Size(StrEnum):
    """The three heights of a label; each is 210 mm wide."""

    LARGE = "210x148"
    MEDIUM = "210x74"
    SMALL = "210x42"

    @property
    def width_mm(self) -> int:
        """The width [mm]."""
        return 210

    @property
    def height_mm(self) -> int:
        """The height [mm]."""
        return int(self.value.partition("x")[2])

    @property
    def per_sheet(self) -> int:
        """How many fit on a sheet of A4, one below the other."""
        return 297 // self.height_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """All that one label says; quantity and unit are those of the handling unit.

    A mixed label names no part: ``part_number`` is empty and ``quantity`` ``None``. Weights in kg.
    """

    kind: Kind
    plate: str
    ship_from: tuple[str, ...]
    ship_to: tuple[str, ...]
    advice: str = ""
    part_number: str = ""
    supplier_part_number: str = ""
    name: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    order: str = ""
    delivery_note: str = ""
    supplier: str = ""  # the customer's number of the supplier
    duns: str = ""
    lot: str = ""
    pack_type: str = ""
    packs_inside: int = 0
    dock: str = ""
    place: str = ""
    country: str = ""  # of origin, ISO 3166
    produced_on: date | None = None
    gross_kg: Decimal | None = None
    despatched_on: date | None = None

    @property
    def linear(self) -> str:
        """The text of the linear code."""
        return printed(self.plate, self.kind)

    @property
    def plate_text(self) -> str:
        """The licence plate as people read it, in groups."""
        text = self.linear
        return " ".join(
            [text[:2], text[2:4], *(text[at : at + 4] for at in range(4, len(text), 4))]
        )

    def fields(self) -> list[tuple[str, str]]:
        """Return data identifier and value of every field that is filled, the plate first."""
        unit = UNIT_OF_LABEL.get(self.unit, self.unit)
        amount = "" if self.quantity is None else plain(self.quantity)
        identifier, plate = self.linear[:2], self.plate
        told = [
            (identifier, plate),
            ("P", self.part_number),
            ("1P", self.supplier_part_number),
            ("Q", amount),
            ("7Q", f"{amount}{unit}" if amount and unit else ""),
            ("K", self.order),
            ("V", self.supplier),
            ("12V", self.duns),
            ("1T", self.lot),
            ("16D", "" if self.produced_on is None else f"{self.produced_on:%Y%m%d}"),
            ("2S", self.advice),
            ("11K", self.delivery_note),
            ("21L", self.dock),
            ("20L", self.place),
            ("4L", self.country),
            ("B", self.pack_type),
        ]
        return [(key, value) for key, value in told if value]

    @property
    def two_dimensional(self) -> str:
        """The text of the Data Matrix; raise ``ValueError`` for a control character in a field."""
        return message(self.fields())


def message(fields: Iterable[tuple[str, str]]) -> str:
    """Return fields as the text of ISO/IEC 15434, format 06."""
    told = [identifier + value for identifier, value in fields]
    for each in told:
        if not each.isprintable():
            raise ValueError(f"expected no control characters, got {each!r}")
    return HEAD + "".join(GROUP + each for each in told) + RECORD + END


def fields_of(text: str) -> list[tuple[str, str]]:
    """Return the fields of a scanned Data Matrix; raise ``ValueError`` for another form.

    A data identifier is digits and one capital letter.
    """
    if not text.startswith(HEAD + GROUP) or not text.endswith(RECORD + END):
        raise ValueError(f"expected a message of ISO/IEC 15434 in format 06, got {text[:20]!r}")
    found = []
    for each in text[len(HEAD) + 1 : -2].split(GROUP):
        digits = len(each) - len(each.lstrip("0123456789"))
        letter = each[digits : digits + 1]
        if not (letter.isascii() and letter.isupper()):
            raise ValueError(f"expected a data identifier, got {each[:10]!r}")
        found.append((each[: digits + 1], each[digits + 1 :]))
    return found
