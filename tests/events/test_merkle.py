"""The Merkle tree: published vectors, and every property for trees of up to 300 leaves."""

import base64
import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.events.transparency.merkle import (
    EMPTY,
    STRIDE,
    Edge,
    MissingNode,
    Node,
    assemble,
    consistency_plan,
    inclusion_plan,
    leaf_hash,
    node_hash,
    nodes_in,
    peaks,
    root_of,
)
from collab.events.transparency.proofs import ProofRefused, verify_consistency, verify_inclusion

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / os.environ.get("MERKLE_VECTORS", "../shared/data/merkle")
MOST = 300

LEAVES = [leaf_hash(str(number).encode()) for number in range(MOST)]


def plain_root(leaves: list[bytes]) -> bytes:
    """Return the root straight from the definition (RFC 9162 2.1.1)."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return node_hash(plain_root(leaves[:middle]), plain_root(leaves[middle:]))


@pytest.fixture(scope="module")
def stored() -> dict[Node, bytes]:
    return dict(Edge().extend(LEAVES))


@pytest.fixture(scope="module")
def roots() -> list[bytes]:
    """The roots of all sizes, as they were when the tree had that size."""
    edge, found = Edge(), [EMPTY]
    for leaf in LEAVES:
        edge.append(leaf)
        found.append(edge.root())
    return found


def vectors(name: str) -> Any:
    path = FOLDER / name
    if not path.exists():
        if os.environ.get("COLLAB_SHARED") == "required":
            pytest.fail(f"expected the published cases {path}, got none")
        pytest.skip(f"published cases {path} are absent")
    return json.loads(path.read_text(encoding="utf-8"))


def decoded(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(each) for each in texts or []]


def holds(verify: Callable[..., None], *arguments: Any) -> bool:
    try:
        verify(*arguments)
    except ProofRefused:
        return False
    return True


# Known answers


def test_hashes_of_the_standard() -> None:
    assert leaf_hash(b"").hex().startswith("6e340b9cffb37a989ca544e6bb780a2c")
    assert leaf_hash(b"L123456").hex().startswith("395aa064aa4c29f7010acfe3f25db948")
    pair = node_hash(b"N123", b"N456").hex()
    assert pair == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    assert root_of([]) == EMPTY == sha256(b"").digest()


def test_published_roots() -> None:
    found = vectors("rfc6962_vectors.json")
    leaves = [leaf_hash(bytes.fromhex(each)) for each in found["leaves_hex"]]
    for size, root in found["roots_hex"].items():
        assert root_of(leaves[: int(size)]).hex() == root


def test_published_inclusion_cases() -> None:
    cases = vectors("inclusion.json")
    assert len(cases) > 50
    for case in cases:
        leaf, root = decoded([case["leafHash"], case["root"]])
        path = decoded(case["proof"])
        accepted = holds(verify_inclusion, leaf, case["leafIdx"], case["treeSize"], path, root)
        assert accepted is not case["wantErr"], case["name"]


def test_published_consistency_cases() -> None:
    cases = vectors("consistency.json")
    assert len(cases) > 50
    for case in cases:
        first, second = decoded([case["root1"], case["root2"]])
        path = decoded(case["proof"])
        accepted = holds(
            verify_consistency, case["size1"], case["size2"], first, second, path
        )  # fmt: skip
        assert accepted is not case["wantErr"], case["name"]


# Laws, for every size up to 300


def test_roots_are_those_of_the_definition(roots: list[bytes]) -> None:
    for size in [*range(70), 127, 128, 129, 255, 256, 257, MOST]:
        assert roots[size] == plain_root(LEAVES[:size])


def test_growing_costs_one_hash_a_leaf_and_stores_few(stored: dict[Node, bytes]) -> None:
    edge = Edge()
    made = [each for leaf in LEAVES for each in edge.append(leaf)]
    assert len(made) == len(dict(made))
    inner = [node for node, _hash in made if node.level]
    assert len(inner) == MOST - MOST.bit_count()  # n less the number of perfect subtrees
    assert stored == {node: value for node, value in made if node.level % STRIDE == 0}
    assert len(stored) == 300 + 18 + 1
    assert all(root_of([stored[part] for part in node.parts]) == value for node, value in made)


def test_a_tree_grows_on_from_what_is_stored(stored: dict[Node, bytes], roots: list[bytes]) -> None:
    for size in range(MOST):
        edge = Edge(size, assemble([(node,) for node in peaks(0, size)], stored))
        assert edge.root() == roots[size]
        made = edge.append(LEAVES[size])
        assert edge.root() == roots[size + 1]
        kept = [each for each in made if each[0].level % STRIDE == 0]
        assert all(stored[node] == value for node, value in kept)  # an old node never changes
    with pytest.raises(ValueError, match="expected 2 hashes at size 3"):
        Edge(3, [EMPTY])


def test_every_leaf_is_proved_in_every_size(stored: dict[Node, bytes], roots: list[bytes]) -> None:
    for size in range(1, MOST + 1):
        longest = (size - 1).bit_length()  # ⌈log2 n⌉
        for index in range(size):
            path = assemble(inclusion_plan(index, size), stored)
            assert len(path) <= longest
            verify_inclusion(LEAVES[index], index, size, path, roots[size])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 64, 100, 255, 256, 257, MOST])
def test_a_proof_holds_nowhere_else(
    size: int, stored: dict[Node, bytes], roots: list[bytes]
) -> None:
    for index in range(0, size, 1 + size // 40):
        path = assemble(inclusion_plan(index, size), stored)
        for other in range(-1, MOST + 1):
            if other != index:
                assert not holds(
                    verify_inclusion, LEAVES[index], other, size, path, roots[size]
                )  # fmt: skip
            if other != size and other >= 0:  # another size has another root
                assert not holds(
                    verify_inclusion, LEAVES[index], index, other, path, roots[other]
                )  # fmt: skip


def test_every_size_begins_every_later_one(stored: dict[Node, bytes], roots: list[bytes]) -> None:
    for second in range(1, MOST + 1):
        for first in range(1, second + 1):
            path = assemble(consistency_plan(first, second), stored)
            verify_consistency(first, second, roots[first], roots[second], path)
    with pytest.raises(ProofRefused, match="nothing to hold on to"):
        verify_consistency(0, 5, EMPTY, roots[5], [])


sizes = st.integers(min_value=1, max_value=MOST)


@given(sizes, st.data())
def test_no_flipped_bit_passes(size: int, data: Any) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    nodes = dict(Edge().extend(LEAVES[:size]))
    (root,) = assemble([peaks(0, size)], nodes)
    parts = [LEAVES[index], *assemble(inclusion_plan(index, size), nodes), root]
    place = data.draw(st.integers(min_value=0, max_value=len(parts) - 1))
    bit = data.draw(st.integers(min_value=0, max_value=255))
    parts[place] = (int.from_bytes(parts[place], "big") ^ 1 << bit).to_bytes(32, "big")
    assert not holds(verify_inclusion, parts[0], index, size, parts[1:-1], parts[-1])


@given(sizes, sizes, st.data())
def test_a_rewritten_past_is_not_consistent(one: int, other: int, data: Any) -> None:
    """Edit, drop, insert or swap something of the first part: no path of the new tree helps."""
    first, second = sorted([one, other])
    forged = list(LEAVES[:second])
    place = data.draw(st.integers(min_value=0, max_value=first - 1))
    how = data.draw(st.sampled_from(["edit", "drop", "insert", "swap"]))
    if how == "edit":
        forged[place] = leaf_hash(b"another")
    elif how == "drop":
        forged = [*forged[:place], *forged[place + 1 :], leaf_hash(b"filled up")]
    elif how == "insert":
        forged = [*forged[:place], leaf_hash(b"another"), *forged[place:]][:second]
    else:
        forged[place], forged[0] = forged[0], leaf_hash(b"of somebody else")
    nodes = dict(Edge().extend(forged))
    path = assemble(consistency_plan(first, second), nodes)
    assert not holds(
        verify_consistency, first, second, root_of(LEAVES[:first]), root_of(forged), path
    )


@given(sizes, st.data())
def test_too_long_and_too_short_proofs_are_refused(size: int, data: Any) -> None:
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    nodes = dict(Edge().extend(LEAVES[:size]))
    path, root = assemble(inclusion_plan(index, size), nodes), root_of(LEAVES[:size])
    extra = data.draw(st.integers(min_value=0, max_value=len(path)))
    longer = [*path[:extra], root, *path[extra:]]
    assert not holds(verify_inclusion, LEAVES[index], index, size, longer, root)
    if path:
        assert not holds(verify_inclusion, LEAVES[index], index, size, path[:-1], root)
        cut = [each[:-1] for each in path]
        assert not holds(verify_inclusion, LEAVES[index], index, size, cut, root)


def test_a_plan_says_what_to_fetch(stored: dict[Node, bytes]) -> None:
    for index in (0, 150, 299):
        plan = inclusion_plan(index, MOST)
        assert len(nodes_in(plan)) <= 2 * (MOST - 1).bit_length() / STRIDE * (2**STRIDE - 1)
    with pytest.raises(ValueError, match="index < 300"):
        inclusion_plan(MOST, MOST)
    with pytest.raises(ValueError, match="1 <= first"):
        consistency_plan(0, 4)
    without = {node: value for node, value in stored.items() if node != Node(0, 1)}
    with pytest.raises(MissingNode, match="place=1"):
        assemble(inclusion_plan(0, 4), without)
