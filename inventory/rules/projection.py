"""How much stock each coming day ends with."""

from collections.abc import Sequence
from decimal import Decimal


def project_stock(
    on_hand: Decimal, demand: Sequence[Decimal], deliveries: Sequence[Decimal]
) -> tuple[Decimal, ...]:
    """Return the stock at the end of each coming day: stock(d) = stock(d-1) - demand + deliveries.

    A shortage stays visible as a negative stock: it is what must still be caught up.

    Parameters
    ----------
    on_hand
        Stock at the end of day 0 [base units of the part]; negative if already behind.
    demand
        Quantity consumed on day 1, 2, ... [base units], each >= 0. A supplier gives
        its shipments here.
    deliveries
        Quantity added on the same days [base units], each >= 0. A supplier gives its
        planned production here.

    Returns
    -------
    tuple of Decimal
        Stock at the end of day 1, 2, ... with as many entries as ``demand``.

    Raises
    ------
    ValueError
        If a quantity is not finite, demand or deliveries are negative, or the two
        differ in length.

    Notes
    -----
    The projection of Catena-X CX-0145 and CX-0157 for one part at one site.

    Examples
    --------
    >>> project_stock(Decimal(100), [Decimal(40), Decimal(60)], [Decimal(0), Decimal(60)])
    (Decimal('60'), Decimal('60'))
    """
    if len(demand) != len(deliveries):
        raise ValueError(
            f"expected as many deliveries as demands, got {len(deliveries)} and {len(demand)}"
        )
    if not on_hand.is_finite():
        raise ValueError(f"expected a finite stock on hand, got {on_hand}")
    check_daily_quantities("demand", demand)
    check_daily_quantities("deliveries", deliveries)

    stock = on_hand
    projected: list[Decimal] = []
    for consumed, added in zip(demand, deliveries, strict=True):
        stock = stock - consumed + added
        projected.append(stock)
    return tuple(projected)


def check_daily_quantities(name: str, quantities: Sequence[Decimal]) -> None:
    """Raise ``ValueError`` naming the first day whose quantity is negative or not finite."""
    for day, quantity in enumerate(quantities, start=1):
        if not quantity.is_finite() or quantity < 0:
            raise ValueError(f"expected finite {name} >= 0, got {quantity} on day {day}")
