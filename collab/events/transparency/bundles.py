"""What a partner downloads: a record with its proof, or two heads with theirs; and how it is read.

A leaf commits to a record without giving it away: its data is the canonical JSON of the record's
kind, id and hash together with a salt that only its readers get. So the neighbours' hashes in a
path confirm no guess about the neighbours.
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, Self

from collab.events.chain import canonical
from collab.events.transparency.heads import BadHead, Keys, SignedHead
from collab.events.transparency.merkle import leaf_hash
from collab.events.transparency.proofs import ProofRefused, verify_consistency, verify_inclusion

INCLUSION: Final = "collab.inclusion.v1"
CONSISTENCY: Final = "collab.consistency.v1"
SALT_BYTES: Final = 16
_HASH = re.compile(r"[0-9a-f]{64}")
_NAMED_HASH = re.compile(r"ni:///sha-256;([0-9a-f]{64})(\?ver=[A-Za-z0-9.]+)?")


class BadBundle(ValueError):
    """The file is not one that can be judged."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a leaf stands for. ``hash`` is ``ni:///sha-256;<hex>`` of the canonical form."""

    kind: str
    id: str
    hash: str

    def salt(self, secret: bytes) -> str:
        """Return the record's salt [hex]; ``secret`` is the log's own."""
        whole = hmac.digest(secret, f"{self.kind}\0{self.id}".encode(), "sha256")
        return whole[:SALT_BYTES].hex()

    def leaf(self, salt: str) -> bytes:
        """Return the hash of the leaf."""
        return leaf_hash(
            canonical({"kind": self.kind, "id": self.id, "hash": self.hash, "salt": salt})
        )


def named_hash(canonical_form: str, *, version: str = "") -> str:
    """Return the hash of a record's canonical form; ``version`` is that of its rules."""
    digest = sha256(canonical_form.encode()).hexdigest()
    return f"ni:///sha-256;{digest}" + (f"?ver={version}" if version else "")


@dataclass(frozen=True, slots=True)
class Inclusion:
    """A record, and that it is leaf ``index`` under the head."""

    record: Record
    canonical_form: str
    salt: str
    index: int
    path: Sequence[bytes]
    head: SignedHead
    since: int | None = None
    """Size of an older head that ``since_path`` ties to the head."""
    since_path: Sequence[bytes] = ()

    def verify(self, keys: Keys) -> None:
        """Raise ``ProofRefused`` or ``BadHead`` at the first thing that does not hold."""
        if _digest(self.record.hash) != sha256(self.canonical_form.encode()).hexdigest():
            raise ProofRefused("expected the record to have the hash that was logged; it does not")
        self.head.check(keys)
        leaf = self.record.leaf(self.salt)
        size, root = self.head.tree_size, self.head.root_bytes
        verify_inclusion(leaf, self.index, size, self.path, root)

    def verify_since(self, older: SignedHead, keys: Keys) -> None:
        """Raise unless the log still begins as ``older`` says; ``BadBundle`` without a path."""
        older.check(keys)
        _check_same_log(older, self.head)
        path: Sequence[bytes] = ()
        if older.tree_size > self.head.tree_size:
            sizes = f"size {self.head.tree_size} or less, got {older.tree_size}"
            raise BadBundle(f"expected an older head of {sizes}: download the proof again")
        if older.tree_size < self.head.tree_size:
            if self.since != older.tree_size:
                text = (
                    f"expected a path from size {older.tree_size}: ask with from={older.tree_size}"
                )
                raise BadBundle(text)
            path = self.since_path
        _check_grown(older, self.head, path)

    def body(self) -> dict[str, Any]:
        """Return it as JSON values."""
        found = {
            "format": INCLUSION,
            "record": {
                "kind": self.record.kind,
                "id": self.record.id,
                "hash": self.record.hash,
                "canonical": self.canonical_form,
            },
            "salt": self.salt,
            "index": self.index,
            "path": [each.hex() for each in self.path],
            "head": self.head.body(),
        }
        if self.since is not None:
            path = [each.hex() for each in self.since_path]
            found["since"] = {"tree_size": self.since, "path": path}
        return found

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Return the bundle that parsed JSON holds; raise ``BadBundle`` for anything else."""
        record, since = body.get("record"), body.get("since")
        if not isinstance(record, Mapping):
            raise BadBundle("expected a record")
        if since is not None and not isinstance(since, Mapping):
            raise BadBundle("expected since to hold a tree_size and a path")
        return cls(
            record=Record(*(_text(record, name) for name in ("kind", "id", "hash"))),
            canonical_form=_text(record, "canonical"),
            salt=_text(body, "salt"),
            index=_number(body, "index"),
            path=_path(body),
            head=_head(body, "head"),
            since=None if since is None else _number(since, "tree_size"),
            since_path=() if since is None else _path(since),
        )


@dataclass(frozen=True, slots=True)
class Consistency:
    """Two heads of one log, and that the older one's leaves begin the newer one's."""

    first: SignedHead
    second: SignedHead
    path: Sequence[bytes]

    def verify(self, keys: Keys) -> None:
        """Raise ``ProofRefused`` or ``BadHead`` at the first thing that does not hold."""
        self.first.check(keys)
        self.second.check(keys)
        _check_same_log(self.first, self.second)
        _check_grown(self.first, self.second, self.path)

    def verify_since(self, older: SignedHead, keys: Keys) -> None:
        """Raise unless ``older`` is the very state that the proof begins with."""
        older.check(keys)
        _check_same_log(older, self.first)
        if older.tree_size != self.first.tree_size:
            sizes = f"size {older.tree_size}, got one from {self.first.tree_size}"
            raise BadBundle(f"expected a proof from {sizes}: ask with from={older.tree_size}")
        _check_grown(older, self.first, ())

    def body(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "format": CONSISTENCY,
            "first": self.first.body(),
            "second": self.second.body(),
            "path": [each.hex() for each in self.path],
        }

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Return the bundle that parsed JSON holds; raise ``BadBundle`` for anything else."""
        return cls(_head(body, "first"), _head(body, "second"), _path(body))


def read_bundle(body: Any) -> Inclusion | Consistency:
    """Return what a downloaded file holds; raise ``BadBundle`` for anything else."""
    found = body.get("format") if isinstance(body, Mapping) else None
    if found == INCLUSION:
        return Inclusion.read(body)
    if found == CONSISTENCY:
        return Consistency.read(body)
    raise BadBundle(f"expected the format {INCLUSION} or {CONSISTENCY}, got {found!r}")


def _check_same_log(older: SignedHead, newer: SignedHead) -> None:
    if older.log_id != newer.log_id:
        raise ProofRefused(f"expected heads of one log, got {older.log_id} and {newer.log_id}")


def _check_grown(older: SignedHead, newer: SignedHead, path: Sequence[bytes]) -> None:
    verify_consistency(older.tree_size, newer.tree_size, older.root_bytes, newer.root_bytes, path)


def _digest(named: str) -> str:
    found = _NAMED_HASH.fullmatch(named)
    if found is None:
        raise BadBundle(f"expected a hash such as ni:///sha-256;…, got {named!r}")
    return found[1]


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise BadBundle(f"expected {name} to be text, got {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise BadBundle(f"expected {name} to be text, got half a character in it") from None
    return value


def _number(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    if type(value) is not int or value < 0:
        raise BadBundle(f"expected {name} to be a whole number >= 0, got {value!r}")
    return value


def _path(body: Mapping[str, Any]) -> tuple[bytes, ...]:
    value = body.get("path")
    if not isinstance(value, list) or not all(
        isinstance(each, str) and _HASH.fullmatch(each) for each in value
    ):
        raise BadBundle("expected a path of hashes with 64 hexadecimal digits each")
    return tuple(bytes.fromhex(each) for each in value)


def _head(body: Mapping[str, Any], name: str) -> SignedHead:
    try:
        return SignedHead.read(body.get(name))
    except BadHead as bad:
        raise BadBundle(f"{name}: {bad}") from None
