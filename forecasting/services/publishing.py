"""Publish releases: one wholly replaces the last, suppliers and daily demand follow."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import ngettext
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.jobs.models import Job
from collab.jobs.services import start_job
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from forecasting.daily import calendar_for
from forecasting.events import SchedulesPublished
from forecasting.models import DeliverySchedule, DemandSeries, ReleaseDraft, ScheduleLine
from forecasting.rules.release import release_alerts, succession
from forecasting.services.documents import (
    ZERO,
    Document,
    go_ahead_json,
    released,
)
from forecasting.services.needs import refresh_needs
from forecasting.services.release_alerts import judge_held
from forecasting.services.releases import (
    Before,
    decide,
    document_of,
    locked_draft,
    standing,
)
from forecasting.week_figures import Weekly

KIND = "forecasting.publish"
SCHEDULES_PER_EVENT = 200
AT_ONCE = 50  # more are published by a job
State = ReleaseDraft.State
_MARK = """
UPDATE forecasting_releasedraft AS draft
   SET state = %s, decided_at = coalesce(decided_at, %s), schedule_id = made.schedule,
       version = version + 1
  FROM unnest(%s::uuid[], %s::uuid[]) AS made(draft, schedule)
 WHERE draft.id = made.draft
"""


@dataclass(frozen=True, slots=True)
class Publishing:
    """What became of the wish to publish: schedules that are out, or the job that sees to it."""

    schedules: Sequence[DeliverySchedule] = ()
    job: Job | None = None


@transaction.atomic
def publish_releases(
    *, draft_ids: Sequence[UUID] | None = None, as_of: datetime | None = None
) -> Publishing:
    """Publish these drafts, or all open ones that are not held; many by a job.

    Drafts that are held, out or discarded are left alone, so a second call changes nothing.
    Raises ``Refused`` if there is nothing to publish.
    """
    now = as_of or timezone.now()
    drafts = ReleaseDraft.objects.filter(state=State.DRAFT)
    if draft_ids is not None:
        drafts = drafts.filter(pk__in=draft_ids)
    keys = list(drafts.order_by("series__counterparty_id", "pk").values_list("pk", flat=True))
    if not keys:
        raise Refused("drafts", "at least one draft that is not held", "none")
    if len(keys) <= AT_ONCE:
        return Publishing(schedules=publish_drafts(keys, batch_id=uuid7(), as_of=now))
    title = ngettext("%(n)s release", "%(n)s releases", len(keys)) % {"n": len(keys)}
    params: dict[str, Any] = {"batch_id": str(uuid7()), "until": now.isoformat()}
    if draft_ids is not None:
        params["drafts"] = [str(key) for key in keys]
    return Publishing(job=start_job(kind=KIND, title=title, params=params))


@transaction.atomic
def publish_drafts(
    draft_ids: Sequence[UUID], *, batch_id: UUID, as_of: datetime | None = None
) -> list[DeliverySchedule]:
    """Publish drafts in one transaction; those in another state than draft are left alone.

    A document that names a number at or below the last one replaces nothing: its draft is
    discarded with the reason.
    """
    now = as_of or timezone.now()
    drafts = list(
        ReleaseDraft.objects.filter(pk__in=draft_ids, state=State.DRAFT)
        .order_by("series_id", "pk")
        .select_for_update(of=("self",))
    )
    return _publish(drafts, batch_id=batch_id, now=now)


@transaction.atomic
def release_held(
    draft_id: UUID, *, note: str = "", version: int | None = None, as_of: datetime | None = None
) -> DeliverySchedule | None:
    """Let a held draft out as it is; the planner's note is kept. Twice is once.

    Raises ``Refused`` for a draft that is not held, ``VersionConflict`` if it has moved on.
    """
    draft = locked_draft(draft_id, None)
    if draft.state == State.PUBLISHED and draft.schedule_id:
        return DeliverySchedule.objects.filter(pk=draft.schedule_id).first()
    draft = locked_draft(draft_id, version)
    if draft.state not in {State.HELD, State.DRAFT}:
        raise Refused("state", "a draft that is held", draft.state)
    if problem := next((each for each in draft.deviations if each["kind"] == "unknown"), None):
        raise Refused("document", problem["expected"], problem["found"])
    decide(draft, note)
    draft.save()
    found = _publish([draft], batch_id=uuid7(), now=as_of or timezone.now())
    judge_held(as_of=as_of)
    return found[0] if found else None


def _publish(
    drafts: Sequence[ReleaseDraft], *, batch_id: UUID, now: datetime
) -> list[DeliverySchedule]:
    keys = [each.series_id for each in drafts]
    series = {
        each.pk: each
        for each in DemandSeries.objects.filter(pk__in=keys, owner_id=acting_organisation_id())
        .order_by("pk")
        .select_for_update(of=("self",))
    }
    before = standing(keys)
    calendars = {code: calendar_for(code) for code in {each.site_code for each in series.values()}}
    schedules: list[DeliverySchedule] = []
    lines: list[ScheduleLine] = []
    out: dict[UUID, UUID] = {}
    for draft in drafts:
        owner, document = series[draft.series_id], document_of(draft)
        last = before.get(draft.series_id)
        number = last.schedule.number + 1 if last else 1
        name = document.document_number or str(number)
        if last and not _replaces(last, document, name):
            draft.state = State.DISCARDED
            decide(draft, f"{name}: {last.schedule.document_number}")
            draft.save()
            continue
        weekly = document.weekly(calendars[owner.site_code].is_working)
        turn = _Turn(number, name, batch_id, now)
        schedule = _schedule(owner, document, weekly, last, turn)
        schedules.append(schedule)
        lines += _lines(schedule, document)
        out[draft.pk] = schedule.pk
    replaced = [each.series_id for each in schedules]
    DeliverySchedule.objects.filter(series_id__in=replaced, is_current=True).update(
        is_current=False
    )
    DeliverySchedule.objects.bulk_create(schedules, batch_size=500)
    ScheduleLine.objects.bulk_create(lines, batch_size=2_000)
    _mark_published(out, now)
    _announce(schedules, batch_id)
    refresh_needs(replaced, as_of=now)
    return schedules


def _mark_published(out: Mapping[UUID, UUID], now: datetime) -> None:
    """Note on the drafts which schedule each became; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            _MARK,
            [
                State.PUBLISHED.value,
                now,
                [str(key) for key in out],
                [str(key) for key in out.values()],
            ],
        )


def _replaces(last: Before, document: Document, name: str) -> bool:
    stated = document.previous_document_number or None
    place = succession(last.schedule.document_number, name, previous=stated).place
    return place.replaces


@dataclass(frozen=True, slots=True)
class _Turn:
    """The place of a release in its series and its batch."""

    number: int
    name: str
    batch_id: UUID
    at: datetime


def _schedule(
    series: DemandSeries, document: Document, weekly: Weekly, last: Before | None, turn: _Turn
) -> DeliverySchedule:
    new = document.release(number=turn.name, previous=document.previous_document_number or None)
    alerts = release_alerts(released(last.schedule, last.lines) if last else None, new)
    weeks = weekly.weeks()
    return DeliverySchedule(
        owner_id=series.owner_id,
        counterparty_id=series.counterparty_id,
        series=series,
        number=turn.number,
        document_number=turn.name,
        previous_document_number=document.previous_document_number,
        batch_id=turn.batch_id,
        origin=document.origin,
        part_number=series.part_number,
        supplier_part_number=series.supplier_part_number,
        site_code=series.site_code,
        unloading_point=document.unloading_point,
        unit=series.unit,
        issued_at=document.issued_at,
        published_at=turn.at,
        first_week=weekly.first_week,
        quantities=list(weekly.quantities),
        low=document.low.aligned(weeks) if document.low else None,
        high=document.high.aligned(weeks) if document.high else None,
        firm_until=document.firm_until,
        received_cumulative=document.received,
        received_since=document.received_since,
        in_transit=document.in_transit,
        backlog=document.backlog,
        last_receipt=dict(document.last_receipt) if document.last_receipt else None,
        production_go_ahead=go_ahead_json(document.production_go_ahead),
        material_go_ahead=go_ahead_json(document.material_go_ahead),
        alerts=list(dict.fromkeys(each.kind.value for each in alerts)),
        note=document.note,
    )


def _lines(schedule: DeliverySchedule, document: Document) -> list[ScheduleLine]:
    """Return the lines by due day with their cumulative requirement."""
    total: Decimal = document.received or ZERO
    found = []
    ordered = sorted(document.lines, key=lambda each: (each.due_until, each.due_from))
    for position, line in enumerate(ordered, start=1):
        total += line.quantity
        found.append(
            ScheduleLine(
                owner_id=schedule.owner_id,
                counterparty_id=schedule.counterparty_id,
                schedule=schedule,
                position=position,
                commitment=line.commitment,
                due_from=line.due_from,
                due_until=line.due_until,
                quantity=line.quantity,
                cumulative=total,
            )
        )
    return found


def _announce(schedules: Sequence[DeliverySchedule], batch_id: UUID) -> None:
    by_supplier: dict[int, list[DeliverySchedule]] = defaultdict(list)
    for each in schedules:
        by_supplier[each.counterparty_id].append(each)
    for supplier_id, rows in by_supplier.items():
        for start in range(0, len(rows), SCHEDULES_PER_EVENT):
            part = rows[start : start + SCHEDULES_PER_EVENT]
            publish(
                SchedulesPublished(
                    change_id=str(uuid7()),
                    batch_id=str(batch_id),
                    supplier_id=supplier_id,
                    schedule_ids=[str(each.pk) for each in part],
                    series_ids=[str(each.series_id) for each in part],
                )
            )
