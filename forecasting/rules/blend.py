"""Which figure to plan with where a customer's release, statistics and orders all speak."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from forecasting.rules.schedule import ZERO, check_quantity

UNMEASURED_WEIGHT = Decimal("0.5")


def release_weight(bias: Decimal | None) -> Decimal:
    """Return the weight in [0, 1] of a customer's release beyond its firm zone.

    One minus its measured relative bias at that lag, either way: a customer that asks for 30 %
    too much counts 0.7, one that is off by its whole demand not at all. Half where nothing was
    measured yet.
    """
    if bias is None:
        return UNMEASURED_WEIGHT
    if not bias.is_finite():
        raise ValueError(f"expected a finite bias, got {bias}")
    return max(ZERO, 1 - abs(bias))


def blend(
    release: Sequence[Decimal | None],
    statistical: Sequence[Decimal],
    *,
    firm_buckets: int,
    bias: Sequence[Decimal | None],
) -> tuple[Decimal, ...]:
    """Return the quantity to plan with in each bucket (FC-23).

    Inside the firm zone the release, whatever statistics say; beyond it both, the release
    weighted by ``release_weight``; behind its end statistics alone.

    Parameters
    ----------
    release
        Quantity per bucket [base units], >= 0; ``None`` behind the end of the release. A
        bucket without lines inside it is 0.
    statistical
        Forecast of the same buckets [base units], >= 0.
    firm_buckets
        Length of the firm zone, >= 0.
    bias
        Relative bias of this customer's releases at the lag of each bucket, positive = asked
        for too much; ``None`` if not measured.

    Examples
    --------
    >>> blend([Decimal(100), Decimal(130)], [Decimal(80), Decimal(100)],
    ...       firm_buckets=1, bias=[None, Decimal("0.3")])
    (Decimal('100'), Decimal('121.0'))
    """
    if not len(release) == len(statistical) == len(bias):
        raise ValueError(
            f"expected equal horizons, got {len(release)}, {len(statistical)} and {len(bias)}"
        )
    if firm_buckets < 0:
        raise ValueError(f"expected firm_buckets >= 0, got {firm_buckets}")
    found: list[Decimal] = []
    for bucket, (asked, forecast) in enumerate(zip(release, statistical, strict=True)):
        check_quantity("forecast", forecast, f" in bucket {bucket}")
        if asked is None:
            found.append(forecast)
            continue
        check_quantity("release", asked, f" in bucket {bucket}")
        weight = Decimal(1) if bucket < firm_buckets else release_weight(bias[bucket])
        found.append(weight * asked + (1 - weight) * forecast)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A planner's own figure [base units], >= 0; it needs a reason and is scored like the rest."""

    quantity: Decimal
    reason: str
    author: str

    def __post_init__(self) -> None:
        check_quantity("override", self.quantity)
        if not self.reason.strip():
            raise ValueError("expected a reason for the override, got none")


@dataclass(frozen=True, slots=True)
class ForecastBucket:
    """A forecast [base units], >= 0, of the days ``starts_on`` to before ``ends_on``."""

    starts_on: date
    ends_on: date
    quantity: Decimal

    def __post_init__(self) -> None:
        check_quantity("forecast", self.quantity, f" from {self.starts_on}")
        if self.ends_on <= self.starts_on:
            raise ValueError(f"expected an end after {self.starts_on}, got {self.ends_on}")


@dataclass(frozen=True, slots=True)
class Order:
    """A customer's order [base units], >= 0, due on one day."""

    due_on: date
    quantity: Decimal

    def __post_init__(self) -> None:
        check_quantity("order", self.quantity, f" due on {self.due_on}")


@dataclass(frozen=True, slots=True)
class Consumption:
    """What orders leave of the forecast: ``net`` per bucket, and ``beyond`` per order.

    ``beyond`` is the part of an order that no forecast had foreseen. Demand in all is the
    orders plus ``net``.
    """

    net: tuple[Decimal, ...]
    beyond: tuple[Decimal, ...]


def consume(
    forecast: Sequence[ForecastBucket],
    orders: Sequence[Order],
    *,
    net_early_days: int,
    net_late_days: int,
) -> Consumption:
    """Return the forecast net of orders, so that neither is planned twice.

    Orders take from their own bucket, then from earlier ones that end at most
    ``net_early_days`` before the due day, the nearest first, then from later ones that begin
    at most ``net_late_days`` after it. Orders go by due day, those of one day in their order.

    Parameters
    ----------
    forecast
        Buckets in ascending order, none overlapping.
    orders
        In any order; ``Consumption.beyond`` keeps it.
    net_early_days, net_late_days
        Days to look back and ahead, >= 0; 0 stays in the order's own bucket.

    Notes
    -----
    The netting that planning systems call forecast consumption. O(orders x buckets).
    """
    if net_early_days < 0 or net_late_days < 0:
        raise ValueError(f"expected days >= 0, got {net_early_days} and {net_late_days}")
    for before, after in pairwise(forecast):
        if after.starts_on < before.ends_on:
            raise ValueError(f"expected buckets from {before.ends_on} on, got {after.starts_on}")
    net = [bucket.quantity for bucket in forecast]
    beyond = [order.quantity for order in orders]
    for position in sorted(range(len(orders)), key=lambda at: orders[at].due_on):
        due_on = orders[position].due_on
        for bucket in _buckets_for(due_on, forecast, net_early_days, net_late_days):
            taken = min(beyond[position], net[bucket])
            net[bucket] -= taken
            beyond[position] -= taken
    return Consumption(tuple(net), tuple(beyond))


def _buckets_for(
    due_on: date, forecast: Sequence[ForecastBucket], net_early_days: int, net_late_days: int
) -> list[int]:
    """Return the buckets an order may take from: its own, earlier backwards, later forwards."""
    earliest = due_on - timedelta(days=net_early_days)
    latest = due_on + timedelta(days=net_late_days)
    own = [at for at, each in enumerate(forecast) if each.starts_on <= due_on < each.ends_on]
    early = [at for at, each in enumerate(forecast) if earliest < each.ends_on <= due_on]
    late = [at for at, each in enumerate(forecast) if due_on < each.starts_on <= latest]
    return [*own, *reversed(early), *late]
