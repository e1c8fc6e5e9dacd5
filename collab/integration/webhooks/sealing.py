"""Secrets at rest: sealed with the installation's field keys, the newest first."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def seal(secret: str) -> str:
    """Return a secret as it is stored."""
    return _keys().encrypt(secret.encode()).decode()


def unseal(stored: str) -> str:
    """Return a stored secret; ``cryptography.fernet.InvalidToken`` if no key of ours opens it."""
    return _keys().decrypt(stored.encode()).decode()


def is_newest(stored: str) -> bool:
    """Say whether a stored secret is sealed with the newest key."""
    try:
        _each()[0].decrypt(stored.encode())
    except InvalidToken:
        return False
    return True


def resealed(stored: str) -> str:
    """Return the same secret sealed with the newest key; ``InvalidToken`` if no key opens it."""
    return _keys().rotate(stored.encode()).decode()


def _keys() -> MultiFernet:
    return MultiFernet(_each())


def _each() -> list[Fernet]:
    """Return the field keys; installations for tests have none and make one of the secret key."""
    named = list(settings.FIELD_KEYS)
    if not named:
        digest = hashlib.sha256(b"field|" + settings.SECRET_KEY.encode()).digest()
        named = [base64.urlsafe_b64encode(digest).decode()]
    return [Fernet(key) for key in named]
