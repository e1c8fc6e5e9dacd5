"""Secrets at rest: sealed with the installation's field keys, the newest first."""

import base64
import hashlib

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


def seal(secret: str) -> str:
    """Return a secret as it is stored."""
    return _keys().encrypt(secret.encode()).decode()


def unseal(stored: str) -> str:
    """Return a stored secret; ``cryptography.fernet.InvalidToken`` if no key of ours opens it."""
    return _keys().decrypt(stored.encode()).decode()


def _keys() -> MultiFernet:
    """Return the field keys; installations for tests have none and make one of the secret key."""
    named = list(settings.FIELD_KEYS)
    if not named:
        digest = hashlib.sha256(b"field|" + settings.SECRET_KEY.encode()).digest()
        named = [base64.urlsafe_b64encode(digest).decode()]
    return MultiFernet([Fernet(key) for key in named])
