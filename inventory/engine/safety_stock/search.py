"""Branch and bound over service times, with the bound of messages at every node."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inventory.engine.safety_stock.budget import Budget
from inventory.engine.safety_stock.messages import Beliefs, Graph, graph_of
from inventory.engine.safety_stock.network import Network
from inventory.engine.safety_stock.waiting import cost, descend, settle

TOLERANCE = 1e-9  # relative: what is not better by more is not looked for
STALL_SWEEPS, STALL_SHARE = 10, 0.02  # a node that closes less of its gap in so many is split
ROOT_STALL = 60
DESCEND_WITHIN = 1.02  # a choice this near the best is worth the descent
NEARNESS = (0.003, 0.03, 0.2, 1.0)  # of the gap: labels this near the best one are rivals


@dataclass(frozen=True, slots=True)
class Found:
    """The best service times, their cost, and what no other can be below [money a period]."""

    service: list[int]
    cost: float
    bound: float


class Search:
    """One search for the cheapest service times of a network."""

    def __init__(
        self, network: Network, budget: Budget, *, seed: int, start: Sequence[int] | None = None
    ) -> None:
        self.network, self.budget, self.seed = network, budget, seed
        self.graph, self.root = graph_of(network)
        self.service = descend(network, list(start or network.least), seed=seed)
        self.cost = cost(network, self.service)
        self.offer(descend(network, list(network.most), seed=seed))

    @property
    def ceiling(self) -> float:
        """What a placement has to be below to be of interest."""
        return self.cost * (1.0 - TOLERANCE)

    def offer(self, service: Sequence[int]) -> None:
        """Take service times that fit together if they are the best so far."""
        found = cost(self.network, service)
        if found < self.cost:
            self.service, self.cost = list(service), found

    def run(self) -> Found:
        """Return the best placement within the budget; cost and bound are equal if it is proven."""
        numbered = 0
        bound = self._improve(self.root, stall=ROOT_STALL, outside=math.inf)
        waiting: list[tuple[float, int, Beliefs]] = []
        node: Beliefs | None = self.root if bound < self.ceiling else None
        while node is not None and not self.budget.is_over():
            children = []
            for child in self._split(node):
                outside = min([each[0] for each in waiting[:1]] + [node.bound])
                if self._improve(child, stall=STALL_SWEEPS, outside=outside) < self.ceiling:
                    numbered += 1
                    children.append((child.bound, numbered, child))
            children.sort(key=lambda each: each[:2])
            for child_entry in children[1:]:
                heapq.heappush(waiting, child_entry)
            node = children[0][2] if children else self._next(waiting)
        left = min([each[0] for each in waiting] + ([node.bound] if node else [self.cost]))
        return Found(self.service, self.cost, min(left, self.cost))

    def _next(self, waiting: list[tuple[float, int, Beliefs]]) -> Beliefs | None:
        while waiting:
            bound, _number, node = heapq.heappop(waiting)
            if bound < self.ceiling:
                return node
        return None

    def _improve(self, node: Beliefs, *, stall: int, outside: float) -> float:
        """Sweep until the node is closed, stalls or the budget is over; return its bound.

        ``outside`` is the least bound of all other nodes, for the report of progress.
        """
        history: list[float] = []
        while not self.budget.is_over():
            self.budget.sweep()
            chosen = self.graph.forward(node)
            if chosen is None:
                return math.inf
            self._try(chosen)
            bound = self.graph.backward(node, self.ceiling)
            if bound >= self.ceiling:
                return math.inf
            self.budget.tell(self.cost, min(bound, outside))
            history.append(bound)
            if len(history) > stall:
                gained = history[-1] - history[-1 - stall]
                if gained < STALL_SHARE * (self.cost - bound):
                    break
        return node.bound

    def _try(self, chosen: Sequence[int]) -> None:
        service = settle(self.network, chosen)
        found = cost(self.network, service)
        if found < self.cost * DESCEND_WITHIN and list(service) != self.service:
            self.offer(descend(self.network, service, seed=self.seed))

    def _split(self, node: Beliefs) -> list[Beliefs]:
        """Return two nodes that together hold what is left of this one, or none if it is solved.

        The unknown whose rival labels are farthest apart is cut in the middle between them: what
        the bound mixes from both ends is then impossible on either side.
        """
        cut = _cut(self.graph, node, self.cost - node.bound)
        if cut is None:  # one label each
            last = [int(self.graph.belief(node, unknown).argmin()) for unknown in self.graph.outs]
            self.offer(settle(self.network, last))
            return []
        unknown, middle = cut
        low, high = node.copy(), node.copy()
        low.labels[unknown][middle + 1 :] = np.inf
        high.labels[unknown][: middle + 1] = np.inf
        return [low, high]


def _cut(graph: Graph, node: Beliefs, gap: float) -> tuple[int, int] | None:
    """Return the unknown to branch on and the last label of its lower half."""
    beliefs = []
    for unknown in range(len(graph.sizes)):
        known = graph.belief(node, unknown)
        beliefs.append(known - known.min())
    for nearness in NEARNESS:
        best, cut = 0.0, None
        for unknown, known in enumerate(beliefs):
            near = np.flatnonzero(known <= nearness * gap)
            if near.size < 2:
                continue
            first, last = int(near[0]), int(near[-1])
            between = known[first : last + 1]
            ridge = float(between.max(initial=0.0, where=np.isfinite(between)))
            links = len(graph.earlier[unknown]) + len(graph.later[unknown])
            score = ridge + 0.001 * gap * (last - first) * links
            if score > best:
                best, cut = score, (unknown, (first + last) // 2)
        if cut is not None:
            return cut
    return None
