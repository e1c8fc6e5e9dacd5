"""Kill everything in the middle of the work: nothing is lost, nothing is done twice.

A relay and a group of workers run as real processes on the test's PostgreSQL and a Valkey of
their own. Both are killed with SIGKILL, Valkey is emptied and killed, while events and jobs come.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.events.models import Delivery, Errand, Event
from collab.events.tasks import LONGEST_WAIT
from collab.jobs.models import Job
from collab.jobs.services import start_job
from collab.live.models import FeedFrame
from collab.local.folder import Folder
from collab.local.processes import signal_group, start_child
from collab.local.valkey import Valkey
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from tests.events.handlers import (
    EVENT_SITE,
    FOLLOW_UP_SITE,
    HOLD,
    JOB_KIND,
    JOB_SITE,
    TOPIC,
    Counted,
)
from tests.harness.cast import Cast

ROOT = Path(__file__).resolve().parents[2]
EVENTS, JOBS = 150, 24
BATCHES = 12
WORKING_WITHIN_S = 120.0
DRAINED_WITHIN_S = 90.0
KILLED_AT_WORK = 2

RELAY = """
import django
django.setup()
import tests.events.handlers
from collab.events.relay import Relay
Relay().run()
"""


class Crew:
    """A relay and a worker group that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        valkey_folder = Folder(folder)
        valkey_folder.create()
        self.valkey = Valkey(valkey_folder, durable=False)
        self.valkey.start()
        self._hold = folder / "hold"
        self._env = {**os.environ, "REDIS_URL": self.valkey.url, HOLD: str(self._hold)}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        for name in ("relay", "worker"):
            self._start(name)

    def kill(self, name: str) -> None:
        """Kill a process with all its children, and start it again."""
        signal_group(self._running[name].pid, signal.SIGKILL)
        self._running[name].wait()
        self._start(name)

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Keep jobs in progress for the length of the block, however fast the machine is."""
        self._hold.touch()
        try:
            yield
        finally:
            self._hold.unlink()

    def empty_valkey(self) -> None:
        """Lose every message and every note about unfinished ones."""
        redis.Redis.from_url(self.valkey.url).flushall()

    def kill_valkey(self) -> None:
        """Kill the server, leave it away for a second, start it again without its data."""
        os.kill(self.valkey.pid, signal.SIGKILL)
        time.sleep(1.0)
        self.valkey.keep_alive()

    def end(self) -> None:
        """Kill everything."""
        for process in self._running.values():
            signal_group(process.pid, signal.SIGKILL)
            process.wait()
        self.valkey.stop()

    def log(self, name: str) -> str:
        """Return the end of what a process wrote."""
        return (self._folder / f"{name}.log").read_text()[-3000:]

    def _start(self, name: str) -> None:
        celery = [str(Path(sys.executable).with_name("celery")), "-A", "collab.celery", "worker"]
        command = {
            "relay": [sys.executable, "-c", RELAY],
            "worker": [*celery, "-c", "2", "-Q", "default,solve", "-I", "tests.events.handlers",
                       "--without-gossip", "--without-mingle", "--loglevel", "INFO"],
        }[name]  # fmt: skip
        self._running[name] = start_child(
            command, log=self._folder / f"{name}.log", env=self._env, cwd=ROOT
        )


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    made = Crew(tmp_path)
    try:
        yield made
    finally:
        made.end()


@pytest.mark.committed
@pytest.mark.faults
@pytest.mark.timeout(900)
def test_nothing_is_lost_or_done_twice_whatever_is_killed(
    cast: Cast, crew: Crew, record_property: Callable[[str, object], None]
) -> None:
    owner = cast.brasov
    faults: dict[int, Callable[[], None]] = {
        1: lambda: crew.kill("relay"),
        2: lambda: kill_working_worker(crew, owner),
        3: crew.empty_valkey,
        4: lambda: crew.kill("relay"),
        5: lambda: kill_working_worker(crew, owner),
        7: crew.kill_valkey,
        8: lambda: crew.kill("relay"),
        9: crew.empty_valkey,
    }
    with acting_for(owner):
        template = Site.objects.get()
        for code in (EVENT_SITE, FOLLOW_UP_SITE, JOB_SITE):
            template.pk, template.code, template.version = uuid4(), code, 0
            template.save(force_insert=True)
    published: set[str] = set()
    began = time.monotonic()
    for batch in range(BATCHES):
        published |= give_work(owner)
        time.sleep(0.7)
        if batch in faults:
            faults[batch]()
    wait_until_done(crew)
    took_s = time.monotonic() - began
    record_property("seconds", round(took_s, 1))
    check_effects(owner, published, crew)


def give_work(owner: Organisation) -> set[str]:
    """Publish a batch of events and start some jobs; a tenth of the transactions roll back."""
    published = set()
    for _number in range(EVENTS // BATCHES):
        row = str(uuid4())
        with acting_for(owner):
            publish(Counted(row_id=row))
        published.add(row)
    for number in range(JOBS // BATCHES):
        with acting_for(owner):
            start_job(kind=JOB_KIND, title=f"Job {number}")
    with acting_for(owner):
        publish(Counted(row_id=str(uuid4())))
        transaction.set_rollback(True)
    return published


def kill_working_worker(crew: Crew, owner: Organisation) -> None:
    """Kill the workers while a job is in their hands; held there, it cannot end before the kill.

    A job of an earlier worker may still be marked as running: only one that says so after the
    hold began is in living hands.
    """
    deadline = time.monotonic() + WORKING_WITHIN_S
    with crew.holding():
        began = timezone.now()
        while not is_working(owner, began):
            if time.monotonic() > deadline:
                pytest.fail(f"no job was begun in {WORKING_WITHIN_S} s\n{crew.log('worker')}")
            time.sleep(0.02)
        crew.kill("worker")


def is_working(owner: Organisation, since: datetime) -> bool:
    """Say whether a job has told of progress ``since`` and is not done."""
    with acting_for(owner):
        running = Job.objects.filter(state=Job.State.RUNNING, progressed_at__gt=since)
        return running.exists()


def wait_until_done(crew: Crew) -> None:
    """Wait for the last errand: at most 90 s in which one was due and in nobody's hands.

    A message that was lost several times is sent again after a pause that doubles each time, up
    to 300 s. On a slow machine one job may meet every loss of Valkey; such pauses are as
    designed and do not count, nor does the lease of whoever works or was killed at work. Work
    that is due and left undone does.
    """
    idle_s, last = 0.0, time.monotonic()
    pending = Errand.objects.filter(state=Errand.State.PENDING)
    while left := list(pending.values_list("due_at", "lease_until")):
        now, today = time.monotonic(), timezone.now()
        if any(due <= today and (until is None or until <= today) for due, until in left):
            idle_s += now - last
        last = now
        longest = today + timedelta(seconds=LONGEST_WAIT)
        assert all(due <= longest for due, _until in left), "an errand waits longer than it may"
        if idle_s > DRAINED_WITHIN_S:
            pytest.fail(f"{len(left)} errands left\n{crew.log('relay')}\n{crew.log('worker')}")
        time.sleep(0.2)


def check_effects(owner: Organisation, published: set[str], crew: Crew) -> None:
    dead = list(Errand.objects.filter(state=Errand.State.DEAD).values_list("step", "reason"))
    assert dead == []
    with acting_for(owner):
        counts = dict(Site.objects.exclude(version=1).values_list("code", "version"))
        jobs = JOBS // BATCHES * BATCHES
        expected = {EVENT_SITE: len(published), FOLLOW_UP_SITE: len(published), JOB_SITE: jobs}
        assert counts == expected
        assert Event.objects.filter(kind__endswith=".Counted").count() == len(published)
        own = Delivery.objects.filter(subscriber__startswith="tests.")
        assert own.count() == 2 * len(published)
        assert set(Job.objects.values_list("state", flat=True)) == {Job.State.DONE}
        shown = Counter(
            row["en"]["data"]["id"]
            for row in FeedFrame.objects.filter(topic=TOPIC).values_list("frames", flat=True)
        )
        assert shown == Counter(published)
        numbers = list(FeedFrame.objects.order_by("seq").values_list("seq", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))
    starts = Errand.objects.filter(step=Errand.Step.TASK).values_list("starts", flat=True)
    restarted = sum(number - 1 for number in starts)
    assert restarted >= KILLED_AT_WORK, "expected each kill to hit a job in progress"
