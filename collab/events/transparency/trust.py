"""The keys whose heads this installation believes: its own and those it named as former ones."""

import base64
from dataclasses import dataclass

from django.conf import settings

from collab.events.checkpoints import public_key
from collab.events.transparency.heads import key_id, keys_of, pem_of


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """A public key as partners take it over, from here and from elsewhere."""

    id: str
    public_key: str
    """Raw, base64."""
    pem: str
    is_current: bool


def trusted_keys() -> dict[str, bytes]:
    """Return the public keys that are believed, by their ids; the audit chains have the same."""
    return keys_of(map(base64.b64decode, _publics()))


def published_keys() -> list[PublishedKey]:
    """Return the public keys for partners, the current one first."""
    found = []
    for place, text in enumerate(_publics()):
        raw = base64.b64decode(text)
        found.append(PublishedKey(key_id(raw), text, pem_of(raw), place == 0))
    return found


def _publics() -> list[str]:
    current = public_key(settings.AUDIT_SEED)
    return [current, *(each for each in settings.AUDIT_FORMER_KEYS if each != current)]
