"""What the inbox tells the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from collab.events.bus import Touch, declare


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageArrived:
    """A message was stored and waits to be applied."""

    version: ClassVar[int] = 1
    message_id: str
    kind: str

    def touches(self) -> Sequence[Touch]:
        """Return nothing: the list of messages is read when it is opened."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHandled:
    """A message was applied, held or refused; ``state`` says which."""

    version: ClassVar[int] = 1
    message_id: str
    kind: str
    state: str
    sender_id: int | None
    applied: int
    held: int

    def touches(self) -> Sequence[Touch]:
        """Return nothing: the list of messages is read when it is opened."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAcknowledged:
    """The receiver of a message said that it took it, or that it refuses it."""

    version: ClassVar[int] = 1
    message_id: str
    receiver_id: int
    is_accepted: bool

    def touches(self) -> Sequence[Touch]:
        """Return nothing: the list of messages is read when it is opened."""
        return ()
