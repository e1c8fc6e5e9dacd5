"""Which goods on the road a release does not contain yet, and which of its lines they cover.

The cumulative algebra of standards such as VDA 4905: lines are net of what the customer has
received (E) and gross of what is on the road (O).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One line of an advice, in the unit of the release."""

    number: str
    quantity: Decimal
    despatched_at: datetime
    received_at: datetime | None = None


def on_the_road(sent: Sequence[Sent], *, issued_at: datetime, last_number: str = "") -> Decimal:
    """Return O: what was sent and is not in the received cumulative of a release.

    The last advice that a release names says which ones it contains: that one and all older ones.
    A release that names none known contains what had been received when it was issued.
    """
    named = [each.despatched_at for each in sent if last_number and each.number == last_number]
    if named:
        open_ones = [each for each in sent if each.despatched_at > max(named)]
    else:
        open_ones = [
            each for each in sent if each.received_at is None or each.received_at > issued_at
        ]
    return sum((each.quantity for each in open_ones), Decimal(0))


def covered(lines: Sequence[tuple[Key, Decimal]], open_quantity: Decimal) -> dict[Key, Decimal]:
    """Return how much of each line is sent already; lines (key, quantity) come by their due day.

    ``open_quantity`` covers the earliest first; what is left over covers nothing.
    """
    found: dict[Key, Decimal] = {}
    rest = open_quantity
    for key, quantity in lines:
        found[key] = min(quantity, rest)
        rest -= found[key]
    return found
