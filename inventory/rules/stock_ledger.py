"""Stock on hand as the sum of its movements; nothing is ever overwritten."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class MovementKind(StrEnum):
    """Why a quantity changed."""

    RECEIPT = "receipt"
    ISSUE = "issue"
    TRANSFER = "transfer"
    COUNT = "count"
    SCRAP = "scrap"


NEEDS_REASON = frozenset({MovementKind.COUNT, MovementKind.SCRAP})
ONLY_ADDS = frozenset({MovementKind.RECEIPT})
ONLY_TAKES = frozenset({MovementKind.ISSUE, MovementKind.SCRAP})


class StockBelowZero(ValueError):
    """A movement would take more than there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One entry of the ledger of one part: a signed quantity at one site.

    ``quantity`` is in base units of the part, positive in, negative out; a counter-entry has the
    sign of what it takes back turned round. Counts and scrap carry a reason. Raises ``ValueError``
    if sign, reason or finiteness is wrong.
    """

    site: str
    kind: MovementKind
    quantity: Decimal
    reason: str = ""
    is_counter_entry: bool = False

    def __post_init__(self) -> None:
        if not self.quantity.is_finite():
            raise ValueError(f"expected a finite quantity, got {self.quantity}")
        signed = -self.quantity if self.is_counter_entry else self.quantity
        if self.kind in ONLY_ADDS and signed < 0:
            raise ValueError(f"expected {self.kind} >= 0, got {self.quantity}")
        if self.kind in ONLY_TAKES and signed > 0:
            raise ValueError(f"expected {self.kind} <= 0, got {self.quantity}")
        if self.kind in NEEDS_REASON and not self.reason.strip():
            raise ValueError(f"expected a reason for the {self.kind}, got none")


def on_hand(movements: Iterable[Movement]) -> dict[str, Decimal]:
    """Return the stock of each site [base units] after ``movements`` in their order.

    Raises
    ------
    StockBelowZero
        If the stock of a site would be negative after any of them.
    """
    stock: defaultdict[str, Decimal] = defaultdict(Decimal)
    for position, movement in enumerate(movements, start=1):
        stock[movement.site] += movement.quantity
        if stock[movement.site] < 0:
            raise StockBelowZero(
                f"expected stock >= 0 at {movement.site}, "
                f"got {stock[movement.site]} after movement {position} ({movement.kind})"
            )
    return dict(stock)


def transfer(quantity: Decimal, *, source: str, destination: str) -> tuple[Movement, Movement]:
    """Return the two entries that move ``quantity`` > 0 between sites; they net to zero."""
    if not quantity.is_finite() or quantity <= 0:
        raise ValueError(f"expected a finite quantity > 0 to transfer, got {quantity}")
    if source == destination:
        raise ValueError(f"expected two different sites, got {source} twice")
    return (
        Movement(site=source, kind=MovementKind.TRANSFER, quantity=-quantity),
        Movement(site=destination, kind=MovementKind.TRANSFER, quantity=quantity),
    )


def counter_entry(movement: Movement, *, reason: str) -> Movement:
    """Return the entry that takes ``movement`` back; counts are corrected by counts instead.

    Raises ``ValueError`` for a count, a counter-entry, or without a reason.
    """
    if movement.kind == MovementKind.COUNT:
        raise ValueError("expected a movement to take back, got a count: count again")
    if movement.is_counter_entry:
        raise ValueError("expected a movement to take back, got a counter-entry")
    if not reason.strip():
        raise ValueError("expected a reason for the counter-entry, got none")
    return Movement(
        site=movement.site,
        kind=movement.kind,
        quantity=-movement.quantity,
        reason=reason,
        is_counter_entry=True,
    )


def count_entry(on_hand: Decimal, counted: Decimal, *, site: str, reason: str) -> Movement:
    """Return the entry that takes the ledger from ``on_hand`` to what was ``counted``.

    A count that agrees is an entry of zero: that somebody looked is a fact as well.
    Raises ``ValueError`` if ``counted`` is negative or not finite, or the reason is empty.
    """
    if not counted.is_finite() or counted < 0:
        raise ValueError(f"expected a finite counted quantity >= 0, got {counted}")
    return Movement(site=site, kind=MovementKind.COUNT, quantity=counted - on_hand, reason=reason)
