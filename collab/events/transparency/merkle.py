"""The Merkle tree of RFC 6962 and RFC 9162: hashes, growth, and which nodes a proof is made of.

A perfect subtree of 2^level leaves never changes once it is full, so it is stored once under its
``Node`` (every fourth level of them). Everything else, the root of any size and every proof, is
folded from at most 2·log2 n perfect subtrees; a *plan* says from which, so that one query can
fetch what they are made of.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

HASH_BYTES: Final = 32
EMPTY: Final = sha256(b"").digest()
"""Root of the tree without leaves."""


STRIDE: Final = 4
"""Of the perfect subtrees, those of every fourth level are stored: 1.07 hashes an entry, not 2."""


class Node(NamedTuple):
    """The perfect subtree over the leaves from ``place * 2**level`` on, ``2**level`` of them."""

    level: int
    place: int

    @property
    def parts(self) -> "tuple[Node, ...]":
        """The stored subtrees that it is made of, left to right; itself if it is stored."""
        above = self.level % STRIDE
        first = self.place << above
        return tuple(Node(self.level - above, first + each) for each in range(1 << above))


Peaks = tuple[Node, ...]
"""Perfect subtrees side by side, left to right; folded they give one hash of a proof."""


class MissingNode(LookupError):
    """A stored node that a proof needs is not there."""


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(00 ‖ data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes, computed anew in n - 1 hashes."""
    edge = Edge()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def peaks(start: int, end: int) -> Peaks:
    """Return the perfect subtrees that make up the leaves ``start`` to ``end`` (not included).

    ``start`` has to be where the tree splits: a multiple of the largest power of two that is not
    above ``end - start``.
    """
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append(Node(level, start >> level))
        start += 1 << level
    return tuple(found)


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over subtrees side by side, the smallest at the right."""
    if not hashes:
        return EMPTY
    *left, found = hashes
    for each in reversed(left):
        found = node_hash(each, found)
    return found


def inclusion_plan(index: int, size: int) -> tuple[Peaks, ...]:
    """Return what proves leaf ``index`` in a tree of ``size``, from the leaf up (RFC 9162 2.1.3.1).

    Raises ``ValueError`` for a leaf outside the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"expected 0 <= index < {size}, got {index}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(peaks(middle, end))
            end = middle
        else:
            path.append(peaks(start, middle))
            start = middle
    return tuple(reversed(path))


def consistency_plan(first: int, second: int) -> tuple[Peaks, ...]:
    """Return what proves that the tree of ``first`` leaves begins that of ``second``.

    The order is that of RFC 9162 2.1.4.1. Raises ``ValueError`` unless 1 <= first <= second.
    """
    if not 1 <= first <= second:
        raise ValueError(f"expected sizes 1 <= first <= second, got {first} and {second}")
    start, end, path = 0, second, []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            path.append(peaks(middle, end))
            end = middle
        else:
            path.append(peaks(start, middle))
            start = middle
    if start > 0:
        path.append(peaks(start, end))  # a verifier knows the first root, not its parts
    return tuple(reversed(path))


def nodes_in(plan: Iterable[Peaks]) -> list[Node]:
    """Return every stored node that a plan needs, once."""
    return sorted({part for each in plan for node in each for part in node.parts})


def assemble(plan: Iterable[Peaks], stored: Mapping[Node, bytes]) -> list[bytes]:
    """Return the proof's hashes; raise ``MissingNode`` if one of its nodes is not stored."""
    try:
        return [
            fold([root_of([stored[part] for part in node.parts]) for node in each]) for each in plan
        ]
    except KeyError as missing:
        raise MissingNode(f"expected a stored {missing.args[0]}, found none") from None


class Edge:
    """The right edge of a growing tree: all that appending needs, log2 n hashes.

    ``hashes`` are those of ``peaks(0, size)``.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if len(hashes) != size.bit_count():
            raise ValueError(
                f"expected {size.bit_count()} hashes at size {size}, got {len(hashes)}"
            )
        self.size = size
        self._stack = list(hashes)

    def append(self, leaf: bytes) -> list[tuple[Node, bytes]]:
        """Take in one leaf hash; return the nodes that are now full, in amortised one hash."""
        level, found = 0, leaf
        made = [(Node(0, self.size), leaf)]
        while self.size >> level & 1:
            found = node_hash(self._stack.pop(), found)
            level += 1
            made.append((Node(level, self.size >> level), found))
        self._stack.append(found)
        self.size += 1
        return made

    def extend(self, leaves: Iterable[bytes]) -> Iterator[tuple[Node, bytes]]:
        """Take in leaf hashes one by one and yield the nodes that become full and are stored."""
        for leaf in leaves:
            yield from (made for made in self.append(leaf) if made[0].level % STRIDE == 0)

    def root(self) -> bytes:
        """Return the root of the tree as it stands."""
        return fold(self._stack)


def _split(count: int) -> int:
    """Return the largest power of two below ``count``, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
