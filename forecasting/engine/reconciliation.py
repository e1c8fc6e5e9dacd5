"""Forecasts of parts, assemblies, plants and the total made to add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # SciPy takes a while to import: only jobs do
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]

AGGREGATES_AT_MOST = 5000
PATHS = 500


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Which bottom nodes each aggregate sums; aggregates without any are left out.

    ``summing`` has shape ``(n_aggregates, n_bottom)``, 1 where the node belongs to the
    aggregate. ``names`` are those of its rows, ``dropped`` of the aggregates without nodes.
    """

    names: tuple[str, ...]
    summing: "csr_array"
    dropped: tuple[str, ...] = ()

    @property
    def n_bottom(self) -> int:
        """Number of bottom nodes."""
        return int(self.summing.shape[1])

    def sums(self, bottom: Floats) -> Floats:
        """Return the aggregates of ``bottom``, shape ``(n_bottom, n)``."""
        total: Floats = np.asarray(self.summing @ bottom)
        return total


def hierarchy(groups: Mapping[str, Sequence[int]], n_bottom: int) -> Hierarchy:
    """Return the hierarchy of named groups of bottom nodes, numbered from 0.

    Raises
    ------
    ValueError
        If a node is out of range or twice in a group, or more than 5,000 aggregates remain:
        the cost grows with their cube, so reconcile by block.
    """
    kept = {name: sorted(nodes) for name, nodes in groups.items() if len(nodes)}
    if len(kept) > AGGREGATES_AT_MOST:
        raise ValueError(f"expected at most {AGGREGATES_AT_MOST} aggregates, got {len(kept)}")
    for name, nodes in kept.items():
        if nodes[0] < 0 or nodes[-1] >= n_bottom:
            raise ValueError(f"expected nodes 0 to {n_bottom - 1} in {name}, got others")
        if len(set(nodes)) != len(nodes):
            raise ValueError(f"expected each node once in {name}, got one twice")
    from scipy.sparse import csr_array

    starts = np.cumsum([0, *map(len, kept.values())])
    columns = np.array([node for nodes in kept.values() for node in nodes], np.intp)
    summing = csr_array((np.ones(len(columns)), columns, starts),
                        shape=(len(kept), n_bottom))  # fmt: skip
    return Hierarchy(tuple(kept), summing, tuple(name for name in groups if name not in kept))


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Forecasts that add up: ``(n_bottom, n_buckets)`` and ``(n_aggregates, n_buckets)``, >= 0."""

    bottom: Floats
    aggregates: Floats


def reconcile(tree: Hierarchy, aggregates: Floats, bottom: Floats) -> Reconciled:
    """Return the coherent forecasts nearest to independent ones, by weighted least squares.

    Minimises the squared changes, each divided by the number of bottom nodes summed (structural
    weights): an aggregate of 100 parts may move ten times as far as a part. Negative results
    are set to zero and summed anew, so the sums stay exact and nothing is negative.

    Parameters
    ----------
    tree
        The hierarchy; rows in the order of ``tree.names``.
    aggregates
        Independent forecasts of the aggregates, shape ``(n_aggregates, n_buckets)``.
    bottom
        Independent forecasts of the bottom nodes, shape ``(n_bottom, n_buckets)``.

    Raises
    ------
    ValueError
        If a shape does not fit the hierarchy or a figure is not finite.

    Notes
    -----
    Minimum trace with structural weights (Wickramasuriya, Athanasopoulos and Hyndman 2019), by
    the Woodbury identity on the aggregates alone, C being their summing matrix:
    b = b0 + C'(Wa + C C')^-1 (a0 - C b0). O(n_aggregates^3 + n_aggregates^2 n_buckets).
    """
    _check("aggregates", aggregates, tree.summing.shape[0])
    _check("bottom", bottom, tree.n_bottom)
    if aggregates.shape[1] != bottom.shape[1]:
        raise ValueError(
            f"expected equal horizons, got {aggregates.shape[1]} and {bottom.shape[1]} buckets"
        )
    if not tree.names:
        clipped = np.maximum(bottom, 0.0)
        return Reconciled(clipped, tree.sums(clipped))
    from scipy.linalg import cho_factor, cho_solve

    gram = (tree.summing @ tree.summing.T).toarray()
    gram[np.diag_indices_from(gram)] += np.diag(gram)  # its diagonal is the nodes summed: Wa
    factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    missing = aggregates - tree.sums(bottom)
    change = np.asarray(tree.summing.T @ cho_solve(factor, missing, check_finite=False))
    moved = np.maximum(bottom + change, 0.0)
    return Reconciled(moved, tree.sums(moved))


def summed_quantiles(
    tree: Hierarchy, quantiles: Floats, levels: Floats, *, seed: int, paths: int = PATHS
) -> Floats:
    """Return the quantiles of the aggregates, shape ``(n_aggregates, n_buckets, n_levels)``.

    Quantiles do not add up: the part that is at its 95 % is rarely the one beside it. So draw
    ``paths`` outcomes of every bottom node, sum them, and take the quantiles of the sums.

    Parameters
    ----------
    quantiles
        Of the bottom nodes, shape ``(n_bottom, n_buckets, n_levels)``, >= 0 and ascending
        over the levels; straight lines between the levels and beyond the outer ones.
    levels
        Ascending, in (0, 1), at least two.
    seed
        Starts the draws. Each bucket uses the same ones (common random numbers), so buckets
        and runs differ by their forecasts, not by luck. Nodes are independent of each other.

    Raises
    ------
    ValueError
        If a shape does not fit, or levels or quantiles do not ascend.
    """
    if levels.ndim != 1 or levels.size < 2 or not (np.diff(levels, prepend=0, append=1) > 0).all():
        raise ValueError(f"expected ascending levels in (0, 1), at least two, got {levels}")
    expected = (tree.n_bottom, levels.size)
    if quantiles.ndim != 3 or quantiles.shape[::2] != expected:
        raise ValueError(f"expected quantiles of (nodes, levels) {expected}, got {quantiles.shape}")
    if not (np.isfinite(quantiles).all() and (np.diff(quantiles, axis=2) >= 0).all()):
        raise ValueError("expected finite quantiles that ascend with their level, got others")
    drawn = np.random.default_rng(seed).random((tree.n_bottom, paths))
    above = np.clip(np.searchsorted(levels, drawn), 1, levels.size - 1)
    share = (drawn - levels[above - 1]) / (levels[above] - levels[above - 1])
    found = np.empty((tree.summing.shape[0], quantiles.shape[1], levels.size))
    for bucket in range(quantiles.shape[1]):
        of_bucket = quantiles[:, bucket]
        low = np.take_along_axis(of_bucket, above - 1, axis=1)
        high = np.take_along_axis(of_bucket, above, axis=1)
        outcomes = np.maximum(low + share * (high - low), 0.0)
        found[:, bucket] = np.quantile(tree.sums(outcomes), levels, axis=1).T
    return found


def _check(name: str, forecast: Floats, rows: int) -> None:
    if forecast.ndim != 2 or forecast.shape[0] != rows:
        raise ValueError(f"expected {name} of shape ({rows}, n_buckets), got {forecast.shape}")
    if not np.isfinite(forecast).all():
        raise ValueError(f"expected finite {name}, got others")
