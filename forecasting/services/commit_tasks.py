"""The supplier's duty to answer a release: opened when it hears of one, due in its own days."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation, acting_organisation_id
from forecasting.daily import own_calendar
from forecasting.engine.working_days import WorkingCalendar
from forecasting.models import CommitTask, DeliverySchedule
from forecasting.queries.positions import Position, positions, positions_of
from forecasting.rules.commit import commit_due_at
from forecasting.services.commit_alerts import clear_challenge, judge_buyer, judge_supplier
from forecasting.services.commits import task_state


@transaction.atomic
def open_tasks(schedule_ids: Iterable[UUID], *, as_of: datetime | None = None) -> int:
    """Open the acting supplier's tasks for releases it has heard of; return how many are new.

    The tasks of earlier releases of the same series are replaced. Hearing twice opens once.
    """
    now = as_of or timezone.now()
    us = acting_organisation_id()
    schedules = list(
        DeliverySchedule.objects.filter(
            pk__in=list(schedule_ids), counterparty_id=us, is_current=True
        ).exclude(
            pk__in=CommitTask.objects.filter(owner_id=us).values("schedule_id")
        ).order_by("part_number", "site_code", "pk")
    )  # fmt: skip
    if not schedules:
        return 0
    calendar, zone = own_calendar(), ZoneInfo(acting_organisation().timezone)
    found = positions_of(schedules)
    stale = CommitTask.objects.filter(
        owner_id=us, series_id__in=[each.series_id for each in found]
    ).exclude(state=CommitTask.State.REPLACED)
    for task in stale:
        task.state = CommitTask.State.REPLACED
        task.version += 1
        task.save(update_fields=["state", "version"])
    CommitTask.objects.bulk_create(
        [task_of(each, calendar, zone, now) for each in found], ignore_conflicts=True
    )
    for each in found:
        clear_challenge(each.series_id, as_of=now)
    judge_supplier(found, as_of=now)
    return len(found)


def judge_committed(series_ids: Sequence[UUID], *, as_of: datetime | None = None) -> None:
    """Judge, acting for the customer, what suppliers have committed for some of its series."""
    us = acting_organisation_id()
    ours = [each for each in positions(series_ids) if each.customer_id == us]
    judge_buyer(ours, as_of=as_of or timezone.now())


def task_of(
    position: Position, calendar: WorkingCalendar, zone: ZoneInfo, now: datetime
) -> CommitTask:
    """Return the row of the task that a position's release opens, not yet written."""
    days = position.terms.commit_days
    published_at = position.published_at.astimezone(zone)
    state = task_state(position, own_day(now))
    return CommitTask(
        owner_id=position.supplier_id,
        counterparty_id=position.customer_id,
        series_id=position.series_id,
        schedule_id=position.schedule_id,
        schedule_number=position.schedule_number,
        part_number=position.part_number,
        supplier_part_number=position.supplier_part_number,
        site_code=position.site_code,
        state=state,
        published_at=position.published_at,
        due_at=commit_due_at(published_at, working_days=days, calendar=calendar),
        answered_at=None,
    )
