"""Passwords and keys of the demo network: the same for one installation, unknown to others."""

import hashlib
import hmac

from django.conf import settings

from collab.organisations.credentials import NewKey, new_key


def password() -> str:
    """Return the one password of all demo people of this installation."""
    return "demo-" + _digest("password").hex()[:10]


def api_key(slug: str) -> NewKey:
    """Return the API key of a demo organisation."""
    return new_key(int.from_bytes(_digest(f"key of {slug}"), "big"))


def _digest(purpose: str) -> bytes:
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"demo network, {purpose}".encode(), hashlib.sha256).digest()
