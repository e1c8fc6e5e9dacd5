"""Chains that have nothing to do with one another are placed one by one."""

from collections.abc import Sequence
from dataclasses import replace

from inventory.engine.safety_stock.network import Network


def components(network: Network) -> list[tuple[int, ...]]:
    """Return the stages' numbers by connected part, fewest pairs of service times first.

    Numbers ascend in each part, so suppliers stay before customers.
    """
    seen = [False] * len(network)
    found = []
    for first in range(len(network)):
        if seen[first]:
            continue
        seen[first] = True
        part = [first]
        for at in part:  # grows while it is read
            for other in (*network.suppliers[at], *network.customers[at]):
                if not seen[other]:
                    seen[other] = True
                    part.append(other)
        found.append(tuple(sorted(part)))
    return sorted(found, key=lambda part: (sub_network(network, part).pairs(), part))


def sub_network(network: Network, part: Sequence[int]) -> Network:
    """Return the network of one connected part, numbered anew in the same order."""
    number = {at: place for place, at in enumerate(part)}

    def linked(lists: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(number[each] for each in lists[at]) for at in part)

    return replace(
        network,
        place=tuple(network.place[at] for at in part),
        suppliers=linked(network.suppliers),
        customers=linked(network.customers),
        lead=tuple(network.lead[at] for at in part),
        longest_in=tuple(network.longest_in[at] for at in part),
        least=tuple(network.least[at] for at in part),
        most=tuple(network.most[at] for at in part),
        weight=tuple(network.weight[at] for at in part),
    )
