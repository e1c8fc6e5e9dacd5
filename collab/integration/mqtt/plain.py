"""Readings as plain JSON, as a device sends them to ``t/{tenant}/{device}/readings``."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec

MOST_READINGS: Final = 500
"""Readings in one message."""
LARGEST_BYTES: Final = 65_536

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class BadMessage(ValueError):
    """The message is not of this form; the message says what was expected and where."""


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value of one metric, told apart by ``sequence`` or by ``sensed_at``.

    ``sequence`` never comes twice for a metric; without ``sensed_at`` it was measured just now.
    """

    metric: Words
    value: float | bool | Annotated[str, msgspec.Meta(max_length=200)]
    unit: Annotated[str, msgspec.Meta(max_length=12)] = ""
    sensed_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    sequence: Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)] | None = None


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one device says at once."""

    readings: Annotated[list[Reading], msgspec.Meta(max_length=MOST_READINGS)] = []
    battery_percent: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None


_DECODER: Final = msgspec.json.Decoder(Message)


def parse_message(raw: bytes) -> Message:
    """Read one message.

    Raises
    ------
    BadMessage
        If it is too long, no JSON, of another form, or says nothing.
    """
    if len(raw) > LARGEST_BYTES:
        raise BadMessage(f"expected at most {LARGEST_BYTES} bytes, got {len(raw)}")
    try:
        message = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadMessage(f"expected a message of readings: {error}") from error
    if not message.readings and message.battery_percent is None:
        raise BadMessage("expected readings or battery_percent, found neither")
    for place, reading in enumerate(message.readings):
        if reading.sensed_at is None and reading.sequence is None:
            raise BadMessage(
                "expected sensed_at or sequence, without which a repetition looks new"
                f" - at `$.readings[{place}]`"
            )
    return message


def json_schema() -> dict[str, object]:
    """Return the JSON schema of a message, with its parts below ``$defs``."""
    return msgspec.json.schema(Message)


def instant(milliseconds: int) -> datetime:
    """Return the time of Sparkplug's milliseconds since 1970.

    Raises
    ------
    BadMessage
        If it lies beyond the year 9999.
    """
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise BadMessage(f"expected milliseconds since 1970, got {milliseconds}") from error
