"""What leaves by a dispatch advice leaves the supplier's stock (IN-03, IN-21)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from collab.masterdata.queries import PartRow, part_by_number, resolve_partner_number
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from inventory.models import StockKind, StockMovement, StockPosition
from inventory.services.ledger import is_counted
from inventory.services.movements import reverse
from inventory.services.posting import Entry, post
from inventory.services.subjects import Subject, in_base_unit
from inventory.stock_alerts import clear_doubt, raise_doubt

ISSUE = StockMovement.Kind.ISSUE.value


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftLine:
    """One line of an advice: the customer's part number and a quantity > 0 in ``unit``."""

    part_number: str
    supplier_part_number: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """An own advice as it stands: from which site, when, and whether it still counts."""

    advice_id: UUID
    number: str
    customer_id: int
    site_code: str
    despatched_at: datetime
    lines: Sequence[LeftLine]
    counts: bool = True


@transaction.atomic
def follow_departure(left: Departure) -> int:
    """Book an advice out of the stock that is kept for its customer; return the movements.

    An advice that was replaced or cancelled is taken back. The same again changes nothing. Where
    more left than was on hand, what there was is booked and the stock is called doubtful: what
    left is a fact, so the figure before it was wrong.
    """
    document = f"dispatch:{left.advice_id.hex}"
    if not left.counts:
        booked = StockMovement.objects.filter(
            owner_id=acting_organisation_id(), document=document, reverses_id__isnull=True
        )
        return len(reverse(list(booked), reason=f"{left.number} does not count"))
    return len(post([*_entries(left, document)]))


def _entries(left: Departure, document: str) -> Iterable[Entry]:
    needed: dict[UUID, Decimal] = {}
    parts: dict[UUID, PartRow] = {}
    for line in left.lines:
        part = _part(line, left)
        if part is None:
            continue
        try:
            quantity = in_base_unit(part, line.quantity, line.unit)
        except Refused:
            continue  # a unit that does not translate cannot be taken from this stock
        parts[part.id] = part
        needed[part.id] = needed.get(part.id, Decimal(0)) + quantity
    for part_id, quantity in needed.items():
        position = _position(left, part_id)
        if position is None or _is_booked(position, document):
            continue
        taken = quantity
        if not is_counted(position, left.despatched_at):
            taken = min(quantity, position.quantity)
            if taken < quantity:
                raise_doubt(position, missing=quantity - taken, document=left.number)
            else:
                clear_doubt(position.pk)
        yield Entry(
            subject=Subject(
                left.customer_id, parts[part_id], position.partner_part_number,
                position.site_id, position.site_code,
            ),
            kind=ISSUE,
            quantity=-taken,
            at=left.despatched_at,
            stage=position.stage,
            document=document,
        )  # fmt: skip


def _part(line: LeftLine, left: Departure) -> PartRow | None:
    own = part_by_number(line.supplier_part_number) if line.supplier_part_number else None
    return own or resolve_partner_number(
        left.customer_id, line.part_number, own_day(left.despatched_at)
    )


def _position(left: Departure, part_id: UUID) -> StockPosition | None:
    """Return the free stock that is kept for the customer at the place of departure, locked."""
    return (
        StockPosition.objects.select_for_update(of=("self",))
        .filter(
            owner_id=acting_organisation_id(),
            counterparty_id=left.customer_id,
            part_id=part_id,
            site_code=left.site_code,
            kind=StockKind.FREE,
        )
        .first()
    )


def _is_booked(position: StockPosition, document: str) -> bool:
    return StockMovement.objects.filter(
        part_id=position.part_id, site_id=position.site_id, document=document
    ).exists()
