"""What the text of a cell means: numbers, days, yes and no; what is open is asked, not guessed."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from math import isfinite
from typing import Any

from collab.integration.imports.registry import (
    DAY,
    NUMBER,
    WHOLE,
    YES_NO,
    CellError,
    ImportColumn,
)

DATE_ORDERS = {"dmy": "31/12/2026", "mdy": "12/31/2026"}
DECIMAL_SIGNS = {",": "1.234,5", ".": "1,234.5"}
_BLANKS = str.maketrans("", "", " \u00a0\u202f'")
_PLAIN = re.compile(r"[+-]?\d+")
_ONE_SIGN = re.compile(r"[+-]?\d+([.,])(\d+)")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*(?:([.,])\d+)?")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00)?)?")
_DOTTED_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_SLASHED_DAY = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_YES = {"yes", "y", "true", "1", "x", "ja", "j", "wahr", "oui", "si", "sí", "tak"}
_NO = {"no", "n", "false", "0", "", "nein", "falsch", "non", "nie"}
_EXCEL_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}
_LONGEST_NUMBER = 40


def text_of(cell: Any) -> str:
    """Return a staged cell as a person sees it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and isfinite(cell):
        return f"{Decimal(f'{cell:.15g}'):f}"
    if isinstance(cell, list):
        return str(cell[-1])
    return str(cell)


def read_cell(
    column: ImportColumn, cell: Any, *, decimal_sign: str = "", date_order: str = ""
) -> str | Decimal | int | date | bool | None:
    """Return the value of a cell, ``None`` when it is empty and may be.

    Raises ``BadCell`` with what was expected; so does a number or day that the file's
    understanding leaves open.
    """
    if isinstance(cell, list):
        raise _bad(column, cell, "a value; the formula was never calculated: save it as values")
    text = text_of(cell).strip()
    if not text:
        if column.is_required:
            raise _bad(column, cell, "a value")
        return None
    if text in _EXCEL_ERRORS:
        raise _bad(column, cell, "a value, not an error of the spreadsheet")
    if column.form == NUMBER:
        return _number(column, cell, decimal_sign)
    if column.form == WHOLE:
        number = _number(column, cell, decimal_sign)
        if number != number.to_integral_value() or abs(number) > 2**31:
            raise _bad(column, cell, "a whole number")
        return int(number)
    if column.form == DAY:
        return _day(column, text, date_order)
    if column.form == YES_NO:
        return _yes_no(column, text)
    return _checked_text(column, text)


class BadCell(ValueError):
    """A cell does not hold what its column wants."""

    def __init__(self, error: CellError) -> None:
        self.error = error
        super().__init__(f"{error.column}: expected {error.expected}, got {error.read!r}")


def decimal_sign_of(texts: Iterable[str]) -> str:
    """Return the decimal sign that the numbers prove, or an empty text if they leave it open.

    A number such as 1,234 proves nothing; 1,5 and 1.234,5 prove the comma. Numbers without
    either sign need none: then a point is returned.
    """
    is_open = False
    seen: set[str] = set()
    for text in texts:
        compact = text.strip().translate(_BLANKS)
        if (sign := _proven_sign(compact)) is not None:
            seen.add(sign)
        elif "," in compact or "." in compact:
            is_open = True
    if len(seen) == 1:
        return seen.pop()
    return "" if seen or is_open else "."


def date_order_of(texts: Iterable[str]) -> str:
    """Return ``dmy`` or ``mdy`` as the days prove it, or an empty text if they leave it open."""
    is_open = False
    seen: set[str] = set()
    for text in texts:
        if match := _SLASHED_DAY.fullmatch(text.strip()):
            first, second = int(match[1]), int(match[2])
            if first > 12 or second > 12:
                seen.add("dmy" if first > 12 else "mdy")
            else:
                is_open = True
    if len(seen) == 1:
        return seen.pop()
    return "" if seen or is_open else "dmy"


def suggest(read: str, known: Sequence[str]) -> str:
    """Return the nearest of ``known``, or an empty text; compares without case."""
    by_key = {name.casefold(): name for name in known}
    found = get_close_matches(read.casefold(), list(by_key), n=1, cutoff=0.75)
    return by_key[found[0]] if found else ""


def _number(column: ImportColumn, cell: Any, decimal_sign: str) -> Decimal:
    if isinstance(cell, bool):
        raise _bad(column, cell, "a number")
    if isinstance(cell, float) and not isfinite(cell):
        raise _bad(column, cell, "a finite number")
    if isinstance(cell, int | float):
        return Decimal(f"{cell:.15g}") if isinstance(cell, float) else Decimal(cell)
    compact = str(cell).strip().translate(_BLANKS)
    if len(compact) > _LONGEST_NUMBER:
        raise _bad(column, cell, f"a number of at most {_LONGEST_NUMBER} digits")
    if _PLAIN.fullmatch(compact) and compact.isascii():
        return Decimal(compact)
    if not (compact.isascii() and (_ONE_SIGN.fullmatch(compact) or _GROUPED.fullmatch(compact))):
        raise _bad(column, cell, "a number")
    sign = _proven_sign(compact) or decimal_sign
    if not sign:
        raise _bad(column, cell, "a known decimal sign: choose comma or point above")
    if decimal_sign and sign != decimal_sign:
        raise _bad(column, cell, f"a number such as {DECIMAL_SIGNS[decimal_sign]}")
    other = "." if sign == "," else ","
    try:
        return Decimal(compact.replace(other, "").replace(sign, "."))
    except InvalidOperation:
        raise _bad(column, cell, "a number") from None


def _proven_sign(compact: str) -> str | None:
    """Return the decimal sign that one number proves by itself, or ``None``."""
    if (one := _ONE_SIGN.fullmatch(compact)) and len(one[2]) != 3:
        return one[1]
    if one and (compact.lstrip("+-").startswith("0") or len(compact.lstrip("+-")) > 7):
        return one[1]  # 0,125 and 1234,567 cannot be thousands
    if (grouped := _GROUPED.fullmatch(compact)) and not one:
        if grouped[2]:
            return grouped[2] if grouped[2] != grouped[1] else None
        return "." if grouped[1] == "," else ","
    return None


def _day(column: ImportColumn, text: str, date_order: str) -> date:
    if match := _ISO_DAY.fullmatch(text):
        parts = (int(match[1]), int(match[2]), int(match[3]))
    elif match := _DOTTED_DAY.fullmatch(text):
        parts = (int(match[3]), int(match[2]), int(match[1]))
    elif match := _SLASHED_DAY.fullmatch(text):
        first, second = int(match[1]), int(match[2])
        order = "dmy" if first > 12 else "mdy" if second > 12 else date_order
        if not order:
            raise _bad(column, text, "a known order of day and month: choose it above")
        day, month = (first, second) if order == "dmy" else (second, first)
        parts = (int(match[3]), month, day)
    else:
        raise _bad(column, text, "a day such as 2026-12-31")
    try:
        return date(*parts)
    except ValueError:
        raise _bad(column, text, "a day of the calendar") from None


def _yes_no(column: ImportColumn, text: str) -> bool:
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise _bad(column, text, "yes or no")


def _checked_text(column: ImportColumn, text: str) -> str:
    if "\ufffd" in text:
        raise _bad(column, text, "readable text: choose the encoding of the file above")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in text):
        raise _bad(column, text, "text without line breaks and control characters")
    if len(text) > column.longest:
        raise _bad(column, text, f"at most {column.longest} characters")
    if column.choices:
        for choice in column.choices:
            if choice.casefold() == text.casefold():
                return choice
        near = suggest(text, column.choices)
        raise BadCell(CellError(column.name, text, f"one of {', '.join(column.choices)}", near))
    return text


def _bad(column: ImportColumn, cell: Any, expected: str) -> BadCell:
    return BadCell(CellError(column.name, text_of(cell).strip(), expected))
