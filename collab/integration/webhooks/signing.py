"""Signatures of Standard Webhooks 1.0: over ``id.timestamp.body``, symmetric or Ed25519."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TOLERANCE_S: Final = 300
SECRET, PUBLIC = "whsec_", "whpk_"
_SECRET_BYTES: Final = 32
_LEAST, _MOST = 24, 64


def new_secret() -> str:
    """Return a secret of 32 random bytes."""
    return SECRET + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sign(keys: Iterable[str], message_id: str, at_s: int, body: bytes) -> str:
    """Return the signature header: one ``v1,…`` for each secret, blanks between them.

    Raises ``ValueError`` for a secret that is not ``whsec_`` and base64 of 24 to 64 bytes.
    """
    return " ".join(_signature(_key(secret), message_id, str(at_s), body) for secret in keys)


def is_signed(
    key: str, message_id: str, timestamp: str, body: bytes, header: str, *, now_s: int
) -> bool:
    """Say whether one signature of the header is right by ``key``, a secret or a public key.

    A timestamp more than 300 s from ``now_s`` is refused; unknown versions are skipped.
    """
    if not (timestamp.isascii() and timestamp.isdecimal()):
        return False
    if abs(now_s - int(timestamp)) > TOLERANCE_S:
        return False
    for each in header.split(" "):
        version, comma, signature = each.partition(",")
        if not comma:
            continue
        if version == "v1" and key.startswith(SECRET):
            expected = _signature(_key(key), message_id, timestamp, body)
            if hmac.compare_digest(expected.encode(), each.encode()):
                return True
        is_public = version == "v1a" and key.startswith(PUBLIC)
        if is_public and _is_public_match(key, signature, _signed(message_id, timestamp, body)):
            return True
    return False


def _signed(message_id: str, timestamp: str, body: bytes) -> bytes:
    return f"{message_id}.{timestamp}.".encode() + body


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    digest = hmac.new(key, _signed(message_id, timestamp, body), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(SECRET) or not _LEAST <= len(key) <= _MOST:
        raise ValueError("expected whsec_ and base64 of 24 to 64 bytes as a secret")
    return key


def _is_public_match(key: str, signature: str, signed: bytes) -> bool:
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix(PUBLIC)))
        public.verify(base64.b64decode(signature), signed)
    except (InvalidSignature, ValueError):
        return False
    return True
