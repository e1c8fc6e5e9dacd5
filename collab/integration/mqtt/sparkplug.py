"""Sparkplug B payloads: metrics with names or aliases, datatypes, timestamps and sequence numbers.

Field numbers and datatypes: Sparkplug 3.0 chapter 6.4. Data sets, templates and files are no
readings; they are skipped and come back without a value.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from collab.integration.mqtt.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    VARINT,
    BadWire,
    Raw,
    bytes_field,
    double_field,
    fields,
    float_field,
    varint_field,
)

SEQUENCES: Final = 256
"""Sequence numbers run from 0 to 255 and begin again."""
MOST_METRICS: Final = 10_000
REBIRTH: Final = "Node Control/Rebirth"
BIRTH_SEQUENCE: Final = "bdSeq"
UNIT_PROPERTY: Final = "engUnit"

Value = int | float | bool | str | None


class BadPayload(ValueError):
    """The payload is no Sparkplug B message; the message says what was expected."""


class Datatype(IntEnum):
    """Datatypes of metrics that are readings."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15


_BITS: Final[dict[int, int]] = {
    Datatype.INT8: 8,
    Datatype.INT16: 16,
    Datatype.INT32: 32,
    Datatype.INT64: 64,
}
_LONG: Final[set[int]] = {Datatype.INT64, Datatype.UINT64, Datatype.DATETIME}
_NAME, _ALIAS, _TIME, _TYPE, _HISTORICAL, _NULL, _PROPERTIES = 1, 2, 3, 4, 5, 7, 9
_INT, _LONG_INT, _FLOAT, _DOUBLE, _BOOLEAN, _STRING = 10, 11, 12, 13, 14, 15
_KEYS, _VALUES, _PROPERTY_TYPE, _PROPERTY_STRING = 1, 2, 1, 8


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric of a message; after its birth it may have only its alias."""

    name: str = ""
    alias: int | None = None
    datatype: int = 0
    value: Value = None
    timestamp_ms: int | None = None
    unit: str = ""
    is_historical: bool = False


@dataclass(frozen=True, slots=True)
class Payload:
    """One message; times are milliseconds since 1970 in UTC. A death has no sequence number."""

    timestamp_ms: int | None = None
    sequence: int | None = None
    metrics: Sequence[Metric] = field(default=())

    def value_of(self, name: str) -> Value:
        """Return the value of the metric ``name``, None where there is none."""
        return next((metric.value for metric in self.metrics if metric.name == name), None)


def decode(raw: bytes) -> Payload:
    """Read the bytes of a message.

    Raises
    ------
    BadPayload
        If they are cut off, or a field has another form than Sparkplug gives it.
    """
    timestamp: int | None = None
    sequence: int | None = None
    metrics: list[Metric] = []
    try:
        for number, layout, value in fields(raw):
            if number == 1:
                timestamp = _number(value, layout)
            elif number == 2:
                metrics.append(_metric(_bytes(value, layout)))
            elif number == 3:
                sequence = _number(value, layout)
            if len(metrics) > MOST_METRICS:
                raise BadPayload(f"expected at most {MOST_METRICS} metrics")
    except (BadWire, UnicodeDecodeError) as error:
        raise BadPayload(f"expected a Sparkplug B payload: {error}") from error
    if sequence is not None and sequence >= SEQUENCES:
        raise BadPayload(f"expected seq from 0 to 255, got {sequence}")
    return Payload(timestamp, sequence, tuple(metrics))


def encode(payload: Payload) -> bytes:
    """Write a message; the opposite of `decode`."""
    parts = []
    if payload.timestamp_ms is not None:
        parts.append(varint_field(1, payload.timestamp_ms))
    parts += [bytes_field(2, _written(metric)) for metric in payload.metrics]
    if payload.sequence is not None:
        parts.append(varint_field(3, payload.sequence))
    return b"".join(parts)


def rebirth_command(now_ms: int) -> bytes:
    """Return the NCMD that asks a node to send its birth again."""
    wish = Metric(name=REBIRTH, datatype=Datatype.BOOLEAN, value=True, timestamp_ms=now_ms)
    return encode(Payload(now_ms, None, (wish,)))


def _metric(raw: bytes) -> Metric:
    found: dict[int, tuple[int, Raw]] = {}
    for number, layout, value in fields(raw):
        found[number] = (layout, value)

    def number_at(place: int) -> int | None:
        return _number(found[place][1], found[place][0]) if place in found else None

    datatype = number_at(_TYPE) or 0
    return Metric(
        name=_text(found, _NAME),
        alias=number_at(_ALIAS),
        datatype=datatype,
        value=None if number_at(_NULL) else _value(found, datatype),
        timestamp_ms=number_at(_TIME),
        unit=_unit(_bytes(found[_PROPERTIES][1], found[_PROPERTIES][0]))
        if _PROPERTIES in found
        else "",
        is_historical=bool(number_at(_HISTORICAL)),
    )


def _value(found: dict[int, tuple[int, Raw]], datatype: int) -> Value:
    """Return the one value that is there; integers get their sign back from their datatype.

    Data after a birth may leave the datatype out: then whole numbers come unsigned and
    `signed` finishes them with the datatype of the birth.
    """
    for place in (_INT, _LONG_INT):
        if place in found:
            layout, raw = found[place]
            return signed(_number(raw, layout), datatype)
    if _FLOAT in found:
        return _unpacked("<f", FIXED32, *found[_FLOAT])
    if _DOUBLE in found:
        return _unpacked("<d", FIXED64, *found[_DOUBLE])
    if _BOOLEAN in found:
        layout, raw = found[_BOOLEAN]
        return bool(_number(raw, layout))
    return _text(found, _STRING) if _STRING in found else None


def signed(value: int, datatype: int) -> int:
    """Return a whole number as its datatype means it: two's complement for Int8 to Int64."""
    bits = _BITS.get(datatype)
    if bits is None:
        return value
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _unit(raw: bytes) -> str:
    """Return the text of the property ``engUnit`` of a property set, empty without one."""
    keys: list[str] = []
    values: list[str] = []
    for number, layout, value in fields(raw):
        if number == _KEYS:
            keys.append(_bytes(value, layout).decode())
        elif number == _VALUES:
            inner = {each[0]: each[1:] for each in fields(_bytes(value, layout))}
            values.append(_text(inner, _PROPERTY_STRING))
    return dict(zip(keys, values, strict=False)).get(UNIT_PROPERTY, "")


def _written(metric: Metric) -> bytes:
    parts = []
    if metric.name:
        parts.append(bytes_field(_NAME, metric.name.encode()))
    if metric.alias is not None:
        parts.append(varint_field(_ALIAS, metric.alias))
    if metric.timestamp_ms is not None:
        parts.append(varint_field(_TIME, metric.timestamp_ms))
    if metric.datatype:
        parts.append(varint_field(_TYPE, metric.datatype))
    if metric.is_historical:
        parts.append(varint_field(_HISTORICAL, 1))
    if metric.unit:
        entry = varint_field(_PROPERTY_TYPE, Datatype.STRING)
        entry += bytes_field(_PROPERTY_STRING, metric.unit.encode())
        keys = bytes_field(_KEYS, UNIT_PROPERTY.encode())
        parts.append(bytes_field(_PROPERTIES, keys + bytes_field(_VALUES, entry)))
    parts.append(_written_value(metric))
    return b"".join(parts)


def _written_value(metric: Metric) -> bytes:
    value = metric.value
    if value is None:
        return varint_field(_NULL, 1)
    if isinstance(value, bool):
        return varint_field(_BOOLEAN, int(value))
    if isinstance(value, int):
        if metric.datatype in _LONG or not -(1 << 31) <= value < 1 << 32:
            return varint_field(_LONG_INT, value)
        return varint_field(_INT, value & 0xFFFFFFFF)
    if isinstance(value, float):
        is_single = metric.datatype == Datatype.FLOAT
        return float_field(_FLOAT, value) if is_single else double_field(_DOUBLE, value)
    return bytes_field(_STRING, value.encode())


def _number(value: Raw, layout: int) -> int:
    if layout != VARINT or not isinstance(value, int):
        raise BadWire("expected a whole number")
    return value


def _bytes(value: Raw, layout: int) -> bytes:
    if layout != BYTES or not isinstance(value, bytes):
        raise BadWire("expected bytes")
    return value


def _text(found: dict[int, tuple[int, Raw]], place: int) -> str:
    if place not in found:
        return ""
    layout, value = found[place]
    return _bytes(value, layout).decode()


def _unpacked(form: str, expected: int, layout: int, value: Raw) -> float:
    if layout != expected or not isinstance(value, bytes):
        raise BadWire("expected a floating-point number")
    number: float = struct.unpack(form, value)[0]
    return number
