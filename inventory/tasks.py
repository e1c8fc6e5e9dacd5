"""Work on a schedule: a new day moves every projection."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from celery import shared_task
from django.utils import timezone

from collab.celery import app
from collab.events.bus import enqueue
from collab.events.leases import Start, bury
from collab.events.tasks import OrganisationTask, PlatformTask, on_beat
from collab.organisations.clock import night_of
from collab.organisations.context import acting_for, acting_for_platform
from inventory.listeners import requests
from inventory.models import TrackingCorrection
from inventory.services import ledger_watch, refresh_all, refresh_night, vmi_watch
from inventory.services.buffers import suggest
from inventory.services.captures import TASK as CAPTURE
from inventory.services.captures import finish_capture, give_up_capture
from inventory.services.data_requests import TASK as END_REQUEST
from inventory.services.data_requests import end_due
from inventory.services.epcis_subscriptions import TASK as SUBSCRIPTION_ROUND
from inventory.services.epcis_subscriptions import run_round
from inventory.services.expected_units import LOOK_FOR_UNITS, judge_overdue
from inventory.services.hold_upkeep import follow_all_again
from inventory.services.tracking_queue import COUNT_AGAIN
from inventory.services.tracking_repair import recount_named

REFRESH = "inventory.refresh_coverage"
SUGGEST = "inventory.suggest_buffers"
WATCH = "inventory.watch_ledgers"
JUDGE_BANDS = "inventory.judge_bands"
REFRESH_PARTNERS = "inventory.refresh_partners"
FOLLOW_HOLDS = "inventory.follow_holds"


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


@shared_task(base=OrganisationTask, name=END_REQUEST)
def end_request(request_id: UUID) -> None:
    """End a request for data whose date has come."""
    end_due(request_id, as_of=timezone.now())


@shared_task(base=OrganisationTask, name=requests.DUE)
def request_due(request_id: UUID) -> None:
    """Make the task of a request critical that is not answered in time."""
    requests.look_at(request_id)


@shared_task(base=OrganisationTask, name=requests.OVER)
def request_over(request_id: UUID) -> None:
    """Close what hangs on a received request that has ended."""
    requests.look_at(request_id)


@shared_task(base=OrganisationTask, name=SUGGEST)
def suggest_buffers(_subject_id: UUID) -> None:
    """Work out the safety stock of all policies once a day: demand and lanes have moved on."""
    suggest(as_of=timezone.now())


@shared_task(base=OrganisationTask, name=JUDGE_BANDS)
def judge_bands(_subject_id: UUID) -> None:
    """Judge supplier-managed stock by advices that are overdue and quantities that fell due."""
    vmi_watch.watch_all(as_of=timezone.now())


@shared_task(base=OrganisationTask, name=REFRESH_PARTNERS)
def refresh_partners(_subject_id: UUID) -> None:
    """Start asking partners for fresh figures, if any are wanted."""
    if refresh_night.has_work():
        refresh_night.start_night()


@shared_task(base=OrganisationTask, name=FOLLOW_HOLDS)
def follow_holds(_subject_id: UUID) -> None:
    """Work out standing holds from nothing: grants that opened or closed tell nobody else."""
    follow_all_again()


@app.task(base=PlatformTask, name="inventory.new_night")
def new_night() -> None:
    """Have every organisation refresh its partners' figures once a day, in its own night."""
    now = timezone.now()
    for organisation_id in acting_for_platform(reason="partners' figures grow old"):
        with acting_for(organisation_id):
            if (night := night_of(now)) is not None:
                subject = uuid5(NAMESPACE_URL, f"refresh:{organisation_id}:{night}")
                enqueue(REFRESH_PARTNERS, subject)


@app.task(base=PlatformTask, name="inventory.new_hour")
def new_hour() -> None:
    """Have every holder's coverage recomputed once in this hour; midnight comes by time zone."""
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    for organisation_id in acting_for_platform(reason="coverage follows the calendar"):
        with acting_for(organisation_id):
            enqueue(REFRESH, uuid5(NAMESPACE_URL, f"coverage:{organisation_id}:{hour}"))
            enqueue(SUGGEST, uuid5(NAMESPACE_URL, f"buffers:{organisation_id}:{hour[:10]}"))
            enqueue(LOOK_FOR_UNITS, uuid5(NAMESPACE_URL, f"units:{organisation_id}:{hour}"))
            enqueue(JUDGE_BANDS, uuid5(NAMESPACE_URL, f"bands:{organisation_id}:{hour}"))
            enqueue(WATCH, uuid5(NAMESPACE_URL, f"ledgers:{organisation_id}:{hour}"))
            enqueue(FOLLOW_HOLDS, uuid5(NAMESPACE_URL, f"holds:{organisation_id}:{hour}"))


@app.on_after_finalize.connect
def schedule(sender: Any, **_signal: Any) -> None:
    """Look every quarter of an hour and half-hour; keys make it once an hour, once a night."""
    on_beat(sender, new_night, every_s=1_800)
    on_beat(sender, new_hour, every_s=900)
