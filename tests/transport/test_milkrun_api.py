"""TR-03 to TR-05 by the interface: a week planned, varied, published; partners answer."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.http import HttpResponse
from django.test import Client

from collab.events.relay import work_off
from collab.jobs.run import Cancelled, JobRun
from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.transport.moving import site_of
from tests.transport.week import MONDAY, NOW, Week, do_job, found_week, run_job, scenario_of
from transport.models import MilkRunScenario, RouteTemplate

SCENARIOS = "/api/v1/milk-run-scenarios"
ROUTES = "/api/v1/fixed-routes"


@pytest.fixture
def week(cast: Cast) -> Week:
    return found_week(cast)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """Let it be ten days before the week."""
    with (
        patch("transport.api.milkruns.timezone.now", lambda: NOW),
        patch("transport.api.routes.timezone.now", lambda: NOW),
    ):
        yield


def post(client: Client, path: str, body: Any, key: str, match: str = "") -> HttpResponse:
    extra = {"HTTP_IF_MATCH": match} if match else {}
    return client.post(  # type: ignore[return-value]
        path, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key, **extra
    )


def test_a_week_is_planned_varied_published_and_answered(
    cast: Cast, week: Week, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    with acting_for(cast.avalon):
        plant = site_of(cast.avalon)["site_code"]
    asked = {"plant": plant, "first_week": str(MONDAY), "seconds": 1}
    made = post(planner, SCENARIOS, asked, "one")
    assert made.status_code == 201, made.content
    assert post(planner, SCENARIOS, asked, "one").json()["id"] == made.json()["id"]
    key, state = made.json()["id"], made.json()["state"]
    assert (state, made.json()["cost"]) == ("draft", None)
    with acting_for(cast.avalon):
        assert MilkRunScenario.objects.count() == 1, "twice is once"

    assert post(planner, f"{SCENARIOS}/{key}/solve", {}, "solve").status_code == 202
    again = post(planner, f"{SCENARIOS}/{key}/solve", {}, "solve-2")
    assert again.json()["job"] == planner.get(f"{SCENARIOS}/{key}").json()["job"]
    with acting_for(cast.avalon):
        scenario = MilkRunScenario.objects.get(pk=key)
    do_job(cast, scenario)
    found = planner.get(f"{SCENARIOS}/{key}")
    whole = found.json()
    assert whole["state"] == "solved"
    assert 0 < whole["cost"] < whole["direct_cost"]
    assert set(whole["explanation"]) == {week.code(slug) for slug in week.suppliers}
    assert "organisation_id" not in found.content.decode()

    options = {"pinned": [{"supplier": week.code("augsburg"), "mode": "direct"}]}
    child = post(planner, SCENARIOS, {"variant_of": key, "options": options}, "two").json()
    assert child["variant_of"] == key
    bad = {"variant_of": key, "options": {"pinned": [{"supplier": "X", "mode": "direct"}]}}
    assert post(planner, SCENARIOS, bad, "three").status_code == 400
    listed = planner.get(f"{SCENARIOS}?limit=1").json()
    assert [each["id"] for each in listed["items"]] == [child["id"]]
    assert listed["next"]

    told = {"valid_from": str(MONDAY), "carrier": cast.fjord.bpn}
    path = f"{SCENARIOS}/{key}/publish"
    assert post(planner, path, told, "p1").status_code == 428, "read it before you publish"
    assert post(planner, path, told, "p2", '"99"').status_code == 412
    published = post(planner, path, told, "p3", found["ETag"])
    assert published.status_code == 200, published.content
    numbers = set(published.json()["routes"])
    assert numbers
    _partners_answer(cast, week, client_for, numbers)


def _partners_answer(cast: Cast, week: Week, client_for: ClientFor, numbers: set[str]) -> None:
    carrier = client_for(cast.fjord, role="dispatcher")
    routes = carrier.get(ROUTES).json()["items"]
    assert {each["number"] for each in routes} == numbers
    for each in routes:
        path = f"{ROUTES}/{each['id']}/answer"
        assert post(carrier, path, {"verdict": "accepted"}, f"c{each['id']}").status_code == 201
    for slug, supplier in week.suppliers.items():
        clerk = client_for(supplier, role="clerk")
        assert clerk.get(ROUTES).json()["items"] == [], "routes are the carrier's"
        for stop in clerk.get(f"{ROUTES}?kind=stop").json()["items"]:
            assert stop["stops"][0]["place"]["code"] == week.code(slug)
            path = f"{ROUTES}/{stop['id']}/answer"
            assert post(clerk, path, {"verdict": "change"}, f"w{stop['id']}").status_code == 400
            assert post(clerk, path, {"verdict": "accepted"}, f"a{stop['id']}").status_code == 201
            twice = post(clerk, path, {"verdict": "accepted"}, f"b{stop['id']}")
            assert (twice.status_code, twice.json()["is_new"]) == (200, False)
    work_off()
    with acting_for(cast.avalon):
        assert {each.state for each in RouteTemplate.objects.all()} == {"active"}
    for rival in (cast.porto, cast.kestrel):
        other = client_for(rival)
        assert other.get(ROUTES).json()["items"] == []
        assert other.get(f"{ROUTES}?kind=stop").json()["items"] == []
        assert other.get(SCENARIOS).json()["items"] == []
        path = f"{ROUTES}/{routes[0]['id']}/answer"
        assert post(other, path, {"verdict": "accepted"}, "rival").status_code == 404


def test_what_is_missing_or_not_allowed_is_said(
    cast: Cast, week: Week, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    with acting_for(cast.avalon):
        plant = site_of(cast.avalon)["site_code"]
    tuesday = {"plant": plant, "first_week": "2026-12-01"}
    answer = post(planner, SCENARIOS, tuesday, "one")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "first_week"
    assert post(planner, SCENARIOS, {"seconds": 5}, "two").status_code == 400
    empty = post(planner, SCENARIOS, {"plant": plant, "first_week": "2027-03-01"}, "three")
    assert empty.status_code == 409
    assert "orders or firm calls" in empty.json()["errors"][0]["expected"]
    viewer = client_for(cast.avalon, role="viewer")
    assert viewer.get(SCENARIOS).status_code == 200
    assert post(viewer, SCENARIOS, tuesday, "four").status_code == 403


def test_a_wish_to_stop_is_heard_between_two_prices(cast: Cast, week: Week) -> None:
    scenario = scenario_of(cast)
    wishes = iter([False, False, True, True])  # after the plan, before price one, before two
    with (
        patch.object(JobRun, "is_cancelled", lambda _job: next(wishes)),
        pytest.raises(Cancelled),
    ):
        run_job(cast, scenario)
    with acting_for(cast.avalon):
        kept = MilkRunScenario.objects.get(pk=scenario.pk)
    assert kept.plan is not None, "the plan is kept"
    assert kept.sweep == [], "half a curve is none"
