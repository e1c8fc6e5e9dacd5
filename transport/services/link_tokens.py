"""The address of a driver's link: opaque, made and read by this installation alone.

It holds whom the link belongs to, which link it is and its secret, encrypted and authenticated
(Fernet) under keys derived from the installation's secret keys; an old key still reads while it
is a fallback. The database keeps only the hash of the secret.
"""

import base64
import hashlib
import secrets
import struct
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

SALT = b"transport.driver-link|"
SECRET_BYTES = 24
_HEAD = struct.Struct(">q16s")
LONGEST = 400


class UnknownLink(LookupError):
    """No such link; a forged, an ended and a revoked one look the same."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What an address says: organisation, link, and the hash of the secret it shows [hex]."""

    organisation_id: int
    link_id: UUID
    digest: str


def new_secret() -> tuple[bytes, str]:
    """Return a fresh secret and its SHA-256 [hex]."""
    secret = secrets.token_bytes(SECRET_BYTES)
    return secret, hashlib.sha256(secret).hexdigest()


def seal(organisation_id: int, link_id: UUID, secret: bytes) -> str:
    """Return the last part of the link's address, safe in a URL."""
    whole = _HEAD.pack(organisation_id, link_id.bytes) + secret
    return _box(_keys()).encrypt(whole).decode().rstrip("=")


def unseal(token: str) -> Opened:
    """Return what the address says, or raise ``UnknownLink``."""
    if not token.isascii() or len(token) > LONGEST:
        raise UnknownLink
    try:
        whole = _box(_keys()).decrypt((token + "=" * (-len(token) % 4)).encode())
    except InvalidToken:
        raise UnknownLink from None
    organisation_id, link = _HEAD.unpack(whole[: _HEAD.size])
    secret = whole[_HEAD.size :]
    return Opened(organisation_id, UUID(bytes=link), hashlib.sha256(secret).hexdigest())


def _keys() -> tuple[str, ...]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [
            Fernet(base64.urlsafe_b64encode(hashlib.sha256(SALT + key.encode()).digest()))
            for key in keys
        ]
    )
