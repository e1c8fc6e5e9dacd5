"""What the leaves of a log stand for: the areas say how their objects are hashed again."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

Rehash = Callable[[Sequence[UUID]], Mapping[UUID, str | None]]
"""Returns the hash that each of these objects of the acting organisation has now, taken from its
stored content; ``None`` for one that is kept no longer, nothing for one that should be there."""

_rehash: dict[str, Rehash] = {}


def register(kind: str, rehash: Rehash) -> None:
    """Have objects of ``kind`` compared with what was logged; called from an app's ``ready``."""
    _rehash[kind] = rehash


def rehash_of(kind: str) -> Rehash | None:
    """Return how objects of ``kind`` are hashed again; ``None`` for a kind no app has."""
    return _rehash.get(kind)
