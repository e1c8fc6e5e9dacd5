"""REST of commits, capacity, terms, comments, thresholds and update requests."""

from datetime import UTC, datetime
from typing import Any

import pytest

from collab.organisations.context import acting_for
from forecasting.models import Commit, DemandSeries
from forecasting.week_figures import WEEK
from tests.forecasting.builders import a_series, release
from tests.forecasting.plans import this_week
from tests.harness.cast import Cast
from tests.integration.machines import Machine, machine

THIS_WEEK = this_week()


@pytest.fixture
def series(cast: Cast) -> DemandSeries:
    """Avalon's harness from Brasov, released for three weeks from this one on."""
    made = a_series(cast.avalon, cast.brasov)
    release(made, 100, 100, 100, first_week=THIS_WEEK, published_at=datetime.now(UTC))
    return made


@pytest.fixture
def brasov(cast: Cast) -> Machine:
    """Brasov's ERP."""
    return machine(cast.brasov)


def week(number: int) -> str:
    return (THIS_WEEK + WEEK * number).isoformat()


def answer(series: DemandSeries, *cells: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"commits": [{"series": str(series.pk), "cells": list(cells), **changes}]}


def test_commits_by_week_twice_is_once_and_the_customer_reads_them(
    series: DemandSeries, brasov: Machine, cast: Cast
) -> None:
    (task,) = brasov.get("commit-tasks?view=todo").json()["items"]
    assert (task["supplier_part_number"], task["state"]) == ("BH-100", "open")
    body = answer(
        series,
        {"week": week(0), "quantity": "100"},
        {"week": week(1), "quantity": "150", "weeks": 2, "reason": "capacity"},
        on_hand="12",
        upside={week(0): "20"},
    )
    first = brasov.post("commits", body, **{"Idempotency-Key": "c-1"})
    assert first.status_code == 200
    assert first.json()["results"][0]["state"] == "applied"
    assert brasov.post("commits", body).json()["results"][0]["state"] == "unchanged"
    avalon = machine(cast.avalon)
    (seen,) = avalon.get(f"commits?series={series.pk}").json()["items"]
    assert seen["quantities"] == ["100", "0", "0"]
    assert seen["on_hand"] == "12"
    position = avalon.get(f"commit-positions/{series.pk}").json()
    assert [each["state"] for each in position["weeks"]] == ["committed", "exception", "exception"]
    review = {"verdict": "accepted"}
    assert avalon.call("PUT", f"commits/{seen['id']}/review", review).status_code == 200
    for rival in (machine(cast.kestrel), machine(cast.porto)):
        assert rival.get("commits").json()["items"] == []
        assert rival.get(f"commits/{seen['id']}").status_code == 404
        assert rival.get(f"commit-positions/{series.pk}").status_code == 404
        assert rival.call("PUT", f"commits/{seen['id']}/review", review).status_code == 404


def test_a_refused_series_says_why_and_as_is_takes_the_rest(
    series: DemandSeries, brasov: Machine, cast: Cast
) -> None:
    short = answer(series, {"week": week(0), "quantity": "10"})
    (result,) = brasov.post("commits", short).json()["results"]
    assert result["state"] == "refused"
    assert result["problems"][0]["field"] == week(0)
    done = brasov.post("commits/as-is", {"series": [str(series.pk)]})
    assert done.json()["results"][0]["state"] == "applied"
    with acting_for(cast.brasov):
        assert Commit.objects.get().origin == "as_is"


def test_capacity_groups_links_figures_and_what_if(
    series: DemandSeries, brasov: Machine, cast: Cast
) -> None:
    body = {
        "counterparty": cast.avalon.bpn, "name": "Line 1", "kind": "machine", "unit": "H87",
        "first_week": week(0), "actual": ["90", "100", "110"], "maximum": ["95", "120", "120"],
        "links": [{"series": str(series.pk)}], "external_id": "CG-1",
    }  # fmt: skip
    made = brasov.post("capacity-groups", body)
    assert made.status_code == 201, made.json()
    assert made.json()["status"] == ["bottleneck", "zero", "surplus"]
    assert brasov.post("capacity-groups", body).status_code == 200
    path = f"capacity-groups/{made.json()['id']}"
    etag = brasov.get(path)["ETag"]
    change = {"figures": [{"week": week(0), "figure": "maximum", "quantity": "100"}]}
    assert brasov.call("PATCH", path, change).status_code == 428
    changed = brasov.call("PATCH", path, change, **{"If-Match": etag})
    assert changed.json()["status"][0] == "flex"
    assert brasov.call("PATCH", path, change, **{"If-Match": etag}).status_code == 412
    flexed = brasov.get(f"{path}/what-if?group_percent=20").json()["weeks"]
    assert flexed[0]["left"] == "8"
    ring = {"links": [{"group": made.json()["id"]}]}
    refused = brasov.call("PUT", f"{path}/links", ring, **{"If-Match": changed["ETag"]})
    assert refused.status_code == 400
    assert "Line 1 > Line 1" in refused.json()["errors"][0]["value"]
    avalon = machine(cast.avalon)
    assert [row["name"] for row in avalon.get("capacity-groups").json()["items"]] == ["Line 1"]
    assert avalon.get(f"{path}/what-if").status_code == 404
    assert machine(cast.porto).get(path).status_code == 404


def test_terms_comments_thresholds_and_update_requests(
    series: DemandSeries, brasov: Machine, cast: Cast
) -> None:
    avalon = machine(cast.avalon)
    terms = {"supplier": cast.brasov.bpn, "terms": {"commit_days": 3}}
    made = avalon.post("planning-terms", terms)
    assert made.status_code == 201, made.json()
    assert brasov.get("planning-terms").json()["items"][0]["terms"] == {"commit_days": 3}
    path = f"planning-terms/{made.json()['id']}"
    etag = brasov.get(path)["ETag"]
    assert brasov.call("DELETE", path, **{"If-Match": etag}).status_code == 404
    assert avalon.call("DELETE", path, **{"If-Match": etag}).status_code == 204

    said = {
        "object_kind": "series", "object": str(series.pk), "text": "Tool change",
        "type": "warning", "weeks": [week(1)], "external_id": "C-1",
    }  # fmt: skip
    made = brasov.post("plan-comments", said)
    assert made.status_code == 201, made.json()
    (seen,) = avalon.get(f"plan-comments?object={series.pk}").json()["items"]
    assert (seen["text"], seen["type"]) == ("Tool change", "warning")
    path = f"plan-comments/{seen['id']}"
    headers = {"If-Match": made["ETag"]}
    assert avalon.call("DELETE", path, **headers).status_code == 404
    changed = brasov.call("PATCH", path, {"text": "2 days"}, **headers)
    assert changed.json()["text"] == "2 days"
    assert brasov.call("DELETE", path, **{"If-Match": changed["ETag"]}).status_code == 204

    watch = {"name": "Swings", "scope": "all", "limit": "0.1"}
    made = brasov.post("plan-watches", watch)
    assert made.status_code == 201, made.json()
    assert avalon.get("plan-watches").json()["items"] == []
    path = f"plan-watches/{made.json()['id']}"
    put = brasov.call("PUT", path, watch | {"limit": "0.2"}, **{"If-Match": made["ETag"]})
    assert put.json()["limit"] == "0.2"
    assert brasov.call("DELETE", path, **{"If-Match": put["ETag"]}).status_code == 204

    asked = brasov.post("update-requests", {"partner": cast.avalon.bpn})
    assert asked.status_code == 201
    assert len(asked.json()["answer"]["series"]) == 1
    assert len(brasov.get("update-requests").json()["items"]) == 1
