"""Queries for tracking events in the parameters of EPCIS 2.0, read into conditions.

Several values of a parameter mean "or", parameters mean "and". Values come as text with ``|``
between them or as JSON lists; identifiers and words in any of their spellings.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from collab.integration.epcis import fields
from collab.integration.epcis.canonical import number_text
from collab.integration.epcis.contexts import Context
from collab.integration.epcis.faults import Wrong, shown
from collab.integration.epcis.model import ACTIONS, KINDS
from collab.integration.epcis.vocabulary import (
    BIZ_STEP,
    DISPOSITION,
    PARTY,
    REASON,
    SENSOR_TYPE,
    TRANSACTION,
    Vocabulary,
)

Comparison = Literal["eq", "gt", "ge", "lt", "le"]
MOST_VALUES: Final = 500
MOST_EVENTS: Final = 100_000
EVENT_TIME, RECORD_TIME = "eventTime", "recordTime"


class BadQuery(ValueError):
    """A parameter of a query is unknown or its value is not as expected."""

    def __init__(self, name: str, expected: str, value: Any = "") -> None:
        self.name, self.expected, self.value = name, expected, shown(value)
        super().__init__(f"expected {expected} as {name}")


@dataclass(frozen=True, slots=True)
class Times:
    """``field`` (``happened_at``, ``recorded_at`` or ``declared_at``) is from or before ``at``."""

    field: str
    comparison: Comparison
    at: datetime


@dataclass(frozen=True, slots=True)
class Words:
    """``field`` of the event is one of ``values``."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """The place in ``field`` is one of ``values`` or a part of one: a GLN with an extension."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marks:
    """The event bears one of these marks (``collab.integration.epcis.traits``)."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Things:
    """One of ``values`` takes part in one of ``roles``; ``classes`` stand for all their items."""

    roles: tuple[str, ...]
    values: tuple[str, ...]
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity of the event compares so with ``value``."""

    comparison: Comparison
    value: Decimal


@dataclass(frozen=True, slots=True)
class Reading:
    """A sensor report in unit ``uom`` has a value that compares so with ``value``."""

    comparison: Comparison
    uom: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Declared:
    """The event declares another one wrong."""


Condition = Times | Words | Within | Marks | Things | Amount | Reading | Declared


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked for: all conditions at once, in an order, at most so many.

    ``limit`` cuts the answer; more than ``most`` events make the query too large instead.
    """

    conditions: tuple[Condition, ...] = ()
    order_by: str = EVENT_TIME
    is_ascending: bool = False
    limit: int | None = None
    most: int | None = None


Reader = Callable[[str, list[Any], Context], Condition]


def read_query(parameters: Mapping[str, Any], context: Context) -> Query:
    """Return a query; ``context`` holds the prefixes of extension fields.

    Raises
    ------
    BadQuery
        For the first parameter that is unknown or has a wrong value.
    """
    conditions: list[Condition] = []
    rest: dict[str, Any] = {}
    for name, value in parameters.items():
        if "\0" in name:
            raise BadQuery(name.replace("\0", "\ufffd"), "a parameter of EPCIS 2.0")
        if name in _CONTROL:
            rest[name] = value
            continue
        try:
            conditions.append(_reader_of(name, context)(name, _values(name, value), context))
        except Wrong as wrong:
            raise BadQuery(name, wrong.fault.expected, wrong.fault.value) from None
    return _ordered(tuple(conditions), rest)


def _ordered(conditions: tuple[Condition, ...], rest: Mapping[str, Any]) -> Query:
    order = rest.get("orderBy", EVENT_TIME)
    if order not in (EVENT_TIME, RECORD_TIME):
        raise BadQuery("orderBy", f"{EVENT_TIME} or {RECORD_TIME}", order)
    direction = rest.get("orderDirection", "DESC")
    if direction not in ("ASC", "DESC"):
        raise BadQuery("orderDirection", "ASC or DESC", direction)
    limit, most = (_count(rest, name) for name in ("eventCountLimit", "maxEventCount"))
    if limit is not None and "orderBy" not in rest:
        raise BadQuery("eventCountLimit", "orderBy beside it", limit)
    if limit is not None and most is not None:
        raise BadQuery("maxEventCount", "no eventCountLimit beside it", most)
    return Query(conditions, order, direction == "ASC", limit, most)


def _count(rest: Mapping[str, Any], name: str) -> int | None:
    if name not in rest:
        return None
    text = str(rest[name])
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_EVENTS):
        raise BadQuery(name, f"a number from 1 to {MOST_EVENTS}", rest[name])
    return int(text)


def _values(name: str, value: Any) -> list[Any]:
    values = value.split("|") if isinstance(value, str) else value
    values = values if isinstance(values, list) else [values]
    if not values or len(values) > MOST_VALUES:
        raise BadQuery(name, f"1 to {MOST_VALUES} values", value)
    return values


def _reader_of(name: str, context: Context) -> Reader:
    """Return who reads the parameter of this name."""
    if name in _EXACT:
        return _EXACT[name]
    for start, read in _FAMILIES.items():
        if name.startswith(start) and len(name) > len(start):
            return read
    for start in ("EQ_ILMD_", "EXISTS_ILMD_", "EQ_", "EXISTS_"):
        if name.startswith(start) and ":" in name:
            if context.name_of(name.removeprefix(start)):
                return _extension
            raise BadQuery(name, "a prefix that is declared, or the whole namespace")
    raise BadQuery(name, "a parameter of EPCIS 2.0")


def _kinds(name: str, values: list[Any], context: Context) -> Condition:
    found = []
    for value in values:
        kind = value if value in KINDS else context.name_of(str(value))
        if not kind:
            raise BadQuery(name, f"one of {', '.join(KINDS)}", value)
        found.append(kind)
    return Words("kind", tuple(found))


def _actions(name: str, values: list[Any], _context: Context) -> Condition:
    for value in values:
        if value not in ACTIONS:
            raise BadQuery(name, "OBSERVE, ADD or DELETE", value)
    return Words("action", tuple(values))


def _time(field: str, comparison: Comparison) -> Reader:
    def read(name: str, values: list[Any], _context: Context) -> Condition:
        return Times(field, comparison, fields.instant(_only(name, values), name))

    return read


def _word(field: str, vocabulary: Vocabulary) -> Reader:
    def read(name: str, values: list[Any], context: Context) -> Condition:
        return Words(field, tuple(fields.word(each, name, vocabulary, context) for each in values))

    return read


def _place(field: str, kind: type[Words] | type[Within]) -> Reader:
    def read(name: str, values: list[Any], context: Context) -> Condition:
        return kind(field, _identifiers(name, values, context))

    return read


def _marked_word(title: str, vocabulary: Vocabulary) -> Reader:
    def read(name: str, values: list[Any], context: Context) -> Condition:
        words = [fields.word(each, name, vocabulary, context) for each in values]
        return Marks(tuple(f"{title}:{word}" for word in words))

    return read


def _marked_identifier(title: str) -> Reader:
    def read(name: str, values: list[Any], context: Context) -> Condition:
        return Marks(tuple(f"{title}:{each}" for each in _identifiers(name, values, context)))

    return read


def _typed(start: str, title: str, vocabulary: Vocabulary) -> Reader:
    def read(name: str, values: list[Any], context: Context) -> Condition:
        kind = fields.word(name.removeprefix(start), name, vocabulary, context)
        found = _identifiers(name, values, context)
        return Marks(tuple(f"{title}:{kind}|{each}" for each in found))

    return read


def _things(*roles: str) -> Reader:
    def read(name: str, values: list[Any], context: Context) -> Condition:
        found = _identifiers(name, values, context)
        is_class = [str(value).startswith("urn:epc:idpat:") for value in values]
        return Things(
            roles,
            found,
            tuple(each for each, is_one in zip(found, is_class, strict=True) if is_one),
        )

    return read


def _amount(comparison: Comparison) -> Reader:
    def read(name: str, values: list[Any], _context: Context) -> Condition:
        return Amount(comparison, _number(name, values))

    return read


def _reading(start: str, comparison: Comparison) -> Reader:
    def read(name: str, values: list[Any], _context: Context) -> Condition:
        uom = fields.unit(name.removeprefix(start), name)
        return Reading(comparison, uom, _number(name, values))

    return read


def _declared(name: str, values: list[Any], _context: Context) -> Condition:
    if str(_only(name, values)).lower() not in {"", "true", "1"}:
        raise BadQuery(name, "true, or no value", values[0])
    return Declared()


def _extension(name: str, values: list[Any], context: Context) -> Condition:
    start, _bar, rest = name.partition("_")
    title = "ilmd" if rest.startswith("ILMD_") else "field"
    field = context.name_of(rest.removeprefix("ILMD_"))
    if start == "EXISTS":
        return Marks((f"{title}:{field}",))
    return Marks(tuple(f"{title}:{field}={_text(value)}" for value in values))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int | float):
        return number_text(value)
    if not isinstance(value, str) or "\0" in value:
        raise Wrong("", "text, numbers or booleans", value)
    return value.strip()


def _identifiers(name: str, values: list[Any], context: Context) -> tuple[str, ...]:
    return tuple(fields.identifier(each, name, context) for each in values)


def _only(name: str, values: Sequence[Any]) -> Any:
    if len(values) != 1:
        raise BadQuery(name, "one value", list(values))
    return values[0]


def _number(name: str, values: list[Any]) -> Decimal:
    value = _only(name, values)
    try:
        found = Decimal(value) if isinstance(value, str) else value
    except InvalidOperation:
        raise BadQuery(name, "a number", value) from None
    return fields.number(found, name)


_CONTROL: Final = frozenset({"orderBy", "orderDirection", "eventCountLimit", "maxEventCount"})
_COMPARISONS: Final[Mapping[str, Comparison]] = {
    "EQ": "eq",
    "GT": "gt",
    "GE": "ge",
    "LT": "lt",
    "LE": "le",
}
_EACH = ("epc", "child", "input", "output")
_EXACT: Final[dict[str, Reader]] = {
    "eventType": _kinds,
    "EQ_action": _actions,
    "EQ_bizStep": _word("biz_step", BIZ_STEP),
    "EQ_disposition": _word("disposition", DISPOSITION),
    "EQ_persistentDisposition_set": _marked_word("set", DISPOSITION),
    "EQ_persistentDisposition_unset": _marked_word("unset", DISPOSITION),
    "EQ_readPoint": _place("read_point", Words),
    "WD_readPoint": _place("read_point", Within),
    "EQ_bizLocation": _place("biz_location", Words),
    "WD_bizLocation": _place("biz_location", Within),
    "EQ_transformationID": _place("transformation_id", Words),
    "EQ_eventID": _place("event_id", Words),
    "EXISTS_errorDeclaration": _declared,
    "EQ_errorReason": _marked_word("reason", REASON),
    "EQ_correctiveEventID": _marked_identifier("corrective"),
    "EQ_type": _marked_word("sensor", SENSOR_TYPE),
    "EQ_deviceID": _marked_identifier("device"),
    "MATCH_epc": _things("epc", "child"),
    "MATCH_parentID": _things("parent"),
    "MATCH_inputEPC": _things("input"),
    "MATCH_outputEPC": _things("output"),
    "MATCH_anyEPC": _things("parent", *_EACH),
    "MATCH_epcClass": _things("epc_class", "child_class"),
    "MATCH_inputEPCClass": _things("input_class"),
    "MATCH_outputEPCClass": _things("output_class"),
    "MATCH_anyEPCClass": _things(*(f"{role}_class" for role in _EACH)),
    **{f"{sign}_quantity": _amount(word) for sign, word in _COMPARISONS.items()},
    **{
        f"{sign}_{name}": _time(field, _COMPARISONS[sign])
        for sign in ("GE", "LT")
        for name, field in (
            (EVENT_TIME, "happened_at"),
            (RECORD_TIME, "recorded_at"),
            ("errorDeclarationTime", "declared_at"),
        )
    },
}
_FAMILIES: Final[Mapping[str, Reader]] = {
    "EQ_bizTransaction_": _typed("EQ_bizTransaction_", "transaction", TRANSACTION),
    "EQ_source_": _typed("EQ_source_", "source", PARTY),
    "EQ_destination_": _typed("EQ_destination_", "destination", PARTY),
    **{f"{sign}_value_": _reading(f"{sign}_value_", word) for sign, word in _COMPARISONS.items()},
}
