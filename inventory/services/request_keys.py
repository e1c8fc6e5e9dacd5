"""The key of a chain of requests: made at its root, sealed at rest, shown to nobody (IN-19).

It travels down with each request, sealed anew with the installation's field keys, so that no two
rows of a chain look alike. Only the platform opens it, to write an answer's keyed names: the root
counts parties that it cannot name, as whoever held the key could try every known BPN.
"""

import json
import secrets
from dataclasses import dataclass, replace
from functools import partial

from collab.integration.webhooks.sealing import seal, unseal
from inventory.rules.data_request import MOST_TIERS, keyed_name

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Chain:
    """The key of a chain, and how many more tiers may be asked below."""

    key: bytes
    tiers_left: int

    def sealed(self) -> str:
        """Return it as a request stores it."""
        return seal(json.dumps({"key": self.key.hex(), "left": self.tiers_left}))

    def below(self) -> "Chain":
        """Return the chain as those asked next get it."""
        return replace(self, tiers_left=self.tiers_left - 1)

    def party(self, bpn: str) -> str:
        """Return what stands for a party."""
        return self._named("party", bpn)

    def part(self, bpn: str, number: str) -> str:
        """Return what stands for a party's part."""
        return self._named("part", bpn, number)

    @property
    def _named(self) -> "partial[str]":
        return partial(keyed_name, self.key)


def new_chain() -> Chain:
    """Return the chain of a new root."""
    return Chain(secrets.token_bytes(KEY_BYTES), MOST_TIERS - 1)


def opened(stored: str) -> Chain:
    """Return a stored chain; ``cryptography.fernet.InvalidToken`` if no key of ours opens it."""
    found = json.loads(unseal(stored))
    return Chain(bytes.fromhex(found["key"]), found["left"])
