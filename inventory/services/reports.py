"""Stock counts: every door ends here, a repeated report changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from inventory.events import StockCounted
from inventory.keys import CoverageKey
from inventory.models import (
    Coverage,
    RejectedCount,
    SourceGrade,
    Stage,
    StockCount,
    StockKind,
    StockPosition,
)
from inventory.projections import refresh_coverage
from inventory.services.ledger import book_count, locked_position
from inventory.services.subjects import Subject, in_base_unit, resolve
from inventory.stock_alerts import clear_doubt

CLOCK_TOLERANCE = timedelta(minutes=5)
COUNT_REASON = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A stock count as sent: what is on hand of one part at one site for one counterparty.

    ``counterparty`` is a BPN, ``part_number`` the holder's number or the counterparty's,
    ``quantity`` is in ``unit``. ``sender_key`` is the sender's own key of the report, if any.
    """

    counterparty: str
    part_number: str
    site: str
    quantity: Decimal | int | str
    unit: str
    counted_at: datetime
    kind: str = StockKind.FREE.value
    stage: str = Stage.SUPPLIER_WAREHOUSE.value
    source_grade: str = SourceGrade.COUNTED.value
    sender_key: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a report.

    ``is_new`` is false for a repeat; ``difference`` [base units] is to the figure before, None
    for the first one or a count older than the one that stands.
    """

    count: StockCount
    coverage: Coverage | None
    is_new: bool
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one row of a list: recorded, or refused with the reason."""

    row: int
    recorded: Recorded | None
    refused: Refused | None


@transaction.atomic
def record_stock_count(report: Report, *, as_of: datetime | None = None) -> Recorded:
    """Record what the acting organisation has on hand; all of it or, with ``Refused``, nothing.

    The same report again (same instant, or same ``sender_key``) returns the first; with another
    quantity it is refused: a correction is a new count.
    """
    now = as_of or timezone.now()
    _check_choices(report)
    counted_at = _counted_at(report, now)
    subject = resolve(
        counterparty=report.counterparty,
        part_number=report.part_number,
        site=report.site,
        on=own_day(counted_at),
    )
    quantity = in_base_unit(subject.part, report.quantity, report.unit)
    position = locked_position(
        subject, kind=report.kind, stage=report.stage, source_grade=report.source_grade
    )
    if (earlier := _earlier(report, subject, counted_at)) is not None:
        return _repeat(earlier, subject, report, quantity, counted_at)
    count = _insert(report, subject, quantity, counted_at)
    before = position.quantity if position.counted_at else None
    difference = None
    if book_count(position, quantity, counted_at=counted_at, reason=COUNT_REASON):
        difference = None if before is None else position.quantity - before
        _update(position, report, subject)
        clear_doubt(position.pk)
    publish(_counted(count, position))
    key = CoverageKey(subject.counterparty_id, subject.part.id, subject.site_id)
    refresh_coverage([key], as_of=now)
    return Recorded(count, _coverage(key), True, difference)


def record_many(reports: Sequence[Report], *, as_of: datetime | None = None) -> list[Verdict]:
    """Record each report of a list on its own: a refused row leaves the others standing."""
    verdicts = []
    for row, report in enumerate(reports):
        try:
            with transaction.atomic():
                verdicts.append(Verdict(row, record_stock_count(report, as_of=as_of), None))
        except Refused as refused:
            verdicts.append(Verdict(row, None, refused))
    return verdicts


def reject_count(
    body: Mapping[str, Any], errors: Sequence[Mapping[str, Any]], *, source: str
) -> RejectedCount:
    """Keep a report that could not be taken, as it came, until somebody corrects it."""
    return RejectedCount.objects.create(
        owner_id=acting_organisation_id(),
        body=dict(body),
        errors=[dict(each) for each in errors],
        source=source,
    )


def settle_rejected(rejected_id: UUID) -> bool:
    """Mark a rejected report as dealt with; return whether it was still waiting."""
    waiting = RejectedCount.objects.filter(pk=rejected_id, settled_at__isnull=True)
    return bool(waiting.update(settled_at=timezone.now()))


def _check_choices(report: Report) -> None:
    for field, value, choices in (
        ("kind", report.kind, StockKind.values),
        ("stage", report.stage, Stage.values),
        ("source_grade", report.source_grade, SourceGrade.values),
    ):
        if value not in choices:
            raise Refused(field, f"one of {', '.join(choices)}", value)
    if len(report.sender_key) > 80:
        raise Refused("sender_key", "at most 80 characters", report.sender_key)


def _counted_at(report: Report, now: datetime) -> datetime:
    counted_at = report.counted_at
    if counted_at.tzinfo is None:
        raise Refused("counted_at", "a time with its zone", counted_at.isoformat())
    if counted_at > now + CLOCK_TOLERANCE:
        raise Refused("counted_at", "a time that is not in the future", counted_at.isoformat())
    return counted_at


def _earlier(report: Report, subject: Subject, counted_at: datetime) -> StockCount | None:
    """Return the report that this one repeats; the position's lock keeps others out."""
    own = StockCount.objects.filter(owner_id=acting_organisation_id())
    if report.sender_key and (found := own.filter(sender_key=report.sender_key).first()):
        return found
    return own.filter(
        counterparty_id=subject.counterparty_id,
        part_id=subject.part.id,
        site_id=subject.site_id,
        kind=report.kind,
        counted_at=counted_at,
    ).first()


def _repeat(
    earlier: StockCount, subject: Subject, report: Report, quantity: Decimal, counted_at: datetime
) -> Recorded:
    is_same_fact = (
        earlier.counterparty_id == subject.counterparty_id
        and earlier.part_id == subject.part.id
        and earlier.site_id == subject.site_id
        and earlier.kind == report.kind
        and earlier.counted_at == counted_at
    )
    if not is_same_fact:
        raise Refused("sender_key", "a key of its own for each report", report.sender_key)
    if earlier.quantity != quantity:
        raise Refused(
            "quantity",
            f"the quantity reported for this instant before ({earlier.quantity}),"
            " or a later counted_at for a correction",
            report.quantity,
        )
    key = CoverageKey(earlier.counterparty_id, earlier.part_id, earlier.site_id)
    return Recorded(earlier, _coverage(key), False, None)


def _insert(
    report: Report, subject: Subject, quantity: Decimal, counted_at: datetime
) -> StockCount:
    return StockCount.objects.create(
        owner_id=acting_organisation_id(),
        counterparty_id=subject.counterparty_id,
        part_id=subject.part.id,
        part_number=subject.part.number,
        partner_part_number=subject.partner_part_number,
        site_id=subject.site_id,
        site_code=subject.site_code,
        quantity=quantity,
        unit=subject.part.base_unit,
        kind=report.kind,
        stage=report.stage,
        counted_at=counted_at,
        source_grade=report.source_grade,
        sender_key=report.sender_key,
    )


def _update(position: StockPosition, report: Report, subject: Subject) -> None:
    position.part_number = subject.part.number
    position.partner_part_number = subject.partner_part_number
    position.stage, position.source_grade = report.stage, report.source_grade
    position.unit = subject.part.base_unit
    position.version += 1
    position.save()


def _counted(count: StockCount, position: StockPosition) -> StockCounted:
    return StockCounted(
        stock_count_id=str(count.pk),
        counterparty_id=count.counterparty_id,
        part_id=str(count.part_id),
        part_number=count.part_number,
        site_code=count.site_code,
        kind=count.kind,
        quantity=str(count.quantity),
        unit=count.unit,
        counted_at=count.counted_at.isoformat(),
        on_hand=str(position.quantity),
        known_at=timezone.now().isoformat(),
    )


def _coverage(key: CoverageKey) -> Coverage | None:
    return Coverage.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=key.counterparty_id,
        part_id=key.part_id,
        site_id=key.site_id,
    ).first()
