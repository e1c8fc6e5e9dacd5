"""Releases reach the supplier's exceptions, its answers the customer's."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.jobs.events import JobEnded
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from forecasting.events import COMMIT_TOPIC, DEMAND_TOPIC, ReleaseAnswered, SchedulesPublished
from forecasting.models import DeliverySchedule, ForecastRun, ReleaseAnswer
from forecasting.services.release_alerts import (
    clear_of_series,
    judge_answers,
    judge_unanswered,
    notice_releases,
)
from forecasting.services.versions import versions_from_run

NOTICE = "forecasting.notice_releases"
ANSWERS = "forecasting.judge_release_answers"
FORECAST = "forecasting.forecast"


def tell_of_releases(event: SchedulesPublished) -> Iterable[Fact]:
    """Let the supplier know what the releases bring; what was said against older ones is over."""
    clear_of_series([UUID(key) for key in event.series_ids], as_of=timezone.now())
    hand_over(
        UUID(event.change_id),
        listener=NOTICE,
        topic=DEMAND_TOPIC,
        about_ids=[event.supplier_id],
        rows=[UUID(key) for key in event.schedule_ids],
    )
    return ()


def keep_statistics(event: JobEnded) -> Iterable[Fact]:
    """Keep what a forecast found as versions of the plan; planners' own figures stay in force."""
    run = ForecastRun.objects.filter(job_id=UUID(event.job_id), finished_at__isnull=False).first()
    if event.kind == FORECAST and run is not None:
        versions_from_run(run.pk)
    return ()


def hear_releases(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Raise what new releases made to the listener bring with them."""
    made = DeliverySchedule.objects.filter(
        pk__in=list(keys), counterparty_id=acting_organisation_id(), is_current=True
    )
    if found := list(made.order_by("pk")):
        notice_releases(found, as_of=timezone.now())
    return ()


def tell_of_answers(event: ReleaseAnswered) -> Iterable[Fact]:
    """Let the customer hear what the supplier said to its releases."""
    hand_over(
        UUID(event.change_id),
        listener=ANSWERS,
        topic=COMMIT_TOPIC,
        about_ids=[event.customer_id],
        rows=[UUID(key) for key in event.answer_ids],
    )
    return ()


def hear_answers(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Raise rejections, and close what waited for these answers."""
    now = timezone.now()
    given = list(
        ReleaseAnswer.objects.filter(pk__in=list(keys), counterparty_id=acting_organisation_id())
    )
    judge_answers(given, as_of=now)
    batches = DeliverySchedule.objects.filter(pk__in=[each.schedule_id for each in given])
    judge_unanswered(as_of=now, batch_ids=list(batches.values_list("batch_id", flat=True)))
    return ()


listen(NOTICE, hear_releases)
listen(ANSWERS, hear_answers)
subscribe(SchedulesPublished, tell_of_releases)
subscribe(ReleaseAnswered, tell_of_answers)
subscribe(JobEnded, keep_statistics)
