"""Prepare releases from the current versions, hold what deviates too far, let people decide."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from collab.masterdata.refusals import Refused, VersionConflict, clean_text
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id, acting_person_id
from forecasting.daily import calendar_for
from forecasting.models import (
    Actual,
    Commitment,
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
    Origin,
    ReleaseDraft,
    ScheduleLine,
)
from forecasting.queries.terms import Terms, pairs_of, terms_book
from forecasting.rules.release import Deviation, HoldTolerance, hold_reasons
from forecasting.services.documents import (
    ONE_DAY,
    ZERO,
    Document,
    DocumentLine,
    GoAhead,
    from_json,
    released,
    spread_line,
    to_json,
)
from forecasting.services.release_alerts import judge_held
from forecasting.week_figures import WEEK, Weekly, monday_of

COUNTED = frozenset({"H87", "C62", "EA"})  # pieces, by UN/ECE Rec 20
OPEN = (ReleaseDraft.State.DRAFT, ReleaseDraft.State.HELD)
LAST_DAY = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Before:
    """The release of a series that counts, with its lines."""

    schedule: DeliverySchedule
    lines: Sequence[ScheduleLine]


@transaction.atomic
def prepare_releases(
    *,
    series_ids: Collection[UUID] | None = None,
    supplier_id: int | None = None,
    origin: str = Origin.SCREEN.value,
    as_of: datetime | None = None,
) -> list[ReleaseDraft]:
    """Draft a release of each active series that has a version, of all or of those named.

    A draft deviating from the last release beyond its tolerance is held. An open draft of the
    same series is rewritten, so preparing twice leaves one draft a series.
    """
    now = as_of or timezone.now()
    series = DemandSeries.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    if series_ids is not None:
        series = series.filter(pk__in=series_ids)
    if supplier_id is not None:
        series = series.filter(counterparty_id=supplier_id)
    chosen = list(series.order_by("pk").select_for_update(of=("self",)))
    versions = {
        each.series_id: each
        for each in DemandVersion.objects.filter(
            series_id__in=[row.pk for row in chosen], is_current=True
        )
    }
    chosen = [each for each in chosen if each.pk in versions]
    before = standing([each.pk for each in chosen])
    received = received_quantities(chosen, before, today=own_day(now))
    book = terms_book(pairs_of(chosen), on=own_day(now))
    documents = []
    for each in chosen:
        (pair,) = pairs_of([each])
        terms = book.of(pair, each.part_number, each.site_code)
        document = draw_up(
            versions[each.pk], before.get(each.pk), received.get(each.pk), terms,
            unit=each.unit, origin=origin, now=now,
        )  # fmt: skip
        if document is not None:
            documents.append((each, document, terms))
    drafts = keep_drafts(documents, before)
    judge_held(as_of=now)
    return drafts


def draw_up(
    version: DemandVersion,
    before: Before | None,
    received: Decimal | None,
    terms: Terms,
    *,
    unit: str,
    origin: str,
    now: datetime,
) -> Document | None:
    """Return the release that a version amounts to, ``None`` without a week from now on.

    Weeks inside the firm horizon are firm, later ones forecast; the go-aheads end with their
    horizons. What the last release asked for until yesterday and was not received is backlog.
    What is counted (``unit``) is asked for in whole pieces.
    """
    today = own_day(now)
    first = monday_of(today)
    figures = _coming(version, first, unit)
    if not figures:
        return None
    firm_until = first + WEEK * terms.firm_weeks - ONE_DAY
    backlog = _backlog(before, received, today)
    lines = [_line(Commitment.BACKLOG, today, today, backlog)] if backlog else []
    for week, quantity in figures.items():
        kind = Commitment.FIRM if week <= firm_until else Commitment.FORECAST
        lines.append(_line(kind, max(week, today), week + LAST_DAY, quantity))
    production, material = (
        _go_ahead(lines, received or ZERO, first + WEEK * horizon - ONE_DAY) if horizon else None
        for horizon in (terms.production_weeks, terms.material_weeks)
    )
    last = before.schedule if before else None
    return Document(
        series_id=version.series_id,
        origin=origin,
        issued_at=now,
        lines=tuple(lines),
        previous_document_number=last.document_number if last else "",
        unloading_point=last.unloading_point if last else "",
        low=_bounds(version, "low"),
        high=_bounds(version, "high"),
        firm_until=firm_until if terms.firm_weeks else None,
        received=received,
        received_since=_counted_since(last, today) if received is not None else None,
        backlog=backlog,
        production_go_ahead=production,
        material_go_ahead=material,
    )


def _coming(version: DemandVersion, first: date, unit: str) -> dict[date, Decimal]:
    """Return the known weeks from ``first`` on, ascending; what is counted in whole pieces."""
    found = {
        version.first_week + WEEK * place: quantity
        for place, quantity in enumerate(version.quantities)
        if quantity is not None
    }
    coming = {week: quantity for week, quantity in sorted(found.items()) if week >= first}
    if unit not in COUNTED:
        return coming
    return dict(zip(coming, whole(list(coming.values())), strict=True))


def _go_ahead(lines: Sequence[DocumentLine], received: Decimal, until: date) -> GoAhead:
    covered = sum((each.quantity for each in lines if each.due_from <= until), ZERO)
    return GoAhead(quantity=received + covered, until=until)


def whole(quantities: Sequence[Decimal]) -> list[Decimal]:
    """Return whole quantities whose running totals are those of ``quantities``, rounded.

    >>> [str(each) for each in whole([Decimal("1.4")] * 5)]
    ['1', '2', '1', '2', '1']
    """
    found: list[Decimal] = []
    total = given = ZERO
    for quantity in quantities:
        total += quantity
        found.append(total.quantize(Decimal(1), ROUND_HALF_UP) - given)
        given += found[-1]
    return found


def keep_drafts(
    documents: Iterable[tuple[DemandSeries, Document, Terms]],
    before: Mapping[UUID, Before],
    *,
    source_keys: Mapping[UUID, str] | None = None,
    held_for: Mapping[UUID, list[dict[str, Any]]] | None = None,
) -> list[ReleaseDraft]:
    """Keep documents as drafts, held where they deviate or ``held_for`` says why.

    The series rows are locked by the caller. An open draft of the series is rewritten.
    """
    wanted = list(documents)
    keys, reasons = source_keys or {}, held_for or {}
    is_open = ReleaseDraft.objects.filter(
        series_id__in=[series.pk for series, _document, _terms in wanted], state__in=OPEN
    )
    known = {each.series_id: each for each in is_open.select_for_update(of=("self",))}
    new, changed = [], []
    for series, document, terms in wanted:
        deviations = [*reasons.get(series.pk, []), *deviations_of(document, before, series, terms)]
        draft = known.get(series.pk)
        if draft is None:
            draft = ReleaseDraft(owner_id=acting_organisation_id(), series=series, version=0)
            new.append(draft)
        else:
            changed.append(draft)
        draft.state = ReleaseDraft.State.HELD if deviations else ReleaseDraft.State.DRAFT
        draft.origin = document.origin
        draft.document = to_json(document)
        draft.deviations = deviations
        draft.source_key = keys.get(series.pk, "")
        draft.version += 1
    ReleaseDraft.objects.bulk_create(new, batch_size=500)
    ReleaseDraft.objects.bulk_update(
        changed, ["state", "origin", "document", "deviations", "source_key", "version"], 500
    )
    return [*new, *changed]


@transaction.atomic
def discard_draft(draft_id: UUID, *, note: str = "", version: int | None = None) -> ReleaseDraft:
    """Throw an open draft away; suppliers never saw it. A second time changes nothing."""
    draft = locked_draft(draft_id, version)
    if draft.state == ReleaseDraft.State.DISCARDED:
        return draft
    if draft.state not in OPEN:
        raise Refused("state", "a draft that is not out yet", draft.state)
    draft.state = ReleaseDraft.State.DISCARDED
    decide(draft, note)
    draft.save()
    judge_held()
    return draft


def decide(draft: ReleaseDraft, note: str) -> None:
    """Note on the draft who decided, when and why."""
    draft.note = clean_text("note", note, 400, required=False)
    draft.decided_by_id = acting_person_id()
    draft.decided_at = timezone.now()
    draft.version += 1


def locked_draft(draft_id: UUID, version: int | None) -> ReleaseDraft:
    """Return a draft locked; raise ``VersionConflict`` if it has moved on."""
    draft: ReleaseDraft = ReleaseDraft.objects.select_for_update(of=("self",)).get(pk=draft_id)
    if version is not None and version != draft.version:
        raise VersionConflict(draft.version, version)
    return draft


def standing(series_ids: Collection[UUID]) -> dict[UUID, Before]:
    """Return the release that counts of each series, with its lines; two queries."""
    owner = acting_organisation_id()
    schedules = {
        each.pk: each
        for each in DeliverySchedule.objects.filter(
            owner_id=owner, series_id__in=series_ids, is_current=True
        )
    }
    lines: dict[UUID, list[ScheduleLine]] = defaultdict(list)
    found = ScheduleLine.objects.filter(owner_id=owner, schedule_id__in=list(schedules))
    for line in found.order_by("schedule_id", "position"):
        lines[line.schedule_id].append(line)
    return {each.series_id: Before(each, lines[key]) for key, each in schedules.items()}


def received_quantities(
    series: Collection[DemandSeries], before: Mapping[UUID, Before], *, today: date
) -> dict[UUID, Decimal]:
    """Return the cumulative received of the series whose receipts are counted; two queries.

    Where no release says since when, it is counted from the first day of the year of ``today``.
    """
    counted = Actual.objects.filter(
        series_id__in=[each.pk for each in series], kind=Actual.Kind.RECEIVED
    )
    since: dict[date, list[UUID]] = defaultdict(list)
    for key in counted.order_by().values_list("series_id", flat=True).distinct():
        last = before[key].schedule if key in before else None
        since[_counted_since(last, today)].append(key)
    found: dict[UUID, Decimal] = {}
    for first, keys in since.items():
        found |= dict.fromkeys(keys, ZERO)
        sums = counted.filter(series_id__in=keys, on__gte=first).order_by()
        found |= dict(sums.values_list("series_id").annotate(total=Sum("quantity")))
    return found


def deviations_of(
    document: Document, before: Mapping[UUID, Before], series: DemandSeries, terms: Terms
) -> list[dict[str, Any]]:
    """Return why a document must be held, as plain JSON; nothing if it may go out."""
    if (last := before.get(series.pk)) is None:
        return []
    old = released(last.schedule, last.lines)
    new = document.release(number="new", previous=last.schedule.document_number)
    return [_deviation(each) for each in hold_reasons(old, new, tolerances_of(terms))]


def tolerances_of(terms: Terms) -> list[HoldTolerance]:
    """Return the tolerances per horizon: the firm weeks, and all weeks that are compared."""
    found = [
        HoldTolerance(
            first_week=0,
            last_week=max(terms.hold_weeks, 1) - 1,
            quantity_share=terms.hold_quantity_share,
            total_share=terms.hold_total_share,
        )
    ]
    if terms.firm_weeks:
        firm = HoldTolerance(
            first_week=0, last_week=terms.firm_weeks - 1, quantity_share=terms.hold_firm_share
        )
        found.insert(0, firm)
    return found


def document_of(draft: ReleaseDraft) -> Document:
    """Return what a draft will publish."""
    return from_json(draft.document)


def _line(kind: Commitment, first: date, last: date, quantity: Decimal) -> DocumentLine:
    return DocumentLine(commitment=kind.value, due_from=first, due_until=last, quantity=quantity)


def _deviation(found: Deviation) -> dict[str, Any]:
    return {
        "kind": "week" if found.week else "total",
        "week": found.week.isoformat() if found.week else None,
        "before": str(found.before),
        "after": str(found.after),
        "allowed": str(found.allowed),
    }


def _backlog(before: Before | None, received: Decimal | None, today: date) -> Decimal | None:
    """Return what was due before today and has not come; ``None`` where nobody counts."""
    if before is None or received is None or before.schedule.received_cumulative is None:
        return None
    calendar = calendar_for(before.schedule.site_code)
    required = before.schedule.received_cumulative
    for line in before.lines:
        due = DocumentLine(
            commitment=line.commitment,
            due_from=line.due_from,
            due_until=line.due_until,
            quantity=line.quantity,
        )
        if due.is_bound:
            days = spread_line(due, calendar.is_working)
            required += sum((each for day, each in days.items() if day < today), ZERO)
    return max(ZERO, required - received)


def _counted_since(last: DeliverySchedule | None, today: date) -> date:
    """Return the start of the cumulative period: as stated before, else the year's first day."""
    return last.received_since if last and last.received_since else date(today.year, 1, 1)


def _bounds(version: DemandVersion, name: str) -> Weekly | None:
    stated = getattr(version, name)
    return Weekly(version.first_week, tuple(stated)) if stated else None
