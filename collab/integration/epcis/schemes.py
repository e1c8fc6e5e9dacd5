"""The GS1 keys and the EPC URN schemes: how their digits are put together, as data.

Facts: GS1 General Specifications (application identifiers), EPC Tag Data Standard 2, section 6.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

_SIGN = r"[!\"%-?A-Z_a-z]"  # the 82 signs of GS1
_SIGN_39 = r"[#\-/0-9A-Z]"


def _upto(length: int, sign: str = _SIGN, least: int = 1) -> re.Pattern[str]:
    return re.compile(f"{sign}{{{least},{length}}}")


_LOT, _SERIAL = _upto(20), _upto(20)


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key: what its value looks like, where its check digit is, what qualifies it.

    ``finest`` orders the qualifiers that make a finer thing of it; others are dropped.
    """

    value: re.Pattern[str]
    check_at: int | None = None
    qualifiers: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    finest: tuple[str, ...] = ()
    padded_to: int = 0

    def padded(self, value: str) -> str:
        """Return ``value``, a short trade item number filled up with zeros."""
        return value.zfill(self.padded_to) if len(value) in {8, 12, 13} else value


def _digits(length: int, rest: str = "") -> re.Pattern[str]:
    return re.compile(f"[0-9]{{{length}}}{rest}")


KEYS: Final[Mapping[str, Key]] = {
    "00": Key(_digits(18), 17),
    "01": Key(
        _digits(14),
        13,
        {"21": _SERIAL, "235": _upto(28), "10": _LOT, "22": _upto(20)},
        ("21", "235", "10"),
        padded_to=14,
    ),
    "253": Key(_digits(13, f"{_SIGN}{{0,17}}"), 12),
    "255": Key(_digits(13, "[0-9]{0,12}"), 12),
    "401": Key(_digits(6, f"{_SIGN}{{0,24}}")),
    "402": Key(_digits(17), 16),
    "414": Key(_digits(13), 12, {"254": _upto(20)}, ("254",)),
    "417": Key(_digits(13), 12),
    "8003": Key(_digits(14, f"{_SIGN}{{0,16}}"), 13),
    "8004": Key(_upto(30)),
    "8006": Key(_digits(18), 13, {"21": _SERIAL, "10": _LOT, "22": _upto(20)}, ("21", "10")),
    "8010": Key(_upto(30, _SIGN_39), None, {"8011": re.compile("[0-9]{1,12}")}, ("8011",)),
    "8017": Key(_digits(18), 17, {"8019": re.compile("[0-9]{1,10}")}),
    "8018": Key(_digits(18), 17, {"8019": re.compile("[0-9]{1,10}")}),
}
"""The primary keys that stand for a thing, a place or a party."""

_NAMES = {
    "sscc": "00",
    "gtin": "01",
    "gdti": "253",
    "gcn": "255",
    "ginc": "401",
    "gsin": "402",
    "gln": "414",
    "party": "417",
    "grai": "8003",
    "giai": "8004",
    "itip": "8006",
    "cpid": "8010",
    "gsrnp": "8017",
    "gsrn": "8018",
}
_QUALIFIER_NAMES = {
    "cpv": "22",
    "lot": "10",
    "ser": "21",
    "tpx": "235",
    "glnx": "254",
    "cpsn": "8011",
    "srin": "8019",
}
KEY_NAMES: Final[Mapping[str, str]] = _NAMES | {key: key for key in KEYS}
QUALIFIER_NAMES: Final[Mapping[str, str]] = _QUALIFIER_NAMES | {
    number: number for number in _QUALIFIER_NAMES.values()
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """An EPC URN scheme and the key it stands for.

    ``digits`` counts those of prefix and reference together, without check digit; 0 means free
    text after the prefix. ``leads`` says that the reference's first digit goes before the prefix.
    ``appends`` says that the serial stands in the key's value; ``qualifier`` where it has its own.
    """

    key: str
    parts: int
    digits: int = 0
    leads: bool = False
    appends: bool = False
    qualifier: str = ""
    fill: Literal["", "0"] = ""
    tail: int = 0  # digits after the check digit, as two parts: piece and total
    is_class: bool = False

    @property
    def has_serial(self) -> bool:
        """Whether the last part is a serial (or a lot, or an extension)."""
        return self.appends or bool(self.qualifier)

    def value_of(self, parts: list[str]) -> str | None:
        """Return the key's value made of the parts of a URN, ``None`` if their length is wrong."""
        prefix, reference = parts[0], parts[1]
        if not self.digits:
            return prefix + reference
        if len(prefix) + len(reference) != self.digits or (self.leads and not reference):
            return None
        body = reference[0] + prefix + reference[1:] if self.leads else prefix + reference
        if not (body.isascii() and body.isdigit()):
            return None
        body = self.fill + body
        value = body + check_digit(body)
        if self.tail:
            value += "".join(parts[2:4])
        return value + parts[2] if self.appends else value

    def parts_of(self, value: str, length: int) -> list[str] | None:
        """Return the parts of a URN, the qualifier left out, for a prefix of ``length`` digits."""
        if not self.digits:
            prefix = value[:length]
            return [prefix, value[length:]] if prefix.isdigit() and len(prefix) == length else None
        body = value[len(self.fill) :][: self.digits]
        rest = value[len(self.fill) + self.digits + 1 :]
        if self.leads:
            parts = [body[1 : length + 1], body[0] + body[length + 1 :]]
        else:
            parts = [body[:length], body[length:]]
        if self.tail:
            return [*parts, rest[:2], rest[2:]]
        return [*parts, rest] if self.appends else parts


def check_digit(digits: str) -> str:
    """Return the GS1 check digit of ``digits``: weights 3 and 1 from the right, modulo 10."""
    odd = sum(map(int, digits[-1::-2]))
    even = sum(map(int, digits[-2::-2]))
    return str(-(3 * odd + even) % 10)


SCHEMES: Final[Mapping[str, Scheme]] = {
    "sscc": Scheme("00", 2, 17, leads=True),
    "sgtin": Scheme("01", 3, 13, leads=True, qualifier="21"),
    "lgtin": Scheme("01", 3, 13, leads=True, qualifier="10", is_class=True),
    "upui": Scheme("01", 3, 13, leads=True, qualifier="235"),
    "sgln": Scheme("414", 3, 12, qualifier="254"),
    "pgln": Scheme("417", 2, 12),
    "grai": Scheme("8003", 3, 12, appends=True, fill="0"),
    "giai": Scheme("8004", 2),
    "gdti": Scheme("253", 3, 12, appends=True),
    "gsrn": Scheme("8018", 2, 17),
    "gsrnp": Scheme("8017", 2, 17),
    "gsin": Scheme("402", 2, 16),
    "ginc": Scheme("401", 2),
    "cpi": Scheme("8010", 3, qualifier="8011"),
    "itip": Scheme("8006", 5, 13, leads=True, qualifier="21", tail=4),
    "sgcn": Scheme("255", 3, 12, appends=True),
}
