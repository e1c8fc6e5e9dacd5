"""Service times as a whole: what they cost, how they fit together, and small improvements."""

import math
import random
from collections.abc import Sequence

import numpy as np

from inventory.engine.safety_stock.network import Network

LEAST_GAIN = 1e-9
MOST_ROUNDS = 20


def inbound(network: Network, service: Sequence[int]) -> list[int]:
    """Return how long each stage waits for its last input, or longer where that is needed.

    A stage whose service time is given may have to wait longer than for its inputs, so that its
    net replenishment time is not below 0.
    """
    return [
        max(max((service[each] for each in network.suppliers[at]), default=0), service[at] - lead)
        for at, lead in enumerate(network.lead)
    ]


def cost(network: Network, service: Sequence[int]) -> float:
    """Return the cost of the safety stock that makes ``service`` possible [money a period]."""
    waits = inbound(network, service)
    return math.fsum(
        weight * math.sqrt(wait + lead - out)
        for weight, wait, lead, out in zip(
            network.weight, waits, network.lead, service, strict=True
        )
    )


def decoupled(network: Network) -> float:
    """Return the cost if every stage delivers at once from its own stock [money a period]."""
    pairs = zip(network.weight, network.lead, strict=True)
    return math.fsum(weight * math.sqrt(lead) for weight, lead in pairs)


def settle(network: Network, wished: Sequence[int]) -> list[int]:
    """Return service times within all bounds, near ``wished`` and never dearer for being longer.

    Where a stage could make its customers wait longer without any of them noticing, it does:
    that costs nobody anything and saves its own stock.
    """
    service = [0] * len(network)
    for at, wish in enumerate(wished):
        wait = max((service[each] for each in network.suppliers[at]), default=0)
        ready = max(network.least[at], min(network.most[at], wait + network.lead[at]))
        service[at] = max(network.least[at], min(wish, ready))
    waits = inbound(network, service)
    for at in reversed(range(len(network))):
        free = min((waits[each] for each in network.customers[at]), default=network.most[at])
        ready = min(network.most[at], waits[at] + network.lead[at], free)
        service[at] = max(service[at], ready)
    return service


def descend(network: Network, service: Sequence[int], *, seed: int) -> list[int]:
    """Return service times in which no single stage can do better; never dearer than before.

    Stages are taken in an order drawn from ``seed``.
    """
    best = settle(network, service)
    least = cost(network, best)
    order = list(range(len(network)))
    draw = random.Random(seed)  # noqa: S311
    for _round in range(MOST_ROUNDS):
        draw.shuffle(order)
        tried = list(best)
        for at in order:
            if network.least[at] < network.most[at]:
                tried[at] = _best_alone(network, tried, at)
        tried = settle(network, tried)
        found = cost(network, tried)
        if found >= least - LEAST_GAIN * max(1.0, least):
            break
        best, least = tried, found
    return best


def _best_alone(network: Network, service: Sequence[int], at: int) -> int:
    """Return the service time of one stage that is best while all others keep theirs."""
    wait = max((service[each] for each in network.suppliers[at]), default=0)
    ready = wait + network.lead[at]
    offers = np.arange(network.least[at], min(network.most[at], ready) + 1)
    if not offers.size:
        return service[at]
    total = network.weight[at] * np.sqrt(ready - offers)
    for customer in network.customers[at]:
        others = max(
            (service[each] for each in network.suppliers[customer] if each != at), default=0
        )
        net = np.maximum(offers, others) + network.lead[customer] - service[customer]
        total = total + network.weight[customer] * np.sqrt(np.maximum(net, 0))
    return int(offers[int(total.argmin())])
