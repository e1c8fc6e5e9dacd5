"""A job from its start to an end that its owner sees, and what others see of it: nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from collab.events.leases import Superseded, begin
from collab.events.models import Errand, Event
from collab.events.tasks import header_for
from collab.jobs import registry, run
from collab.jobs.models import Job
from collab.jobs.queries import newest_jobs
from collab.jobs.run import JobFailed, JobRun
from collab.jobs.services import cancel_job, start_job
from collab.jobs.tasks import run_job
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for, is_acting
from collab.organisations.models import Site
from tests.harness.cast import Cast

pytestmark = pytest.mark.committed
Does = Callable[[registry.Handler], Job]


@pytest.fixture
def begun(cast: Cast) -> Iterator[Callable[[registry.Handler], Job]]:
    """Return a function that starts a job for Avalon which a given function does."""

    def begin_job(handler: registry.Handler) -> Job:
        registry._handlers["test.kind"] = handler
        with acting_for(cast.avalon):
            return start_job(kind="test.kind", title="Test", params={"n": 3})

    yield begin_job
    registry._handlers.pop("test.kind", None)


def errand_of(job: Job) -> Errand:
    return Errand.objects.get(subject_id=job.pk, step=Errand.Step.TASK)


def work_on(job: Job) -> None:
    """Do what a worker does when the job's message arrives."""
    run_job.apply(args=(str(job.pk),), headers=header_for(errand_of(job)), throw=True)


def reread(job: Job) -> Job:
    with acting_for(job.owner_id):
        return Job.objects.get(pk=job.pk)


def frames(job: Job) -> list[dict[str, Any]]:
    with acting_for(job.owner_id):
        rows = FeedFrame.objects.filter(topic="jobs.progress").order_by("seq")
        return [row.frames["en"]["data"] for row in rows]


def test_a_job_is_queued_run_and_done_with_its_result(begun: Does, cast: Cast) -> None:
    def handler(job_run: JobRun) -> dict[str, Any]:
        assert not is_acting()
        with job_run.acting():
            count = Site.objects.count()
        return {"sites": count, "n": job_run.params["n"]}

    job = begun(handler)
    assert job.state == Job.State.QUEUED
    work_on(job)
    ended = reread(job)
    assert (ended.state, ended.result) == (Job.State.DONE, {"sites": 1, "n": 3})
    assert ended.ended_at is not None
    assert errand_of(job).state == Errand.State.DONE
    assert [each["state"] for each in frames(job)] == ["queued", "running", "done"]
    with acting_for(cast.avalon):
        assert Event.objects.get(kind="jobs.JobEnded").body["state"] == "done"
    with acting_for(cast.kestrel):
        assert newest_jobs() == []
        assert not FeedFrame.objects.exists()


def test_a_message_that_comes_twice_does_the_job_once(begun: Does) -> None:
    done: list[int] = []
    job = begun(lambda _run: done.append(1))
    work_on(job)
    work_on(job)
    assert done == [1]


def test_a_second_start_beside_a_living_one_ends_at_once(begun: Does) -> None:
    done: list[int] = []
    job = begun(lambda _run: done.append(1))
    assert begin(errand_of(job).pk) is not None
    work_on(job)
    assert done == []


def test_whoever_lost_the_lease_leaves_no_effect(begun: Does, cast: Cast) -> None:
    def handler(job_run: JobRun) -> None:
        Errand.objects.filter(pk=errand_of(job).pk).update(lease_until=timezone.now())
        assert begin(errand_of(job).pk) is not None  # as after this process slept for a minute
        with acting_for(cast.avalon):
            Site.objects.update(name="written too late")
            job_run.finish()

    job = begun(handler)
    work_on(job)
    assert reread(job).state == Job.State.RUNNING
    with acting_for(cast.avalon):
        assert Site.objects.get().name != "written too late"


def test_effect_and_end_are_one(begun: Does, cast: Cast) -> None:
    def handler(job_run: JobRun) -> None:
        with job_run.acting():
            Site.objects.update(name="half done")
            job_run.finish({"ok": True}, url="/t/avalon/")
            raise JobFailed("at the last moment")

    job = begun(handler)
    work_on(job)
    ended = reread(job)
    assert (ended.state, ended.result) == (Job.State.FAILED, None)
    assert ended.message == "at the last moment"
    assert errand_of(job).state == Errand.State.DEAD
    with acting_for(cast.avalon):
        assert Site.objects.get().name != "half done"


def test_progress_is_seen_while_the_job_runs_at_most_once_a_second(begun: Does) -> None:
    seen: list[tuple[int, str]] = []

    def watch() -> None:
        found = reread(job)
        seen.append((found.done, found.message))
        connection.close()

    def handler(job_run: JobRun) -> None:
        with job_run.acting():  # even from inside a transaction
            for step in range(1, 26):
                job_run.progress(step, 25, f"step {step}")
                time.sleep(0.1)
            watcher = threading.Thread(target=watch)
            watcher.start()
            watcher.join()

    job = begun(handler)
    work_on(job)
    assert seen[0][0] > 0
    assert seen[0][1].startswith("step ")
    ended = reread(job)
    assert (ended.done, ended.total, ended.state) == (25, 25, Job.State.DONE)
    assert ended.log.count("step ") == 25
    assert len(frames(job)) <= 3 + 3  # queued, running, done; and one a second


def test_unreasonable_progress_is_refused(begun: Does) -> None:
    job = begun(lambda job_run: job_run.progress(3, 2))
    work_on(job)
    assert reread(job).message == "expected 0 <= done <= total, got 3 of 2"


def test_a_cancelled_job_stops_between_two_steps(begun: Does, cast: Cast) -> None:
    steps: list[int] = []

    def handler(job_run: JobRun) -> None:
        for step in range(3):
            job_run.stop_if_cancelled()
            steps.append(step)
            with acting_for(cast.avalon):
                assert cancel_job(job.pk).is_cancel_wanted
            time.sleep(run.REPORT_SECONDS)

    job = begun(handler)
    work_on(job)
    assert reread(job).state == Job.State.CANCELLED
    assert steps == [0]
    assert errand_of(job).state == Errand.State.DONE


def test_a_job_cancelled_while_queued_never_starts(begun: Does, cast: Cast) -> None:
    done: list[int] = []
    job = begun(lambda _run: done.append(1))
    with acting_for(cast.avalon):
        assert cancel_job(job.pk).state == Job.State.CANCELLED
        before = cancel_job(job.pk).version
        assert cancel_job(job.pk).version == before
    work_on(job)
    assert done == []
    with acting_for(cast.kestrel), pytest.raises(Job.DoesNotExist):
        cancel_job(job.pk)


def test_an_unexpected_error_shows_its_kind_and_nothing_else(begun: Does) -> None:
    def handler(_run: JobRun) -> None:
        raise KeyError("secret detail")

    job = begun(handler)
    work_on(job)
    ended = reread(job)
    assert ended.state == Job.State.FAILED
    assert "KeyError" in ended.message
    assert "secret" not in ended.message + ended.log


def test_a_job_that_kills_its_worker_is_given_up_at_the_fifth_start(begun: Does) -> None:
    done: list[int] = []
    job = begun(lambda _run: done.append(1))
    for _kill in range(4):
        assert begin(errand_of(job).pk) is not None
        Errand.objects.filter(subject_id=job.pk).update(lease_until=timezone.now())
    work_on(job)
    ended, errand = reread(job), errand_of(job)
    assert (ended.state, errand.state, done) == (Job.State.FAILED, Errand.State.DEAD, [])
    assert errand.reason == ended.message == "gave up after 4 starts without an end"


def test_a_silent_job_is_shown_as_stalled(begun: Does, cast: Cast) -> None:
    job = begun(lambda _run: None)
    with acting_for(cast.avalon):
        now = timezone.now()
        for silent_s, expected in ((59, False), (61, True)):
            Job.objects.filter(pk=job.pk).update(
                state=Job.State.RUNNING, progressed_at=now - timedelta(seconds=silent_s)
            )
            assert newest_jobs()[0].is_stalled is expected


def test_unknown_kinds_and_queues_are_refused(cast: Cast) -> None:
    with acting_for(cast.avalon):
        with pytest.raises(LookupError, match="expected a kind of job"):
            start_job(kind="no.such", title="x")
        registry._handlers["test.kind"] = lambda _run: None
        with pytest.raises(ValueError, match="expected a queue"):
            start_job(kind="test.kind", title="x", queue="fast")
        del registry._handlers["test.kind"]


def test_acting_raises_once_the_run_is_outdated(begun: Does) -> None:
    job = begun(lambda _run: None)
    start = begin(errand_of(job).pk)
    assert start is not None
    outdated = JobRun(job, start)
    Errand.objects.filter(subject_id=job.pk).update(starts=2)
    with pytest.raises(Superseded), outdated.acting():
        pytest.fail("expected the block not to run")
