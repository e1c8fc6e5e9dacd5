"""Events and jobs of the fault tests; loaded by their relay and worker processes too."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from django.db.models import F

from collab.events.bus import Touch, declare, subscribe
from collab.jobs import registry
from collab.jobs.run import JobRun
from collab.live.topics import Frame, Topic, register
from collab.organisations.models import Site

TOPIC = "test.counted"
EVENT_SITE, FOLLOW_UP_SITE, JOB_SITE = "EVENTS", "FOLLOWUPS", "JOBS"
JOB_KIND = "test.fault"
HOLD = "COLLAB_TEST_HOLD"
"""Environment: while the file of that name exists, jobs in progress stay in progress."""
HOLD_SECONDS = 60.0


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Something to count exactly once."""

    version: ClassVar[int] = 1

    row_id: str

    def touches(self) -> Sequence[Touch]:
        """Return the one row it is about."""
        return [Touch(TOPIC, UUID(self.row_id))]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CountedTwice:
    """What follows each third count."""

    version: ClassVar[int] = 1

    row_id: str

    def touches(self) -> Sequence[Touch]:
        """Return nothing."""
        return []


def _count(code: str) -> None:
    """Add one; unlike setting a value this shows each repetition."""
    Site.objects.filter(code=code).update(version=F("version") + 1)


def count(event: Counted) -> list[CountedTwice]:
    """Count an event; have another one follow."""
    _count(EVENT_SITE)
    return [CountedTwice(row_id=event.row_id)]


def count_follow_up(event: CountedTwice) -> list[CountedTwice]:
    """Count what followed."""
    _count(FOLLOW_UP_SITE)
    return []


def do_job(run: JobRun) -> None:
    """Work a little, then count once, in the transaction that ends the job."""
    for step in range(3):
        run.progress(step, 3, f"step {step}")
        time.sleep(0.2)
    hold, until = Path(os.environ.get(HOLD, "/nowhere")), time.monotonic() + HOLD_SECONDS
    while hold.exists() and time.monotonic() < until:
        run.progress(3, 3, "held")
        time.sleep(0.1)
    with run.acting():
        _count(JOB_SITE)
        run.finish()


def render(keys: Sequence[UUID]) -> list[Frame]:
    """Return a frame per row."""
    return [Frame(element_id=f"row-{key}", data={"id": str(key)}) for key in keys]


subscribe(Counted, count)
subscribe(CountedTwice, count_follow_up)
registry.register(JOB_KIND, do_job)
register(Topic(name=TOPIC, sharing_topic=None, render=render))
