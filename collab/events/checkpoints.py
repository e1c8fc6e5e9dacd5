"""Signed states of the audit chains, kept in a folder outside the database.

Whoever owns the database can write a chain anew, hashes and all. They cannot write it so that it
still passes the states signed before: the key and the folder are somewhere else.
"""

import base64
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from collab.events.chain import START, Finding, Tip, canonical

logger = logging.getLogger(__name__)

SEED_BYTES: Final = 32
_SIGNED: Final = ("at", "hash", "number", "tenant")


class BadCheckpoint(ValueError):
    """A checkpoint's signature, key or content is not what it has to be."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of one chain at one time, signed with Ed25519."""

    tenant: str
    number: int
    hash: str
    at: str
    key: str
    """Public key, base64."""
    signature: str
    """Of the canonical JSON of the fields above but ``key``, base64."""

    @property
    def tip(self) -> Tip:
        """Number and hash of the chain's newest entry at that time."""
        return Tip(self.number, self.hash)

    @classmethod
    def sign(cls, tenant: str, tip: Tip, at: datetime, seed: bytes) -> Self:
        """Return the signed state; ``seed`` is the 32-byte Ed25519 private key."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        when = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        content = {"tenant": tenant, "number": tip.number, "hash": tip.hash, "at": when}
        return cls(
            tenant=tenant,
            number=tip.number,
            hash=tip.hash,
            at=when,
            key=public_key(seed),
            signature=_text(private.sign(canonical(content))),
        )

    @classmethod
    def read(cls, body: Any) -> Self:
        """Return the checkpoint that parsed JSON holds; raise ``BadCheckpoint`` otherwise."""
        try:
            return cls(**body)
        except TypeError:
            raise BadCheckpoint("expected a checkpoint's six fields, got something else") from None

    def check(self, trusted: frozenset[str]) -> None:
        """Raise ``BadCheckpoint`` unless one of the ``trusted`` public keys signed it."""
        if self.key not in trusted:
            raise BadCheckpoint(f"expected a trusted key at entry {self.number}, got {self.key}")
        content = {name: getattr(self, name) for name in _SIGNED}
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode(self.key))
            key.verify(base64.b64decode(self.signature), canonical(content))
        except (InvalidSignature, ValueError):
            raise BadCheckpoint(f"expected a good signature at entry {self.number}") from None

    def body(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def public_key(seed: bytes) -> str:
    """Return the public key of a 32-byte private one, base64."""
    return _text(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())


def keep(folder: Path, point: Checkpoint) -> None:
    """Write a checkpoint as a file of its own; one that is there is never written over.

    Raises ``BadCheckpoint`` if another state of that number was signed before.
    """
    path = folder / point.tenant / f"{point.number:012d}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_text(json.dumps(point.body(), indent=1) + "\n", encoding="utf-8")
    try:
        os.link(unfinished, path)  # whole or not at all, and never over an older one
    except FileExistsError:
        before = Checkpoint.read(json.loads(path.read_text(encoding="utf-8")))
        if before.tip != point.tip:
            text = f"expected the chain signed before at entry {point.number}, got another one"
            raise BadCheckpoint(text) from None
    finally:
        unfinished.unlink()


def kept(folder: Path, tenant: str) -> Iterator[Checkpoint]:
    """Yield a tenant's checkpoints, newest first; signatures are not checked here."""
    for path in sorted((folder / tenant).glob("*.json"), reverse=True):
        yield Checkpoint.read(json.loads(path.read_text(encoding="utf-8")))


def newest(folder: Path, tenant: str) -> Checkpoint | None:
    """Return a tenant's newest checkpoint, or ``None`` before the first."""
    return next(kept(folder, tenant), None)


def start_from(point: Checkpoint | None, trusted: frozenset[str]) -> Tip:
    """Return from where a chain needs to be looked at; raise ``BadCheckpoint`` for a false one."""
    if point is None:
        return START
    point.check(trusted)
    return point.tip


def signed_findings(points: list[Checkpoint], trusted: frozenset[str]) -> list[Finding]:
    """Return the checkpoints that no trusted key signed."""
    findings = []
    for point in points:
        try:
            point.check(trusted)
        except BadCheckpoint as bad:
            findings.append(Finding(point.number, "unsigned", str(bad)))
    return findings


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
