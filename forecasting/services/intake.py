"""What customers' systems state about their demand: weekly figures and whole schedules (FC-02)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.masterdata.queries import PartRow, part_by_id, quantity_in_base_unit
from collab.masterdata.refusals import Refused, clean_decimal, clean_text
from collab.organisations.clock import own_day
from forecasting.models import (
    Category,
    Commitment,
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
    Origin,
    ReleaseDraft,
    Step,
)
from forecasting.queries.terms import pairs_of, terms_book
from forecasting.rules.release import Place, succession
from forecasting.services.documents import Document, DocumentLine, GoAhead
from forecasting.services.publishing import publish_drafts
from forecasting.services.release_alerts import judge_held
from forecasting.services.releases import keep_drafts, standing
from forecasting.services.series import open_series, set_active
from forecasting.services.unloading import unknown_point
from forecasting.services.versions import NewVersion, add_version
from forecasting.week_figures import WEEK, Quantity, Weekly, monday_of

FIRST_WEEK = 2  # weeks from the current one on that a partner's message may state
MOST_LINES = 1_000
LONGEST_NUMBER, LONGEST_POINT = 35, 25
DIGITS, PLACES = 18, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyDemand:
    """Weekly demand of one series as a customer's system states it.

    ``supplier`` is a BPN, ``demands`` maps Mondays to quantities in ``unit`` (empty: base unit);
    ``None`` withdraws a week. ``changed_at`` decides about the order of messages.
    """

    supplier: str
    part_number: str
    changed_at: datetime
    demands: Mapping[date, Decimal | None]
    site: str = ""
    category: str = Category.DEFAULT.value
    unit: str = ""
    description: str = ""
    is_active: bool = True
    source_id: UUID | None = None
    first_week: int = 0  # of those that may be stated, counted from the current one


@dataclass(frozen=True, slots=True)
class TakenDemand:
    """What became of a statement: the series, its version (none without weeks), whether new."""

    series: DemandSeries
    version: DemandVersion | None
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedLine:
    """One line as stated; ``due_until`` may be left out for a day."""

    commitment: str
    due_from: date
    quantity: Decimal
    due_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedSchedule:
    """A delivery schedule as a customer's system states it, quantities in ``unit``.

    An empty ``document_number`` is given by us. ``problems`` name what could not be resolved
    before (a unit, a place): the release is then held.
    """

    supplier: str
    part_number: str
    lines: Sequence[StatedLine]
    issued_at: datetime
    origin: str = Origin.API.value
    document_number: str = ""
    previous_document_number: str = ""
    site: str = ""
    unloading_point: str = ""
    category: str = Category.DEFAULT.value
    unit: str = ""
    received_cumulative: Decimal | None = None
    received_since: date | None = None
    in_transit: Decimal | None = None
    backlog: Decimal | None = None
    last_receipt: Mapping[str, str] | None = None
    production_go_ahead: GoAhead | None = None
    material_go_ahead: GoAhead | None = None
    note: str = ""
    source_key: str = ""
    problems: Sequence[Refused] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class TakenSchedule:
    """What became of a stated schedule: published, held as a draft, or ignored (old, repeated)."""

    draft: ReleaseDraft | None
    schedule: DeliverySchedule | None
    place: str


@transaction.atomic
def take_demand(stated: WeeklyDemand, *, as_of: datetime | None = None) -> TakenDemand:
    """Keep weekly demand as the newest version of its series; open the series if it is unknown.

    A ``changed_at`` newer than or equal to the last one overwrites, an older one is refused and
    has no effect. Weeks not stated are withdrawn: they are missing, not zero.
    """
    now = as_of or timezone.now()
    if stated.changed_at > now + timedelta(minutes=5):
        raise Refused("changed_at", "a time that is not to come", stated.changed_at.isoformat())
    series, is_new = open_series(
        supplier=stated.supplier,
        part_number=stated.part_number,
        site=stated.site,
        category=stated.category,
        description=stated.description,
    )
    series = DemandSeries.objects.select_for_update(of=("self",)).get(pk=series.pk)
    last = (
        DemandVersion.objects.filter(series=series, step=Step.MESSAGE).order_by("-number").first()
    )
    if last is not None and stated.changed_at < last.changed_at:
        expected = f"a time of change not before {last.changed_at.isoformat()}"
        raise Refused("changed_at", expected, stated.changed_at.isoformat())
    part = _part(series)
    figures = {
        week: None if quantity is None else _base(part, quantity, stated.unit, f"demands.{week}")
        for week, quantity in sorted(stated.demands.items())
    }
    _check_weeks(figures, stated.first_week, now)
    if series.is_active != stated.is_active:
        series = set_active(series.pk, is_active=stated.is_active)
    if not figures:
        return TakenDemand(series, None, is_new)
    likely = Weekly.of(figures)
    if last is not None and _is_repeat(last, stated.changed_at, likely):
        return TakenDemand(series, last, False)
    version = add_version(
        NewVersion(
            series_id=series.pk,
            step=Step.MESSAGE.value,
            likely=likely,
            source_id=stated.source_id,
            changed_at=stated.changed_at,
        )
    )
    return TakenDemand(series, version, is_new)


def _is_repeat(last: DemandVersion, changed_at: datetime, likely: Weekly) -> bool:
    said = (last.first_week, tuple(last.quantities))
    is_same = last.changed_at == changed_at and said == (likely.first_week, likely.quantities)
    return last.is_current and is_same


@transaction.atomic
def take_schedule(stated: StatedSchedule, *, as_of: datetime | None = None) -> TakenSchedule:
    """Publish a stated schedule, or hold it where it deviates or something is unknown.

    The same ``source_key`` again changes nothing; a number equal to or older than the last one
    replaces nothing (``place`` says so); a gap is applied all the same. Raises ``Refused`` for an
    unknown supplier or part, to whom nothing can be attached.
    """
    now = as_of or timezone.now()
    if stated.source_key and (known := _known(stated.source_key)) is not None:
        return known
    series, _is_new = open_series(
        supplier=stated.supplier,
        part_number=stated.part_number,
        site=stated.site,
        category=stated.category,
    )
    series = DemandSeries.objects.select_for_update(of=("self",)).get(pk=series.pk)
    problems = list(stated.problems)
    document = _document(series, stated, problems)
    before = standing([series.pk])
    last = before.get(series.pk)
    place = succession(
        last.schedule.document_number if last and document.document_number else None,
        document.document_number or "new",
        previous=document.previous_document_number or None,
    ).place
    if last and not place.replaces:
        return TakenSchedule(None, last.schedule if place == Place.EQUAL else None, place.value)
    (pair,) = pairs_of([series])
    terms = terms_book([pair], on=own_day(now)).of(pair, series.part_number, series.site_code)
    held = [
        {"kind": "unknown", "week": None, "field": each.field, "expected": each.expected,
         "found": each.value}
        for each in problems
    ]  # fmt: skip
    (draft,) = keep_drafts(
        [(series, document, terms)],
        before,
        source_keys={series.pk: stated.source_key},
        held_for={series.pk: held},
    )
    judge_held(as_of=now)
    if draft.state == ReleaseDraft.State.HELD:
        return TakenSchedule(draft, None, place.value)
    published = publish_drafts([draft.pk], batch_id=uuid7(), as_of=now)
    draft.refresh_from_db()
    return TakenSchedule(draft, published[0] if published else None, place.value)


def _known(source_key: str) -> TakenSchedule | None:
    draft = ReleaseDraft.objects.filter(source_key=source_key).first()
    if draft is None:
        return None
    schedule = None
    if draft.schedule_id is not None:
        schedule = DeliverySchedule.objects.filter(pk=draft.schedule_id).first()
    return TakenSchedule(draft, schedule, Place.EQUAL.value)


def _document(series: DemandSeries, stated: StatedSchedule, problems: list[Refused]) -> Document:
    """Return the document in base units; what cannot be translated is noted in ``problems``."""
    part = _part(series)
    texts = _texts(stated)
    if not 1 <= len(stated.lines) <= MOST_LINES:
        raise Refused("lines", f"1 to {MOST_LINES} lines", len(stated.lines))

    wrong = unknown_point(
        site_code=series.site_code,
        supplier_id=series.counterparty_id,
        point=texts["unloading_point"],
    )
    problems += [wrong] if wrong else []
    base = _converter(part, stated.unit, problems)

    def go_ahead(name: str, told: GoAhead | None) -> GoAhead | None:
        quantity = base(name, told.quantity) if told else None
        return replace(told, quantity=quantity) if told and quantity is not None else None

    def document_line(name: str, line: StatedLine) -> DocumentLine:
        return DocumentLine(
            commitment=_commitment(line, name),
            due_from=line.due_from,
            due_until=_until(line, name),
            quantity=base(name, line.quantity) or Decimal(0),
        )

    lines = tuple(document_line(f"lines.{place}", line) for place, line in enumerate(stated.lines))
    firm = [line.due_until for line in lines if line.commitment == Commitment.FIRM]
    problems[:] = {(each.field, each.value): each for each in problems}.values()
    return Document(
        series_id=series.pk,
        origin=Origin(stated.origin).value,
        issued_at=stated.issued_at,
        lines=lines,
        firm_until=max(firm, default=None),
        received=base("received_cumulative", stated.received_cumulative),
        received_since=stated.received_since,
        in_transit=base("in_transit", stated.in_transit),
        backlog=base("backlog", stated.backlog),
        last_receipt=stated.last_receipt,
        production_go_ahead=go_ahead("production_go_ahead", stated.production_go_ahead),
        material_go_ahead=go_ahead("material_go_ahead", stated.material_go_ahead),
        document_number=texts["document_number"],
        previous_document_number=texts["previous_document_number"],
        unloading_point=texts["unloading_point"],
        note=texts["note"],
    )  # fmt: skip


def _converter(
    part: PartRow, unit: str, problems: list[Refused]
) -> Callable[[str, Decimal | None], Decimal | None]:
    """Return what turns a named quantity into base units.

    A unit that cannot be translated is noted in ``problems`` and the quantity left as it is.
    """

    def base(name: str, quantity: Decimal | None) -> Decimal | None:
        if quantity is None:
            return None
        try:
            return _base(part, quantity, unit, name)
        except Refused as refused:
            if refused.field != "unit":
                raise
            problems.append(refused)
            return quantity

    return base


def _texts(stated: StatedSchedule) -> dict[str, str]:
    """Return the texts of a schedule, none with control signs or too long."""
    longest = {
        "document_number": LONGEST_NUMBER,
        "previous_document_number": LONGEST_NUMBER,
        "unloading_point": LONGEST_POINT,
        "note": 400,
    }
    return {
        name: clean_text(name, getattr(stated, name), most, required=False)
        for name, most in longest.items()
    }


def _commitment(line: StatedLine, name: str) -> str:
    if line.commitment not in Commitment.values:
        raise Refused(name, f"one of {', '.join(Commitment.values)}", line.commitment)
    return line.commitment


def _until(line: StatedLine, name: str) -> date:
    until = line.due_until or line.due_from
    if not line.due_from <= until <= line.due_from + timedelta(days=366):
        raise Refused(name, "an end at most a year after its beginning", until)
    return until


def _part(series: DemandSeries) -> PartRow:
    part = part_by_id(series.part_id)
    if part is None:
        raise Refused("part_number", "a part of yours", series.part_number)
    return part


def _base(part: PartRow, quantity: Decimal, unit: str, name: str) -> Decimal:
    zero = Decimal(0)
    given = clean_decimal(name, quantity, digits=DIGITS + 6, places=9, at_least=zero)
    if unit and unit != part.base_unit:
        try:
            given = quantity_in_base_unit(part, given, unit)
        except ValueError as reason:
            expected = str(reason).removeprefix("expected ").partition(", got ")[0]
            raise Refused("unit", expected, unit) from None
    return clean_decimal(name, given, digits=DIGITS, places=PLACES, at_least=zero)


def _check_weeks(figures: Mapping[date, Quantity], first: int, now: datetime) -> None:
    earliest = monday_of(own_day(now)) + WEEK * first
    for week in figures:
        if week.weekday():
            raise Refused("demands", "Mondays", week.isoformat())
    stated: Any = min(figures, default=None)
    if first and stated is not None and stated < earliest:
        raise Refused("demands", f"weeks from {earliest.isoformat()} on", stated.isoformat())
