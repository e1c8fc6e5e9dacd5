"""Puts numbered frames back in order: two senders may overtake each other."""

from typing import Final

PATIENCE_SECONDS: Final = 0.25
MOST_HELD: Final = 256


class Sequencer:
    """Holds a frame back while the one before it may still be on its way.

    A number that does not come within 0.25 s is given up: the client sees the hole and asks for
    what it missed. A frame that comes after its turn is dropped, for the same reason.
    """

    __slots__ = ("_held", "_next", "_since")

    def __init__(self) -> None:
        self._next: int | None = None
        self._held: dict[int, str] = {}
        self._since = 0.0

    def take(self, seq: int, text: str, now: float) -> list[tuple[int, str]]:
        """Return the frames that are ready now that ``seq`` has come; ``now`` in seconds."""
        if self._next is None or seq == self._next:
            self._next = seq + 1
            return [(seq, text), *self._following()]
        if seq > self._next:
            if not self._held:
                self._since = now
            self._held[seq] = text
            if len(self._held) > MOST_HELD:
                return self._release()
        return []

    def overdue(self, now: float) -> list[tuple[int, str]]:
        """Return the frames that have waited long enough for a number that did not come."""
        if not self._held or now - self._since < PATIENCE_SECONDS:
            return []
        return self._release()

    def _following(self) -> list[tuple[int, str]]:
        found = []
        while self._held and self._next is not None and self._next in self._held:
            found.append((self._next, self._held.pop(self._next)))
            self._next += 1
        return found

    def _release(self) -> list[tuple[int, str]]:
        found = sorted(self._held.items())
        self._held.clear()
        self._next = found[-1][0] + 1
        return found
