"""Long lead times counted in larger periods: a bound from below and a good start, both quickly.

Shorter lead times and later latest service times never make the cheapest placement dearer (keep
every service time, or shorten it by what its lead time lost). So the chain with lead times
rounded down and service times rounded up to whole buckets of g periods, whose square roots are
sqrt(g) times as long, costs at most as much as the chain itself.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from inventory.engine.safety_stock.network import Network

MOST_PAIRS = 2_000_000


def common_period(network: Network) -> int:
    """Return the largest period in which everything can be counted without rounding, >= 1."""
    return math.gcd(*network.lead, *network.least, *network.most) or 1


def needed_period(network: Network) -> int:
    """Return the least period with few enough pairs of service times to go through."""
    return max(1, math.ceil(math.sqrt(network.pairs() / MOST_PAIRS)))


def coarse(network: Network, period: int, *, is_bound: bool) -> Network:
    """Return the chain counted in buckets of ``period``.

    With ``is_bound`` its cheapest placement costs at most what the chain's does; without, its
    service times, multiplied again, are near to good ones of the chain.
    """

    def down(figure: int) -> int:
        return figure // period

    def up(figure: int) -> int:
        return -(-figure // period)

    lead = tuple((down if is_bound else up)(each) for each in network.lead)
    longest_in, most, least = [0] * len(lead), [0] * len(lead), [0] * len(lead)
    for at, stage_lead in enumerate(lead):
        most_in = max((most[each] for each in network.suppliers[at]), default=0)
        cap = (up if is_bound else down)(network.most[at])
        least[at] = 0 if is_bound else down(network.least[at])
        if network.suppliers[at]:
            most_in = max(most_in, least[at] - stage_lead)
        longest_in[at] = most_in
        most[at] = min(cap, most_in + stage_lead)
    return replace(
        network,
        lead=lead,
        longest_in=tuple(longest_in),
        least=tuple(least),
        most=tuple(most),
        weight=tuple(each * math.sqrt(period) for each in network.weight),
    )


def fine(service: Sequence[int], period: int) -> list[int]:
    """Return service times of a coarse chain in the periods of the chain itself."""
    return [each * period for each in service]
