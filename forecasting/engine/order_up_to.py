"""What an order-up-to policy would have held and served, month after month."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def simulate(levels: Floats, demand: Floats, *, late: bool = False) -> tuple[Floats, Floats]:
    """Return fill rate and stock of every choice of levels.

    At the end of a bucket each part is ordered up to its level; the order is under way during
    the next bucket and serves its demand, as demand counts at the end of the bucket. What is
    not served at once is served from the next receipt. Before the first bucket the first level
    is on hand.

    Parameters
    ----------
    levels
        Order-up-to levels known before each bucket, shape ``(n_parts, n_choices, n_buckets)``
        [units].
    demand
        Shape ``(n_parts, n_buckets)`` [units], >= 0.
    late
        An order serves only the bucket after the next one: a harder reading of the same lead
        time, for comparison.

    Returns
    -------
    (ndarray, ndarray)
        Both of shape ``(n_choices,)``: demand served at once over demand, and the mean positive
        stock per part at the ends of the buckets, receipts included [units].
    """
    _parts, choices, buckets = levels.shape
    on_hand, under_way = levels[..., 0].copy(), np.zeros(levels.shape[:2])
    served, stock = np.zeros(choices), np.zeros(choices)
    for bucket in range(buckets):
        if bucket:
            order = np.maximum(levels[..., bucket] - on_hand - under_way, 0.0)
            if late:
                under_way = order
            else:
                on_hand = on_hand + order
        asked = demand[:, bucket, None]
        served += np.minimum(asked, np.maximum(on_hand, 0.0)).sum(axis=0)
        on_hand = on_hand - asked + under_way
        under_way = np.zeros_like(under_way)
        stock += np.maximum(on_hand, 0.0).mean(axis=0)
    return served / demand.sum(), stock / buckets


def stock_at(fill: float, fills: Floats, stocks: Floats) -> float | None:
    """Return the stock at a fill rate by interpolation; None where no choice reaches it."""
    order = np.argsort(fills)
    if not fills[order[0]] <= fill <= fills[order[-1]]:
        return None
    return float(np.interp(fill, fills[order], stocks[order]))
