"""Customers' releases become the own need of every bought part, pegged, and drafts of releases.

FC-21. What comes out names no customer: the next tier sees quantities alone; the pegging stays
with the organisation that explodes its own bill of material.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collab.masterdata.queries import part_by_number, resolve_partner_number, structure_below
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.sharing.queries import fields_for
from forecasting.daily import own_calendar
from forecasting.engine.working_days import WorkingCalendar
from forecasting.models import (
    DEMAND,
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
    Origin,
    PartPlanning,
    Pegging,
    ReleaseDraft,
    ScheduleLine,
    SeriesPlanning,
    Step,
)
from forecasting.queries.own_stock import own_stock
from forecasting.rules.propagation import ParentDemand
from forecasting.rules.tiers import WeeklyNeed, by_week, needs_on_all_levels, shares
from forecasting.services.documents import DocumentLine, spread_line
from forecasting.services.publishing import publish_releases
from forecasting.services.releases import prepare_releases
from forecasting.services.versions import NewVersion, add_versions, weekly_of
from forecasting.week_figures import THOUSANDTH, WEEK, Weekly, monday_of

USUAL_LEAD_TIME_DAYS = 5
NEEDED_FIELDS = frozenset({"part_number", "quantity", "due_from"})


@dataclass(frozen=True, slots=True)
class Propagation:
    """What a propagation did: parts exploded, own series changed, drafts and releases made."""

    parents: int
    series_changed: int
    drafted: int
    published: int
    unresolved: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Inbound:
    """What customers ask for, on own parts, and the numbers that mean no part of ours."""

    demands: Sequence[ParentDemand]
    customers: Mapping[str, tuple[int, str]]  # series → customer, the customer's part number
    unresolved: Sequence[str]


@transaction.atomic
def propagate_demand(*, as_of: datetime | None = None) -> Propagation:
    """Recompute what the acting organisation needs of its suppliers from its customers' releases.

    Own series whose need has changed get a new version, their pegging and a draft; drafts within
    tolerance go out at once where the series says so. Without a change nothing is written, so a
    repeat is harmless.
    """
    now = as_of or timezone.now()
    inbound = _inbound(own_day(now))
    parents = {UUID(each.parent) for each in inbound.demands}
    lines = structure_below(parents, on=own_day(now))
    needs = needs_on_all_levels(
        inbound.demands,
        lines,
        calendar=own_calendar(),
        lead_time_days=_lead_times({line.parent for line in lines}),
        stock=own_stock(),
        customer_of={cause: str(each) for cause, (each, _number) in inbound.customers.items()},
    )
    first_week = monday_of(own_day(now))
    weekly = {
        UUID(part): need
        for part, found in needs.items()
        if (need := by_week(found, first_week=first_week)) is not None
    }
    changed = _write(weekly, inbound, first_week, now)
    drafts = prepare_releases(series_ids=changed, origin=Origin.CHAIN.value, as_of=now)
    published = _publish(drafts, now)
    return Propagation(len(parents), len(changed), len(drafts), published, inbound.unresolved)


@transaction.atomic
def plan_part(*, part_id: UUID, lead_time_days: int) -> PartPlanning:
    """Set how many own working days a part takes from its components to its due day."""
    row, _is_new = PartPlanning.objects.update_or_create(
        part_id=part_id, defaults={"lead_time_days": lead_time_days}
    )
    return row


@transaction.atomic
def plan_series(
    *, series_id: UUID, share: Decimal | None = None, is_released_alone: bool = False
) -> SeriesPlanning:
    """Set the supplier's share of the need, and whether its releases go out unasked."""
    row, _is_new = SeriesPlanning.objects.update_or_create(
        series_id=series_id,
        defaults={"share": share, "is_released_alone": is_released_alone},
    )
    return row


def _inbound(today: date) -> Inbound:
    own = acting_organisation_id()
    schedules = [
        each
        for each in DeliverySchedule.objects.filter(counterparty_id=own, is_current=True).exclude(
            owner_id=own
        )
        if _opens(each.owner_id, own)
    ]
    active = set(
        DemandSeries.objects.filter(
            pk__in=[each.series_id for each in schedules], is_active=True
        ).values_list("pk", flat=True)
    )
    parts: dict[tuple[int, str], str | None] = {}
    owner_of: dict[UUID, tuple[str, str]] = {}
    customers: dict[str, tuple[int, str]] = {}
    unresolved = []
    for each in schedules:
        if each.series_id not in active:
            continue
        key = (each.owner_id, each.part_number)
        if key not in parts:
            parts[key] = _own_part(each, today)
        part = parts[key]
        if part is None:
            unresolved.append(each.part_number)
            continue
        owner_of[each.pk] = (str(each.series_id), part)
        customers[str(each.series_id)] = (each.owner_id, each.part_number)
    lines = ScheduleLine.objects.filter(schedule_id__in=list(owner_of), quantity__gt=0)
    calendar = own_calendar()
    demands = []
    for line in lines:
        cause, part = owner_of[line.schedule_id]
        demands += [
            ParentDemand(customer=cause, parent=part, due_on=day, quantity=quantity)
            for day, quantity in _days(line, calendar).items()
            if quantity
        ]
    return Inbound(demands, customers, sorted(set(unresolved)))


def _days(line: ScheduleLine, calendar: WorkingCalendar) -> dict[date, Decimal]:
    """Return when a line is due: at the beginning of its week, a longer one on its working days."""
    if line.due_until - line.due_from < WEEK:
        return {line.due_from: line.quantity}
    whole = DocumentLine(
        commitment=line.commitment,
        due_from=line.due_from,
        due_until=line.due_until,
        quantity=line.quantity,
    )
    return spread_line(whole, calendar.is_working)


def _opens(owner_id: int, own: int) -> bool:
    """Say whether the customer's grant opens what is needed to plan with."""
    fields = fields_for(DEMAND, owner_id, own)
    return fields is None or fields >= NEEDED_FIELDS


def _own_part(schedule: DeliverySchedule, on: date) -> str | None:
    number = schedule.supplier_part_number
    part = (part_by_number(number) if number else None) or resolve_partner_number(
        schedule.owner_id, schedule.part_number, on
    )
    return str(part.id) if part else None


def _lead_times(parents: Collection[str]) -> dict[str, int]:
    planned = {
        str(part_id): days
        for part_id, days in PartPlanning.objects.values_list("part_id", "lead_time_days")
    }
    return dict.fromkeys(parents, USUAL_LEAD_TIME_DAYS) | planned


def _write(
    weekly: Mapping[UUID, WeeklyNeed], inbound: Inbound, first_week: date, now: datetime
) -> list[UUID]:
    """Write the need of each own series that has changed; return these series.

    A series that was exploded before and that nobody asks for any more needs nothing now.
    """
    rows = DemandSeries.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    current = {
        each.series_id: each
        for each in DemandVersion.objects.filter(
            series_id__in=rows.values_list("pk", flat=True), is_current=True
        )
    }
    exploded = [key for key, each in current.items() if each.step == Step.CHAIN]
    series = list(rows.filter(Q(part_id__in=list(weekly)) | Q(pk__in=exploded)).order_by("pk"))
    split = _split(series)
    wanted, pegs = [], []
    for each in series:
        need = weekly.get(each.part_id)
        causes = _shared(need, split[each.pk]) if need else {}
        likely = _sum(causes, need.first_week if need else first_week, current.get(each.pk))
        if _is_same(current.get(each.pk), likely):
            continue
        wanted.append(
            NewVersion(series_id=each.pk, step=Step.CHAIN.value, likely=likely, changed_at=now)
        )
        pegs += [
            _peg(each.pk, inbound, cause, Weekly(likely.first_week, line), now)
            for cause, line in causes.items()
        ]
    changed = [each.series_id for each in wanted]
    add_versions(wanted)
    Pegging.objects.filter(series_id__in=changed).delete()
    Pegging.objects.bulk_create(pegs, batch_size=1_000)
    return changed


def _shared(need: WeeklyNeed, share: Decimal) -> dict[str, tuple[Decimal, ...]]:
    return {
        cause: tuple((figure * share).quantize(THOUSANDTH) for figure in line)
        for cause, line in need.causes.items()
    }


def _sum(
    causes: Mapping[str, Sequence[Decimal]], first_week: date, before: DemandVersion | None
) -> Weekly:
    """Return the sum over causes; without any, no need in all weeks that were known."""
    if causes:
        return Weekly(
            first_week,
            tuple(sum(column, Decimal(0)) for column in zip(*causes.values(), strict=True)),
        )
    known = [week for week in weekly_of(before).weeks() if week >= first_week] if before else []
    return Weekly(first_week, (Decimal(0),) * len(known))


def _split(series: Sequence[DemandSeries]) -> dict[UUID, Decimal]:
    stated = dict(
        SeriesPlanning.objects.filter(series_id__in=[each.pk for each in series]).values_list(
            "series_id", "share"
        )
    )
    by_part: defaultdict[UUID, dict[str, Decimal | None]] = defaultdict(dict)
    for each in series:
        by_part[each.part_id][str(each.pk)] = stated.get(each.pk)
    return {
        UUID(key): share for wanted in by_part.values() for key, share in shares(wanted).items()
    }


def _peg(series_id: UUID, inbound: Inbound, cause: str, line: Weekly, now: datetime) -> Pegging:
    customer_id, number = inbound.customers[cause]
    return Pegging(
        owner_id=acting_organisation_id(),
        series_id=series_id,
        cause_id=UUID(cause),
        customer_id=customer_id,
        customer_part_number=number,
        first_week=line.first_week,
        quantities=list(line.quantities),
        computed_at=now,
    )


def _is_same(version: DemandVersion | None, likely: Weekly) -> bool:
    """Say whether a version already holds the figures from their first week on."""
    if version is None:
        return False
    known = weekly_of(version)
    weeks = {week for week in (*known.weeks(), *likely.weeks()) if week >= likely.first_week}
    return all((known.at(week) or 0) == (likely.at(week) or 0) for week in weeks)


def _publish(drafts: Collection[ReleaseDraft], now: datetime) -> int:
    alone = set(
        SeriesPlanning.objects.filter(
            series_id__in=[each.series_id for each in drafts], is_released_alone=True
        ).values_list("series_id", flat=True)
    )
    ready = [
        each.pk
        for each in drafts
        if each.series_id in alone and each.state == ReleaseDraft.State.DRAFT
    ]
    if ready:
        publish_releases(draft_ids=ready, as_of=now)
    return len(ready)
