"""JSON documents from partners: bounded, exact in numbers, refused with a place."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from collab.integration.inbox.findings import Finding, MessageRefused

DEEPEST: Final = 50
LONGEST_NUMBER: Final = 60  # characters
MOST_VALUES: Final = 300_000


def loads(raw: bytes) -> Any:
    """Return a JSON document; numbers are ``Decimal``, whole ones ``int``.

    Raises
    ------
    MessageRefused
        For bytes that are no UTF-8, text that is no JSON, a name twice in one object, numbers
        that are not finite or longer than 60 characters, and nesting deeper than 50.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        found = f"byte {raw[error.start]:#04x} at offset {error.start}"
        raise _refused("charset", "text in UTF-8", found) from None
    _check_count(text)
    try:
        document = json.loads(
            text,
            parse_float=_decimal,
            parse_int=_whole,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        place = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise _refused("no-json", "a JSON document", place) from None
    except RecursionError:
        raise _refused("too-deep", f"at most {DEEPEST} levels", "far more") from None
    if isinstance(document, dict | list):
        _check_depth(document)
    return document


def dumps(document: Any) -> bytes:
    """Return a document as JSON, numbers exactly as they are."""
    return _text(document).encode()


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(k)}: {_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _check_depth(document: Any) -> None:
    """Refuse nesting that is legal JSON but would outgrow the stack of whoever writes it again."""
    level = [document]
    for _depth in range(DEEPEST + 1):
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise _refused("too-deep", f"at most {DEEPEST} levels", "more of them")


def _check_count(text: str) -> None:
    """Refuse more values than a second is enough for, before any of them is read."""
    for mark in ",{[":
        if (found := text.count(mark)) > MOST_VALUES:
            raise _refused("too-many-values", f"at most {MOST_VALUES} values", str(found))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _refused("name-twice", "each name once in an object", twice)
    return found


def _decimal(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER or abs(Decimal(text).adjusted()) > LONGEST_NUMBER:
        raise _refused("number", f"a number of at most {LONGEST_NUMBER} digits", text)
    return Decimal(text)


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _refused("number", f"a number of at most {LONGEST_NUMBER} digits", text)
    return int(text)


def _no_number(text: str) -> Any:
    raise _refused("number", "a finite number", text)


def _refused(code: str, expected: str, found: str) -> MessageRefused:
    return MessageRefused([Finding(code=code, expected=expected, found=found)])
