"""Names of handling units: their licence plates as identifiers, and back."""

import re
from typing import Final

SSCC_LINK: Final = "https://id.gs1.org/00/"
PLATE_URN: Final = "urn:x-licence-plate:"
_SSCC = re.compile(r"\d{18}")
_PLATE = re.compile(r"[A-Z]{2,3}[A-Z0-9]{2,31}")


def thing_of(plate: str) -> str:
    """Return the identifier of a unit: the GS1 link of an SSCC, else a URN of the plate."""
    return f"{SSCC_LINK}{plate}" if _SSCC.fullmatch(plate) else f"{PLATE_URN}{plate}"


def plate_of(thing: str) -> str:
    """Return the licence plate that a unit's identifier holds, empty if it holds none.

    An SSCC is 18 digits; any other identifier is taken for a plate if its last part, after a
    slash or a colon, looks like one.
    """
    last = re.split(r"[/:]", thing)[-1].upper()
    if thing.startswith(SSCC_LINK):
        return last if _SSCC.fullmatch(last) else ""
    return last if _PLATE.fullmatch(last) and not thing.startswith("https://id.gs1.org/") else ""
