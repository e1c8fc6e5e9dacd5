"""Start a job, and wish it to stop."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.events.bus import enqueue, publish
from collab.jobs.events import JobEnded
from collab.jobs.live import announce_after_commit
from collab.jobs.models import Job
from collab.jobs.registry import handler_of
from collab.organisations.context import acting_person_id

TASK = "jobs.run"
QUEUES = frozenset({"default", "solve", "mail", "intake"})


@transaction.atomic
def start_job(
    *, kind: str, title: str, params: dict[str, Any] | None = None, queue: str = "solve"
) -> Job:
    """Record a job and have it run after the commit; return it in state queued.

    ``params`` are plain JSON values. An unknown ``kind`` raises ``LookupError``, an unknown
    ``queue`` ``ValueError``.
    """
    handler_of(kind)
    if queue not in QUEUES:
        raise ValueError(f"expected a queue among {sorted(QUEUES)}, got {queue!r}")
    job = Job.objects.create(
        kind=kind, title=title, params=params or {}, started_by_id=acting_person_id()
    )
    enqueue(f"{TASK}@{queue}", job.pk)
    announce_after_commit(job.pk)
    return job


@transaction.atomic
def cancel_job(job_id: UUID) -> Job:
    """Have the job end soon and return it; one that has not begun ends at once.

    A running job sees the wish between two steps. Asking again, or too late, changes nothing.
    Raises ``Job.DoesNotExist`` for a job that is missing or somebody else's.
    """
    job: Job = Job.objects.select_for_update().get(pk=job_id)
    if job.state == Job.State.QUEUED:
        end_without_run(job, Job.State.CANCELLED, "")
    elif job.state == Job.State.RUNNING and not job.is_cancel_wanted:
        job.is_cancel_wanted = True
        job.version += 1
        job.save(update_fields=["is_cancel_wanted", "version"])
        announce_after_commit(job.pk)
    return job


def end_without_run(job: Job, state: Job.State, message: str) -> None:
    """End a job, locked by the caller, that is not running or whose runs all were killed."""
    job.state, job.message, job.ended_at = state, message[:200], timezone.now()
    job.version += 1
    job.save(update_fields=["state", "message", "ended_at", "version"])
    publish(JobEnded(job_id=str(job.pk), kind=job.kind, state=state))
    announce_after_commit(job.pk)
