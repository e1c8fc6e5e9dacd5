"""Reconciliation: a tree worked by hand, then the dense solution and the laws of sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecasting.engine.reconciliation import Hierarchy, hierarchy, reconcile, summed_quantiles

Floats = NDArray[np.float64]
LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])


def dense(tree: Hierarchy, aggregates: Floats, bottom: Floats) -> Floats:
    """The textbook solution: the whole summing matrix, ordinary normal equations, no clipping."""
    summing = np.vstack([tree.summing.toarray(), np.eye(tree.n_bottom)])
    weight = 1 / summing.sum(axis=1)
    normal = summing.T @ (weight[:, None] * summing)
    base = np.vstack([aggregates, bottom])
    return np.linalg.solve(normal, summing.T @ (weight[:, None] * base))


def test_a_total_of_two_parts() -> None:
    tree = hierarchy({"total": [0, 1]}, 2)
    # 12 too much at the total, 10 at the parts: (2 + 2) x = 12 - 10, each part moves by x = 0.5
    found = reconcile(tree, np.array([[12.0]]), np.array([[4.0], [6.0]]))
    assert found.bottom[:, 0] == pytest.approx([4.5, 6.5])
    assert found.aggregates[0, 0] == pytest.approx(11)


def test_three_levels_worked_by_hand() -> None:
    # total {0, 1, 2} and assembly {0, 1}; misses are 7 and 4.
    # Wa + C C' = [[6, 2], [2, 4]]; its inverse is [[4, -2], [-2, 6]] / 20;
    # so (7, 4) becomes (4 x 7 - 2 x 4, 6 x 4 - 2 x 7) / 20 = (1, 0.5).
    tree = hierarchy({"total": [0, 1, 2], "assembly": [0, 1]}, 3)
    found = reconcile(tree, np.array([[67.0], [34.0]]), np.array([[10.0], [20.0], [30.0]]))
    assert found.bottom[:, 0] == pytest.approx([11.5, 21.5, 31.0])
    assert found.aggregates[:, 0] == pytest.approx([64.0, 33.0])


def test_what_adds_up_already_stays() -> None:
    tree = hierarchy({"total": [0, 1, 2]}, 3)
    bottom = np.array([[1.0], [2.0], [3.0]])
    assert reconcile(tree, np.array([[6.0]]), bottom).bottom == pytest.approx(bottom)


def test_an_aggregate_without_parts_is_dropped() -> None:
    tree = hierarchy({"empty": [], "total": [0]}, 1)
    assert (tree.names, tree.dropped) == (("total",), ("empty",))


def test_no_aggregate_at_all() -> None:
    found = reconcile(hierarchy({}, 2), np.empty((0, 1)), np.array([[1.0], [-2.0]]))
    assert found.bottom[:, 0].tolist() == [1.0, 0.0]


def test_nothing_becomes_negative_and_the_sums_hold() -> None:
    tree = hierarchy({"total": [0, 1]}, 2)
    found = reconcile(tree, np.array([[0.0]]), np.array([[1.0], [100.0]]))
    assert found.bottom.min() == 0
    assert found.aggregates[0, 0] == found.bottom.sum()


@pytest.mark.parametrize(
    ("groups", "message"),
    [({"a": [2]}, "expected nodes 0 to 1 in a"), ({"a": [0, 0]}, "expected each node once in a")],
)
def test_refuses_groups_of_no_sense(groups: dict[str, list[int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        hierarchy(groups, 2)


@st.composite
def trees(draw: st.DrawFn) -> Hierarchy:
    n_bottom = draw(st.integers(1, 12))
    nodes = st.sets(st.integers(0, n_bottom - 1)).map(sorted)
    groups = draw(st.lists(nodes, max_size=6))
    return hierarchy({f"G{at}": group for at, group in enumerate(groups)}, n_bottom)


@given(trees(), st.integers(0, 10_000))
def test_equals_the_dense_solution(tree: Hierarchy, seed: int) -> None:
    random = np.random.default_rng(seed)
    bottom = random.gamma(2, 500, (tree.n_bottom, 3))
    aggregates = tree.sums(bottom) * random.uniform(0.8, 1.2, (len(tree.names), 3))
    found, expected = reconcile(tree, aggregates, bottom), dense(tree, aggregates, bottom)
    assert np.abs(found.bottom - np.maximum(expected, 0)).max() <= 1e-8
    assert found.aggregates == pytest.approx(tree.sums(found.bottom), rel=1e-9)


@settings(max_examples=20)
@given(trees(), st.integers(0, 10_000))
def test_summed_quantiles_ascend_and_repeat(tree: Hierarchy, seed: int) -> None:
    of_nodes = np.sort(np.random.default_rng(seed).gamma(1, 50, (tree.n_bottom, 2, 5)), axis=2)
    found = summed_quantiles(tree, of_nodes, LEVELS, seed=seed)
    assert (np.diff(found, axis=2) >= 0).all()
    assert (found >= 0).all()
    assert np.array_equal(found, summed_quantiles(tree, of_nodes, LEVELS, seed=seed))


def test_summed_quantiles_are_narrower_than_quantiles_summed() -> None:
    # 400 parts, each uniform on 0 to 100: the sum is nearly normal, 20,000 +- 577
    tree = hierarchy({"total": range(400), "single": [0]}, 400)
    of_nodes = np.repeat((100 * LEVELS)[None, None, :], 400, axis=0)
    total, single = summed_quantiles(tree, of_nodes, LEVELS, seed=7)[:, 0]
    assert total == pytest.approx(20_000 + 577.4 * np.array([-1.645, -0.674, 0, 0.674, 1.645]),
                                  abs=120)  # fmt: skip
    assert single == pytest.approx(100 * LEVELS, abs=6)
    assert total[-1] < of_nodes[:, 0, -1].sum()
