"""The jobs app's public reads: the organisation's jobs as plain rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from collab.jobs.models import Job

STALLED_AFTER: Final = timedelta(seconds=60)
ENDED: Final = frozenset({Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """One job; the same row on the page, in the API and on the socket."""

    id: UUID
    kind: str
    title: str
    state: str
    state_label: str
    done: int
    total: int
    message: str
    is_cancel_wanted: bool
    is_stalled: bool
    started_by: str
    created_at: datetime
    started_at: datetime | None
    progressed_at: datetime | None
    ended_at: datetime | None
    result_url: str
    version: int

    @property
    def percent(self) -> int:
        """Return progress in whole per cent; 100 only for a job that is done."""
        if self.state == Job.State.DONE:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0

    @property
    def is_ended(self) -> bool:
        """Whether nothing will change any more."""
        return self.state in ENDED

    @property
    def can_cancel(self) -> bool:
        """Whether a wish to cancel would be new and may still help."""
        return not self.is_ended and not self.is_cancel_wanted

    @classmethod
    def of(cls, job: Job) -> Self:
        """Return the row of a job as it is at this moment."""
        return cls(
            id=job.pk,
            kind=job.kind,
            title=job.title,
            state=job.state,
            state_label=str(job.get_state_display()),
            done=job.done,
            total=job.total,
            message=job.message,
            is_cancel_wanted=job.is_cancel_wanted,
            is_stalled=is_stalled(job, timezone.now()),
            started_by=job.started_by.name if job.started_by else "",
            created_at=job.created_at,
            started_at=job.started_at,
            progressed_at=job.progressed_at,
            ended_at=job.ended_at,
            result_url=job.result_url,
            version=job.version,
        )


def is_stalled(job: Job, now: datetime) -> bool:
    """Say whether a running job has told nothing for 60 s."""
    heard = job.progressed_at or job.started_at
    return job.state == Job.State.RUNNING and heard is not None and now - heard > STALLED_AFTER


def jobs(*, state: str = "", kind: str = "") -> "QuerySet[Job]":
    """Return the acting organisation's jobs, newest first, perhaps of one state or kind."""
    wanted: dict[str, Any] = {}
    if state:
        wanted["state"] = state
    if kind:
        wanted["kind"] = kind
    return Job.objects.filter(**wanted).select_related("started_by").order_by("-id")


def job_rows(keys: Sequence[UUID]) -> list[JobRow]:
    """Return the rows of the jobs ``keys``; unknown ones are left out."""
    return [JobRow.of(job) for job in jobs().filter(pk__in=keys)]


def newest_jobs(limit: int = 50, *, state: str = "") -> list[JobRow]:
    """Return the newest jobs, perhaps of one state; one query."""
    return [JobRow.of(job) for job in jobs(state=state)[:limit]]
