"""The few rules of Protocol Buffers' wire format that Sparkplug B needs, and no more.

Source: protobuf.dev/programming-guides/encoding. A message is a run of (tag, value); a tag holds
the field's number and how the value is laid out. Unknown fields are skipped, as the format asks.
"""

import struct
from collections.abc import Iterator
from typing import Final

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
_LONGEST_VARINT: Final = 10
_LARGEST_FIELD: Final = (1 << 29) - 1
_WORD: Final = (1 << 64) - 1

Raw = int | bytes
"""A varint as its number, anything else as its bytes."""


class BadWire(ValueError):
    """The bytes are no message of this format; the message says where."""


def fields(payload: bytes) -> Iterator[tuple[int, int, Raw]]:
    """Yield (number of the field, layout, value) for each field in order.

    Raises
    ------
    BadWire
        If a tag or value is cut off, too long, or of a layout no longer in use.
    """
    place, end = 0, len(payload)
    while place < end:
        tag, place = _varint(payload, place)
        number, layout = tag >> 3, tag & 7
        if not 1 <= number <= _LARGEST_FIELD:
            raise BadWire(f"expected a field number before byte {place}, got {number}")
        if layout == VARINT:
            value, place = _varint(payload, place)
            yield number, layout, value
            continue
        if layout == BYTES:
            size, place = _varint(payload, place)
        elif layout in {FIXED64, FIXED32}:
            size = 8 if layout == FIXED64 else 4
        else:
            raise BadWire(f"expected layout 0, 1, 2 or 5 before byte {place}, got {layout}")
        if size > end - place:
            raise BadWire(f"expected {size} bytes from byte {place}, found {end - place}")
        yield number, layout, payload[place : place + size]
        place += size


def varint_field(number: int, value: int) -> bytes:
    """Return a field that holds ``value``, negative ones as 64 bits in two's complement."""
    return _written(number << 3 | VARINT) + _written(value & _WORD)


def bytes_field(number: int, value: bytes) -> bytes:
    """Return a field of bytes, of UTF-8 text or of another message."""
    return _written(number << 3 | BYTES) + _written(len(value)) + value


def float_field(number: int, value: float) -> bytes:
    """Return a field of 32 bits; a number too large for them becomes infinite."""
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        packed = struct.pack("<f", float("inf") if value > 0 else float("-inf"))
    return _written(number << 3 | FIXED32) + packed


def double_field(number: int, value: float) -> bytes:
    """Return a field of 64 bits."""
    return _written(number << 3 | FIXED64) + struct.pack("<d", value)


def _varint(payload: bytes, place: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(payload[place : place + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & _WORD, place + index + 1
    raise BadWire(f"expected a number that ends within 10 bytes at byte {place}")


def _written(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
