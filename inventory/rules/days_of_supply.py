"""How long a stock lasts against the demand to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from inventory.rules.projection import check_daily_quantities, project_stock

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class DaysOfSupply:
    """A number of days [0.01 days], or a lower bound where the demand beyond is unknown."""

    days: Decimal
    is_at_least: bool = False

    def __str__(self) -> str:
        return f"≥ {self.days}" if self.is_at_least else str(self.days)


def days_of_supply(on_hand: Decimal, demand: Sequence[Decimal]) -> DaysOfSupply:
    """Return for how many of the following days ``on_hand`` covers ``demand``.

    Days are used up in order; the day on which the stock runs out counts for the
    share of its demand that is still covered. Receipts to come are left out, so
    the figure answers "how long, if nothing more arrives?".

    Parameters
    ----------
    on_hand
        Stock at the end of the day asked about [base units of the part]. Zero or
        less is 0.00 days, whatever the demand.
    demand
        Gross demand of each following day [base units per day], each >= 0. A day
        without demand counts as covered.

    Returns
    -------
    DaysOfSupply
        Days in ``[0, len(demand)]``, rounded half up to 0.01. Where the stock covers
        every day given, the number of days with ``is_at_least`` set: the demand
        after them is unknown.

    Raises
    ------
    ValueError
        If a quantity is not finite or a demand is negative.

    Notes
    -----
    Same quantity as Catena-X CX-0145 "Days of Supply Exchange", for one material
    at one site. Runs in O(len(demand)).

    Examples
    --------
    >>> str(days_of_supply(Decimal(25), [Decimal(10)] * 3))
    '2.50'
    >>> str(days_of_supply(Decimal(500), [Decimal(40), Decimal(60)]))
    '≥ 2.00'
    """
    if not on_hand.is_finite():
        raise ValueError(f"expected a finite stock on hand, got {on_hand}")
    check_daily_quantities("demand", demand)
    if on_hand <= 0:
        return DaysOfSupply(Decimal("0.00"))

    left = on_hand
    for covered_days, needed in enumerate(demand):
        if needed > left:
            return DaysOfSupply(_to_hundredths(covered_days + left / needed))
        left -= needed
    return DaysOfSupply(_to_hundredths(Decimal(len(demand))), is_at_least=True)


def days_of_supply_by_day(
    on_hand: Decimal, demand: Sequence[Decimal], deliveries: Sequence[Decimal]
) -> tuple[DaysOfSupply, ...]:
    """Return the days of supply at the end of day 0, 1, ... up to the last but one.

    Each day starts from the stock projected for it, receipts until then included, and
    looks at the demand after it. The last day has no demand after it, so a
    projection over n days (day 0 included) gives n - 1 results.

    Parameters
    ----------
    on_hand
        Stock at the end of day 0 [base units of the part].
    demand
        Demand of day 1, 2, ... [base units], each >= 0.
    deliveries
        Receipts of the same days [base units], each >= 0.

    Returns
    -------
    tuple of DaysOfSupply
        As many entries as ``demand``; entry d looks at the demand from day d + 1 on.

    Raises
    ------
    ValueError
        As ``project_stock``.

    Examples
    --------
    >>> demand = [Decimal(40), Decimal(0), Decimal(0), Decimal(80)]
    >>> [str(dos) for dos in days_of_supply_by_day(Decimal(100), demand, [Decimal(0)] * 4)]
    ['3.75', '2.75', '1.75', '0.75']
    """
    stock = (on_hand, *project_stock(on_hand, demand, deliveries))
    return tuple(days_of_supply(stock[day], demand[day:]) for day in range(len(demand)))


def _to_hundredths(days: Decimal) -> Decimal:
    return days.quantize(HUNDREDTH, rounding=ROUND_HALF_UP)
