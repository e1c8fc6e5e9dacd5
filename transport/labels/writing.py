"""What the printer's standard fonts can write, and what becomes of the rest."""

import unicodedata
from typing import Final

CHARSET: Final = "cp1252"  # of the standard fonts of PDF
WITHOUT_STROKE: Final = str.maketrans("ŁłĐđĦħŦŧ", "LlDdHhTt")  # Unicode takes no stroke off


def is_printable(text: str) -> bool:
    """Say whether the standard fonts have every letter of ``text``."""
    try:
        text.encode(CHARSET)
    except UnicodeEncodeError:
        return False
    return text.isprintable()


def printable(text: str) -> str:
    """Return a text as the standard fonts can write it, empty where they cannot.

    Letters with marks that the fonts lack lose the marks (Brașov becomes Brasov). A text with a
    letter of another script is left out whole: a name with holes in it would be another name. Codes
    are printed beside every name, so a label without the name stays unambiguous.
    """
    if is_printable(text):
        return text
    found = "".join(_plain(sign) for sign in text)
    return found if is_printable(found) and any(sign.isalnum() for sign in found) else ""


def _plain(sign: str) -> str:
    if is_printable(sign):
        return sign
    parts = unicodedata.normalize("NFD", sign.translate(WITHOUT_STROKE))
    return "".join(part for part in parts if not unicodedata.combining(part)) or sign
