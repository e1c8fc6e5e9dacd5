"""FC-29: the planner's grid takes good cells, names bad ones, shows conflicts, survives Excel."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collab.events.relay import work_off
from collab.integration.imports.applying import apply_chunk, begin_applying, check, undo
from collab.integration.imports.staging import upload
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for
from forecasting.live.grid import render_editing
from forecasting.models import DemandVersion, RowLock
from forecasting.services.capacity import GroupInput, LinkInput, state_group
from forecasting.services.comments import CommentInput, comment
from forecasting.services.versions import current_version, override
from tests.conftest import ClientFor
from tests.forecasting.plans import THEIRS, Plan, make_plan, week
from tests.harness.cast import Cast


@pytest.fixture
def plan(cast: Cast) -> Plan:
    made = make_plan(cast.avalon, cast.brasov)
    made.say([10, 20, 30, 40])
    return made


def send(client: Client, *rows: dict[str, Any], slug: str = "avalon") -> Any:
    address = reverse("forecasting:grid-cells", args=[slug])
    body = json.dumps({"rows": list(rows)})
    return client.post(address, body, content_type="application/json")


def cell(number: int, quantity: Any, **more: Any) -> dict[str, Any]:
    asked = {"week": week(number).isoformat(), "line": "forecast", "quantity": quantity}
    return asked | {"reason": "judgement"} | more


def row(plan: Plan, version: int, *cells: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(plan.series_id), "version": version, "cells": list(cells)}


def test_the_grid_and_its_rows(cast: Cast, plan: Plan, client_for: ClientFor) -> None:
    plan.release([10, 20, 30, 40])
    client = client_for(cast.avalon)
    page = client.get(reverse("forecasting:grid", args=["avalon"])).content.decode()
    assert "<plan-grid" in page
    assert THEIRS in page
    feed = client.get(reverse("forecasting:grid-rows", args=["avalon"]), {"weeks": "6"}).json()
    assert feed["weeks"][0] == week(0).isoformat()
    (found,) = feed["rows"]
    assert found["lines"]["forecast"] == ["10", "20", "30", "40", None, None]
    assert found["lines"]["previous"] == ["10", "20", "30", "40", None, None]
    assert found["editable"] == "forecast"
    viewer = client_for(cast.avalon, role="viewer")
    theirs = viewer.get(reverse("forecasting:grid-rows", args=["avalon"])).json()
    assert theirs["rows"][0]["editable"] is None
    assert send(viewer, row(plan, 1, cell(0, "1"))).status_code == 403
    supplier = client_for(cast.brasov)
    assert supplier.get(reverse("forecasting:grid-rows", args=["brasov"])).json()["rows"] == []


def test_good_cells_are_taken_and_bad_ones_named(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    told = send(client, row(plan, 1, cell(1, "25"), cell(2, "-3"), cell(-1, "5"))).json()
    (answer,) = told["rows"]
    assert (answer["state"], answer["version"]) == ("applied", 2)
    good, negative, past = answer["cells"]
    assert "problem" not in good
    assert negative["problem"] == {"expected": "a number of at least 0", "value": "-3"}
    assert "current one" in past["problem"]["expected"]
    with acting_for(cast.avalon):
        made = current_version(plan.series_id)
        assert made is not None
        assert made.quantities == [Decimal(10), Decimal(25), Decimal(30), Decimal(40)]
        assert made.reasons[week(1).isoformat()] == "Planner's judgement"
    again = send(client, row(plan, 2, cell(1, "25"))).json()["rows"][0]
    assert (again["state"], again["version"]) == ("applied", 2)  # twice = once
    (silent,) = send(client, row(plan, 2, cell(1, "26", reason=""))).json()["rows"]
    assert silent["state"] == "refused"
    assert "reason" in silent["cells"][0]["problem"]["expected"]


def test_commented_weeks_are_marked(cast: Cast, plan: Plan, client_for: ClientFor) -> None:
    with acting_for(cast.avalon):
        comment(
            CommentInput(
                object_kind="series", object_id=plan.series_id, text="Launch", weeks=[week(1)]
            )
        )
    feed = client_for(cast.avalon).get(reverse("forecasting:grid-rows", args=["avalon"])).json()
    assert feed["rows"][0]["commented"][:3] == [False, True, False]


def test_a_conflict_shows_both_values_and_takes_the_rest(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    with acting_for(cast.avalon):
        override(plan.series_id, cells={week(1): "99"}, reasons={week(1): "faster"})
    (answer,) = send(client, row(plan, 1, cell(1, "25"), cell(3, "44"))).json()["rows"]
    assert answer["state"] == "conflict"
    assert answer["cells"][0] == {
        "week": week(1).isoformat(), "line": "forecast", "quantity": "25", "theirs": "99",
    }  # fmt: skip
    with acting_for(cast.avalon):
        made = current_version(plan.series_id)
        assert made is not None
        assert made.quantities[1:] == [Decimal(99), Decimal(30), Decimal(44)]


def test_a_foreign_row_is_refused_like_an_unknown_one(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    unknown = {"id": "0190b9d6-0000-7000-8000-000000000000", "version": 1, "cells": [cell(0, "1")]}
    client = client_for(cast.kestrel)
    foreign = send(client, row(plan, 1, cell(0, "1")), slug="kestrel").json()["rows"][0]
    missing = send(client, unknown, slug="kestrel").json()["rows"][0]
    assert {**foreign, "id": ""} == {**missing, "id": ""}
    assert foreign["state"] == "refused"
    assert send(client, {"rows": 1}, slug="kestrel").status_code == 400


def test_colleagues_see_who_is_at_a_row(cast: Cast, plan: Plan, client_for: ClientFor) -> None:
    first, second = client_for(cast.avalon), client_for(cast.avalon, role="admin")
    address = reverse("forecasting:row-lock", args=["avalon"])
    body = json.dumps({"ids": [str(plan.series_id)]})
    assert first.post(address, body, content_type="application/json").json() == {"held": 1}
    work_off()
    with acting_for(cast.avalon):
        assert FeedFrame.objects.filter(topic="forecasting.editing").exists()
    with acting_for(cast.brasov):
        assert not FeedFrame.objects.filter(topic="forecasting.editing").exists()
    feed = reverse("forecasting:grid-rows", args=["avalon"])
    shown = second.get(feed).json()["rows"][0]["lock"]
    assert (shown["initials"], shown["name"]) == ("PA", "Planner Avalon")
    assert first.get(feed).json()["rows"][0]["lock"] is None
    assert second.post(address, body, content_type="application/json").json() == {"held": 0}
    assert send(second, row(plan, 1, cell(1, "21"))).json()["rows"][0]["state"] == "applied"
    first.delete(address, body, content_type="application/json")
    with acting_for(cast.avalon):
        assert not RowLock.objects.exists()


def test_soft_locks_hold_in_every_grid_and_stay_in_the_house(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    """A supplier's planner sees the clerk at commits and capacities; partners see nothing."""
    plan.release([10, 20, 30, 40])
    with acting_for(cast.brasov):
        group, _is_new = state_group(
            GroupInput(
                counterparty=cast.avalon.bpn,
                name="Line 4",
                first_week=week(0),
                actual=[100],
                maximum=[120],
                links=[LinkInput(series_id=plan.series_id)],
            )
        )
    clerk, planner = client_for(cast.brasov, role="clerk"), client_for(cast.brasov)
    address = reverse("forecasting:row-lock", args=["brasov"])
    ids = [str(plan.series_id), str(group.pk), "0190b9d6-0000-7000-8000-000000000000"]
    body = json.dumps({"ids": ids})
    assert clerk.post(address, body, content_type="application/json").json() == {"held": 2}
    for name, asked in (("commit-rows", {}), ("capacity-rows", {"group": str(group.pk)})):
        feed = reverse(f"forecasting:{name}", args=["brasov"])
        assert planner.get(feed, asked).json()["rows"][0]["lock"]["name"] == "Clerk Brasov"
        assert clerk.get(feed, asked).json()["rows"][0]["lock"] is None
    work_off()
    with acting_for(cast.brasov):
        shown = [row["lock"] for row in render_editing([plan.series_id, group.pk])[0].data["rows"]]
        assert {lock["name"] for lock in shown} == {"Clerk Brasov"}
    for other, slug in ((cast.avalon, "avalon"), (cast.porto, "porto")):
        with acting_for(other):
            assert not FeedFrame.objects.filter(topic="forecasting.editing").exists()
        foreign = client_for(other).post(
            reverse("forecasting:row-lock", args=[slug]),
            json.dumps({"ids": [str(group.pk)]}),
            content_type="application/json",
        )
        assert foreign.json() == {"held": 0}
    viewer = client_for(cast.brasov, role="viewer")
    assert viewer.post(address, body, content_type="application/json").status_code == 403


def test_the_plan_goes_to_excel_and_comes_back(
    cast: Cast, plan: Plan, client_for: ClientFor
) -> None:
    client = client_for(cast.avalon)
    address = reverse("forecasting:grid", args=["avalon"])
    assert client.get(address, {"export": "xlsx"}).status_code == 200
    exported = client.get(address, {"export": "csv", "weeks": "4"}).content.decode("utf-8-sig")
    lines = exported.splitlines()
    assert len(lines) == 5
    lines[2] = lines[2].replace(",20,", ",26,")
    lines[4] = lines[4].replace(",40,", ",-1,")
    with acting_for(cast.avalon):
        batch = check(upload("plan", "plan.csv", "\n".join(lines).encode()).pk)
        assert (batch.changed, batch.unchanged, batch.wrong) == (1, 2, 1)
        assert DemandVersion.objects.count() == 1  # a dry run writes nothing
        begin_applying(batch.pk, "rows")
        apply_chunk(batch.pk)
        made = current_version(plan.series_id)
        assert made is not None
        assert made.quantities == [Decimal(10), Decimal(26), Decimal(30), Decimal(40)]
        undo(batch.pk)
        back = current_version(plan.series_id)
        assert back is not None
        assert back.quantities == [Decimal(10), Decimal(20), Decimal(30), Decimal(40)]


def test_a_week_that_is_no_monday_is_told(cast: Cast, plan: Plan) -> None:
    tuesday = week(1) + timedelta(days=1)
    text = f"supplier,part_number,week,quantity\n{cast.brasov.bpn},{THEIRS},{tuesday},5\n"
    with acting_for(cast.avalon):
        batch = check(upload("plan", "plan.csv", text.encode()).pk)
        assert batch.wrong == 1
