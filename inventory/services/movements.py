"""Receipts, issues, scrap and transfers by hand, and what takes them back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from collab.masterdata.queries import part_by_id
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Site
from inventory.models import SourceGrade, StockKind, StockMovement, StockPosition
from inventory.rules.stock_ledger import Movement, MovementKind, counter_entry, transfer
from inventory.services.posting import Entry, post, stage_of
from inventory.services.subjects import Subject, in_base_unit, resolve

BY_HAND = (MovementKind.RECEIPT, MovementKind.ISSUE, MovementKind.SCRAP)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A subject at the stage that its site stands for."""

    subject: Subject
    stage: str


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
    _check_kind(stock_kind)
    placed = _placed(counterparty, part_number, site, moved_at)
    subject = placed.subject
    amount = in_base_unit(subject.part, quantity, unit)
    signed = amount if kind == MovementKind.RECEIPT else -amount
    try:
        Movement(site=subject.site_code, kind=MovementKind(kind), quantity=signed, reason=reason)
    except ValueError as wrong:
        raise Refused("reason", str(wrong).removeprefix("expected "), reason) from None
    (movement,) = post(
        [
            Entry(
                subject=subject,
                kind=str(kind),
                quantity=signed,
                at=moved_at,
                stock_kind=str(stock_kind),
                stage=placed.stage,
                reason=reason,
                document=document,
            )
        ]
    )
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
    _check_kind(stock_kind)
    ends = [_placed(counterparty, part_number, site, moved_at) for site in (source, destination)]
    amount = in_base_unit(ends[0].subject.part, quantity, unit)
    try:
        moves = transfer(amount, source=source, destination=destination)
    except ValueError as wrong:
        raise Refused("destination", str(wrong).removeprefix("expected "), destination) from None
    paper = document or f"transfer:{uuid7()}"
    out_of, into = post(
        [
            Entry(
                subject=end.subject,
                kind=str(move.kind),
                quantity=move.quantity,
                at=moved_at,
                stock_kind=str(stock_kind),
                stage=end.stage,
                document=paper,
            )
            for end, move in zip(ends, moves, strict=True)
        ]
    )
    return out_of, into


@transaction.atomic
def undo_movement(movement_id: UUID, *, reason: str) -> list[StockMovement]:
    """Take a movement back by a counter-entry at its own time; of a transfer both ends.

    Taking it back again returns the counter-entries of the first time. Raises
    ``StockMovement.DoesNotExist``, and ``Refused`` for counts, counter-entries, what belongs to a
    document of its own (a receipt is cancelled as a whole), and where too little is on hand.
    """
    movement = StockMovement.objects.select_for_update(of=("self",)).get(pk=movement_id)
    if movement.document.startswith(("receipt:", "dispatch:", "consumption:", "hold:")):
        raise Refused("movement", "a movement by hand; cancel its document", movement.document)
    return reverse(_both_ends(movement), reason=reason)


def reverse(movements: list[StockMovement], *, reason: str) -> list[StockMovement]:
    """Book counter-entries of movements; those that were taken back already are returned."""
    keys = [each.pk for each in movements]
    known = list(StockMovement.objects.filter(reverses_id__in=keys))
    done = {each.reverses_id for each in known}
    waiting = [each for each in movements if each.pk not in done]
    return [*known, *post([_counter(each, reason) for each in waiting])] if waiting else known


def _counter(movement: StockMovement, reason: str) -> Entry:
    site = Site.objects.get(pk=movement.site_id, owner_id=acting_organisation_id())
    try:
        told = counter_entry(
            Movement(
                site=site.code,
                kind=MovementKind(movement.kind),
                quantity=movement.quantity,
                reason=movement.reason,
                is_counter_entry=movement.reverses_id is not None,
            ),
            reason=reason,
        )
    except ValueError as wrong:
        raise Refused("movement", str(wrong).removeprefix("expected "), "") from None
    part = part_by_id(movement.part_id)
    assert part is not None  # the ledger refers to own parts alone
    position = StockPosition.objects.get(
        owner_id=acting_organisation_id(),
        counterparty_id=movement.counterparty_id,
        part_id=movement.part_id,
        site_id=movement.site_id,
        kind=movement.stock_kind,
    )
    return Entry(
        subject=Subject(
            movement.counterparty_id, part, position.partner_part_number, site.pk, site.code
        ),
        kind=movement.kind,
        quantity=told.quantity,
        at=movement.moved_at,
        stock_kind=movement.stock_kind,
        stage=position.stage,
        source_grade=SourceGrade.BOOKED.value,
        reason=reason,
        document=f"undo:{movement.pk}",
        reverses_id=movement.pk,
    )


def _both_ends(movement: StockMovement) -> list[StockMovement]:
    if movement.kind != MovementKind.TRANSFER:
        return [movement]
    return list(
        StockMovement.objects.filter(
            kind=movement.kind, document=movement.document, part_id=movement.part_id
        ).order_by("pk")
    )


def _placed(counterparty: str, part_number: str, site: str, at: datetime) -> _Placed:
    subject = resolve(counterparty=counterparty, part_number=part_number, site=site, on=at.date())
    place = Site.objects.get(pk=subject.site_id, owner_id=acting_organisation_id())
    return _Placed(subject=subject, stage=stage_of(place, acting_organisation()))


def _check_kind(stock_kind: str) -> None:
    if stock_kind not in StockKind.values:
        raise Refused("stock_kind", f"one of {', '.join(StockKind.values)}", stock_kind)
