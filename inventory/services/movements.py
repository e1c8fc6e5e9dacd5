"""Receipts, issues, scrap and transfers between one's own sites."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.masterdata.refusals import Refused
from collab.organisations.models import Site
from inventory.events import StockMoved
from inventory.models import SourceGrade, Stage, StockKind, StockMovement, StockPosition
from inventory.projections import CoverageKey, refresh_coverage
from inventory.rules.stock_ledger import Movement, MovementKind, transfer
from inventory.services.ledger import book, locked_position
from inventory.services.subjects import Subject, in_base_unit, resolve

BY_HAND = (MovementKind.RECEIPT, MovementKind.ISSUE, MovementKind.SCRAP)


@transaction.atomic
def record_movement(
    *,
    counterparty: str,
    part_number: str,
    site: str,
    kind: str,
    quantity: Decimal | int | str,
    unit: str,
    moved_at: datetime,
    stock_kind: str = StockKind.FREE,
    reason: str = "",
    document: str = "",
) -> StockMovement:
    """Book a receipt, issue or scrap of ``quantity`` >= 0 [``unit``]; what goes out is negated.

    The same ``document`` again returns the first movement. Raises ``Refused`` for what cannot
    be resolved, and where more would go out than there is.
    """
    if kind not in BY_HAND:
        raise Refused("kind", f"one of {', '.join(BY_HAND)}", kind)
    subject = resolve(
        counterparty=counterparty, part_number=part_number, site=site, on=moved_at.date()
    )
    amount = in_base_unit(subject.part, quantity, unit)
    signed = amount if kind == MovementKind.RECEIPT else -amount
    try:
        entry = Movement(
            site=subject.site_code, kind=MovementKind(kind), quantity=signed, reason=reason
        )
    except ValueError as wrong:
        raise Refused("reason", str(wrong).removeprefix("expected "), reason) from None
    position = _position(subject, stock_kind)
    if document and (known := _by_document(position, entry.kind, document)) is not None:
        return known
    if position.quantity + entry.quantity < 0:
        raise Refused("quantity", f"at most {position.quantity} {position.unit} on hand", quantity)
    movement = book(
        position, entry.kind, entry.quantity, at=moved_at, reason=reason, document=document
    )
    _finish([position], [movement])
    return movement


@transaction.atomic
def record_transfer(
    *,
    counterparty: str,
    part_number: str,
    source: str,
    destination: str,
    quantity: Decimal | int | str,
    unit: str,
    moved_at: datetime,
    stock_kind: str = StockKind.FREE,
    document: str = "",
) -> tuple[StockMovement, StockMovement]:
    """Move stock between two of one's own sites; the two entries net to zero.

    The same ``document`` again returns the first two entries. Raises ``Refused`` as
    ``record_movement``.
    """
    subjects = [
        resolve(counterparty=counterparty, part_number=part_number, site=site, on=moved_at.date())
        for site in (source, destination)
    ]
    amount = in_base_unit(subjects[0].part, quantity, unit)
    try:
        entries = transfer(amount, source=source, destination=destination)
    except ValueError as wrong:
        raise Refused("destination", str(wrong).removeprefix("expected "), destination) from None
    # Locked in one order, so that two transfers in opposite directions cannot block each other.
    ordered = sorted(subjects, key=lambda each: each.site_id)
    by_site = {each.site_code: _position(each, stock_kind) for each in ordered}
    out_of, into = by_site[subjects[0].site_code], by_site[subjects[1].site_code]
    if document:
        known = [_by_document(each, MovementKind.TRANSFER, document) for each in (out_of, into)]
        if known[0] is not None and known[1] is not None:
            return known[0], known[1]
    if out_of.quantity < amount:
        raise Refused("quantity", f"at most {out_of.quantity} {out_of.unit} on hand", quantity)
    booked = tuple(
        book(position, entry.kind, entry.quantity, at=moved_at, document=document)
        for position, entry in zip((out_of, into), entries, strict=True)
    )
    _finish([out_of, into], booked)
    return booked[0], booked[1]


def _position(subject: Subject, stock_kind: str) -> StockPosition:
    if stock_kind not in StockKind.values:
        raise Refused("stock_kind", f"one of {', '.join(StockKind.values)}", stock_kind)
    return locked_position(
        subject,
        kind=stock_kind,
        stage=Stage.SUPPLIER_WAREHOUSE.value,
        source_grade=SourceGrade.BOOKED.value,
    )


def _by_document(position: StockPosition, kind: str, document: str) -> StockMovement | None:
    return StockMovement.objects.filter(
        part_id=position.part_id,
        site_id=position.site_id,
        stock_kind=position.kind,
        kind=kind,
        document=document,
    ).first()


def _finish(
    positions: list[StockPosition], movements: list[StockMovement] | tuple[StockMovement, ...]
) -> None:
    for position in positions:
        position.source_grade = SourceGrade.BOOKED
        position.version += 1
        position.save()
    codes = Site.objects.filter(pk__in=[each.site_id for each in movements])
    sites = dict(codes.values_list("pk", "code"))
    for movement in movements:
        publish(
            StockMoved(
                movement_id=str(movement.pk),
                counterparty_id=movement.counterparty_id,
                part_id=str(movement.part_id),
                kind=str(movement.kind),
                quantity=str(movement.quantity),
                stock_kind=str(movement.stock_kind),
                site_code=sites[movement.site_id],
                moved_at=movement.moved_at.isoformat(),
            )
        )
    refresh_coverage(
        [CoverageKey(each.counterparty_id, each.part_id, each.site_id) for each in positions],
        as_of=timezone.now(),
    )
