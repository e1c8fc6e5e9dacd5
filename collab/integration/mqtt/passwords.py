"""Passwords of devices in the form that Mosquitto's password file holds."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

ITERATIONS: Final = 1000
"""Enough for what we hash: random secrets of 128 bits and more, which nobody guesses. The broker
computes one hash a connection on its only thread: after a restart it must admit thousands."""
_SALT_BYTES: Final = 12
_KEY_BYTES: Final = 64
_FORM: Final = re.compile(r"\$7\$(\d{1,9})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)\Z")


def hash_password(secret: str) -> str:
    """Return ``$7$iterations$salt$hash``: PBKDF2 with SHA-512, base64 (mosquitto_passwd(1)).

    ``secret`` must be random, at least 128 bits: a secret that a person chose is too weak for
    `ITERATIONS`.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"$7${ITERATIONS}${_text(salt)}${_text(_derive(secret, salt, ITERATIONS))}"


def verify_password(secret: str, stored: str) -> bool:
    """Whether ``secret`` belongs to a line that `hash_password` or mosquitto_passwd made."""
    found = _FORM.match(stored)
    if found is None:
        return False
    iterations, salt, expected = int(found[1]), base64.b64decode(found[2]), found[3]
    return hmac.compare_digest(_text(_derive(secret, salt, iterations)), expected)


def _derive(secret: str, salt: bytes, iterations: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, iterations, dklen=_KEY_BYTES)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
