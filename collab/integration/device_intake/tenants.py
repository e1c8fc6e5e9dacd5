"""Which organisation a tenant's name in a topic means."""

import time
from typing import Final

from collab.organisations.context import acting_for, acting_for_platform, acting_organisation

LOOK_AGAIN_SECONDS: Final = 10.0
"""An unknown name makes us look at all organisations, at most so often."""


class Tenants:
    """Names seen so far; each organisation tells its own, nobody lists them for another."""

    def __init__(self) -> None:
        self._keys: dict[str, int] = {}
        self._looked_at = float("-inf")

    def key_of(self, name: str) -> int | None:
        """Return the key of an active organisation, ``None`` if there is none of this name."""
        if name not in self._keys and time.monotonic() - self._looked_at >= LOOK_AGAIN_SECONDS:
            self._looked_at = time.monotonic()
            self._keys = dict(self._all())
        return self._keys.get(name)

    def _all(self) -> list[tuple[str, int]]:
        found = []
        for key in acting_for_platform(reason="names of tenants in topics of devices"):
            with acting_for(key):
                found.append((acting_organisation().slug, key))
        return found
