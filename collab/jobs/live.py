"""The live topic of jobs: each change of a job's row, on its owner's screens only."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string

from collab.jobs.queries import JobRow, job_rows
from collab.live import feed
from collab.live.topics import Frame, Topic
from collab.organisations.context import acting_for, acting_organisation, acting_organisation_id

TOPIC: Final = "jobs.progress"


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return one frame per job that still exists; runs acting for the owner."""
    slug = acting_organisation().slug
    return [_frame(row, slug) for row in job_rows(keys)]


def announce(job_id: UUID) -> None:
    """Put the job's row as it is now into the owner's feed; inside ``acting_for`` the owner."""
    feed.append(TOPIC, feed.render(TOPIC, [job_id]))


def announce_after_commit(job_id: UUID) -> None:
    """Announce the job in a transaction of its own once the running one has committed.

    Numbers are given out under a lock that a long transaction must not hold.
    """
    owner = acting_organisation_id()

    def announce_for_owner() -> None:
        with acting_for(owner):
            announce(job_id)

    transaction.on_commit(announce_for_owner, robust=True)


def _frame(row: JobRow, slug: str) -> Frame:
    return Frame(
        element_id=f"job-{row.id}",
        into="job-rows",
        html=render_to_string("jobs/_row.html", {"job": row, "tenant": slug}),
        data={
            "id": str(row.id),
            "kind": row.kind,
            "state": row.state,
            "done": row.done,
            "total": row.total,
            "percent": row.percent,
            "message": row.message,
            "version": row.version,
        },
    )


topic = Topic(name=TOPIC, sharing_topic=None, render=render)
