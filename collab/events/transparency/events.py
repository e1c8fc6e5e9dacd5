"""What the ledger tells: a new signed head, and that a log no longer continues the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from collab.events.bus import Touch, declare


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class HeadSigned:
    """A log has grown and its new state was signed."""

    version: ClassVar[int] = 1
    name: str
    log_id: str
    tree_size: int

    def touches(self) -> Sequence[Touch]:
        """Return nothing: heads are asked for."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class LogBroken:
    """What is stored of a log does not continue its last signed state; nothing was signed."""

    version: ClassVar[int] = 1
    name: str
    log_id: str
    log_key: str
    reason: str

    def touches(self) -> Sequence[Touch]:
        """Return nothing: whoever hears it raises the exception that screens show."""
        return ()
