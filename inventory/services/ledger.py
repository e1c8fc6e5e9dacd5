"""The ledger: what is on hand is the sum of the movements, counts included."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from collab.organisations.context import acting_organisation_id, acting_person_id
from inventory.models import StockMovement, StockPosition
from inventory.rules.stock_ledger import count_entry
from inventory.services.subjects import Subject

SEEN_BY_COUNT = "seen by the count already"


def locked_position(subject: Subject, *, kind: str, stage: str, source_grade: str) -> StockPosition:
    """Return the position of the subject and kind, made if need be, locked until the commit."""
    position, _is_new = StockPosition.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        counterparty_id=subject.counterparty_id,
        part_id=subject.part.id,
        site_id=subject.site_id,
        kind=kind,
        defaults={
            "part_number": subject.part.number,
            "partner_part_number": subject.partner_part_number,
            "site_code": subject.site_code,
            "stage": stage,
            "unit": subject.part.base_unit,
            "source_grade": source_grade,
        },
    )
    return position


def book_count(
    position: StockPosition, counted: Decimal, *, counted_at: datetime, reason: str
) -> bool:
    """Bring the position to what was counted; return whether the count is the newest one.

    Movements after the count still hold, so they are added to it. A count older than the one
    the position rests on changes nothing.
    """
    if position.counted_at is not None and counted_at <= position.counted_at:
        return False
    later = moved_after(position, counted_at)
    entry = count_entry(
        position.quantity - later, counted, site=position.site_code, reason=reason
    )  # fmt: skip
    book(position, StockMovement.Kind.COUNT, entry.quantity, at=counted_at, reason=entry.reason)
    position.counted_at = counted_at
    return True


def book(
    position: StockPosition,
    kind: str,
    quantity: Decimal,
    *,
    at: datetime,
    reason: str = "",
    document: str = "",
    reverses_id: UUID | None = None,
) -> StockMovement:
    """Append one movement of ``quantity`` [base units, signed] and fold it into the position.

    What was counted at or after ``at`` saw the movement already: then a count entry of the
    opposite quantity follows, and what is on hand stays as it was counted.
    """
    movement = _append(
        position, kind, quantity, at, reason=reason, document=document, reverses_id=reverses_id
    )
    if is_counted(position, at) and kind != StockMovement.Kind.COUNT and quantity:
        _append(
            position,
            StockMovement.Kind.COUNT,
            -quantity,
            position.counted_at or at,
            reason=SEEN_BY_COUNT,
        )
        return movement
    position.quantity += quantity
    if position.observed_at is None or at > position.observed_at:
        position.observed_at = at
    return movement


def is_counted(position: StockPosition, at: datetime) -> bool:
    """Say whether the last count of the position was at ``at`` or later."""
    return position.counted_at is not None and at <= position.counted_at


def _append(
    position: StockPosition,
    kind: str,
    quantity: Decimal,
    at: datetime,
    *,
    reason: str,
    document: str = "",
    reverses_id: UUID | None = None,
) -> StockMovement:
    return StockMovement.objects.create(
        owner_id=acting_organisation_id(),
        counterparty_id=position.counterparty_id,
        part_id=position.part_id,
        site_id=position.site_id,
        stock_kind=position.kind,
        kind=kind,
        quantity=quantity,
        reason=reason,
        document=document,
        moved_at=at,
        person_id=acting_person_id(),
        reverses_id=reverses_id,
    )


def moved_after(position: StockPosition, at: datetime) -> Decimal:
    """Return the sum of the movements of the position after ``at`` [base units]."""
    total: Decimal | None = StockMovement.objects.filter(
        counterparty_id=position.counterparty_id,
        part_id=position.part_id,
        site_id=position.site_id,
        stock_kind=position.kind,
        moved_at__gt=at,
    ).aggregate(total=Sum("quantity"))["total"]
    return total or Decimal(0)


def on_hand_by_ledger(position_id: UUID) -> Decimal:
    """Return what the movements of a position sum up to, to compare with the position."""
    position = StockPosition.objects.get(pk=position_id)
    total: Decimal | None = StockMovement.objects.filter(
        counterparty_id=position.counterparty_id,
        part_id=position.part_id,
        site_id=position.site_id,
        stock_kind=position.kind,
    ).aggregate(total=Sum("quantity"))["total"]
    return total or Decimal(0)
