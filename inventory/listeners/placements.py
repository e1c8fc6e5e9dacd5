"""A placement hears when its job ends without an answer."""

from collections.abc import Iterable
from uuid import UUID

from collab.events.bus import Fact, subscribe
from collab.jobs.events import JobEnded
from inventory.services.placements import KIND, settle_placement_job


def settle_placement(event: JobEnded) -> Iterable[Fact]:
    """Let no placement wait for a solver that has ended without an answer."""
    if event.kind == KIND:
        settle_placement_job(UUID(event.job_id))
    return ()


subscribe(JobEnded, settle_placement)
