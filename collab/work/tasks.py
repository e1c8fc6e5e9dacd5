"""Work on a schedule: what is missed only because time passes."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from celery import shared_task
from django.utils import timezone

from collab.celery import app
from collab.events.bus import enqueue
from collab.events.tasks import OrganisationTask, PlatformTask, on_beat
from collab.organisations.context import acting_for, acting_for_platform
from collab.work.message_alerts import judge_unanswered

UNANSWERED = "work.judge_unanswered_messages"


@shared_task(base=OrganisationTask, name=UNANSWERED)
def judge_unanswered_messages(_subject_id: UUID) -> None:
    """Raise an exception for each message that its receiver has not acknowledged in time."""
    judge_unanswered(as_of=timezone.now())


@app.task(base=PlatformTask, name="work.new_hour")
def new_hour() -> None:
    """Have every organisation look for missing acknowledgements once in this hour."""
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    for organisation_id in acting_for_platform(reason="acknowledgements fall due"):
        with acting_for(organisation_id):
            enqueue(UNANSWERED, uuid5(NAMESPACE_URL, f"unanswered:{organisation_id}:{hour}"))


@app.on_after_finalize.connect
def schedule(sender: Any, **_signal: Any) -> None:
    """Look every quarter of an hour; the hour's own key makes it once an hour."""
    on_beat(sender, new_hour, every_s=900)
