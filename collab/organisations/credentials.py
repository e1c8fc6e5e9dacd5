"""The form of an API key: a prefix that scanners know, 256 random bits, a checksum."""

import hashlib
import secrets
import string
import zlib
from dataclasses import dataclass

PREFIX = "collab_live_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET_LENGTH = 43  # 62^43 > 2^256
_CHECK_LENGTH = 6  # 62^6 > 2^32
_SHOWN = 6


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment when its secret is known."""

    secret: str
    digest: str
    """SHA-256 [hex], all that is stored of the secret."""
    prefix: str
    """The first characters, by which people tell keys apart."""


def new_key(bits: int | None = None) -> NewKey:
    """Return a fresh key of 256 random bits, or the key made of the given ones."""
    body = _in_base_62(secrets.randbits(256) if bits is None else bits, _SECRET_LENGTH)
    secret = f"{PREFIX}{body}{_checksum(body)}"
    return NewKey(secret, digest_of(secret), secret[: len(PREFIX) + _SHOWN])


def digest_of(secret: str) -> str:
    """Return the SHA-256 of a secret [hex]."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_well_formed(secret: str) -> bool:
    """Say whether ``secret`` can be a key of ours; a mistyped one fails without a query."""
    body, check = secret[len(PREFIX) : -_CHECK_LENGTH], secret[-_CHECK_LENGTH:]
    return (
        secret.startswith(PREFIX)
        and len(body) == _SECRET_LENGTH
        and body.isascii()
        and secrets.compare_digest(check.encode(), _checksum(body).encode())
    )


def _checksum(body: str) -> str:
    return _in_base_62(zlib.crc32(body.encode()), _CHECK_LENGTH)


def _in_base_62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))
