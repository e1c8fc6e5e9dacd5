"""Which organisation a tenant's name in a topic means."""

import time
from typing import Final

from collab.organisations.context import acting_for, acting_for_platform, acting_organisation
from collab.organisations.models import Organisation, Tenant

LOOK_AGAIN_SECONDS: Final = 10.0
"""An unknown name makes us look at all organisations, at most so often."""


def _is_still(key: int, name: str) -> bool:
    """Say whether an organisation is active and goes by this name now."""
    active = Tenant.objects.filter(is_active=True).values("pk")
    with acting_for(key):
        return Organisation.objects.filter(pk=key, slug=name, pk__in=active).exists()


class Tenants:
    """Names seen so far; each organisation tells its own, nobody lists them for another.

    What is known is asked about again each time: a name may have ended, or be another's now.
    """

    def __init__(self) -> None:
        self._keys: dict[str, int] = {}
        self._looked_at = float("-inf")

    def key_of(self, name: str) -> int | None:
        """Return the key of an active organisation, ``None`` if there is none of this name."""
        if name in self._keys and not _is_still(self._keys[name], name):
            del self._keys[name]
            self._looked_at = float("-inf")
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
