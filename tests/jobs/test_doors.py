"""Jobs through the pages and the API; foreign and missing jobs look the same."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from collab.events.models import Errand
from collab.jobs import registry
from collab.jobs.live import render
from collab.jobs.models import Job
from collab.jobs.services import start_job
from collab.live import feed
from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast


@pytest.fixture
def job(cast: Cast) -> Iterator[Job]:
    registry._handlers["test.kind"] = lambda _run: None
    with acting_for(cast.avalon):
        made = start_job(kind="test.kind", title="Forecast <October>", params={"months": 3})
        Job.objects.filter(pk=made.pk).update(
            state=Job.State.RUNNING, done=3, total=9, message="series 3 of 9", log="begun\n"
        )
    yield made
    del registry._handlers["test.kind"]


@pytest.fixture
def planner(client_for: ClientFor, cast: Cast) -> Client:
    return client_for(cast.avalon)


def test_the_list_and_the_job_show_progress(job: Job, planner: Client) -> None:
    page = planner.get("/t/avalon/jobs/").content.decode()
    assert f'id="job-{job.pk}"' in page
    assert "Forecast &lt;October&gt;" in page
    assert "3 / 9" in page
    page = planner.get(f"/t/avalon/jobs/{job.pk}/").content.decode()
    assert "begun" in page
    assert f"/t/avalon/jobs/{job.pk}/cancel" in page


def test_viewers_see_no_button_and_may_not_stop(
    job: Job, client_for: ClientFor, cast: Cast
) -> None:
    viewer = client_for(cast.avalon, role="viewer")
    assert "/cancel" not in viewer.get(f"/t/avalon/jobs/{job.pk}/").content.decode()
    assert viewer.post(f"/t/avalon/jobs/{job.pk}/cancel").status_code == 403


def test_the_button_wishes_the_job_to_stop(job: Job, planner: Client, cast: Cast) -> None:
    answer = planner.post(f"/t/avalon/jobs/{job.pk}/cancel")
    assert (answer.status_code, answer["Location"]) == (302, f"/t/avalon/jobs/{job.pk}/")
    with acting_for(cast.avalon):
        assert Job.objects.get(pk=job.pk).is_cancel_wanted


def test_rivals_find_nothing(job: Job, client_for: ClientFor, cast: Cast) -> None:
    rival = client_for(cast.kestrel)
    assert "No jobs yet" in rival.get("/t/kestrel/jobs/").content.decode()
    assert rival.get("/api/v1/jobs").json()["items"] == []
    for method, path in [
        ("get", "/t/kestrel/jobs/{}/"),
        ("post", "/t/kestrel/jobs/{}/cancel"),
        ("get", "/api/v1/jobs/{}"),
        ("post", "/api/v1/jobs/{}/cancel"),
    ]:
        theirs, missing = [getattr(rival, method)(path.format(key)) for key in (job.pk, uuid4())]
        assert theirs.status_code == missing.status_code == 404
        assert _without_request_id(theirs) == _without_request_id(missing)


def _without_request_id(response: Any) -> Any:
    if response["Content-Type"].startswith("application/"):
        return {key: value for key, value in response.json().items() if key != "request_id"}
    return None


def test_the_api_lists_shows_and_cancels(job: Job, planner: Client) -> None:
    listed = planner.get("/api/v1/jobs?state=running").json()["items"]
    assert [each["id"] for each in listed] == [str(job.pk)]
    assert planner.get("/api/v1/jobs?state=done").json()["items"] == []
    assert planner.get("/api/v1/jobs?owner=1").status_code == 400
    shown = planner.get(f"/api/v1/jobs/{job.pk}")
    assert shown.json()["params"] == {"months": 3}
    assert shown.json()["log"] == "begun\n"
    answer = planner.post(f"/api/v1/jobs/{job.pk}/cancel")
    assert (answer.status_code, answer.json()["is_cancel_wanted"]) == (202, True)
    assert answer["ETag"] != shown["ETag"]


def test_the_row_travels_as_a_frame_in_every_language(job: Job, cast: Cast) -> None:
    with acting_for(cast.avalon):
        [frame] = render([job.pk])
        assert frame.element_id == f"job-{job.pk}"
        assert frame.data["percent"] == 33
        [wired] = feed.render("jobs.progress", [job.pk])
        sent = json.loads(feed.frame_bytes(7, wired["de"]))
    assert (sent["s"], sent["t"], sent["k"]) == (7, "jobs.progress", "html")
    assert sent["html"].startswith(f'<tr id="job-{job.pk}">')


def test_a_started_job_is_in_the_outbox_with_its_queue(job: Job) -> None:
    errand = Errand.objects.get(subject_id=job.pk)
    assert (errand.step, errand.name) == (Errand.Step.TASK, "jobs.run@solve")
