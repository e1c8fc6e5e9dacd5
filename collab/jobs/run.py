"""A job while it runs: progress, cancelling, and an end that is one with its effect."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, TextField, Value
from django.db.models.functions import Concat, Right
from django.utils import timezone

from collab.events.bus import publish
from collab.events.leases import Lease, Start, Superseded, bury, finish, is_current
from collab.jobs.events import JobEnded
from collab.jobs.live import announce
from collab.jobs.models import Job
from collab.organisations.context import acting_for, is_acting

LONGEST_LOG: Final = 20_000
LONGEST_MESSAGE: Final = 200
REPORT_SECONDS: Final = 1.0


class Cancelled(Exception):
    """Somebody wished the job to stop."""


class JobFailed(Exception):
    """The job cannot be done; the message is for the person who started it."""


class JobRun:
    """What a handler holds: the job's parameters, and ways to tell how it goes.

    Nothing here needs ``acting_for`` around it; ``acting`` opens it for reading and writing.
    A long computation runs outside, so that no transaction stays open.
    """

    def __init__(self, job: Job, start: Start) -> None:
        self.job_id: UUID = job.pk
        self.owner_id: int = job.owner_id
        self.started_by_id: int | None = job.started_by_id
        self.kind = job.kind
        self.title = job.title
        self.params: dict[str, Any] = dict(job.params)
        self.is_finished = False
        self._start = start
        self._lease: Lease | None = None
        self._lock = threading.Lock()
        self._figures: tuple[int, int, str] | None = None
        self._lines: list[str] = []
        self._reported_at = -REPORT_SECONDS
        self._looked_at = -REPORT_SECONDS
        self._is_cancel_wanted = False

    @contextmanager
    def leased(self) -> Iterator[None]:
        """Keep the job ours while the block runs, and report its progress each second."""
        with Lease(self._start, self._report) as self._lease:
            yield
        self._lease = None

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Act for the owner: one short transaction. Raises ``Superseded`` if no longer ours."""
        with acting_for(self.owner_id, person_id=self.started_by_id):
            if not is_current(self._start):
                raise Superseded(f"expected to be the newest run of job {self.job_id}")
            yield

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Tell that ``done`` of ``total`` steps are behind us; cheap, call it as often as you like.

        At most one report a second is written, in a transaction of its own; the last one before
        the end always is. A new ``message`` becomes a line of the log.
        """
        if not 0 <= done <= total:
            raise ValueError(f"expected 0 <= done <= total, got {done} of {total}")
        with self._lock:
            if message and (self._figures is None or self._figures[2] != message):
                self._lines.append(_line(message))
            self._figures = (done, total, message[:LONGEST_MESSAGE])
        if self._lease is None and not is_acting():
            self._report()

    def log(self, message: str) -> None:
        """Add a line to the job's log without touching its progress."""
        with self._lock:
            self._lines.append(_line(message))

    def is_cancelled(self) -> bool:
        """Say whether the handler should stop; looks at most once a second."""
        now = time.monotonic()
        if not self._is_cancel_wanted and now - self._looked_at >= REPORT_SECONDS:
            self._looked_at = now
            if self._lease is not None and self._lease.is_lost:
                raise Superseded(f"expected to be the newest run of job {self.job_id}")
            with acting_for(self.owner_id):
                self._is_cancel_wanted = Job.objects.get(pk=self.job_id).is_cancel_wanted
        return self._is_cancel_wanted

    def stop_if_cancelled(self) -> None:
        """Raise ``Cancelled`` if somebody wished so; for the places between two steps."""
        if self.is_cancelled():
            raise Cancelled

    def finish(self, result: dict[str, Any] | None = None, url: str = "") -> None:
        """End the job well, in the transaction of its effect: call it inside ``acting``.

        ``url`` is the page of the result, from ``/t/`` on. Whatever crashes, effect and end
        are both there or both not.
        """
        with self.acting():
            self._end(Job.State.DONE, "", result=result, result_url=url)
            finish(self._start)
            transaction.on_commit(self._mark_finished)

    def cancel(self) -> None:
        """End the job as wished."""
        with self.acting():
            self._end(Job.State.CANCELLED, "")
            finish(self._start)

    def fail(self, reason: str) -> None:
        """End the job with a reason that its owner reads; the errand becomes a dead letter."""
        with self.acting():
            self._end(Job.State.FAILED, reason)
            bury(self._start, reason)

    def _end(self, state: Job.State, message: str, **more: Any) -> None:
        if message:
            more["message"] = message[:LONGEST_MESSAGE]
        line = _line(message or str(state.label))
        self._write(state=state, ended_at=timezone.now(), extra_line=line, **more)
        publish(JobEnded(job_id=str(self.job_id), kind=self.kind, state=state))

    def _report(self) -> None:
        """Write what was told since the last report, in a transaction of its own."""
        now = time.monotonic()
        with self._lock:
            is_new = self._figures is not None or bool(self._lines)
            if not is_new or now - self._reported_at < REPORT_SECONDS * 0.9:
                return
            self._reported_at = now
        with acting_for(self.owner_id):
            self._write(state=Job.State.RUNNING)

    def _write(self, *, extra_line: str = "", **changes: Any) -> None:
        with self._lock:
            figures, lines = self._figures, [*self._lines, *([extra_line] if extra_line else [])]
            self._figures, self._lines = None, []
        if figures is not None:
            done, total, message = figures
            changes = {"done": done, "total": total, "message": message, **changes}
        if lines:
            changes["log"] = Right(
                Concat(F("log"), Value("".join(lines)), output_field=TextField()), LONGEST_LOG
            )
        Job.objects.filter(pk=self.job_id, state=Job.State.RUNNING).update(
            **changes, progressed_at=timezone.now(), version=F("version") + 1
        )
        announce(self.job_id)

    def _mark_finished(self) -> None:
        self.is_finished = True


def _line(message: str) -> str:
    return f"{timezone.now():%Y-%m-%d %H:%M:%S} {message}\n"
