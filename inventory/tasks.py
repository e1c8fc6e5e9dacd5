"""Work on a schedule: a new day moves every projection."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from celery import shared_task
from django.utils import timezone

from collab.celery import app
from collab.events.bus import enqueue
from collab.events.tasks import OrganisationTask, PlatformTask, on_beat
from collab.organisations.context import acting_for, acting_for_platform
from inventory.services import refresh_all

REFRESH = "inventory.refresh_coverage"


@shared_task(base=OrganisationTask, name=REFRESH)
def refresh_coverage(_subject_id: UUID) -> None:
    """Recompute all coverage of one holder, as of now."""
    refresh_all(as_of=timezone.now())


@app.task(base=PlatformTask, name="inventory.new_hour")
def new_hour() -> None:
    """Have every holder's coverage recomputed once in this hour; midnight comes by time zone."""
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    for organisation_id in acting_for_platform(reason="coverage follows the calendar"):
        with acting_for(organisation_id):
            enqueue(REFRESH, uuid5(NAMESPACE_URL, f"coverage:{organisation_id}:{hour}"))


@app.on_after_finalize.connect
def schedule(sender: Any, **_signal: Any) -> None:
    """Look every quarter of an hour; the hour's own key makes it once an hour."""
    on_beat(sender, new_hour, every_s=900)
