"""Signed tree heads: how large a log was at one time and its root, signed with Ed25519."""

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from collab.events.chain import LARGEST_NUMBER, canonical

KEY_ID_DIGITS: Final = 16
_ROOT = re.compile(r"[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

Keys = Mapping[str, bytes]
"""Public keys (32 bytes) that are believed, by their ids."""


class BadHead(ValueError):
    """A head's form, key or signature is not what it has to be."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The state of one log at one time."""

    log_id: str
    """``<BPN of the organisation>/<name of the log>``: the same for ever, so that a log that
    was begun anew contradicts its own past."""
    tree_size: int
    root: str
    """Hexadecimal."""
    timestamp: str
    """UTC with milliseconds, such as ``2026-11-22T18:00:00.000Z``."""
    key_id: str
    signature: str
    """Of the canonical JSON (RFC 8785) of the first four fields, base64."""

    @classmethod
    def sign(cls, *, log_id: str, tree_size: int, root: bytes, at: datetime, seed: bytes) -> Self:
        """Return the signed state; ``seed`` is the 32-byte Ed25519 private key."""
        when = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        content = _content(log_id, tree_size, root.hex(), when)
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(
            log_id=log_id,
            tree_size=tree_size,
            root=root.hex(),
            timestamp=when,
            key_id=key_id(private.public_key().public_bytes_raw()),
            signature=base64.b64encode(private.sign(content)).decode("ascii"),
        )

    @classmethod
    def read(cls, body: Any) -> Self:
        """Return the head that parsed JSON holds; raise ``BadHead`` for anything else."""
        if not isinstance(body, dict) or set(body) != set(cls.__dataclass_fields__):
            raise BadHead(f"expected a head with {', '.join(cls.__dataclass_fields__)}")
        size = body["tree_size"]
        if type(size) is not int or not 0 <= size <= LARGEST_NUMBER:
            raise BadHead(f"expected a whole tree_size >= 0, got {size!r}")
        texts = {name: value for name, value in body.items() if name != "tree_size"}
        if wrong := [name for name, value in texts.items() if not isinstance(value, str)]:
            raise BadHead(f"expected {wrong[0]} to be text, got {texts[wrong[0]]!r}")
        if not _ROOT.fullmatch(body["root"]):
            raise BadHead(f"expected a root of 64 hexadecimal digits, got {body['root']!r}")
        if not _INSTANT.fullmatch(body["timestamp"]):
            raise BadHead(f"expected a UTC timestamp with ms, got {body['timestamp']!r}")
        return cls(**body)

    @property
    def root_bytes(self) -> bytes:
        """The root, 32 bytes."""
        return bytes.fromhex(self.root)

    @property
    def at(self) -> datetime:
        """When it was signed, by the signer's clock."""
        return datetime.fromisoformat(self.timestamp)

    def check(self, keys: Keys) -> None:
        """Raise ``BadHead`` unless one of the believed ``keys`` signed it."""
        raw = keys.get(self.key_id)
        if raw is None:
            known = ", ".join(sorted(keys)) or "none"
            raise BadHead(f"expected a head signed with a known key ({known}), got {self.key_id}")
        content = _content(self.log_id, self.tree_size, self.root, self.timestamp)
        try:
            signature = base64.b64decode(self.signature, validate=True)
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, content)
        except (InvalidSignature, ValueError):
            text = f"expected a good signature of {self.key_id} at size {self.tree_size}"
            raise BadHead(text) from None

    def body(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def key_id(public: bytes) -> str:
    """Return the id of a raw public key: the first digits of its SHA-256."""
    return sha256(public).hexdigest()[:KEY_ID_DIGITS]


def keys_of(publics: Iterable[bytes]) -> dict[str, bytes]:
    """Return raw public keys by their ids."""
    return {key_id(raw): raw for raw in publics}


def pem_of(public: bytes) -> str:
    """Return a raw public key as the PEM file that the verifier takes."""
    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def from_pem(text: bytes) -> bytes:
    """Return the raw public key of a PEM file; raise ``BadHead`` if it holds no Ed25519 key."""
    try:
        key = load_pem_public_key(text)
    except ValueError:
        raise BadHead("expected a public key in PEM form, got something else") from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadHead("expected an Ed25519 public key, got one of another kind")
    return key.public_bytes_raw()


def _content(log_id: str, tree_size: int, root: str, timestamp: str) -> bytes:
    return canonical(
        {"log_id": log_id, "tree_size": tree_size, "root": root, "timestamp": timestamp}
    )
