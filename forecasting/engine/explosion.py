"""From the demand for assemblies to the need for every part below them, and back again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from collab.masterdata.rules.bill_of_material import BillOfMaterialCycle, BomLine

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """A bill of material as arrays, over ``n_weeks`` weeks; one entry per line.

    ``parent`` and ``component`` are positions in ``nodes``; ``quantity`` is how much of the
    component one parent needs, take rate and scrap in it, > 0. A line counts for parents built
    in the weeks ``first_week`` to before ``end_week``. ``lead_weeks``, per node, >= 0, is how
    long before its parent a component is needed. ``level`` is the longest way down to a node.
    """

    nodes: tuple[str, ...]
    n_weeks: int
    parent: Positions
    component: Positions
    quantity: Floats
    first_week: Positions
    end_week: Positions
    lead_weeks: Positions
    level: Positions


def structure(
    nodes: Iterable[str],
    *,
    n_weeks: int,
    parent: Positions,
    component: Positions,
    quantity: Floats,
    first_week: Positions | None = None,
    end_week: Positions | None = None,
    lead_weeks: Positions | None = None,
) -> Structure:
    """Return a checked structure; by default every line counts always and takes no time.

    Raises
    ------
    BillOfMaterialCycle
        If a node contains itself, naming the way round.
    ValueError
        If a position, quantity, week or lead time is out of range.
    """
    names = tuple(nodes)
    lines = len(parent)
    first = np.zeros(lines, np.intp) if first_week is None else first_week
    end = np.full(lines, n_weeks, np.intp) if end_week is None else end_week
    lead = np.zeros(len(names), np.intp) if lead_weeks is None else lead_weeks
    if not lines == len(component) == len(quantity) == len(first) == len(end):
        raise ValueError("expected as many entries in every column, got different lengths")
    for column in (parent, component):
        if lines and not (column.min() >= 0 and column.max() < len(names)):
            raise ValueError(f"expected positions 0 to {len(names) - 1}, got others")
    if not (np.isfinite(quantity) & (quantity > 0)).all():
        raise ValueError("expected finite quantities > 0, got others")
    if len(lead) != len(names) or (lead < 0).any():
        raise ValueError("expected one lead time >= 0 per node, got others")
    return Structure(
        nodes=names,
        n_weeks=n_weeks,
        parent=parent,
        component=component,
        quantity=quantity,
        first_week=np.clip(first, 0, n_weeks),
        end_week=np.clip(end, 0, n_weeks),
        lead_weeks=lead,
        level=_levels(names, parent, component),
    )


def structure_of(
    lines: Iterable[BomLine],
    *,
    first_monday: date,
    n_weeks: int,
    lead_weeks: Mapping[str, int] | None = None,
) -> Structure:
    """Return the structure of bill-of-material lines; a week counts as its Monday does."""
    known = list(lines)
    nodes = tuple(dict.fromkeys(name for each in known for name in (each.parent, each.component)))
    position = {name: at for at, name in enumerate(nodes)}

    def week(day: date | None, default: int) -> int:
        """Return the first week whose Monday is on or after ``day``."""
        return default if day is None else -((first_monday - day) // timedelta(weeks=1))

    return structure(
        nodes,
        n_weeks=n_weeks,
        parent=np.array([position[each.parent] for each in known], np.intp),
        component=np.array([position[each.component] for each in known], np.intp),
        quantity=np.array([float(each.quantity_per_parent) for each in known]),
        first_week=np.array([week(each.effective_from, 0) for each in known], np.intp),
        end_week=np.array([week(each.effective_until, n_weeks) for each in known], np.intp),
        lead_weeks=np.array([(lead_weeks or {}).get(name, 0) for name in nodes], np.intp),
    )


def explode(bom: Structure, demand: Floats) -> Floats:
    """Return what is needed of every node, shape ``(n_nodes, n_weeks)`` [base units per week].

    Level by level, so that a part used at several depths is summed before it moves on.

    Parameters
    ----------
    bom
        Lines of all levels.
    demand
        Independent demand, shape ``(n_nodes, n_weeks)`` [base units per week], finite and
        >= 0; that of a component (spares) is added to what its parents need.

    Returns
    -------
    ndarray
        Gross need, ``demand`` included. What would have been needed before week 0 falls into
        week 0: it is late, not lost.

    Raises
    ------
    ValueError
        If the shape does not fit, or a demand is negative or not finite.

    Notes
    -----
    b = S'a for each slice of weeks in which the same lines count. Cost: lines x weeks.
    """
    _check_demand(bom, demand)
    need = demand.astype(np.float64, copy=True)
    edges = np.unique(np.concatenate([bom.first_week, bom.end_week, [0, bom.n_weeks]]))
    line_level = bom.level[bom.component]
    for level in range(1, int(bom.level.max(initial=0)) + 1):
        of_level = line_level == level
        rows, row_of_line = np.unique(bom.component[of_level], return_inverse=True)
        parents, column_of_line = np.unique(bom.parent[of_level], return_inverse=True)
        quantity = bom.quantity[of_level]
        first, end = bom.first_week[of_level], bom.end_week[of_level]
        caused = np.zeros((len(rows), bom.n_weeks))
        for start, stop in pairwise(edges.tolist()):
            counts = (first <= start) & (start < end)
            used = csr_array(
                (quantity[counts], (row_of_line[counts], column_of_line[counts])),
                shape=(len(rows), len(parents)),
            )
            caused[:, start:stop] = used @ need[parents, start:stop]
        _add_earlier(need, rows, caused, bom.lead_weeks[rows])
    return need


@dataclass(frozen=True, slots=True)
class Peg:
    """A quantity of one need, and the independent demand that causes it."""

    node: str
    week: int
    quantity: float


def pegging(bom: Structure, demand: Floats, *, node: str, week: int) -> tuple[Peg, ...]:
    """Return whose demand causes the need for ``node`` in ``week``, largest first.

    The quantities add up to ``explode(bom, demand)`` at that place. Walks upwards from the
    part and so shares nothing with the explosion but the structure; cost is in the lines above.
    """
    lines_of: defaultdict[int, list[int]] = defaultdict(list)
    for line, component in enumerate(bom.component.tolist()):
        lines_of[component].append(line)
    share = {(bom.nodes.index(node), week): 1.0}
    found: list[Peg] = []
    while share:
        # The deepest node first: all that needs it from below has been seen by then.
        at, of_week = max(share, key=lambda key: (bom.level[key[0]], key))
        factor = share.pop((at, of_week))
        if own := float(demand[at, of_week]):
            found.append(Peg(bom.nodes[at], of_week, factor * own))
        lead = int(bom.lead_weeks[at])
        built = range(lead + 1) if of_week == 0 else range(of_week + lead, of_week + lead + 1)
        for line in lines_of[at]:
            for week_built in built:
                is_effective = bom.first_week[line] <= week_built < bom.end_week[line]
                if is_effective and week_built < bom.n_weeks:
                    key = (int(bom.parent[line]), week_built)
                    share[key] = share.get(key, 0.0) + factor * float(bom.quantity[line])
    return tuple(sorted(found, key=lambda peg: (-peg.quantity, peg.node, peg.week)))


def _check_demand(bom: Structure, demand: Floats) -> None:
    expected = (len(bom.nodes), bom.n_weeks)
    if demand.shape != expected:
        raise ValueError(f"expected demand of shape {expected}, got {demand.shape}")
    if not (np.isfinite(demand) & (demand >= 0)).all():
        raise ValueError("expected finite demand >= 0, got others")


def _add_earlier(need: Floats, rows: Positions, caused: Floats, lead: Positions) -> None:
    """Add ``caused`` to the rows of ``need``, ``lead`` weeks earlier, in week 0 at the earliest."""
    n_weeks = need.shape[1]
    for weeks in np.unique(lead):
        of_lead = lead == weeks
        shift = min(int(weeks), n_weeks)
        shifted = np.zeros((int(of_lead.sum()), n_weeks))
        shifted[:, : n_weeks - shift] = caused[of_lead, shift:]
        if n_weeks:
            shifted[:, 0] += caused[of_lead, :shift].sum(axis=1)
        need[rows[of_lead]] += shifted


def _levels(nodes: tuple[str, ...], parent: Positions, component: Positions) -> Positions:
    """Return the longest way down to each node; a node on a ring never gets free of parents."""
    level = np.zeros(len(nodes), np.intp)
    waiting = np.bincount(component, minlength=len(nodes))
    order = np.argsort(parent, kind="stable")
    children = component[order]
    starts = np.searchsorted(parent[order], np.arange(len(nodes) + 1))
    ready = np.flatnonzero(waiting == 0)
    depth = 0
    while ready.size:
        level[ready] = depth
        below = np.concatenate([children[starts[at] : starts[at + 1]] for at in ready])
        np.subtract.at(waiting, below, 1)
        ready = np.unique(below[waiting[below] == 0])
        depth += 1
    if (waiting > 0).any():
        raise BillOfMaterialCycle(_ring(nodes, parent, component, waiting > 0))
    return level


def _ring(
    nodes: tuple[str, ...], parent: Positions, component: Positions, is_stuck: NDArray[np.bool_]
) -> tuple[str, ...]:
    """Return one ring, parent before component; every stuck node has a stuck parent."""
    inside = is_stuck[parent] & is_stuck[component]
    parent_of = dict(zip(component[inside].tolist(), parent[inside].tolist(), strict=True))
    way = [int(np.flatnonzero(is_stuck)[0])]
    while parent_of[way[-1]] not in way:
        way.append(parent_of[way[-1]])
    ring = way[way.index(parent_of[way[-1]]) :]
    return tuple(nodes[at] for at in (ring[0], *reversed(ring)))
