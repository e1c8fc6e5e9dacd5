"""Tasks run for the organisation a signed header names, once, or not at all."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core import signing
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from collab.celery import app
from collab.events import housekeeping, relay, tasks
from collab.events.bus import enqueue
from collab.events.models import Errand
from collab.events.tasks import (
    HEADER,
    SALT,
    OrganisationTask,
    UnsignedTask,
    header_for,
    known_tasks,
)
from collab.live import feed
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for, acting_organisation_id, is_acting
from tests.harness.cast import Cast

pytestmark = pytest.mark.committed
seen: list[tuple[int, UUID]] = []


@app.task(base=OrganisationTask, name="tests.note")
def note(subject_id: UUID) -> None:
    """Remember for whom it ran."""
    if subject_id.int == 0:
        raise RuntimeError("nothing to note")
    seen.append((acting_organisation_id(), subject_id))


@pytest.fixture
def owed(cast: Cast) -> Errand:
    """An errand of Avalon's that is due."""
    seen.clear()
    return owe(cast, uuid4())


def owe(cast: Cast, subject_id: UUID) -> Errand:
    with acting_for(cast.avalon):
        enqueue("tests.note", subject_id)
    return Errand.objects.get(subject_id=subject_id)


def arrive(errand: Errand, headers: dict[str, Any] | None) -> None:
    note.apply(args=(str(errand.subject_id),), headers=headers, throw=True)


def test_every_task_raises_without_a_signed_header() -> None:
    ours = [task for name, task in known_tasks().items() if not name.startswith("celery.")]
    assert {task.name for task in ours} >= {"jobs.run", "events.housekeeping"}
    for task in ours:
        with pytest.raises(UnsignedTask):
            task(str(uuid4()))
        with pytest.raises(UnsignedTask):
            task.apply(args=(str(uuid4()),), throw=True)
        assert not is_acting()


def test_it_acts_for_the_errands_organisation_and_marks_it_done(owed: Errand, cast: Cast) -> None:
    arrive(owed, header_for(owed))
    arrive(owed, header_for(owed))
    assert seen == [(cast.avalon.pk, owed.subject_id)]
    owed.refresh_from_db()
    assert (owed.state, owed.starts) == (Errand.State.DONE, 1)


def test_headers_of_others_are_refused(owed: Errand, cast: Cast) -> None:
    content = {"errand": str(owed.pk), "organisation": cast.avalon.pk}
    forged = [
        signing.dumps({"task": "tests.note", **content}, salt="another"),
        signing.dumps({"task": "jobs.run", **content}, salt=SALT),
        signing.dumps({"task": "tests.note", **content, "organisation": 999}, salt=SALT),
        "nonsense",
    ]
    for token in forged:
        with pytest.raises(UnsignedTask):
            arrive(owed, {HEADER: token})
    assert seen == []


def test_a_failing_task_waits_longer_each_time_and_is_buried_at_the_fifth_start(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    errand = owe(cast, UUID(int=0))
    for start in range(1, 5):
        before = timezone.now()
        note.apply(args=(str(errand.subject_id),), headers=header_for(errand), throw=False)
        errand.refresh_from_db()
        assert errand.reason == "RuntimeError: nothing to note"
        trace = caplog.records[-1].exc_info
        assert trace is not None
        assert trace[0] is RuntimeError
        assert errand.due_at >= before + timedelta(seconds=2**start)
        assert (errand.state, errand.starts) == (Errand.State.PENDING, start)
    arrive(errand, header_for(errand))
    errand.refresh_from_db()
    assert errand.state == Errand.State.DEAD
    assert errand.reason == "gave up after 4 starts without an end"


def test_the_relay_sends_again_ever_later_until_a_worker_starts(
    owed: Errand, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(note, "apply_async", lambda **options: sent.append(options["args"][0]))
    for number in range(7):
        before = timezone.now()
        assert relay.work_off() == 1
        assert relay.work_off() == 0
        owed.refresh_from_db()
        pause = min(20 * 2**number, 300)
        waits_s = (owed.due_at - before).total_seconds()
        assert pause <= waits_s < pause + 2
        assert (owed.sends, owed.starts, owed.lease_until) == (number + 1, 0, None)
        Errand.objects.filter(pk=owed.pk).update(due_at=timezone.now())
    assert sent == [str(owed.subject_id)] * 7


def test_a_broker_that_is_away_costs_two_seconds(
    owed: Errand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_options: Any) -> None:
        raise BrokerAway("connection refused")

    monkeypatch.setattr(note, "apply_async", refuse)
    relay.work_off()
    owed.refresh_from_db()
    assert (owed.sends, owed.starts) == (0, 0)
    assert owed.due_at < timezone.now() + timedelta(seconds=tasks.BROKER_PAUSE + 1)


def test_an_unknown_task_is_a_dead_letter(cast: Cast) -> None:
    with acting_for(cast.avalon):
        enqueue("tests.gone", subject := uuid4())
    relay.work_off()
    errand = Errand.objects.get(subject_id=subject)
    assert errand.state == Errand.State.DEAD
    assert "expected a known task" in errand.reason


def test_settings_reach_the_broker() -> None:
    """A misspelt transport option is ignored silently, so read them back from the channel."""
    with app.connection_for_write() as connection:
        channel: Any = connection.default_channel
        assert channel.visibility_timeout == 600
        assert (channel.unacked_restore_interval, channel.unacked_restore_throttle) == (1, 1)
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1


def test_housekeeping_deletes_old_frames_of_all_and_errands_long_done(
    owed: Errand, cast: Cast
) -> None:
    old = timezone.now() - timedelta(hours=26)
    for owner in (cast.avalon, cast.kestrel):
        with acting_for(owner):
            feed.append("test", [{"en": {}, "de": {}}] * 2)
            FeedFrame.objects.filter(seq=1).update(shown_at=old)
    Errand.objects.filter(pk=owed.pk).update(created_at=old)
    done = owe(cast, uuid4())
    Errand.objects.filter(pk=done.pk).update(created_at=old, state=Errand.State.DONE)
    scheduled = tasks._sign("events.housekeeping", **{"for": "platform"})
    tasks.clean_up.apply(headers=scheduled, throw=True)
    assert list(Errand.objects.values_list("pk", flat=True)) == [owed.pk]
    for owner in (cast.avalon, cast.kestrel):
        with acting_for(owner):
            assert list(FeedFrame.objects.values_list("seq", flat=True)) == [2]
            assert feed.head() == 2
    assert housekeeping.delete_old_feed() == 0
