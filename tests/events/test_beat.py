"""However many beat processes run, each task of the schedule is sent once per turn."""

import threading
import time
from itertools import pairwise
from typing import Any

import pytest
from celery import Celery
from celery.beat import SchedulingError
from django.db import connection
from django.utils import timezone

from collab.celery import app as real_app
from collab.events.beat import SharedSchedule
from collab.events.models import ScheduledSend

pytestmark = pytest.mark.committed
EVERY = 0.4

Sent = tuple[str, float]


class Beat(SharedSchedule):
    """The scheduler as it runs, with a list in place of the broker."""

    def __init__(self, name: str, sent: list[Sent], *, breaks: int = 0) -> None:
        self.name, self.sent, self.breaks = name, sent, breaks
        self.stop = threading.Event()
        own = Celery("own", broker="memory://", set_as_current=False)
        own.conf.beat_schedule = {"test.turn": {"task": "test.turn", "schedule": EVERY}}
        super().__init__(app=own)

    def apply_async(self, entry: Any, producer: Any = None, advance: bool = True, **_: Any) -> None:
        if entry.name != "test.turn":
            return
        if self.breaks:
            self.breaks -= 1
            raise SchedulingError("the broker is away")
        self.sent.append((self.name, time.monotonic()))

    def run(self) -> None:
        """Tick as ``celery beat`` does, until told to stop."""
        try:
            while not self.stop.is_set():
                self.stop.wait(min(max(self.tick(), 0.0), 0.5))
        finally:
            connection.close()


def started(*beats: Beat) -> list[threading.Thread]:
    threads = [threading.Thread(target=beat.run) for beat in beats]
    for thread in threads:
        thread.start()
    return threads


def gaps(sent: list[Sent]) -> list[float]:
    times = sorted(at for _name, at in sent)
    return [after - before for before, after in pairwise(times)]


@pytest.fixture
def sent(database: None) -> list[Sent]:
    return []


def test_two_processes_send_each_turn_once(sent: list[Sent]) -> None:
    beats = [Beat("one", sent), Beat("two", sent), Beat("three", sent)]
    threads = started(*beats)
    time.sleep(4.0)
    for beat, thread in zip(beats, threads, strict=True):
        beat.stop.set()
        thread.join()
    assert 5 <= len(sent) <= 10
    assert min(gaps(sent)) >= EVERY * 0.8  # the clock of the row, not of the thread


def test_another_one_goes_on_where_the_first_was_killed(sent: list[Sent]) -> None:
    first, second = Beat("one", sent), Beat("two", sent)
    threads = started(first)
    time.sleep(1.5)
    first.stop.set()
    threads[0].join()
    assert {name for name, _at in sent} == {"one"}
    threads = started(second)
    time.sleep(1.5)
    second.stop.set()
    threads[0].join()
    assert {name for name, _at in sent} == {"one", "two"}
    assert min(gaps(sent)) >= EVERY * 0.8
    assert max(gaps(sent)) < 4 * EVERY


def test_a_turn_that_could_not_be_sent_is_sent_later(
    sent: list[Sent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collab.events.beat.LONGEST_SLEEP", 0.05)
    beat = Beat("one", sent, breaks=2)
    before = ScheduledSend.objects.get(pk="test.turn").sent_at
    deadline = time.monotonic() + 5.0
    while not sent and time.monotonic() < deadline:
        time.sleep(min(max(beat.tick(), 0.0), 0.05))
    assert len(sent) == 1
    assert beat.breaks == 0
    assert ScheduledSend.objects.get(pk="test.turn").sent_at > before


def test_a_restart_does_not_begin_the_interval_anew(sent: list[Sent]) -> None:
    Beat("one", sent)
    ScheduledSend.objects.filter(pk="test.turn").update(sent_at=timezone.now())
    beat = Beat("two", sent)
    stands = ScheduledSend.objects.get(pk="test.turn").sent_at
    assert beat.schedule["test.turn"].last_run_at == stands


def test_celery_beat_uses_it() -> None:
    assert real_app.conf.beat_scheduler == "collab.events.beat:SharedSchedule"
