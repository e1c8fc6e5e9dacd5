"""The one door to the ledger for everything that moves stock: receipts, dispatches, hands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from collab.events.bus import publish
from collab.masterdata.refusals import Refused
from collab.organisations.models import Organisation, Site
from inventory.events import StockMoved
from inventory.keys import CoverageKey
from inventory.models import SourceGrade, Stage, StockKind, StockMovement, StockPosition
from inventory.projections import refresh_coverage
from inventory.services.ledger import book, is_counted, locked_position
from inventory.services.subjects import Subject

PositionKey = tuple[int, UUID, UUID, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One movement to book: a signed quantity [base units] of a subject."""

    subject: Subject
    kind: str
    quantity: Decimal
    at: datetime
    stock_kind: str = StockKind.FREE.value
    stage: str = Stage.SUPPLIER_WAREHOUSE.value
    source_grade: str = SourceGrade.BOOKED.value
    reason: str = ""
    document: str = ""
    reverses_id: UUID | None = None

    @property
    def key(self) -> PositionKey:
        """The position that it belongs to."""
        subject = self.subject
        return subject.counterparty_id, subject.part.id, subject.site_id, self.stock_kind


def post(entries: Sequence[Entry]) -> list[StockMovement]:
    """Book entries in one go: positions locked in one order, each screen and figure told once.

    An entry whose document was booked before for the same position and kind returns the first
    movement and changes nothing. Raises ``Refused`` where more would go out than there is.
    """
    positions = _locked(entries)
    booked: list[StockMovement] = []
    new: list[tuple[StockMovement, StockPosition]] = []
    for entry in entries:
        position = positions[entry.key]
        known = _by_document(position, entry) if entry.document else None
        if known is None:
            check_enough(position, entry)
            movement = book(
                position,
                entry.kind,
                entry.quantity,
                at=entry.at,
                reason=entry.reason,
                document=entry.document,
                reverses_id=entry.reverses_id,
            )
            position.source_grade = entry.source_grade
            new.append((movement, position))
            known = movement
        booked.append(known)
    _finish(new)
    return booked


def check_enough(position: StockPosition, entry: Entry) -> None:
    """Raise ``Refused`` where the entry takes more than there is."""
    if is_counted(position, entry.at):
        return
    if position.quantity + entry.quantity < 0:
        limit = f"at most {position.quantity} {position.unit} on hand"
        raise Refused("quantity", limit, -entry.quantity)


def stage_of(site: Site, organisation: Organisation) -> str:
    """Return the stage that stock at an own site is in (IN-02)."""
    if site.kind == Site.Kind.CROSS_DOCK:
        return Stage.CROSS_DOCK.value
    if organisation.kind == Organisation.Kind.OEM or site.kind == Site.Kind.PLANT:
        return Stage.PLANT.value
    return Stage.SUPPLIER_WAREHOUSE.value


def _locked(entries: Sequence[Entry]) -> dict[PositionKey, StockPosition]:
    """Lock the positions in one order, so that two postings cannot block each other."""
    first = {entry.key: entry for entry in reversed(entries)}
    return {
        key: locked_position(
            first[key].subject,
            kind=first[key].stock_kind,
            stage=first[key].stage,
            source_grade=first[key].source_grade,
        )
        for key in sorted(first)
    }


def _by_document(position: StockPosition, entry: Entry) -> StockMovement | None:
    return StockMovement.objects.filter(
        part_id=position.part_id,
        site_id=position.site_id,
        stock_kind=position.kind,
        kind=entry.kind,
        document=entry.document,
    ).first()


def _finish(booked: Iterable[tuple[StockMovement, StockPosition]]) -> None:
    rows = list(booked)
    touched = {position.pk: position for _movement, position in rows}
    for position in touched.values():
        position.version += 1
        position.save()
    now = timezone.now()
    for movement, position in rows:
        publish(
            StockMoved(
                movement_id=str(movement.pk),
                counterparty_id=movement.counterparty_id,
                part_id=str(movement.part_id),
                kind=str(movement.kind),
                quantity=str(movement.quantity),
                stock_kind=str(movement.stock_kind),
                site_code=position.site_code,
                moved_at=movement.moved_at.isoformat(),
                reverses=str(movement.reverses_id or ""),
                on_hand=str(position.quantity),
                known_at=now.isoformat(),
            )
        )
    keys = {CoverageKey(p.counterparty_id, p.part_id, p.site_id) for p in touched.values()}
    refresh_coverage(keys, as_of=now)
