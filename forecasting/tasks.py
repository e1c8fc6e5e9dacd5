"""Work on a schedule: what time alone brings about."""

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from celery import shared_task
from django.utils import timezone

from collab.celery import app
from collab.events.bus import enqueue
from collab.events.tasks import OrganisationTask, PlatformTask, on_beat
from collab.organisations.clock import night_of
from collab.organisations.context import acting_for, acting_for_platform
from forecasting.services.autocommit import judge_all, settle_silence
from forecasting.services.matching import match_all
from forecasting.services.measures import own_series_ids, start_measuring
from forecasting.services.release_alerts import judge_unanswered

SILENCE = "forecasting.settle_silence"
QUARTER = 15  # minutes
MEASURE = "forecasting.measure_figures"


@shared_task(base=OrganisationTask, name=SILENCE)
def settle_open_commits(_subject_id: UUID) -> None:
    """Commit what the organisation left open beyond its time; judge what time has changed.

    Once an hour capacity is matched as well: weeks pass, and measurements of demand fall due.
    """
    now = timezone.now()
    settle_silence(as_of=now)
    judge_all(as_of=now)
    if now.minute < QUARTER:
        match_all(as_of=now)
    judge_unanswered(as_of=now)


@shared_task(base=OrganisationTask, name=MEASURE)
def measure_figures(_subject_id: UUID) -> None:
    """Start measuring accuracy and bullwhip, if the organisation has series of its own."""
    if own_series_ids():
        start_measuring()


@app.task(base=PlatformTask, name="forecasting.new_night")
def new_night() -> None:
    """Have every organisation measure its figures once a day, in its own night."""
    now = timezone.now()
    for organisation_id in acting_for_platform(reason="figures are measured every night"):
        with acting_for(organisation_id):
            if (night := night_of(now)) is not None:
                enqueue(MEASURE, uuid5(NAMESPACE_URL, f"measure:{organisation_id}:{night}"))


@app.task(base=PlatformTask, name="forecasting.commits_due")
def commits_due() -> None:
    """Have every organisation look after its commits once in this quarter of an hour."""
    now = timezone.now()
    quarter = f"{now:%Y-%m-%dT%H}:{now.minute // QUARTER}"
    for organisation_id in acting_for_platform(reason="commits fall due"):
        with acting_for(organisation_id):
            enqueue(SILENCE, uuid5(NAMESPACE_URL, f"commits:{organisation_id}:{quarter}"))


@app.on_after_finalize.connect
def schedule(sender: Any, **_signal: Any) -> None:
    """Look every five minutes and half-hour; keys make it once a quarter, once a night."""
    on_beat(sender, commits_due, every_s=300)
    on_beat(sender, new_night, every_s=1_800)
