"""API keys found live a moment ago: a burst of calls asks the database once a second.

A key that is revoked in another process is refused there at most ``SECONDS`` later; in this one at
once. What changes with the call (address, expiry) is checked on every call from what is kept here.
"""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic
from uuid import UUID

from django.db import transaction

SECONDS = 1.0
MOST = 1_000


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What a live key says: whom it acts for, with what, from where, until when."""

    owner_id: int
    client_id: UUID
    scopes: frozenset[str]
    networks: tuple[str, ...]
    expires_at: datetime


_known: dict[str, tuple[float, KeyFacts]] = {}
_lock = Lock()


def recent(digest: str) -> KeyFacts | None:
    """Return the key whose SHA-256 (hex) is ``digest`` if it was found live within a second."""
    found = _known.get(digest)
    if found is None or monotonic() - found[0] > SECONDS:
        return None
    return found[1]


def keep(digest: str, facts: KeyFacts) -> None:
    """Remember a key that was just found live."""
    with _lock:
        if len(_known) >= MOST:
            _known.clear()
        _known[digest] = (monotonic(), facts)


def forget() -> None:
    """Forget all keys, now and again once the running transaction is in.

    Until then another call may have found the revoked key live and kept it.
    """
    _forget()
    transaction.on_commit(_forget)


def _forget() -> None:
    with _lock:
        _known.clear()
