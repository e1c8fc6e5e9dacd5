"""What an answer tells of one part: stock and days of supply over all sites together (IN-19)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from inventory.rules.days_of_supply import days_of_supply


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSupply:
    """Usable stock of a part at one site, and its projection from ``first`` on, a value a day.

    ``stock`` stands at the end of the day, ``demand`` is that of the day [base units]; the first
    day's is met already. Both are empty where no demand is known.
    """

    on_hand: Decimal
    first: date
    stock: Sequence[Decimal]
    demand: Sequence[Decimal]


@dataclass(frozen=True, slots=True)
class Supply:
    """All sites together [base units, days].

    ``lowest`` is the least stock at the end of a day of the horizon, negative for a shortage, and
    ``short_from`` the first such day. ``days`` counts from the end of the first projected day.
    Without a projection these are unknown.
    """

    on_hand: Decimal
    days: Decimal | None = None
    is_at_least: bool = False
    lowest: Decimal | None = None
    short_from: date | None = None


def summed_supply(sites: Sequence[SiteSupply], start: date, end: date) -> Supply | None:
    """Return the supply of all ``sites`` from ``start`` to ``end``, both days included.

    ``None`` without a site. Only days that every projected site covers are summed: a sum over
    fewer sites would look like a shortage.
    """
    if not sites:
        return None
    on_hand = sum((site.on_hand for site in sites), Decimal(0))
    projected = [site for site in sites if site.stock]
    if not projected:
        return Supply(on_hand)
    first = max(site.first for site in projected)
    last = min(site.first + timedelta(days=len(site.stock) - 1) for site in projected)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    resting = sum((site.on_hand for site in sites if not site.stock), Decimal(0))
    stock = {day: resting + _summed(projected, day, "stock") for day in days}
    demand = [_summed(projected, day, "demand") for day in days]
    supply = days_of_supply(stock[first], demand[1:]) if days else None
    within = {day: left for day, left in stock.items() if start <= day <= end}
    return Supply(
        on_hand,
        supply.days if supply else None,
        bool(supply and supply.is_at_least),
        min(within.values(), default=None),
        min((day for day, left in within.items() if left < 0), default=None),
    )


def _summed(sites: Sequence[SiteSupply], day: date, name: str) -> Decimal:
    """Return the stock or demand of ``day`` over all sites, which cover it all."""
    values = (getattr(site, name)[(day - site.first).days] for site in sites)
    return sum(values, Decimal(0))
