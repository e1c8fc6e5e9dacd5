"""IN-15: seals bound to the manifest, looked at on the way by whoever has them before them."""

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils import timezone

from collab.events.chain import canonical
from collab.events.relay import work_off
from collab.organisations.context import acting_for
from collab.work.models import Alert
from inventory.models import Seal, SealScan
from inventory.seal_alerts import TAMPERED
from inventory.services.device_plans import DevicePlan, keep_device
from inventory.services.readings import ReadingRow, record_readings
from inventory.services.seals import (
    LookPlan,
    SealPlan,
    bind_seal,
    inspect_seal,
    look_at_seal,
    release_seal,
)
from tests.conftest import ClientFor
from tests.harness.cast import Cast, give
from tests.integration.machines import machine
from tests.transport.goods_on_the_way import make_story
from transport.services.advices import send_advice

pytestmark = pytest.mark.committed
MINUTE = timedelta(minutes=1)


@pytest.fixture
def advice(cast: Cast) -> UUID:
    """Brasov's dispatch advice to Avalon."""
    for one, other in ((cast.brasov, cast.avalon), (cast.avalon, cast.brasov)):
        give(one, other, other, "work.exceptions")
    story = make_story(cast)
    with acting_for(cast.brasov):
        key: UUID = send_advice(story.consignment()).advice.pk
        return key


def tampered(cast: Cast) -> list[tuple[str, bool]]:
    """Return whose exceptions of seals are open, as Avalon sees them."""
    with acting_for(cast.avalon):
        rows = Alert.objects.filter(type=TAMPERED).order_by("owner_id")
        names = {cast.avalon.pk: "avalon", cast.brasov.pk: "brasov"}
        return [(names[row.owner_id], row.is_open) for row in rows]


def test_the_consignee_finds_another_number_and_inspects(cast: Cast, advice: UUID) -> None:
    with acting_for(cast.brasov):
        seal = bind_seal(SealPlan(advice=advice, number="BH-4711"))
        gate = look_at_seal(seal.pk, LookPlan(place="gate", number="bh4711", site="BRA1"))
        assert (gate.lane, gate.findings) == ("green", [])
    work_off()
    with acting_for(cast.avalon):
        scan = look_at_seal(seal.pk, LookPlan(place="consignee", number="BH-4712", site="AVA1"))
        assert (scan.lane, scan.findings) == ("red", ["mismatch"])
    work_off()
    assert tampered(cast) == [("avalon", True)]
    with acting_for(cast.brasov):
        row = Seal.objects.get(pk=seal.pk)
        assert (row.lane, row.needs_inspection) == ("red", True)
        assert Alert.objects.get(type=TAMPERED).owner_id == cast.avalon.pk
        assert SealScan.objects.count() == 2
    with acting_for(cast.avalon):
        look_at_seal(seal.pk, LookPlan(place="consignee", number="BH-4711"))
    work_off()
    with acting_for(cast.brasov):  # a good look does not take back a bad one
        assert Seal.objects.get(pk=seal.pk).lane == "red"
    with acting_for(cast.avalon):
        inspect_seal(seal.pk, is_passed=True, note="Goods complete, number misprinted")
    work_off()
    assert tampered(cast) == [("avalon", False)]
    with acting_for(cast.brasov):
        row = Seal.objects.get(pk=seal.pk)
        assert (row.lane, row.needs_inspection) == ("green", False)
    for rival in (cast.porto, cast.kestrel):
        with acting_for(rival):
            assert not Seal.objects.exists()
            assert not SealScan.objects.exists()
            with pytest.raises(Seal.DoesNotExist):
                look_at_seal(seal.pk, LookPlan(place="gate", number="BH-4711"))


def test_an_electronic_seal_tells_openings_and_nothing_else(cast: Cast, advice: UUID) -> None:
    start = timezone.now() - timedelta(hours=1)
    with acting_for(cast.brasov):
        device = keep_device(
            DevicePlan(code="SEAL-1", kind="seal", attached_at=start - timedelta(days=1))
        )
        plan = SealPlan(advice=advice, number="E-1", device="SEAL-1", applied_at=start)
        seal = bind_seal(plan)

    def tell(*said: tuple[int, str, bool]) -> None:
        rows = [ReadingRow(device.pk, name, on, "", start + m * MINUTE) for m, name, on in said]
        with acting_for(cast.brasov):
            record_readings(rows, source="test", received_at=timezone.now())
        work_off()

    tell((1, "open", False), (2, "vibration", True), (3, "shock", True), (4, "open", False))
    assert tampered(cast) == []
    tell((5, "open", True), (6, "open", True), (6, "vibration", True))
    tell((7, "open", True))
    assert tampered(cast) == [("brasov", True)]
    with acting_for(cast.avalon):
        scan = SealScan.objects.get()
        assert (scan.place, scan.findings) == ("device", ["open_early"])
        assert Seal.objects.get().state == "opened"
    with acting_for(cast.brasov):
        inspect_seal(seal.pk, is_passed=True, note="Driver checked the load")
        release_seal(seal.pk, at=start + 8 * MINUTE)
    tell((9, "open", False), (10, "open", True))
    assert tampered(cast) == [("brasov", False)]
    with acting_for(cast.brasov):
        assert SealScan.objects.get(scanned_at=start + 10 * MINUTE).lane == "green"


def test_a_high_risk_lane_needs_a_tracker(cast: Cast, advice: UUID) -> None:
    with acting_for(cast.brasov):
        keep_device(DevicePlan(code="GPS-1", kind="tracker"))
        bare = bind_seal(SealPlan(advice=advice, number="1", is_high_risk=True))
        tracked = SealPlan(advice=advice, number="2", is_high_risk=True, tracker="GPS-1")
        good = bind_seal(tracked)
        assert SealScan.objects.get().findings == ["no_tracker"]
        lanes = {row.pk: row.lane for row in Seal.objects.all()}
        assert lanes == {bare.pk: "red", good.pk: ""}


def test_evidence_is_signed_and_pages_show_what_is_open(
    cast: Cast, advice: UUID, client_for: ClientFor
) -> None:
    http = client_for(cast.brasov)
    base = f"/t/{cast.brasov.slug}/inventory/seals/"
    made = http.post(f"{base}new/", {"advice": str(advice), "number": "BH-1", "timezone": "UTC"})
    assert made.status_code == 302
    with acting_for(cast.brasov):
        seal = Seal.objects.get()
    page = f"{base}{seal.pk}/"
    assert "BH-1" in http.get(base).content.decode()
    assert http.get(page).status_code == 200
    look = {"place": "gate", "number": "X", "is_open": "on"}
    assert http.post(f"{page}look", look).status_code == 302
    shown = http.get(page).content.decode()
    for word in ("Red lane", "Another number than in the manifest", "Open before release"):
        assert word in shown
    told = http.get(f"{page}evidence").json()
    key = Ed25519PrivateKey.from_private_bytes(settings.AUDIT_SEED).public_key()
    signature = base64.b64decode(told["signature"])
    key.verify(signature, canonical(told["content"]))
    assert told["content"]["looks"][0]["findings"] == ["mismatch", "open_early"]
    told["content"]["looks"][0]["findings"] = []
    with pytest.raises(InvalidSignature):
        key.verify(signature, canonical(told["content"]))
    assert http.post(f"{page}inspect", {"is_passed": "yes", "note": "ok"}).status_code == 302
    assert http.post(f"{page}release").status_code == 302
    theirs = client_for(cast.avalon)
    assert theirs.get(f"/t/{cast.avalon.slug}/inventory/seals/{seal.pk}/").status_code == 200
    assert (
        theirs.post(f"/t/{cast.avalon.slug}/inventory/seals/{seal.pk}/release").status_code == 404
    )
    for rival in (cast.porto, cast.kestrel):
        other = client_for(rival)
        assert other.get(f"/t/{rival.slug}/inventory/seals/{seal.pk}/").status_code == 404
        assert (
            "BH-1" not in other.get(f"/t/{rival.slug}/inventory/seals/?view=all").content.decode()
        )


def test_seals_through_the_api(cast: Cast, advice: UUID) -> None:
    http = machine(cast.brasov)
    body: dict[str, Any] = {"advice": str(advice), "number": "BH-9", "allowed_sites": ["AVA1"]}
    made = http.post("seals", body)
    assert made.status_code == 201, made.content
    url = f"seals/{made.json()['id']}"
    tag = {"If-Match": made["ETag"]}
    changed = http.call("PUT", url, {"is_released": True}, **tag)
    assert changed.status_code == 200, changed.content
    assert changed.json()["state"] == "released"
    scan = {"place": "depot", "number": "BH-9", "is_open": True, "site": "AVA1"}
    done = http.post(f"{url}/scans", scan)
    assert done.status_code == 201, done.content
    assert done.json()["lane"] == "green"
    assert len(http.get(f"{url}/scans").json()) == 1
    assert http.get(f"{url}/evidence").json()["content"]["seal"]["number"] == "BH-9"
    inspection = {"is_passed": False, "note": "Seal cut"}
    assert http.post(f"{url}/inspections", inspection).json()["lane"] == "red"
    partner = machine(cast.avalon)
    tag = {"If-Match": partner.get(url)["ETag"]}
    refused = partner.call("PUT", url, {"is_removed": True}, **tag)
    assert refused.status_code == 404, refused.content
    rival = machine(cast.porto)
    assert rival.get(url).status_code == 404
    assert rival.post(f"{url}/scans", scan).status_code == 404
    assert rival.get("seals").json()["items"] == []
    off = http.call("PUT", url, {"is_removed": True}, **{"If-Match": http.get(url)["ETag"]})
    assert off.json()["state"] == "removed"
    for path, sent in (("scans", scan), ("inspections", inspection)):
        assert partner.post(f"{url}/{path}", sent).status_code == 400  # it is looked at no more


def test_who_is_shown_some_fields_only_may_not_look(cast: Cast, advice: UUID) -> None:
    with acting_for(cast.brasov):
        seal = bind_seal(SealPlan(advice=advice, number="BH-3"))
    give(cast.brasov, cast.silesia, cast.avalon, "inventory.sensor", fields=["number"])
    with acting_for(cast.silesia):
        assert Seal.objects.filter(pk=seal.pk).exists()
        with pytest.raises(Seal.DoesNotExist):
            look_at_seal(seal.pk, LookPlan(place="gate", number="BH-3"))


def test_terms_are_stated_anew_on_the_page(cast: Cast, advice: UUID, client_for: ClientFor) -> None:
    """IN-15: lane, days, hours, places and devices, by its owner, on what was shown."""
    with acting_for(cast.brasov):
        seal = bind_seal(SealPlan(advice=advice, number="BH-9", allowed_sites=["BRA1"]))
        keep_device(DevicePlan(code="TRACK-1", kind="tracker"))
    page = f"/t/{cast.brasov.slug}/inventory/seals/{seal.pk}/"
    http = client_for(cast.brasov)
    assert f"{page}terms/" in http.get(page).content.decode()
    shown = http.get(f"{page}terms/").content.decode()
    assert 'value="BRA1"' in shown
    said = {
        "allowed_sites": "AVA1, RHE1", "allowed_days": [1, 5], "opens_from": "06:00",
        "opens_until": "14:00", "timezone": "Europe/Berlin", "is_high_risk": "on",
        "tracker": "TRACK-1", "version": seal.version,
    }  # fmt: skip
    for wrong in ({"timezone": "Moon"}, {"opens_until": ""}, {"allowed_days": [9]}):
        assert http.post(f"{page}terms/", {**said, **wrong}).status_code == 422
    assert http.post(f"{page}terms/", said).status_code == 302
    stale = http.post(f"{page}terms/", said)
    assert stale.status_code == 422
    assert "Somebody changed this meanwhile" in stale.content.decode()
    with acting_for(cast.brasov):
        row = Seal.objects.get()
        assert (row.allowed_sites, row.allowed_days) == (["AVA1", "RHE1"], [1, 5])
        assert (str(row.opens_from), row.timezone, row.is_high_risk) == (
            "06:00:00", "Europe/Berlin", True,
        )  # fmt: skip
        assert row.tracker is not None
    for other in (cast.avalon, cast.porto):
        theirs = page.replace(cast.brasov.slug, other.slug)
        assert client_for(other).get(f"{theirs}terms/").status_code == 404
    assert client_for(cast.brasov, role="viewer").get(f"{page}terms/").status_code == 403
