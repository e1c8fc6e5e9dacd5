"""GS1 identifiers in one spelling: URNs to Digital Links, and back where the prefix is known.

The canonical form is ``https://id.gs1.org/<key>/<value>[/<qualifier>/<value>]`` with numeric keys,
the finest qualifier alone, GTINs of 14 digits, no query, and percent-encoding as GS1 writes it.
Facts: GS1 EPC Tag Data Standard 2, GS1 Digital Link 1.3; ``to_link`` is idempotent.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

from collab.integration.epcis.schemes import (
    KEY_NAMES,
    KEYS,
    QUALIFIER_NAMES,
    SCHEMES,
    check_digit,
)

BASE: Final = "https://id.gs1.org/"
CACHED: Final = 65_536
LONGEST: Final = 2_048  # no identifier is longer; what is, stays as it is

_URN = re.compile(r"urn:epc:(id|idpat|class):([a-z]+):(.+)", re.DOTALL)
_WEB = re.compile(r"https?://[^/?#]+/([^?#]*)", re.IGNORECASE)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WHOLE_PLACE = ("254", "0")  # an extension that names the place itself
_AS_GS1 = "'"  # beside letters, digits and -._~ the one sign that stays as it is


@lru_cache(maxsize=CACHED)
def to_link(text: str) -> str:
    """Return an identifier as canonical Digital Link; what is no GS1 identifier stays as it is."""
    if len(text) > LONGEST:
        return text
    if text.startswith("urn:epc:"):
        return _link_of_urn(text) or text
    if text[:4].lower() == "http":
        return _link_of_web(text) or text
    return text


def to_urn(link: str, prefix_length: int) -> str:
    """Return a Digital Link as EPC URN; ``prefix_length`` is that of the company prefix, 6 to 12.

    What has no URN, or none with such a prefix, stays as it is.
    """
    found = _parts(to_link(link))
    if found is None or not 6 <= prefix_length <= 12:
        return link
    key, value, qualifier, text = found
    return _urn_of(key, value, qualifier, text, prefix_length) or link


def prefix_length_of(urn: str) -> int | None:
    """Return the length of the company prefix that an EPC URN shows, ``None`` for other text."""
    found = _URN.fullmatch(urn)
    prefix = found[3].partition(".")[0] if found else ""
    return len(prefix) if prefix.isascii() and prefix.isdigit() else None


def has_right_check_digit(text: str) -> bool:
    """Say whether an identifier's check digit is right; true for what has none."""
    found = _parts(to_link(text))
    if found is None:
        return True
    key, value, _qualifier, _text = found
    place = KEYS[key].check_at
    if place is None:
        return True
    return value[place] == check_digit(value[:place])


def sscc_of(text: str) -> str:
    """Return the 18 digits of a serial shipping container code, empty for anything else."""
    return _value_of(text, "00")


def gtin_of(text: str) -> str:
    """Return the 14 digits of a trade item number, with or without serial or lot; else empty."""
    return _value_of(text, "01")


def gln_of(text: str) -> str:
    """Return the 13 digits of a place's or a party's number (GLN), empty for anything else."""
    return _value_of(text, "414") or _value_of(text, "417")


def lot_of(text: str) -> str:
    """Return the lot of a class of trade items, empty where there is none."""
    return _qualifier_of(text, "10")


def serial_of(text: str) -> str:
    """Return the serial number of a trade item, empty where there is none."""
    return _qualifier_of(text, "21")


def _value_of(text: str, key: str) -> str:
    """Return the value of a key; a canonical link is not taken apart for that."""
    start = f"{BASE}{key}/"
    link = text if text.startswith(start) else to_link(text)
    if not link.startswith(start):
        return ""
    value = link[len(start) :].partition("/")[0]
    return value if KEYS[key].value.fullmatch(value) else ""


def _qualifier_of(text: str, qualifier: str) -> str:
    found = _parts(to_link(text))
    return found[3] if found is not None and found[2] == qualifier else ""


def _parts(link: str) -> tuple[str, str, str, str] | None:
    """Return key, value, qualifier and its text (both empty if none) of a canonical link."""
    if not link.startswith(BASE):
        return None
    steps = link[len(BASE) :].split("/")
    if len(steps) not in {2, 4} or steps[0] not in KEYS:
        return None
    qualifier, text = steps[2:] if len(steps) == 4 else ("", "")
    return steps[0], unquote(steps[1]), qualifier, unquote(text)


def _linked(key: str, value: str, qualifier: str = "", text: str = "") -> str:
    link = f"{BASE}{key}/{quote(value, safe=_AS_GS1)}"
    return f"{link}/{qualifier}/{quote(text, safe=_AS_GS1)}" if qualifier else link


def _link_of_urn(urn: str) -> str | None:
    found = _URN.fullmatch(urn)
    scheme = SCHEMES.get(found[2]) if found else None
    if found is None or scheme is None or (found[1] == "class") != scheme.is_class:
        return None
    parts = found[3].split(".", scheme.parts - 1)
    if len(parts) < scheme.parts or not 6 <= len(parts[0]) <= 12 or not _is_digits(parts[0]):
        return None
    if _BAD_ESCAPE.search(found[3]):
        return None
    parts = [unquote(part) for part in parts]
    if found[1] == "idpat":
        if parts[-1] != "*" or not scheme.has_serial:
            return None
        parts[-1] = ""
    elif scheme.has_serial and not parts[-1]:
        return None
    key = KEYS[scheme.key]
    value = scheme.value_of(parts)
    if value is None or not key.value.fullmatch(value):
        return None
    text = parts[-1] if scheme.qualifier else ""
    if not text or (scheme.qualifier, text) == _WHOLE_PLACE:
        return _linked(scheme.key, value)
    if not key.qualifiers[scheme.qualifier].fullmatch(text):
        return None
    return _linked(scheme.key, value, scheme.qualifier, text)


def _link_of_web(address: str) -> str | None:
    found = _WEB.match(address)
    if found is None or _BAD_ESCAPE.search(found[1]):
        return None
    steps = found[1].rstrip("/").split("/")
    for place in range(len(steps) - 1):
        name = KEY_NAMES.get(steps[place])
        if name is not None and (link := _link_of_steps(name, steps[place + 1 :])) is not None:
            return link
    return None


def _link_of_steps(name: str, steps: list[str]) -> str | None:
    """Return the link of a key's value and its qualifiers, ``None`` if one of them is not one."""
    key = KEYS[name]
    value = key.padded(unquote(steps[0]))
    if len(steps) % 2 == 0 or not key.value.fullmatch(value):
        return None
    given: dict[str, str] = {}
    for place in range(1, len(steps), 2):
        qualifier = QUALIFIER_NAMES.get(steps[place], "")
        text = unquote(steps[place + 1])
        if qualifier not in key.qualifiers or not key.qualifiers[qualifier].fullmatch(text):
            return None
        given[qualifier] = text
    for qualifier in key.finest:
        if qualifier in given and (qualifier, given[qualifier]) != _WHOLE_PLACE:
            return _linked(name, value, qualifier, given[qualifier])
    return _linked(name, value)


def _urn_of(key: str, value: str, qualifier: str, text: str, length: int) -> str | None:
    for name, scheme in SCHEMES.items():
        if scheme.key != key or (qualifier and scheme.qualifier != qualifier):
            continue
        parts = scheme.parts_of(value, length)
        if parts is None:
            continue
        if scheme.qualifier:
            parts.append(text or ("0" if scheme.qualifier == "254" else ""))
        shown = [_in_urn(part) for part in parts]
        if not scheme.has_serial or parts[-1]:
            form = "class" if scheme.is_class else "id"
        else:
            form, shown[-1] = "idpat", "*"
        return f"urn:epc:{form}:{name}:{'.'.join(shown)}"
    return None


def _in_urn(part: str) -> str:
    """Return a part as it stands in a URN: what the tag data standard escapes, escaped."""
    return quote(part, safe="!'()*+,:;=_-.")


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
