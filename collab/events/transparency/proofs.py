"""Verifiers of inclusion and consistency proofs: RFC 9162 2.1.3.2 and 2.1.4.2, with their guards.

The guards beyond the RFC's text (every hash has 32 bytes, nothing is proved of the empty tree,
nothing is left over) are those the published cases ask for.
"""

from collections.abc import Sequence
from hmac import compare_digest

from collab.events.transparency.merkle import HASH_BYTES, node_hash


class ProofRefused(ValueError):
    """The proof does not show what it claims; the text says at what it failed."""


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Raise ``ProofRefused`` unless ``path`` shows ``leaf`` at ``index`` of the tree.

    ``leaf`` and ``root`` are hashes of 32 bytes; the tree has ``size`` leaves.
    """
    if not 0 <= index < size:
        raise ProofRefused(f"expected 0 <= index < {size}, got {index}")
    _check_lengths([leaf, root, *path])
    place, last, found = index, size - 1, leaf
    for each in path:
        if last == 0:
            raise ProofRefused("expected no further hash in the path, got one")
        if place & 1 or place == last:
            found = node_hash(each, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRefused(f"expected a path up to the root, got only {len(path)} hashes")
    _check_equal(found, root, "the path to lead to the root")


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> None:
    """Raise ``ProofRefused`` unless the tree of ``first`` leaves begins that of ``second``."""
    if first < 1:
        raise ProofRefused(f"expected a first size >= 1, got {first}: nothing to hold on to")
    if first > second:
        raise ProofRefused(f"expected the second size to be at least {first}, got {second}")
    if first == second:
        if path:
            raise ProofRefused(f"expected no path between equal sizes, got {len(path)} hashes")
        _check_equal(first_root, second_root, "equal roots at equal sizes")
        return
    _check_lengths([first_root, second_root, *path])
    whole = [first_root, *path] if first.bit_count() == 1 else list(path)
    if not path:
        raise ProofRefused("expected a path between different sizes, got none")
    old, new = _roots(first, second, whole)
    _check_equal(old, first_root, "the path to give the first root")
    _check_equal(new, second_root, "the path to give the second root")


def _roots(first: int, second: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of both sizes that ``path`` leads to."""
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            raise ProofRefused("expected no further hash in the path, got one")
        if place & 1 or place == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, each)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofRefused(f"expected a path up to the root, got only {len(path)} hashes")
    return old, new


def _check_lengths(hashes: Sequence[bytes]) -> None:
    for each in hashes:
        if len(each) != HASH_BYTES:
            raise ProofRefused(f"expected hashes of {HASH_BYTES} bytes, got one of {len(each)}")


def _check_equal(found: bytes, expected: bytes, what: str) -> None:
    if not compare_digest(found, expected):
        raise ProofRefused(f"expected {what} {expected.hex()[:16]}…, got {found.hex()[:16]}…")
