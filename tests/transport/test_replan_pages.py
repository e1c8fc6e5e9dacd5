"""TR-22 at its doors: the page a planner uses, the interface a system uses, and who sees what."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.transport.running_day import SIX, Running, running_day, solved_replan
from transport.models import Load, Replan
from transport.services.loads import mark_stop

BEFORE = SIX - timedelta(hours=2)


@pytest.fixture
def day(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Running:
    """Return the running day, at two hours before the trucks leave."""
    found = running_day(cast)
    for module in ("transport.pages.replan", "transport.api.replan"):
        monkeypatch.setattr(f"{module}.timezone.now", lambda: BEFORE)
    return found


def test_a_planner_asks_looks_and_accepts(cast: Cast, day: Running, client_for: ClientFor) -> None:
    planner = client_for(cast.avalon)
    page = reverse("transport:replan", args=["avalon", day.one.pk])
    load = planner.get(reverse("transport:load", args=["avalon", day.one.pk])).content.decode()
    assert page in load
    form = planner.get(page).content.decode()
    assert f"delay-{day.two.number}" in form
    assert "leaves the plant at" in form
    asked = planner.post(f"{page}ask", {f"broken-{day.two.number}": "90"})
    assert asked.status_code in {204, 302}, asked.content.decode()[:2000]
    assert "Waiting for a solver" in planner.get(page).content.decode()
    with acting_for(cast.avalon):
        row = Replan.objects.get()
    row = solved_replan(cast, row)
    shown = planner.get(page).content.decode()
    assert "other truck" in shown
    assert f"instead of {day.two.number}" in shown
    assert "missed" in shown
    assert "As told" in shown
    accept = reverse("transport:replan-accept", args=["avalon", row.pk])
    assert planner.post(accept, {"version": "1"}).status_code == 422, "read before it was solved"
    assert planner.post(accept, {"version": str(row.version)}).status_code in {204, 302}
    done = planner.get(page).content.decode()
    assert "Carriers and suppliers are told" in done
    with acting_for(cast.avalon):
        assert Load.objects.get(pk=day.two.pk).state == "cancelled"


def test_only_planners_of_the_owner_may(cast: Cast, day: Running, client_for: ClientFor) -> None:
    for organisation, slug in ((cast.fjord, "fjord"), (cast.porto, "porto")):
        other = client_for(organisation)
        assert other.get(reverse("transport:replan", args=[slug, day.one.pk])).status_code == 404
        ask = reverse("transport:replan-ask", args=[slug, day.one.pk])
        assert other.post(ask, {}).status_code == 404
    clerk = client_for(cast.avalon, role="clerk")
    assert (
        clerk.post(reverse("transport:replan-ask", args=["avalon", day.one.pk])).status_code == 403
    )
    page = clerk.get(reverse("transport:replan", args=["avalon", day.one.pk]))
    assert page.status_code == 200
    assert "Plan the rest of the day" not in page.content.decode()


def post(client: Client, path: str, body: Any, key: str, match: str = "") -> Any:
    extra = {"HTTP_IF_MATCH": match} if match else {}
    return client.generic(
        "PUT" if path.endswith("/stops") else "POST",
        f"/api/v1/{path}",
        json.dumps(body),
        content_type="application/json",
        HTTP_IDEMPOTENCY_KEY=key,
        **extra,
    )


def test_a_system_asks_reads_and_accepts(cast: Cast, day: Running, client_for: ClientFor) -> None:
    planner, rival = client_for(cast.avalon), client_for(cast.kestrel)
    path = f"loads/{day.one.pk}/replans"
    told = {"cancelled": [{"load": day.one.number, "stop": 3}], "alone": True, "seconds": 1}
    asked = post(planner, path, told, "one")
    assert asked.status_code == 202, asked.content
    assert post(planner, path, told, "one").json()["id"] == asked.json()["id"], "twice is once"
    key = asked.json()["id"]
    with acting_for(cast.avalon):
        row = Replan.objects.get(pk=key)
    solved_replan(cast, row)
    found = planner.get(f"/api/v1/replans/{key}")
    whole = found.json()
    assert whole["state"] == "proposed"
    changes = {each["stop"]: each["change"] for each in whole["stops"]}
    assert changes[f"{day.one.number}/3"] == "dropped"
    figures = {each["name"]: each for each in whole["figures"]}
    assert figures["km"]["after"] < figures["km"]["before"]
    assert planner.get(f"/api/v1/{path}").json()["replans"][0]["id"] == key
    assert rival.get(f"/api/v1/replans/{key}").status_code == 404
    assert rival.get(f"/api/v1/{path}").status_code == 404
    assert post(rival, path, {}, "rival").status_code == 404
    accept = f"replans/{key}/accept"
    assert post(planner, accept, {}, "a1").status_code == 428
    taken = post(planner, accept, {}, "a2", found["ETag"])
    assert taken.json() == {"loads": [day.one.number]}
    wrong = post(planner, path, {"delays": [{"load": "LD-X", "minutes": 5}]}, "two")
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["field"] == "delays"
    again = post(planner, path, {"seconds": 1}, "three")
    declined = post(planner, f"replans/{again.json()['id']}/reject", {}, "r", again["ETag"])
    assert declined.json()["state"] == "rejected"


def test_a_system_changes_stops_and_driven_ones_are_kept(
    cast: Cast, day: Running, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    load = planner.get(f"/api/v1/loads/{day.one.pk}")
    orders = {"AUG1": day.order("augsburg"), "ING1": day.order("ingolstadt")}
    stops = []
    for each in load.json()["stops"]:
        names = ("purpose", "window_from", "window_until", "planned_arrival", "planned_departure")
        site = each["place"]["code"].partition("/")[2]
        stop = {name: each[name] for name in names} | {"place": each["place"]["code"]}
        if each["purpose"] == "pickup":
            stop["on"] = [orders[site].number]
        if each["purpose"] == "delivery":
            stop["off"] = [order.number for order in orders.values()]
        stops.append(stop)
    path = f"loads/{day.one.pk}/stops"
    fewer = [stops[0], stops[2], {**stops[3], "off": [orders["ING1"].number]}]
    assert post(planner, path, {"stops": fewer}, "s1").status_code == 428
    changed = post(planner, path, {"stops": fewer}, "s2", load["ETag"])
    assert changed.status_code == 200, changed.content
    assert len(changed.json()["stops"]) == 3
    assert changed.json()["plan_version"] == 2
    with acting_for(cast.avalon):
        orders["AUG1"].refresh_from_db()
        assert orders["AUG1"].state == "open"
        mark_stop(day.one.pk, 2, arrived_at=SIX + timedelta(hours=2))
    tag = planner.get(f"/api/v1/loads/{day.one.pk}")["ETag"]
    other = [stops[0], stops[1], {**stops[3], "off": [orders["AUG1"].number]}]
    moved = post(planner, path, {"stops": other}, "s3", tag)
    assert moved.status_code == 400
    assert "driven" in moved.json()["errors"][0]["expected"]
    unknown = [stops[0], {**stops[2], "on": ["TO-X"]}, stops[3]]
    assert post(planner, path, {"stops": unknown}, "s4", tag).status_code == 400
