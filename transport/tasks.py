"""Work on a schedule: what time alone brings about."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from celery import shared_task
from django.utils import timezone

from collab.celery import app
from collab.events.bus import enqueue
from collab.events.tasks import OrganisationTask, PlatformTask, on_beat
from collab.organisations.context import acting_for, acting_for_platform
from transport.services.eta_versions import LEARN, refit
from transport.services.occurrences import repeat_routes
from transport.services.retention import end_lost, forget_old
from transport.services.risk_watch import watch_areas
from transport.services.silence import look_for_silence
from transport.services.tenders import TIME_OVER, settle_offer

WATCH = "transport.watch_loads"
REPEAT = "transport.repeat_routes"
EVERY = 5  # minutes


@shared_task(base=OrganisationTask, name=WATCH)
def watch_loads(_subject_id: UUID) -> None:
    """Find the organisation's silent loads; once an hour forget positions, look at risk areas."""
    now = timezone.now()
    look_for_silence(now=now)
    if now.minute < EVERY:
        end_lost(now=now)
        forget_old(now=now)
        watch_areas(as_of=now)


@shared_task(base=OrganisationTask, name=TIME_OVER)
def end_offer(offer_id: UUID) -> None:
    """Ask the next carrier if this one has not answered in its time."""
    settle_offer(offer_id, as_of=timezone.now())


@shared_task(base=OrganisationTask, name=REPEAT)
def make_occurrences(_subject_id: UUID) -> None:
    """Make the loads of the coming weeks from the organisation's fixed routes."""
    repeat_routes(as_of=timezone.now())


@shared_task(base=OrganisationTask, name=LEARN)
def learn_arrivals(_subject_id: UUID) -> None:
    """Fit the organisation's arrival estimates to its own trips, if enough are new."""
    refit(as_of=timezone.now())


@app.task(base=PlatformTask, name="transport.new_days")
def new_days() -> None:
    """Have every organisation learn from its trips once a day."""
    day = f"{timezone.now():%Y-%m-%d}"
    for organisation_id in acting_for_platform(reason="arrival estimates learn from trips"):
        with acting_for(organisation_id):
            enqueue(LEARN, uuid5(NAMESPACE_URL, f"arrivals:{organisation_id}:{day}"))


@app.task(base=PlatformTask, name="transport.new_hours")
def new_hours() -> None:
    """Have every organisation bring the loads of its fixed routes up to date this hour."""
    moment = f"{timezone.now():%Y-%m-%dT%H}"
    for organisation_id in acting_for_platform(reason="fixed routes repeat"):
        with acting_for(organisation_id):
            enqueue(REPEAT, uuid5(NAMESPACE_URL, f"routes:{organisation_id}:{moment}"))


@app.task(base=PlatformTask, name="transport.new_minutes")
def new_minutes() -> None:
    """Have every organisation look after its loads once in these five minutes."""
    now = timezone.now()
    moment = f"{now:%Y-%m-%dT%H}:{now.minute // EVERY}"
    for organisation_id in acting_for_platform(reason="loads fall silent, windows end"):
        with acting_for(organisation_id):
            enqueue(WATCH, uuid5(NAMESPACE_URL, f"loads:{organisation_id}:{moment}"))


@app.on_after_finalize.connect
def schedule(sender: Any, **_signal: Any) -> None:
    """Look often; the key of the moment makes each once in its five minutes, hour or day."""
    on_beat(sender, new_minutes, every_s=120)
    on_beat(sender, new_hours, every_s=900)
    on_beat(sender, new_days, every_s=3600)
