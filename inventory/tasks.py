"""Work on a schedule: a new day moves every projection."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from celery import shared_task
from django.utils import timezone

from collab.celery import app
from collab.events.bus import enqueue
from collab.events.leases import Start, bury
from collab.events.tasks import OrganisationTask, PlatformTask, on_beat
from collab.organisations.context import acting_for, acting_for_platform
from inventory.models import TrackingCorrection
from inventory.services import ledger_watch, refresh_all
from inventory.services.buffers import suggest
from inventory.services.captures import TASK as CAPTURE
from inventory.services.captures import finish_capture, give_up_capture
from inventory.services.epcis_subscriptions import TASK as SUBSCRIPTION_ROUND
from inventory.services.epcis_subscriptions import run_round
from inventory.services.expected_units import LOOK_FOR_UNITS, judge_overdue
from inventory.services.tracking_queue import COUNT_AGAIN
from inventory.services.tracking_repair import recount_named

REFRESH = "inventory.refresh_coverage"
SUGGEST = "inventory.suggest_buffers"
WATCH = "inventory.watch_ledgers"


@shared_task(base=OrganisationTask, name=REFRESH)
def refresh_coverage(_subject_id: UUID) -> None:
    """Recompute all coverage of one holder, as of now."""
    refresh_all(as_of=timezone.now())


class CaptureTask(OrganisationTask):
    """A capture that kills its workers ends as failed, for its sender to see."""

    abstract = True

    def buried(self, start: Start, subject_id: UUID, reason: str) -> None:
        """Fail the job together with its errand."""
        with acting_for(start.organisation_id):
            bury(start, reason)
            give_up_capture(subject_id, reason)


@shared_task(base=CaptureTask, name=CAPTURE)
def capture_document(job_id: UUID) -> None:
    """Record the events of a large document that was handed in."""
    finish_capture(job_id)


@shared_task(base=OrganisationTask, name=WATCH)
def watch_ledgers(_subject_id: UUID) -> None:
    """Hold partners' newest heads against our copies, also where nothing new was signed."""
    ledger_watch.watch_all()


@shared_task(base=OrganisationTask, name=COUNT_AGAIN)
def count_named_again(correction_id: UUID) -> None:
    """Count the events that named a place or a product which is known by now."""
    if (row := TrackingCorrection.objects.filter(pk=correction_id).first()) is not None:
        recount_named(row.reason, row.subject)


@shared_task(base=OrganisationTask, name=LOOK_FOR_UNITS)
def look_for_units(_subject_id: UUID) -> None:
    """Raise an exception for each advised unit that should have been read by now."""
    judge_overdue(as_of=timezone.now())


@shared_task(base=OrganisationTask, name=SUBSCRIPTION_ROUND)
def send_subscribed(subject_id: UUID) -> None:
    """Do one round of a subscription to a named query."""
    run_round(subject_id)


@shared_task(base=OrganisationTask, name=SUGGEST)
def suggest_buffers(_subject_id: UUID) -> None:
    """Work out the safety stock of all policies once a day: demand and lanes have moved on."""
    suggest(as_of=timezone.now())


@app.task(base=PlatformTask, name="inventory.new_hour")
def new_hour() -> None:
    """Have every holder's coverage recomputed once in this hour; midnight comes by time zone."""
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    for organisation_id in acting_for_platform(reason="coverage follows the calendar"):
        with acting_for(organisation_id):
            enqueue(REFRESH, uuid5(NAMESPACE_URL, f"coverage:{organisation_id}:{hour}"))
            enqueue(SUGGEST, uuid5(NAMESPACE_URL, f"buffers:{organisation_id}:{hour[:10]}"))
            enqueue(LOOK_FOR_UNITS, uuid5(NAMESPACE_URL, f"units:{organisation_id}:{hour}"))
            enqueue(WATCH, uuid5(NAMESPACE_URL, f"ledgers:{organisation_id}:{hour}"))


@app.on_after_finalize.connect
def schedule(sender: Any, **_signal: Any) -> None:
    """Look every quarter of an hour; the hour's own key makes it once an hour."""
    on_beat(sender, new_hour, every_s=900)
