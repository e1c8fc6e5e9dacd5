"""A lower bound of a chain's cost by messages between neighbouring service times.

Every stage has two unknowns, its inbound and its outbound service time, each with one label a
period. A pair of tables links them: the stage's own cost of (in, out), and "out of the supplier
<= in of the customer". On such a graph sequential tree-reweighted message passing (Kolmogorov,
IEEE Transactions on Pattern Analysis 28(10), 2006) maximises the sum of the minima over chains
of neighbours: a bound that never falls from sweep to sweep and is exact on most trees.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inventory.engine.safety_stock.network import Network

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """Two neighbouring unknowns, the earlier one first; ``table`` is None for a supply arc."""

    earlier: int
    later: int
    table: Floats | None

    def ahead(self, belief: Floats, size: int) -> Floats:
        """Return for each label of the later unknown the least belief in a fitting earlier one."""
        if self.table is not None:
            least: Floats = (belief[:, None] + self.table).min(axis=0)
            return least
        run = np.minimum.accumulate(belief)  # in >= out: any out up to it fits
        if run.size >= size:
            return run[:size]
        return np.concatenate([run, np.full(size - run.size, run[-1])])

    def back(self, belief: Floats, size: int) -> Floats:
        """Return for each label of the earlier unknown the least belief in a fitting later one."""
        if self.table is not None:
            least: Floats = (belief[None, :] + self.table).min(axis=1)
            return least
        run: Floats = np.minimum.accumulate(belief[::-1])[::-1]
        if run.size >= size:
            return run[:size]
        return np.concatenate([run, np.full(size - run.size, np.inf)])


@dataclass(slots=True, eq=False)
class Beliefs:
    """Where a search stands: which labels are left, and the messages on every link.

    ``labels`` holds the cost of a label alone, infinite for one that is ruled out.
    """

    labels: list[Floats]
    ahead: list[Floats]
    back: list[Floats]
    bound: float = 0.0  # no cost is below it

    def copy(self) -> "Beliefs":
        """Return the same, free to go another way."""
        return Beliefs(
            labels=[each.copy() for each in self.labels],
            ahead=list(self.ahead),  # messages are replaced, never written into
            back=list(self.back),
            bound=self.bound,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """The unknowns of a chain in the order in which messages pass through them."""

    outs: tuple[int, ...]
    sizes: tuple[int, ...]
    links: tuple[Link, ...]
    earlier: tuple[tuple[int, ...], ...] = field(repr=False)
    later: tuple[tuple[int, ...], ...] = field(repr=False)
    share: tuple[float, ...] = field(repr=False)

    def belief(self, state: Beliefs, unknown: int) -> Floats:
        """Return what is known of each label of one unknown, up to a constant."""
        total = state.labels[unknown]
        for number in self.later[unknown]:
            total = total + state.back[number]
        for number in self.earlier[unknown]:
            total = total + state.ahead[number]
        return total

    def forward(self, state: Beliefs) -> list[int] | None:
        """Pass messages from suppliers to customers; return a choice of labels made on the way.

        The service times of the choice need not fit together. None if no choice is left.
        """
        chosen = [0] * len(self.sizes)
        for unknown in range(len(self.sizes)):
            known = state.labels[unknown]
            for number in self.later[unknown]:
                known = known + state.back[number]
            chosen[unknown] = int(self._given(known, unknown, chosen).argmin())
            for number in self.earlier[unknown]:
                known = known + state.ahead[number]
            known = self.share[unknown] * known
            for number in self.later[unknown]:
                link = self.links[number]
                sent = link.ahead(known - state.back[number], self.sizes[link.later])
                if not self._keep(state, state.ahead, number, link.later, sent):
                    return None
        return [chosen[each] for each in self.outs]

    def _given(self, known: Floats, unknown: int, chosen: list[int]) -> Floats:
        """Return ``known`` with the cost of each label next to what was chosen before it."""
        for number in self.earlier[unknown]:
            link = self.links[number]
            if link.table is not None:
                known = known + link.table[chosen[link.earlier]]
            else:
                known = known.copy()
                known[: chosen[link.earlier]] = np.inf
        return known

    def backward(self, state: Beliefs, ceiling: float) -> float:
        """Pass messages from customers to suppliers; return the bound, infinite if it is closed.

        A label that cannot be part of anything cheaper than ``ceiling`` is ruled out: the bound
        with that label alone is the last bound plus what the label's belief is above the least.
        """
        bound = 0.0
        slack = ceiling - state.bound
        for unknown in reversed(range(len(self.sizes))):
            known = self.belief(state, unknown)
            least = float(known.min())
            if least == math.inf:
                return math.inf
            bound += least
            known = known - least
            labels = state.labels[unknown]
            labels[known > slack] = np.inf
            known = self.share[unknown] * (known + np.where(np.isinf(labels), np.inf, 0.0))
            for number in self.earlier[unknown]:
                link = self.links[number]
                sent = link.back(known - state.ahead[number], self.sizes[link.earlier])
                least = float(sent.min())
                if not self._keep(state, state.back, number, link.earlier, sent):
                    return math.inf
                bound += least
        state.bound = max(state.bound, bound)
        return state.bound

    def _keep(
        self, state: Beliefs, messages: list[Floats], number: int, target: int, sent: Floats
    ) -> bool:
        """Store a message with least 0; labels it excludes are ruled out; say if one is left."""
        least = float(sent.min())
        if least == math.inf:
            return False
        sent = sent - least
        out = np.isinf(sent)
        if out.any():
            sent[out] = 0.0
            state.labels[target][out] = np.inf
        messages[number] = sent
        return True


def graph_of(network: Network) -> tuple[Graph, Beliefs]:
    """Return the graph of a chain and the state in which nothing is known but the bounds."""
    labels: list[Floats] = []
    links: list[Link] = []
    outs: list[int] = []
    for at in range(len(network)):
        periods = np.arange(network.most[at] + 1)
        alone = np.where(periods >= network.least[at], 0.0, np.inf)
        table = _costs(network, at)
        if network.suppliers[at]:
            into = len(labels)
            labels.append(np.zeros(network.longest_in[at] + 1))
            links.extend(Link(outs[each], into, None) for each in network.suppliers[at])
            links.append(Link(into, into + 1, table))
        else:
            alone = alone + table[0]
        outs.append(len(labels))
        labels.append(alone)
    earlier: list[list[int]] = [[] for _ in labels]
    later: list[list[int]] = [[] for _ in labels]
    for number, link in enumerate(links):
        earlier[link.later].append(number)
        later[link.earlier].append(number)
    graph = Graph(
        outs=tuple(outs),
        sizes=tuple(each.size for each in labels),
        links=tuple(links),
        earlier=tuple(map(tuple, earlier)),
        later=tuple(map(tuple, later)),
        share=tuple(
            1.0 / max(len(one), len(two), 1) for one, two in zip(earlier, later, strict=True)
        ),
    )
    return graph, Beliefs(
        labels=labels,
        ahead=[np.zeros(graph.sizes[link.later]) for link in links],
        back=[np.zeros(graph.sizes[link.earlier]) for link in links],
    )


def _costs(network: Network, at: int) -> Floats:
    """Return h z sigma sqrt(in + lead - out) by (in, out), infinite where that is below 0."""
    longest = network.longest_in[at] + network.lead[at]
    line = np.concatenate(
        [
            np.full(max(network.most[at] - network.lead[at], 0), np.inf),
            network.weight[at] * np.sqrt(np.arange(longest + 1)),
        ]
    )
    start = line.size - 1 - longest + network.lead[at]
    step = line.strides[0]
    table: Floats = np.lib.stride_tricks.as_strided(
        line[start:],
        shape=(network.longest_in[at] + 1, network.most[at] + 1),
        strides=(step, -step),
        writeable=False,
    )
    return table
