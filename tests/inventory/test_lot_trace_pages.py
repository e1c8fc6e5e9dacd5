"""Lot trace on pages and through the API: found, drawn, exported, held, released; a rival's 404."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from collab.events.relay import work_off
from collab.live.models import FeedFrame
from collab.masterdata.models import Part
from collab.organisations.context import acting_for
from inventory.models import LotHold
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.harness.tracked import event
from tests.inventory.test_genealogy import business, lot, make, serial, take_as

COPPER, CABLE, CAR = lot("CU-4711"), lot("CABLE-9"), "https://id.gs1.org/01/09521321000049/21/V1"
Call = Callable[..., Any]


@pytest.fixture
def story(cast: Cast) -> Cast:
    """A copper lot of Silesia's in a cable, in two harnesses of Brasov's, one of them in a car."""
    take_as(cast.silesia, make(1, [COPPER], [CABLE], **business(cast.silesia, cast.brasov)))
    made = make(2, [CABLE], [serial("H1"), serial("H2")], **business(cast.brasov, cast.avalon))
    take_as(cast.brasov, made)
    with acting_for(cast.avalon):
        Part.objects.create(
            number="X1", compare_key="X1", name="Car", gtin="09521321000049", kind="programme"
        )
    built_in = event(
        3, kind="AssociationEvent", action="ADD", parent_id=CAR, child_epcs=(serial("H1"),)
    )
    take_as(cast.avalon, built_in)
    return cast


def test_a_lot_is_found_traced_and_exported(story: Cast, client_for: ClientFor) -> None:
    """IN-20: by lot, URN or link; both directions, vehicles, files; a rival learns nothing."""
    base = f"/t/{story.avalon.slug}/inventory/trace/"
    http = client_for(story.avalon)
    assert "Nothing is held" in http.get(base).content.decode()
    for asked in ("CABLE-9", "urn:epc:class:lgtin:9521321.000001.CABLE-9", CABLE):
        answer = http.get(base, {"q": asked})
        assert answer.status_code == 302, asked
        assert "CABLE-9" in answer["Location"]
    page = http.get(base, {"thing": CAR}).content.decode()
    for word in ("What it is made of", "CABLE-9", "H1", "Vehicle", "Show as table"):
        assert word in page, word
    assert "CU-4711" not in page  # Silesia has not opened it to Avalon
    cable = http.get(base, {"thing": CABLE}).content.decode()
    assert "Vehicles affected" in cable
    file = http.get(base, {"thing": CABLE, "export": "csv", "only": "vehicles"})
    assert CAR in file.content.decode()
    assert serial("H2") not in file.content.decode()
    assert serial("H2") in http.get(base, {"thing": CABLE, "export": "csv"}).content.decode()
    for rival in (story.porto, story.kestrel):
        other, theirs = client_for(rival), f"/t/{rival.slug}/inventory/trace/"
        unknown = other.get(theirs, {"thing": lot("NEVER-SEEN")}).content.decode()
        for thing in (COPPER, CABLE, CAR):
            hidden = other.get(theirs, {"thing": thing}).content.decode()
            assert "Nothing you may see is called like this" in hidden
            assert len(hidden) - len(unknown) == pytest.approx(0, abs=400)
        assert "Nothing you may see" in other.get(theirs, {"q": "CABLE-9"}).content.decode()
        assert other.get(f"{theirs}hold/", {"thing": CABLE}).status_code == 404


def test_a_hold_is_previewed_stated_shown_and_released(story: Cast, client_for: ClientFor) -> None:
    """IN-20, IN-17: the preview says what is hit; the partner's screen hears in the same second."""
    base = f"/t/{story.brasov.slug}/inventory/trace/"
    http = client_for(story.brasov)
    preview = http.get(f"{base}hold/", {"thing": CABLE}).content.decode()
    assert "Hold here and at 2 partners" in preview
    assert http.post(f"{base}hold/", {"lot": CABLE, "scope": "made"}).status_code == 422
    done = http.post(f"{base}hold/", {"lot": CABLE, "scope": "made", "reason": "Too thin"})
    assert done.status_code == 302
    work_off()
    shown = http.get(done["Location"]).content.decode()
    assert "Release here and at 2 partners" in shown
    with acting_for(story.avalon):
        theirs = LotHold.objects.get()
        frames = FeedFrame.objects.filter(topic="inventory.genealogy")
        assert any("H-1" in str(frame.frames) for frame in frames)
    customer = client_for(story.avalon)
    page = customer.get(f"/t/{story.avalon.slug}/inventory/trace/holds/{theirs.pk}/")
    assert "Too thin" in page.content.decode()
    assert "Release it" not in page.content.decode()
    held = customer.get(f"/t/{story.avalon.slug}/inventory/trace/", {"thing": serial("H1")})
    assert "Held" in held.content.decode()
    for rival in (story.porto, story.kestrel):
        url = f"/t/{rival.slug}/inventory/trace/holds/{theirs.pk}/"
        assert client_for(rival).get(url).status_code == 404
    assert http.post(f"{done['Location']}release", {"reason": "Fine"}).status_code == 302
    with acting_for(story.avalon):
        assert LotHold.objects.get().state == "released"


def test_machines_trace_and_hold(story: Cast, call: Call) -> None:
    """IN-20 through the API."""
    found = call(story.brasov, "GET", f"/api/v1/lot-trace?thing={quote(CABLE)}").json()
    assert {each["thing"] for each in found["made_from_it"]["things"]} == {
        serial("H1"), serial("H2"),
    }  # fmt: skip
    assert found["made_of"]["links"] == [{"material": COPPER, "product": CABLE}]
    assert call(story.porto, "GET", f"/api/v1/lot-trace?thing={quote(CABLE)}").status_code == 404
    body = {"lot": CABLE, "reason": "Too thin"}
    made = call(story.brasov, "POST", "/api/v1/lot-holds", body)
    assert made.status_code == 201, made.content
    one = made.json()
    assert set(one["named"]) == {CABLE, serial("H1"), serial("H2")}
    assert set(one["told"]) == {story.avalon.bpn, story.silesia.bpn}
    assert call(story.brasov, "POST", "/api/v1/lot-holds", body).json()["id"] == one["id"]
    assert call(story.porto, "POST", "/api/v1/lot-holds", body).status_code == 400
    assert len(call(story.avalon, "GET", "/api/v1/lot-holds").json()["items"]) == 1
    assert call(story.kestrel, "GET", "/api/v1/lot-holds").json()["items"] == []
    url = f"/api/v1/lot-holds/{one['id']}"
    assert call(story.porto, "GET", url).status_code == 404
    assert call(story.brasov, "POST", f"{url}/release", {}).status_code == 428
