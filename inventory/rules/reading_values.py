"""What a device may say: names of metrics, values, and how they are stored and told again."""

import math
import re
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Final

Value = Decimal | float | bool | str
_METRIC: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ ./:-]{0,59}")
_UNIT: Final = re.compile(r"[^\x00-\x1f\x7f]{0,12}")
MOST_TEXT: Final = 250
BATTERY: Final = "battery"
LARGEST_SEQUENCE: Final = 2**63 - 1


def fault_of(metric: str, value: object, unit: str, sequence: int | None) -> tuple[str, str] | None:
    """Return the field that cannot be taken and what was expected; ``None`` if all can."""
    if not _METRIC.fullmatch(metric):
        return "metric", "1 to 60 letters, digits or . _ - / : in the name of a metric"
    if not _UNIT.fullmatch(unit):
        return "unit", "at most 12 characters without control characters in a unit"
    if sequence is not None and not 0 <= sequence <= LARGEST_SEQUENCE:
        return "sequence", "a whole number from 0 to 2^63 - 1, or none"
    if isinstance(value, str):
        if len(value) > MOST_TEXT or "\x00" in value or not value.isprintable():
            return "value", f"at most {MOST_TEXT} printable characters of text"
        return None
    if isinstance(value, bool):
        return None
    if not isinstance(value, (int, float, Decimal)) or not _is_finite(value):
        return "value", "a finite number, true or false, or text"
    return None


def _is_finite(value: Decimal | float) -> bool:
    """Say whether a value has a double of its own; a whole number may be too large for one."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def stored(value: Value) -> tuple[float | None, str]:
    """Return a value as number and text: flags are 1 or 0 with their word, text has no number."""
    if isinstance(value, bool):
        return float(value), "true" if value else "false"
    if isinstance(value, str):
        return None, value
    return float(value), ""


def told(number: float | None, text: str) -> float | bool | str:
    """Return the value that ``stored`` took apart."""
    if number is None:
        return text
    return bool(number) if text in {"true", "false"} else number


def is_set(number: float | None, text: str) -> bool:
    """Say whether a value means yes: a number that is not 0, or a word for open, on or true."""
    if number is not None:
        return number != 0
    return text.strip().lower() in {"open", "opened", "on", "true", "yes", "1"}


def digest_of(
    number: float | None, text: str, unit: str, sequence: int | None, sensed_at: datetime
) -> bytes:
    """Return what a repetition must have in common (16 bytes).

    Without a sequence the time is part of what a reading is known by; with one, a sender may have
    set its clock meanwhile, so time is no part of it.
    """
    when = "" if sequence is not None else sensed_at.isoformat()
    content = "\x1f".join((repr(number), text, unit, when))
    return blake2b(content.encode(), digest_size=16).digest()
