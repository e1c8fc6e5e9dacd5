"""Keys of tracking events: ordered by event time, the same for the same event.

A key is a version 7 UUID (RFC 9562) made from the event instead of from the clock: 48 bits of
milliseconds and 12 bits of the fraction of a millisecond (its section 6.2, method 3) say when the
event happened, 48 bits say which it is, and the last 14 bits number the things it is about (0 = the
event itself). So keys sort by event time to the microsecond, months are ranges of keys, and an
event sent again finds the key it had.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MOST_THINGS: Final = (1 << 14) - 1
_MICROSECOND: Final = timedelta(microseconds=1)
_STEPS: Final = 4096  # of the fraction of a millisecond
_VERSION_8: Final = 0x8 << 76 | 0x2 << 62
_HASHED: Final = ~(0xF << 76 | 0x3 << 62)


@dataclass(frozen=True, slots=True)
class EventKeys:
    """The numbers of an event's UUIDs: its own, and the one it is remembered by.

    ``seen`` does not depend on the time it is sent with.
    """

    event: int
    seen: int


def keys_of(happened_at: datetime, owner_id: int, event_id: str, *, is_error: bool) -> EventKeys:
    """Return the keys of an event: of its time, owner, id and whether it declares an error.

    Raises ``ValueError`` for a time before 1970.
    """
    digest = hashlib.sha256(f"{owner_id}|{is_error:d}|{event_id}".encode()).digest()
    number = int.from_bytes(digest[:16])
    return EventKeys(_time_bits(happened_at) | number >> 80 << 14, number & _HASHED | _VERSION_8)


def event_key(happened_at: datetime, owner_id: int, event_id: str, *, is_error: bool) -> UUID:
    """Return the key of an event; raises ``ValueError`` for a time before 1970."""
    return UUID(int=keys_of(happened_at, owner_id, event_id, is_error=is_error).event)


def seen_key(owner_id: int, event_id: str, *, is_error: bool) -> UUID:
    """Return the key under which an owner's event is remembered, whatever time it is sent with."""
    return UUID(int=keys_of(EPOCH, owner_id, event_id, is_error=is_error).seen)


def thing_key(event: UUID, position: int) -> UUID:
    """Return the key of the thing number ``position``, from 1 to ``MOST_THINGS``, of an event."""
    if not 1 <= position <= MOST_THINGS:
        raise ValueError(f"expected a position from 1 to {MOST_THINGS}, got {position}")
    return UUID(int=event.int + position)


def lower_bound(at: datetime) -> UUID:
    """Return the smallest key of an event at ``at``: add it to conditions on time, it prunes.

    No key is from before 1970, so whatever is asked from before begins there.
    """
    return UUID(int=_time_bits(max(at, EPOCH)))


def time_of(key: UUID) -> datetime:
    """Return when the event of a key happened."""
    milliseconds, fraction = key.int >> 80, key.int >> 64 & 0xFFF
    micros = milliseconds * 1000 + -(-fraction * 1000 // _STEPS)
    return EPOCH + timedelta(microseconds=micros)


def _time_bits(at: datetime) -> int:
    if at < EPOCH:
        raise ValueError(f"expected an event time from 1970 on, got {at.isoformat()}")
    milliseconds, micros = divmod((at - EPOCH) // _MICROSECOND, 1000)
    return milliseconds << 80 | 0x7 << 76 | micros * _STEPS // 1000 << 64 | 0x2 << 62
