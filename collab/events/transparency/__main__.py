"""Verify a downloaded proof: a file, a public key, and nothing else.

    python -m collab.events.transparency verify proof.json --key key.pem [--head older-head.json]

Exit codes: 0 the proof holds; 1 it does not, what is wrong is said; 2 the files cannot be judged.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from collab.events.transparency.bundles import BadBundle, Consistency, Inclusion, read_bundle
from collab.events.transparency.heads import BadHead, SignedHead, from_pem, keys_of
from collab.events.transparency.proofs import ProofRefused

HOLDS, REFUSED, UNUSABLE = 0, 1, 2


class Unusable(ValueError):
    """A file cannot be read, or is not what it has to be."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        keys = keys_of(_key(path) for path in asked.key)
        bundle = read_bundle(_json(asked.proof))
        older = None if asked.head is None else SignedHead.read(_json(asked.head))
    except (Unusable, BadBundle, BadHead) as error:
        _say(f"cannot be judged: {error}", sys.stderr)
        return UNUSABLE
    try:
        bundle.verify(keys)
        if older is not None:
            bundle.verify_since(older, keys)
    except (ProofRefused, BadHead) as error:
        _say(f"DOES NOT HOLD: {error}", sys.stderr)
        return REFUSED
    except BadBundle as error:
        _say(f"cannot be judged: {error}", sys.stderr)
        return UNUSABLE
    for line in _sentences(bundle, older):
        _say(line, sys.stdout)
    return HOLDS


def _sentences(bundle: Inclusion | Consistency, older: SignedHead | None) -> list[str]:
    if isinstance(bundle, Inclusion):
        head = bundle.head
        said = [
            f"holds: {bundle.record.kind} {bundle.record.id} is entry {bundle.index + 1}"
            f" of {head.tree_size} in the ledger {head.log_id},",
            f"  as signed with key {head.key_id} at {head.timestamp}.",
            f"  record: {bundle.canonical_form}",
        ]
        if older is not None:
            said.append(f"holds: nothing of the first {older.tree_size} entries was changed.")
        return said
    first, second = bundle.first, bundle.second
    return [
        f"holds: the ledger {first.log_id} grew from {first.tree_size} entries"
        f" ({first.timestamp}) to {second.tree_size} ({second.timestamp}),",
        f"  and nothing of the first {first.tree_size} was changed"
        f" (key {first.key_id}, then {second.key_id}).",
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m collab.events.transparency",
        description=(__doc__ or "").partition("\n")[0],
    )
    commands = parser.add_subparsers(required=True, metavar="verify")
    verify = commands.add_parser("verify", help="verify a proof that was downloaded")
    verify.add_argument("proof", type=Path, help="inclusion or consistency proof, JSON")
    verify.add_argument(
        "--key", type=Path, action="append", required=True, metavar="PEM",
        help="a public key that is believed, known from elsewhere; may be given several times",
    )  # fmt: skip
    verify.add_argument("--head", type=Path, help="an older head you kept, JSON")
    return parser


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise Unusable(f"expected a readable file: {error}") from None
    except (ValueError, RecursionError):
        raise Unusable(f"expected JSON in {path}, got something else") from None


def _key(path: Path) -> bytes:
    try:
        return from_pem(path.read_bytes())
    except OSError as error:
        raise Unusable(f"expected a readable file: {error}") from None


def _say(line: str, to: Any) -> None:
    to.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
