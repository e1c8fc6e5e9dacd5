"""A customer's consumption split over the sources of a part (IN-10, Catena-X CX-0157)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

STEP: Final = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Source:
    """One supplier of a part: its call-off share (any unit, > 0) and its stock [base units]."""

    share: Decimal
    stock: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """What one source is quoted [base units]: what was taken from it and what it has left.

    ``overflow`` is the part of ``consumed`` that came from sources which had run out.
    """

    consumed: Decimal
    overflow: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Split:
    """The quotes in the order of the sources, and what no stock covered [base units]."""

    quotes: tuple[Quote, ...]
    uncovered: Decimal


def split_consumption(consumption: Decimal, sources: Sequence[Source]) -> Split:
    """Quote a consumption to the sources by their shares; none goes below zero.

    What a source cannot cover is quoted to those that have stock left, again by their shares,
    until everything is quoted or no stock is left. As long as every other source covers its own
    quote, a source's quote depends on the consumption, the shares and its own stock alone.

    Parameters
    ----------
    consumption
        What was consumed [base units], >= 0, in steps of 0.001.
    sources
        At least one; shares > 0 in any unit (percent, pieces called off), stocks >= 0 in steps
        of 0.001.

    Returns
    -------
    Split
        ``sum(consumed) + uncovered == consumption`` exactly; ``left == stock - consumed``.

    Raises
    ------
    ValueError
        If there is no source, or a figure is out of its range.

    Examples
    --------
    >>> sources = [Source(Decimal(60), Decimal(50)), Source(Decimal(40), Decimal(80))]
    >>> [str(quote.left) for quote in split_consumption(Decimal(100), sources).quotes]
    ['0.000', '30.000']
    """
    _check(consumption, sources)
    stocks = [_steps(each.stock) for each in sources]
    left, rest = list(stocks), _steps(consumption)
    first: list[int] = []
    while rest and (able := [at for at, stock in enumerate(left) if not first or stock]):
        quoted = apportion(rest, [sources[at].share for at in able])
        for at, part in zip(able, quoted, strict=True):
            taken = min(part, left[at])
            left[at] -= taken
            rest -= taken
        first = first or [before - now for before, now in zip(stocks, left, strict=True)]
    own = first or [0] * len(sources)
    quotes = tuple(
        Quote(consumed=(stock - now) * STEP, overflow=(stock - now - mine) * STEP, left=now * STEP)
        for stock, now, mine in zip(stocks, left, own, strict=True)
    )
    return Split(quotes, rest * STEP)


def apportion(total: int, shares: Sequence[Decimal]) -> list[int]:
    """Divide whole steps by shares, by largest remainder; of equal ones the first goes first."""
    weight = sum(shares, Decimal(0))
    exact = [total * share / weight for share in shares]
    whole = [int(each) for each in exact]
    order = sorted(range(len(shares)), key=lambda at: (whole[at] - exact[at], at))
    for at in order[: total - sum(whole)]:
        whole[at] += 1
    return whole


def _check(consumption: Decimal, sources: Sequence[Source]) -> None:
    if not sources:
        raise ValueError("expected at least one source, got none")
    for name, quantity in [("consumption", consumption), *(("stock", x.stock) for x in sources)]:
        if not quantity.is_finite() or quantity < 0 or quantity % STEP:
            raise ValueError(f"expected a {name} >= 0 in steps of {STEP}, got {quantity}")
    for each in sources:
        if not each.share.is_finite() or each.share <= 0:
            raise ValueError(f"expected a share > 0, got {each.share}")


def _steps(quantity: Decimal) -> int:
    return int(quantity / STEP)
