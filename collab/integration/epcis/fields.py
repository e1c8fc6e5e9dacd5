"""How single values of a tracking event are read; each reader raises ``Wrong`` with the place."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from collab.integration.epcis.contexts import PLAIN, Context
from collab.integration.epcis.faults import Wrong
from collab.integration.epcis.identifiers import to_link
from collab.integration.epcis.model import Quantity, Typed
from collab.integration.epcis.vocabulary import Vocabulary, is_uri

LONGEST: Final = 2_048  # signs of free text
LONGEST_LINK: Final = 250  # signs of an identifier or a word, as they are stored
MOST: Final = 10_000  # EPCs in one list of an event
WIDEST: Final = Decimal("1e15")
FINEST: Final = -12
DEEPEST: Final = 24
LARGEST_SCALE: Final = 30

_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE
)
_OFFSET = re.compile(r"[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00", re.ASCII)
_UOM = re.compile(r"[A-Z0-9]{2,3}")
_HEX = re.compile(r"([0-9A-Fa-f]{2})+")
_A_TIME = "a date and time with its zone, such as 2026-07-22T06:45:00+02:00"
_QUANTITY = frozenset({"epcClass", "quantity", "uom"})


def text(value: Any, path: str) -> str:
    """Read text of bounded length, blanks around it removed."""
    if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
        raise Wrong(path, f"text of at most {LONGEST} signs, without U+0000", value)
    return value.strip()


def instant(value: Any, path: str) -> datetime:
    """Read a point in time as UTC, rounded half up to milliseconds as the event hash has it."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise Wrong(path, _A_TIME, value)
    try:
        found = datetime.fromisoformat(value.upper()).astimezone(UTC)
        extra = found.microsecond % 1000
        return found + timedelta(microseconds=(1000 - extra if extra >= 500 else -extra))
    except (ValueError, OverflowError):
        raise Wrong(path, _A_TIME, value) from None


def offset(value: Any, path: str) -> str:
    """Read the zone of a place, ``±hh:mm`` up to 14 hours."""
    if not isinstance(value, str) or not _OFFSET.fullmatch(value):
        raise Wrong(path, "a zone ±hh:mm of at most 14:00", value)
    return value


def identifier(value: Any, path: str, context: Context) -> str:
    """Read an EPC, a class, a place or another thing named by a URI, in canonical form."""
    if isinstance(value, str):
        found = _identified(value) if context is PLAIN else None
        found = found or _identified(context.expanded(value.strip()))
        if found:
            return found
    raise Wrong(path, f"a URI of at most {LONGEST_LINK} signs", value)


@lru_cache(maxsize=16_384)
def _identified(value: str) -> str:
    value = value.strip()
    if len(value) > LONGEST:
        return ""
    found = to_link(value) if value.startswith(("urn:epc:", "http")) else value
    if found == value:
        found = PLAIN.expanded(value) if is_uri(value) else ""
    return found if len(found) <= LONGEST_LINK else ""


def identifiers(value: Any, path: str, context: Context) -> tuple[str, ...]:
    """Read a list of things named by URIs."""
    return tuple(
        identifier(each, f"{path}.{place}", context)
        for place, each in enumerate(listed(value, path))
    )


def listed(value: Any, path: str) -> list[Any]:
    """Read a list of bounded length."""
    if not isinstance(value, list):
        raise Wrong(path, "a list", value)
    if len(value) > MOST:
        raise Wrong(path, f"at most {MOST} entries", value)
    return value


def mapped(value: Any, path: str) -> dict[str, Any]:
    """Read an object."""
    if not isinstance(value, dict):
        raise Wrong(path, "an object", value)
    return value


def number(value: Any, path: str) -> Decimal:
    """Read a number, not its text; exact, with at most 12 decimals and 15 digits before them."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Wrong(path, "a number", value)
    found = value if isinstance(value, Decimal) else Decimal(str(value))
    if not found.is_finite() or abs(found) >= WIDEST:
        raise Wrong(path, f"a number below {WIDEST:f}", value)
    exponent = found.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < FINEST:
        raise Wrong(path, f"at most {-FINEST} decimals", value)
    return found


def yes_no(value: Any, path: str) -> bool:
    """Read a boolean."""
    if not isinstance(value, bool):
        raise Wrong(path, "true or false", value)
    return value


def hexadecimal(value: Any, path: str) -> str:
    """Read bytes written as pairs of hexadecimal digits."""
    if not isinstance(value, str) or len(value) > LONGEST or not _HEX.fullmatch(value):
        raise Wrong(path, "pairs of hexadecimal digits", value)
    return value


def unit(value: Any, path: str) -> str:
    """Read a unit code of UN/ECE Recommendation 20."""
    if not isinstance(value, str) or not _UOM.fullmatch(value):
        raise Wrong(path, "a Rec 20 unit code of 2 or 3 capitals or digits", value)
    return value


def word(value: Any, path: str, vocabulary: Vocabulary, context: Context) -> str:
    """Read a word of a vocabulary: bare if it is listed, else a full URI."""
    if isinstance(value, str) and len(value) <= LONGEST:
        found = vocabulary.bare(value) if value in vocabulary.words else ""
        found = found or vocabulary.bare(context.expanded(value.strip()))
        if found and len(found) <= LONGEST_LINK:
            return found
    raise Wrong(path, f"a {vocabulary.title} of the CBV, or a URI", value)


def quantities(value: Any, path: str, context: Context) -> tuple[Quantity, ...]:
    """Read a list of quantity elements; nothing else stands in them."""
    found = []
    for place, each in enumerate(listed(value, path)):
        at = f"{path}.{place}"
        fields = mapped(each, at)
        if not fields.keys() <= _QUANTITY:
            other = min(fields.keys() - _QUANTITY)
            raise Wrong(f"{at}.{other}", "only epcClass, quantity and uom", other)
        if "epcClass" not in fields:
            raise Wrong(f"{at}.epcClass", "the class that the quantity is of")
        amount = number(fields["quantity"], f"{at}.quantity") if "quantity" in fields else None
        if amount is not None and amount < 0:
            raise Wrong(f"{at}.quantity", "a quantity of at least 0", amount)
        uom = unit(fields["uom"], f"{at}.uom") if "uom" in fields else ""
        epc_class = identifier(fields["epcClass"], f"{at}.epcClass", context)
        found.append(Quantity(epc_class, amount, uom))
    return tuple(found)


def typed(
    value: Any, path: str, context: Context, name: str, vocabulary: Vocabulary
) -> tuple[Typed, ...]:
    """Read a list of ``{"type": …, name: …}``: transactions, sources or destinations.

    A transaction may lack its type, a source or destination not.
    """
    found = []
    for place, each in enumerate(listed(value, path)):
        at = f"{path}.{place}"
        fields = mapped(each, at)
        if not fields.keys() <= {"type", name}:
            other = min(fields.keys() - {"type", name})
            raise Wrong(f"{at}.{other}", f"only type and {name}", other)
        kind = ""
        if "type" in fields or name != "bizTransaction":
            kind = word(fields.get("type"), f"{at}.type", vocabulary, context)
        found.append(Typed(kind, identifier(fields.get(name), f"{at}.{name}", context)))
    return tuple(found)


def extras(items: Iterable[tuple[str, Any]], path: str, context: Context) -> dict[str, Any]:
    """Read extension fields: names with their namespace, values as they are, bounded in depth."""
    found: dict[str, Any] = {}
    for key, value in items:
        name = context.name_of(key)
        at = f"{path}.{key}".lstrip(".")
        if not name or not _is_storable(key, at):
            raise Wrong(at, "a known field, or one with a namespace of the context", key)
        found[name] = _tree(value, at, context, DEEPEST)
    return found


def _tree(value: Any, path: str, context: Context, left: int) -> Any:
    if isinstance(value, str):
        if "\0" in value:
            raise Wrong(path, "text without U+0000", value)
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _storable_number(value, path)
    if left == 0:
        raise Wrong(path, f"at most {DEEPEST} levels of extension fields")
    if isinstance(value, list):
        return [
            _tree(each, f"{path}.{place}", context, left - 1)
            for place, each in enumerate(listed(value, path))
        ]
    return {
        context.name_of(key) or key: _tree(inner, f"{path}.{key}", context, left - 1)
        for key, inner in mapped(value, path).items()
        if _is_storable(key, path)
    }


def _storable_number(value: int | float | Decimal, path: str) -> int | float | Decimal:
    """Return a number of an extension, whose digits are bounded so that writing it out is cheap."""
    found = Decimal(value) if isinstance(value, int) else Decimal(str(value))
    exponent = found.as_tuple().exponent
    if (
        not isinstance(exponent, int)
        or exponent < -LARGEST_SCALE
        or found.adjusted() > LARGEST_SCALE
    ):
        raise Wrong(path, f"a number of at most {LARGEST_SCALE} digits on either side", value)
    return value


def _is_storable(key: str, path: str) -> bool:
    """Return true, or raise ``Wrong`` for a key that cannot be kept; inside, a bare key may be."""
    if "\0" in key or len(key) > LONGEST:
        raise Wrong(path, "names without U+0000", key)
    return True
