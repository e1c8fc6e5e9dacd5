"""Safety stock of one item: how much is kept against uncertain demand and uncertain arrival.

Formula: z * sqrt(L * sd^2 + d^2 * sL^2), for example Silver, Pyke, Thomas, *Inventory and
Production Management in Supply Chains*, section 6.10. Demand of the days of the lead time is taken
as independent, and the lead time as independent of demand.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

NORMAL = NormalDist()
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Uncertain:
    """A figure with its standard deviation, both >= 0."""

    mean: float
    sigma: float

    def __post_init__(self) -> None:
        if not (0 <= self.mean < math.inf and 0 <= self.sigma < math.inf):
            raise ValueError(f"expected mean and sigma from 0, got {self.mean} and {self.sigma}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds a planner sets; None is none.

    Quantities in base units, days of mean demand. Where the lower and the upper bound contradict
    each other the lower one wins: it was set to protect.
    """

    minimum_quantity: float | None = None
    maximum_quantity: float | None = None
    minimum_days: float | None = None
    maximum_days: float | None = None

    def lower(self, demand: float) -> float:
        """Return the highest lower bound for a mean demand per day."""
        return max(self.minimum_quantity or 0.0, (self.minimum_days or 0.0) * demand)

    def upper(self, demand: float) -> float:
        """Return the lowest upper bound for a mean demand per day, infinite for none."""
        days = math.inf if self.maximum_days is None else self.maximum_days * demand
        return min(math.inf if self.maximum_quantity is None else self.maximum_quantity, days)


@dataclass(frozen=True, slots=True)
class Buffer:
    """What is to be kept of one item [base units].

    Attributes
    ----------
    sigma
        Standard deviation of demand during the lead time.
    demand_variance, lead_variance
        Parts of its square that come from demand and from the lead time.
    statistical
        What the formula or the quantile asks for, before any bound.
    safety_stock
        Within the bounds; what the service level needs.
    packed
        The same in whole packs: never less, unless a whole pack more breaks the upper bound.
    minimum
        Packed stock and the hard safety lead time: below it somebody is alerted.
    target
        Minimum and the soft safety lead time: what is planned for, and given up before anything
        runs short.
    reorder_point
        Stock, on hand and under way, at which to order: demand of the lead time and safety stock
        before it is rounded up to packs, with both safety lead times.
    """

    sigma: float
    demand_variance: float
    lead_variance: float
    statistical: float
    safety_stock: float
    packed: float
    minimum: float
    target: float
    reorder_point: float

    @property
    def lead_share(self) -> float:
        """Return the share of the variance that comes from the lead time, in [0, 1]."""
        total = self.demand_variance + self.lead_variance
        return self.lead_variance / total if total > 0 else 0.0


def quantile_of(level: float) -> float:
    """Return the standard normal quantile of a cycle service level in [0.5, 1)."""
    if not 0.5 <= level < 1:
        raise ValueError(f"expected a service level from 0.5 to below 1, got {level}")
    return NORMAL.inv_cdf(level)


def level_of(z: float) -> float:
    """Return the cycle service level of a standard normal quantile."""
    return NORMAL.cdf(z)


def variance_parts(demand: Uncertain, lead: Uncertain) -> tuple[float, float]:
    """Return what demand [per day] and lead time [days] add to the variance of their product."""
    return lead.mean * demand.sigma**2, demand.mean**2 * lead.sigma**2


def normal_safety_stock(demand: Uncertain, lead: Uncertain, level: float) -> float:
    """Return z * sqrt(L * sd^2 + d^2 * sL^2) for a cycle service level [base units]."""
    return quantile_of(level) * math.sqrt(sum(variance_parts(demand, lead)))


def sampled_safety_stock(totals: Sequence[float], level: float) -> float:
    """Return the quantile of observed lead-time demand above its mean, never below 0.

    ``totals`` is the demand of as many whole lead times as are known; the quantile is the
    least of them that at least a share ``level`` of them does not exceed. Raises ``ValueError``
    for none.
    """
    if not totals:
        raise ValueError("expected the demand of at least one lead time, got none")
    quantile_of(level)  # the same range of levels
    ordered = sorted(totals)
    place = math.ceil(level * len(ordered) - ROUNDING) - 1
    return max(0.0, ordered[place] - math.fsum(ordered) / len(ordered))


def buffer_of(
    demand: Uncertain,
    lead: Uncertain,
    statistical: float,
    *,
    limits: Limits | None = None,
    pack: float = 0.0,
    hard_days: float = 0.0,
    soft_days: float = 0.0,
) -> Buffer:
    """Return what is to be kept, from what the service level asks for.

    Parameters
    ----------
    demand
        Base units per day.
    lead
        Days from ordering to availability.
    statistical
        Safety stock of the formula or of a quantile [base units], >= 0.
    limits
        Bounds of the planner.
    pack
        Base units of a pack; 0 does not round.
    hard_days, soft_days
        Safety lead time: days for which goods are to be there before they are needed, always, or
        as long as nothing runs short.
    """
    bounds = limits or Limits()
    low, high = bounds.lower(demand.mean), bounds.upper(demand.mean)
    safety = max(low, min(high, statistical))
    packed = in_packs(safety, pack)
    if packed > high >= low and packed - pack >= low:
        packed -= pack
    own, other = variance_parts(demand, lead)
    minimum = packed + hard_days * demand.mean
    return Buffer(
        sigma=math.sqrt(own + other),
        demand_variance=own,
        lead_variance=other,
        statistical=statistical,
        safety_stock=safety,
        packed=packed,
        minimum=minimum,
        target=minimum + soft_days * demand.mean,
        reorder_point=demand.mean * (lead.mean + hard_days + soft_days) + safety,
    )


def in_packs(quantity: float, pack: float) -> float:
    """Return the quantity in whole packs, rounded up; ``pack`` 0 leaves it."""
    if pack <= 0:
        return quantity
    return math.ceil(quantity / pack - ROUNDING) * pack


def order_of(available: float, buffer: Buffer, *, pack: float = 0.0, least: float = 0.0) -> float:
    """Return what to order now: nothing above the reorder point, else up to the target.

    ``available`` is on hand and under way, less what is promised [base units]. Up to the target
    means that the target is still there when the order arrives; in whole packs, at least
    ``least``.
    """
    if available > buffer.reorder_point + ROUNDING:
        return 0.0
    rounded = max(buffer.packed - buffer.safety_stock, 0.0)
    missing = buffer.reorder_point + rounded - available
    return in_packs(max(missing, least, 0.0), pack)
