"""Units, corrections and read points on pages and through the API; readers; who sees them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from collab.integration.epcis.model import Quantity, Typed
from collab.masterdata.models import Part
from collab.organisations.context import acting_for
from inventory.models import TrackedPosition, TrackingCorrection, TrackingEvent, UnitState
from inventory.services.read_points import ReadPointPlan, keep_read_point
from inventory.services.tracking import record_events
from inventory.services.tracking_repair import positions_by_events, recount_named
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.harness.tracked import BOXES, ELSEWHERE, NOW, PALLET, event, packing, place_and_part
from tests.integration.machines import machine

CANARY = "cnry-brasov-units"


@pytest.fixture
def story(cast: Cast) -> Cast:
    """Brasov packs, marks and ships a pallet for Avalon; one box is a canary's."""
    party = (Typed("owning_party", cast.avalon.bpn),)
    with acting_for(cast.brasov):
        place_and_part()
        rows = [
            packing(0, "ADD", *BOXES[:2]),
            event(1, epcs=(PALLET,), biz_step="shipping", disposition="in_transit",
                  destinations=party),
            event(2, epcs=(f"https://id.gs1.org/8004/952132{CANARY}",), biz_step="holding"),
            event(3, epcs=BOXES[2:3], biz_step="receiving", read_point=ELSEWHERE),
        ]  # fmt: skip
        record_events(rows, source="epcis", received_at=NOW)
    return cast


def test_a_unit_shows_where_it_is_what_is_in_it_and_what_happened(
    story: Cast, client_for: ClientFor
) -> None:
    base = f"/t/{story.brasov.slug}/inventory/tracking/"
    http = client_for(story.brasov)
    page = http.get(base).content.decode()
    assert "106141412345678908" in page
    assert CANARY in page
    shown = http.get(f"{base}?text=1061414&view=way").content.decode()
    assert "106141412345678908" in shown
    assert CANARY not in shown
    assert "Nothing matches" in http.get(f"{base}?step=destroying").content.decode()
    assert http.get(f"{base}?view=all&export=csv")["Content-Type"].startswith("text/csv")
    with acting_for(story.brasov):
        pallet = UnitState.objects.get(thing=PALLET)
    unit = http.get(f"{base}{pallet.pk}/").content.decode()
    for word in ("Shipped", "In transit", "BRA1", "09521321000018 · 1", "Packing", "/proof"):
        assert word in unit, word
    for rival in (story.porto, story.kestrel):
        other = client_for(rival)
        assert other.get(f"/t/{rival.slug}/inventory/tracking/{pallet.pk}/").status_code == 404
        listed = other.get(f"/t/{rival.slug}/inventory/tracking/?view=all").content.decode()
        assert "106141412345678908" not in listed
    customer = client_for(story.avalon)
    seen = customer.get(f"/t/{story.avalon.slug}/inventory/tracking/?view=all").content.decode()
    assert "106141412345678908" in seen  # what is Avalon's business, and nothing else
    assert CANARY not in seen
    assert "Packing" not in customer.get(
        f"/t/{story.avalon.slug}/inventory/tracking/{pallet.pk}/"
    ).content.decode()  # fmt: skip


def test_a_name_is_mapped_from_the_queue_and_its_events_count(
    story: Cast, client_for: ClientFor
) -> None:
    base = f"/t/{story.brasov.slug}/inventory/tracking/"
    http = client_for(story.brasov)
    lone = Quantity("https://id.gs1.org/01/04012345000115", Decimal(4))
    with acting_for(story.brasov):
        rows = [event(9, biz_step="receiving", quantities=(lone,), read_point=ELSEWHERE)]
        record_events(rows, source="epcis", received_at=NOW)
        assert not TrackedPosition.objects.exists()
    queue = http.get(f"{base}corrections/").content.decode()
    assert "9521321000025" in queue
    assert "Name the place" in queue
    form = http.get(f"{base}read-points/?identifier={ELSEWHERE}").content.decode()
    assert f'value="{ELSEWHERE}"' in form
    body = {"identifier": "9521321000025", "site": "BRA1", "direction": "none", "lane_order": 0,
            "least_rssi_dbm": -65, "least_reads": 2, "window_ms": 2000}  # fmt: skip
    wrong = {**body, "identifier": "9521321000026"}  # its check digit
    assert http.post(f"{base}read-points/", wrong).status_code == 422
    assert http.post(f"{base}read-points/", body).status_code in {200, 204, 302}
    with acting_for(story.brasov):
        assert recount_named("read_point", ELSEWHERE) == 2
        part = TrackedPosition.objects.get()  # the box of the story; the other product is unknown
        assert part.quantity == 1
        assert UnitState.objects.get(thing=BOXES[2]).site_code == "BRA1"
        Part.objects.create(number="P-4", compare_key="P4", name="Clip", gtin="4012345000115")
        waiting = TrackingCorrection.objects.get(settled_at=None)
    assert http.post(f"{base}corrections/", {"again": str(waiting.pk)}).status_code in {200, 302}
    with acting_for(story.brasov):
        assert recount_named("product", lone.epc_class) == 1
        assert recount_named("product", lone.epc_class) == 1  # twice = once
        assert sum(positions_by_events().values()) == 5
        assert TrackedPosition.objects.get(part__number="P-4").quantity == 4
        assert not TrackingCorrection.objects.filter(settled_at=None).exists()
    rival = client_for(story.porto)
    assert "9521321000025" not in rival.get(
        f"/t/{story.porto.slug}/inventory/tracking/read-points/"
    ).content.decode()  # fmt: skip


def test_units_and_read_points_by_the_api(story: Cast) -> None:
    http = machine(story.brasov)
    page = http.get("tracked-units?view=all&limit=2").json()
    assert len(page["items"]) == 2
    assert page["next"]
    found = http.get("tracked-units?unit=106141412345678908&view=way").json()["items"]
    assert [each["identifier"] for each in found] == [PALLET]
    one = http.get(f"tracked-units/{found[0]['id']}").json()
    assert (one["contents"], len(one["history"])) == (sorted(BOXES[:2]), 2)
    rival = machine(story.porto)
    assert rival.get(f"tracked-units/{found[0]['id']}").status_code == 404
    bad = http.post("read-points", {"identifier": "4012345000016", "site": "NOPE"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (400, "site")
    made = http.post("read-points", {"identifier": "urn:example:gate-1", "site": "BRA1"}).json()
    assert http.get(f"read-points/{made['id']}").json()["site"] == "BRA1"
    assert rival.get(f"read-points/{made['id']}").status_code == 404
    assert rival.get("read-points").json()["items"] == []


def test_a_reader_says_what_went_through_its_gate(cast: Cast) -> None:
    with acting_for(cast.rhine):
        place_and_part()
        for order, antenna in enumerate((1, 2)):
            keep_read_point(
                ReadPointPlan(
                    identifier=f"urn:example:gate-{antenna}", site="RHI1", direction="both",
                    reader="R-7", antenna=antenna, lane_order=order,
                )
            )  # fmt: skip
    http = machine(cast.rhine)

    def reads(tag: str, first: int, second: int, rssi: int = -50) -> list[dict[str, Any]]:
        times = ((0, first), (300, first), (900, second), (1100, second))
        return [
            {"tag": tag, "antenna": antenna, "rssi_dbm": rssi,
             "read_at": (NOW - timedelta(minutes=5, milliseconds=-ms)).isoformat()}
            for ms, antenna in times
        ]  # fmt: skip

    pallet, weak, blank = "3174257BF4499602D2000000", "3074257BF7194E4000001A85", "F" * 24
    body = {"reader": "R-7", "reads": reads(pallet, 1, 2) + reads(weak, 2, 1, -80)
            + reads(blank, 2, 1)}  # fmt: skip
    found = http.post("rfid-reads", body).json()["passages"]
    assert [(each["tag"], each["direction"], each["state"]) for each in found] == [
        (pallet, "in", "recorded"),
        (blank, "out", "unreadable"),
    ]
    again = http.post("rfid-reads", {**body, "reads": body["reads"][::-1]}).json()["passages"]
    assert again[0]["state"] == "known"
    with acting_for(cast.rhine):
        seen = TrackingEvent.objects.get()
        assert (seen.biz_step, seen.site_code, seen.source) == ("arriving", "RHI1", "rfid:R-7")
        assert UnitState.objects.get().thing == PALLET
        waits = TrackingCorrection.objects.values_list("reason", "subject", "times")
        assert sorted(waits) == [("tag", blank, 2), ("unit", PALLET, 1)]  # heard of by now
    unknown = http.post("rfid-reads", {"reader": "R-8", "reads": reads(pallet, 1, 2)})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (400, "reader")
    foreign = machine(cast.porto).post("rfid-reads", body)
    assert foreign.json()["errors"][0]["value"] == "R-7"
