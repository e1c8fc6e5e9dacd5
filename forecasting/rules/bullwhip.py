"""How much more a customer's orders vary than what it uses."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import prod

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BUCKETS_AT_LEAST = 26


class Standing(StrEnum):
    """Whether a ratio can be given."""

    MEASURED = "measured"
    TOO_SHORT = "too short"
    NOT_DEFINED = "not defined"


@dataclass(frozen=True, slots=True)
class Bullwhip:
    """The ratio (1 = passed on as it is, above 1 = amplified), ``None`` unless measured."""

    ratio: float | None
    standing: Standing
    n_buckets: int


def bullwhip(
    orders: Floats, consumption: Floats, *, buckets_at_least: int = BUCKETS_AT_LEAST
) -> Bullwhip:
    """Return the squared variation of orders over that of consumption: CV^2(O) / CV^2(D).

    Parameters
    ----------
    orders, consumption
        Of one item and ship-to at one echelon, in the same buckets, shape ``(n_buckets,)``
        [any unit], >= 0. Buckets in which either is missing (NaN) are left out.
    buckets_at_least
        Fewer known buckets are too short to measure.

    Returns
    -------
    Bullwhip
        ``not defined`` where consumption never changes, or nothing was used or ordered: its
        variation is then zero, and a ratio to it says nothing.

    Raises
    ------
    ValueError
        If the shapes differ or a quantity is negative or infinite.

    Notes
    -----
    Measured per item: a sum over items hides it. Multiplying either side changes nothing.
    """
    if orders.ndim != 1 or orders.shape != consumption.shape:
        raise ValueError(f"expected equal buckets, got {orders.shape} and {consumption.shape}")
    is_known = ~(np.isnan(orders) | np.isnan(consumption))
    ordered, used = orders[is_known], consumption[is_known]
    for name, quantity in (("orders", ordered), ("consumption", used)):
        if not (np.isfinite(quantity) & (quantity >= 0)).all():
            raise ValueError(f"expected finite {name} >= 0, got others")
    n_buckets = int(is_known.sum())
    if n_buckets < max(buckets_at_least, 2):
        return Bullwhip(None, Standing.TOO_SHORT, n_buckets)
    if used.min() == used.max() or not ordered.any():
        return Bullwhip(None, Standing.NOT_DEFINED, n_buckets)
    return Bullwhip(_squared_variation(ordered) / _squared_variation(used),
                    Standing.MEASURED, n_buckets)  # fmt: skip


def chain_ratio(echelons: Iterable[Bullwhip]) -> float | None:
    """Return the product over the echelons of a chain, ``None`` if one of them has no ratio."""
    ratios = [each.ratio for each in echelons]
    known = [each for each in ratios if each is not None]
    return prod(known) if known and len(known) == len(ratios) else None


def expected_ratio(*, lead_time: float, window: float) -> float:
    """Return what an order-up-to policy makes of random demand: 1 + 2L/p + 2L^2/p^2.

    ``lead_time`` L >= 0 and ``window`` p > 0, the periods averaged to forecast, both in
    buckets. A measured ratio far above it has another cause than forecasting.
    """
    if lead_time < 0 or window <= 0:
        raise ValueError(f"expected L >= 0 and p > 0, got {lead_time} and {window}")
    share = lead_time / window
    return 1 + 2 * share + 2 * share**2


def _squared_variation(quantity: Floats) -> float:
    """Return the sample variance over the squared mean; 0 if nothing changes."""
    if quantity.min() == quantity.max():
        return 0.0
    return float(quantity.var(ddof=1) / quantity.mean() ** 2)
