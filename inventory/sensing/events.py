"""What devices, readings and seals tell; fields are plain JSON values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from collab.events.bus import Touch, declare

SENSOR_TOPIC = "inventory.sensor"
SEAL_TOPIC = "inventory.seal"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingsTaken:
    """Newest readings changed: (key, whose business), at most two a second for each.

    Written by the statement that takes the batch.
    """

    version: ClassVar[int] = 1
    readings: list[list[Any]]  # keys of LatestReading

    def touches(self) -> Sequence[Touch]:
        """Return the newest readings that screens show."""
        return [Touch(SENSOR_TOPIC, UUID(key), about_id) for key, about_id in self.readings]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class SealChanged:
    """A seal was bound, released, looked at, opened or taken off."""

    version: ClassVar[int] = 1
    seal_id: str
    counterparty_id: int
    state: str
    lane: str

    def touches(self) -> Sequence[Touch]:
        """Return the seal."""
        return [Touch(SEAL_TOPIC, UUID(self.seal_id), self.counterparty_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class SealLookedAt:
    """An organisation other than the seal's owner looked at it: the owner follows."""

    version: ClassVar[int] = 1
    scan_id: str
    counterparty_id: int

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show the seal, which its owner changes."""
        return ()
