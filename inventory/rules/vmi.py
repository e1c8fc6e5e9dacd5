"""A supplier-managed stock against its agreed band, day by day (IN-07, SupplyOn, SAP SNC)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Breach(StrEnum):
    """What is wrong with a band; the first day of each counts."""

    STOCK_OUT = "stock_out"
    BELOW = "below"
    ABOVE = "above"
    ON_HAND = "on_hand"
    SIGNAL = "signal"


@dataclass(frozen=True, slots=True)
class Band:
    """An agreed band [base units, or days of the demand that follows] and the lead time [days].

    At or below ``signal`` on hand a receipt is called for.
    """

    minimum: Decimal
    maximum: Decimal
    is_days: bool = False
    lead_days: int = 0
    signal: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The band on one day [base units]; None where too little demand is known to tell."""

    low: Decimal
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Found:
    """A breach: on which day first (0 is today), by how much [base units], within the lead time."""

    kind: Breach
    day: int
    quantity: Decimal
    is_inside_lead: bool


def with_receipts(
    stock: Sequence[Decimal], demand: Sequence[Decimal], receipts: Mapping[int, Decimal]
) -> list[Decimal]:
    """Return the projected stock with the receipts that are planned [base units].

    ``stock`` and ``demand`` are those of day 0, 1, …; what the projection already adds on a day,
    the announced deliveries, is taken as part of what is planned for it.
    """
    if len(stock) != len(demand):
        raise ValueError(f"expected as many demands as stocks, got {len(demand)}, {len(stock)}")
    total, found = ZERO, []
    for day, level in enumerate(stock):
        announced = level - stock[day - 1] + demand[day] if day else ZERO
        total += max(ZERO, receipts.get(day, ZERO) - max(ZERO, announced))
        found.append(level + total)
    return found


def limits(band: Band, demand: Sequence[Decimal]) -> list[Limits]:
    """Return the band of each day; in days it is the demand of the days that follow.

    Where less demand is known than the minimum asks for, its low side is all that is known.
    """
    if not band.is_days:
        return [Limits(band.minimum, band.maximum)] * len(demand)
    return [
        Limits(
            _needed(demand, day, band.minimum) or ZERO,
            _needed(demand, day, band.maximum) if _is_known(demand, day, band.maximum) else None,
        )
        for day in range(len(demand))
    ]


def breaches(
    band: Band, stock: Sequence[Decimal], demand: Sequence[Decimal], *, on_hand: Decimal
) -> list[Found]:
    """Return the first breach of each kind, the earliest first.

    ``stock`` is the projection with planned receipts; a day without stock is a stock-out, not a
    day below the minimum. ``on_hand`` outside today's limits is a breach of its own; inside them
    it may have reached the signal level.
    """
    bounds = limits(band, demand)
    first: dict[Breach, Found] = {}
    if bounds:
        low, high = bounds[0].low, bounds[0].high
        gap = low - on_hand if on_hand < low else ZERO
        gap = on_hand - high if high is not None and on_hand > high else gap
        level = _signal(band, demand)
        if gap:
            first[Breach.ON_HAND] = Found(Breach.ON_HAND, 0, gap, is_inside_lead=True)
        elif level is not None and on_hand <= level:
            first[Breach.SIGNAL] = Found(Breach.SIGNAL, 0, level - on_hand, is_inside_lead=False)
    for day, (level, bound) in enumerate(zip(stock, bounds, strict=True)):
        kind, gap = _breach(level, bound)
        if kind is not None:
            first.setdefault(kind, Found(kind, day, gap, is_inside_lead=day < band.lead_days))
    return sorted(first.values(), key=lambda each: (each.day, each.kind))


def _breach(level: Decimal, bound: Limits) -> tuple[Breach | None, Decimal]:
    if level < 0 or (level == 0 and bound.low > 0):
        return Breach.STOCK_OUT, bound.low - level
    if level < bound.low:
        return Breach.BELOW, bound.low - level
    if bound.high is not None and level > bound.high:
        return Breach.ABOVE, level - bound.high
    return None, ZERO


def _signal(band: Band, demand: Sequence[Decimal]) -> Decimal | None:
    """Return today's signal level [base units]; ``None`` where none is agreed."""
    if band.signal is None or not band.is_days:
        return band.signal
    return _needed(demand, 0, band.signal)


def _needed(demand: Sequence[Decimal], day: int, days: Decimal) -> Decimal:
    """Return the stock that lasts ``days`` after ``day``, as far as demand is known."""
    whole = int(days)
    following = demand[day + 1 : day + 1 + whole]
    total = sum(following, ZERO)
    if (rest := days - whole) and day + 1 + whole < len(demand):
        total += rest * demand[day + 1 + whole]
    return total


def _is_known(demand: Sequence[Decimal], day: int, days: Decimal) -> bool:
    return day + days <= len(demand) - 1
