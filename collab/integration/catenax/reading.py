"""Aspect models declared as dataclasses: one reader and one writer for all of them.

A field says its JSON name and how its value is read; the reader goes through the document, notes
everything that is wrong with its JSON path, and keeps unknown properties aside.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from collab.integration.inbox.findings import Finding, MessageRefused

Aspect = TypeVar("Aspect")
Notes = list[Finding]
Reader = Callable[[Any, str, Notes], Any]
"""Reads a value at a path; notes what is wrong and then returns ``None``."""

Declared = tuple[tuple[str, str, Reader, bool], ...]

_declared: dict[type[Any], Declared] = {}
MOST_ITEMS: Final = 100_000
_UUID = re.compile(r"(urn:uuid:)?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?", re.ASCII | re.IGNORECASE
)


def said(name: str, reader: Reader, **default: Any) -> Any:
    """Declare a field of an aspect: its JSON name, how it is read; with ``default`` it may lack."""
    return field(metadata={"name": name, "reader": reader}, **default)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The base of each object of an aspect: what came along and is not ours to understand."""

    kept_aside: Mapping[str, Any] = field(default_factory=dict)


def parse(kind: type[Aspect], document: Any) -> Aspect:
    """Return a JSON document as an aspect.

    Raises
    ------
    MessageRefused
        With one finding per wrong value, each with its JSON path.
    """
    notes: Notes = []
    found = read_object(kind, document, "", notes)
    if notes:
        raise MessageRefused(notes)
    made: Aspect = found
    return made


def write(aspect: Any) -> dict[str, Any]:
    """Return an aspect as a JSON document, what was kept aside included."""
    document: dict[str, Any] = {}
    for attribute, name, _reader, _is_required in _said(type(aspect)):
        value = getattr(aspect, attribute)
        if value is not None:
            document[name] = _written(value)
    return document | dict(aspect.kept_aside)


def read_object(kind: type[Any], value: Any, path: str, notes: Notes) -> Any:
    """Read one object; see ``Reader``."""
    if not isinstance(value, dict):
        return _wrong(notes, path, "an object", value)
    found: dict[str, Any] = {}
    before = len(notes)
    known = 0
    for attribute, name, reader, is_required in _said(kind):
        if name in value:
            known += 1
            found[attribute] = reader(value[name], f"{path}/{name}", notes)
        elif is_required:
            _wrong(notes, path, f"the property {name}", None, code="missing")
    if len(notes) > before:
        return None
    if known < len(value):
        names = {name for _attribute, name, _reader, _is_required in _said(kind)}
        found["kept_aside"] = {key: each for key, each in value.items() if key not in names}
    return kind(**found)


def object_of(kind: type[Any]) -> Reader:
    """Return the reader of a nested object."""
    return lambda value, path, notes: read_object(kind, value, path, notes)


def list_of(item: Reader) -> Reader:
    """Return the reader of a list whose entries differ from each other."""

    def read(value: Any, path: str, notes: Notes) -> Any:
        if not isinstance(value, list):
            return _wrong(notes, path, "a list", value)
        if len(value) > MOST_ITEMS:
            return _wrong(notes, path, f"at most {MOST_ITEMS} entries", len(value))
        seen: dict[Any, int] = {}
        for at, each in enumerate(value):
            first = seen.setdefault(_fingerprint(each), at)
            if first != at:
                _wrong(notes, f"{path}/{at}", f"an entry unlike entry {first}", each, code="twice")
        return tuple(item(each, f"{path}/{at}", notes) for at, each in enumerate(value))

    return read


def sized(entries: Reader, *, least: int, most: int) -> Reader:
    """Return the reader of a list, as ``entries`` reads it, of ``least`` to ``most`` entries."""

    def read(value: Any, path: str, notes: Notes) -> Any:
        if isinstance(value, list) and not least <= len(value) <= most:
            return _wrong(notes, path, f"{least} to {most} entries", len(value))
        return entries(value, path, notes)

    return read


def text(value: Any, path: str, notes: Notes) -> Any:
    """Read a text."""
    return value if isinstance(value, str) else _wrong(notes, path, "a text", value)


def text_up_to(longest: int) -> Reader:
    """Return the reader of a text of at most ``longest`` characters."""

    def read(value: Any, path: str, notes: Notes) -> Any:
        if isinstance(value, str) and len(value) <= longest:
            return value
        return _wrong(notes, path, f"a text of at most {longest} characters", value)

    return read


def one_of(*allowed: str) -> Reader:
    """Return the reader of a code."""

    def read(value: Any, path: str, notes: Notes) -> Any:
        if isinstance(value, str) and value in allowed:
            return value
        return _wrong(notes, path, f"one of {', '.join(allowed)}", value)

    return read


def matching(pattern: str, expected: str) -> Reader:
    """Return the reader of a text of a certain form."""
    form = re.compile(pattern)

    def read(value: Any, path: str, notes: Notes) -> Any:
        if isinstance(value, str) and form.fullmatch(value):
            return value
        return _wrong(notes, path, expected, value)

    return read


def number(*, least: int | None = None, most: int | None = None) -> Reader:
    """Return the reader of an exact number between ``least`` and ``most``, both included."""
    bounds = f" >= {least}" * (least is not None) + f" <= {most}" * (most is not None)

    def read(value: Any, path: str, notes: Notes) -> Any:
        is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
        if not is_number:
            return _wrong(notes, path, f"a number{bounds}", value)
        exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        too_small = least is not None and exact < least
        if not exact.is_finite() or too_small or (most is not None and exact > most):
            return _wrong(notes, path, f"a number{bounds}", value)
        return exact

    return read


def yes_no(value: Any, path: str, notes: Notes) -> Any:
    """Read a boolean."""
    return value if isinstance(value, bool) else _wrong(notes, path, "true or false", value)


def day(value: Any, path: str, notes: Notes) -> Any:
    """Read a date, ``2026-11-23``."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass  # the shape of a date, but no day of the calendar: refused below
    return _wrong(notes, path, "a date such as 2026-11-23", value)


def instant(value: Any, path: str, notes: Notes) -> Any:
    """Read an instant; ``2026-11-23T08:15:30.123+01:00`` has the offset that it must have."""
    expected = "an instant with its offset such as 2026-11-23T08:15:30+01:00"
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        whole, dot, tail = value.upper().partition(".")
        if dot:  # six digits of a second are kept
            digits = re.match(r"\d+", tail)
            assert digits is not None
            tail = digits[0][:6].ljust(6, "0") + tail[digits.end() :]
        try:
            found = datetime.fromisoformat(whole + dot + tail)
        except ValueError:
            return _wrong(notes, path, expected, value)
        if found.tzinfo is not None:
            return found
    return _wrong(notes, path, expected, value)


identifier: Final = matching(_UUID.pattern, "a UUID, with urn:uuid: before it or without")
bpnl: Final = matching("BPNL[a-zA-Z0-9]{12}", "a BPNL: BPNL and 12 letters or digits")
bpns: Final = matching("BPNS[a-zA-Z0-9]{12}", "a BPNS: BPNS and 12 letters or digits")
bpna: Final = matching("BPNA[a-zA-Z0-9]{12}", "a BPNA: BPNA and 12 letters or digits")
quantity: Final = number(least=0, most=10**18)


def instant_text(moment: datetime) -> str:
    """Return an instant in JSON form; UTC as ``Z``, fractions only if there are any."""
    fraction = moment.microsecond
    unit = "seconds" if not fraction else "microseconds" if fraction % 1000 else "milliseconds"
    written = moment.isoformat(timespec=unit)
    return written.removesuffix("+00:00") + "Z" if written.endswith("+00:00") else written


def _said(kind: type[Any]) -> Declared:
    """Return attribute, JSON name, reader and whether it is required, of each declared field."""
    if (found := _declared.get(kind)) is None:
        found = _declared[kind] = tuple(
            (each.name, each.metadata["name"], each.metadata["reader"], each.default is MISSING)
            for each in fields(kind)
            if "name" in each.metadata
        )
    return found


def _written(value: Any) -> Any:
    if isinstance(value, Kept):
        return write(value)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_written(each) for each in value]
    return value


def _fingerprint(value: Any) -> Any:
    """Return a hashable form that is equal exactly for equal JSON values; 1 is 1.0, true is not."""
    if isinstance(value, dict):
        return ("object", frozenset((key, _fingerprint(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return ("list", tuple(_fingerprint(inner) for inner in value))
    return (isinstance(value, bool), isinstance(value, str), value)


def _wrong(notes: Notes, path: str, expected: str, value: Any, code: str = "schema") -> None:
    shown = "nothing" if code == "missing" else _shown(value)
    notes.append(Finding(code=code, expected=expected, found=shown, path=path or "/"))


def _shown(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", bool: str(value).lower(), type(None): "null"}
    return kinds.get(type(value), str(value)[:200])
