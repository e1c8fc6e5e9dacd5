"""The delivery schedule: what a customer says it will need, and how firmly."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

ZERO = Decimal(0)
_DIGITS = re.compile(r"(\d+)")


class Commitment(StrEnum):
    """How far a customer is bound by a line (SCC 1, 4 and 5 of DELFOR)."""

    FIRM = "firm"
    FORECAST = "forecast"
    BACKLOG = "backlog"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLine:
    """A quantity [base units], >= 0, due on one day: net of received, gross of in transit.

    Raises ``ValueError`` if the quantity is negative or not finite.
    """

    due_on: date
    quantity: Decimal
    commitment: Commitment = Commitment.FIRM

    def __post_init__(self) -> None:
        check_quantity("line quantity", self.quantity, f" due on {self.due_on}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One numbered delivery schedule of one part, ship-to and order: whole, never a change to one.

    ``received`` is the cumulative received that the customer states (EFZ) [base units], counted
    since ``counted_since`` or else since the reset before ``issued_at``. ``last_asn`` is the
    newest ASN that ``received`` contains. The go-aheads are cumulative quantities. A firm
    quantity may fall only where ``is_change`` is set.
    """

    number: str
    issued_at: datetime
    received: Decimal
    lines: tuple[ScheduleLine, ...] = ()
    previous: str | None = None
    last_asn: str | None = None
    counted_since: date | None = None
    production_go_ahead: Decimal | None = None
    material_go_ahead: Decimal | None = None
    unloading_point: str = ""
    is_change: bool = False

    def __post_init__(self) -> None:
        if not self.number:
            raise ValueError("expected a release number, got none")
        check_quantity("cumulative received", self.received)

    def cumulative(self, day: date) -> Decimal:
        """Return R(day): what must have been received by ``day`` since the last reset."""
        return self.received + sum(
            (each.quantity for each in self.lines if each.due_on <= day), ZERO
        )

    def firm_cumulative(self) -> Decimal:
        """Return the cumulative quantity the customer is bound to take: received, backlog, firm."""
        bound = (each.quantity for each in self.lines if each.commitment != Commitment.FORECAST)
        return self.received + sum(bound, ZERO)

    def due_days(self) -> tuple[date, ...]:
        """Return the days on which something is due, in order and each once."""
        return tuple(sorted({each.due_on for each in self.lines}))


def to_cumulative(
    received: Decimal, lines: Iterable[ScheduleLine]
) -> tuple[tuple[date, Decimal], ...]:
    """Return the cumulative quantity of each due day, ascending; ``to_discrete`` undoes it.

    Examples
    --------
    >>> one = ScheduleLine(due_on=date(2026, 1, 8), quantity=Decimal(300))
    >>> to_cumulative(Decimal(100), [one])
    ((datetime.date(2026, 1, 8), Decimal('400')),)
    """
    found: list[tuple[date, Decimal]] = []
    total = received
    ordered = sorted(lines, key=lambda line: line.due_on)
    for day, of_day in groupby(ordered, key=lambda line: line.due_on):
        total += sum((line.quantity for line in of_day), ZERO)
        found.append((day, total))
    return tuple(found)


def to_discrete(
    received: Decimal, points: Sequence[tuple[date, Decimal]]
) -> tuple[tuple[date, Decimal], ...]:
    """Return the quantity of each day [base units] from cumulative points in ascending order.

    Raises
    ------
    ValueError
        If the days do not ascend or the cumulative quantity falls, below ``received`` included.
    """
    found: list[tuple[date, Decimal]] = []
    before, last_day = received, None
    for day, total in points:
        if last_day is not None and day <= last_day:
            raise ValueError(f"expected ascending days, got {day} after {last_day}")
        if not total.is_finite() or total < before:
            raise ValueError(f"expected a cumulative quantity >= {before}, got {total} on {day}")
        found.append((day, total - before))
        before, last_day = total, day
    return tuple(found)


def natural_key(number: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key by which "A9" comes before "A10"."""
    return tuple(
        (0, int(piece), "") if piece.isdecimal() else (1, 0, piece)
        for piece in _DIGITS.split(number)
        if piece
    )


def check_quantity(name: str, quantity: Decimal, place: str = "") -> None:
    """Raise ``ValueError`` if ``quantity`` is negative or not finite, naming ``place``."""
    if not quantity.is_finite() or quantity < 0:
        raise ValueError(f"expected finite {name} >= 0, got {quantity}{place}")
