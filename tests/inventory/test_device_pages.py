"""IN-14, API-07: devices on pages and through the API, and who sees their readings."""

from datetime import timedelta
from typing import Any

import pytest

from collab.integration.epcis.model import Typed
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from inventory.models import Device, DeviceCredential, SensorLimit, TrackingCorrection, UnitState
from inventory.services.device_plans import DevicePlan, keep_device
from inventory.services.readings import ReadingRow, record_readings
from inventory.services.sensor_limits import LimitPlan, keep_limit
from inventory.services.tracking import record_events
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.harness.tracked import GLN, NOW, PALLET, event
from tests.integration.machines import machine

CANARY = "cnry-brasov-temp"


@pytest.fixture
def device(cast: Cast) -> Device:
    """Brasov's sensor, too warm on a pallet that is Avalon's business."""
    with acting_for(cast.brasov):
        Site.objects.filter(owner=cast.brasov).update(gln=GLN)
        party = (Typed("owning_party", cast.avalon.bpn),)
        record_events(
            [event(0, epcs=(PALLET,), destinations=party)], source="test", received_at=NOW
        )
        keep_limit(LimitPlan(metric="temperature", most=8))
        found = keep_device(
            DevicePlan(code=CANARY, thing=PALLET, attached_at=NOW - timedelta(days=1))
        )
        rows = [
            ReadingRow(found.pk, "temperature", 7.0 + n, "CEL", NOW - timedelta(minutes=9 - n))
            for n in range(5)
        ]
        record_readings(rows, source="test", received_at=NOW)
        return found


def test_pages_show_devices_to_their_owner_and_conditions_to_partners(
    cast: Cast, device: Device, client_for: ClientFor
) -> None:
    http = client_for(cast.brasov)
    base = f"/t/{cast.brasov.slug}/inventory/devices/"
    for query in ("", "?view=crossed", "?kind=sensor&sort=battery", f"?text={CANARY}"):
        assert CANARY in http.get(f"{base}{query}").content.decode(), query
    for query in ("?view=throttled", "?kind=seal", "?text=zz"):
        assert "Nothing matches" in http.get(f"{base}{query}").content.decode(), query
    assert CANARY in http.get(f"{base}?export=csv").content.decode()
    page = http.get(f"{base}{device.pk}/").content.decode()
    for word in ("plot-line", "Too high", "11 °C", 'high="8.0"', "No limit", "None yet"):
        assert (word in page) == (word != "No limit"), word
    with acting_for(cast.brasov):
        unit = UnitState.objects.get(thing=PALLET)
    clients = {cast.brasov: http, cast.avalon: client_for(cast.avalon)}
    for owner, theirs in clients.items():
        shown = theirs.get(f"/t/{owner.slug}/inventory/tracking/{unit.pk}/")
        assert "Too high" in shown.content.decode()
    clients = {each: client_for(each) for each in (cast.porto, cast.kestrel)} | clients
    for other, theirs in clients.items():
        if other == cast.brasov:
            continue
        assert theirs.get(f"/t/{other.slug}/inventory/devices/{device.pk}/").status_code == 404
        assert CANARY not in theirs.get(f"/t/{other.slug}/inventory/devices/").content.decode()


def test_secrets_are_shown_once_and_devices_are_kept_on_pages(
    cast: Cast, device: Device, client_for: ClientFor
) -> None:
    http = client_for(cast.brasov)
    base = f"/t/{cast.brasov.slug}/inventory/devices/"
    page = f"{base}{device.pk}/"
    told = http.post(f"{page}credentials")
    assert "Shown this once" in told.content.decode()
    assert "no-store" in told["Cache-Control"]
    assert "Shown this once" not in http.get(page).content.decode()
    with acting_for(cast.brasov):
        credential = DeviceCredential.objects.get()
    assert http.post(f"{page}credentials/{credential.pk}/revoke").status_code == 302
    assert "taken back" in http.get(page).content.decode()
    form = {"code": "T-2", "kind": "tracker", "per_minute": 60, "burst": 600, "is_active": "on"}
    assert http.post(f"{base}new/", form).status_code == 302
    assert http.post(f"{base}new/", form).status_code == 422
    assert http.get(f"{page}change/").status_code == 200
    changed = http.post(f"{page}change/", {**form, "code": "T-3", "version": 1})
    assert changed.status_code == 302
    limits = f"{base}limits/"
    assert http.post(
        limits, {"metric": "humidity", "most": 60, "duration_s": 5, "severity": "info"}
    )
    assert "humidity" in http.get(limits).content.decode()
    with acting_for(cast.brasov):
        limit = SensorLimit.objects.get(metric="humidity")
    assert http.get(f"{limits}?limit={limit.pk}").status_code == 200
    assert http.post(f"{limits}{limit.pk}/remove").status_code == 302
    assert http.post(f"{page}remove").status_code == 302
    viewer = client_for(cast.brasov, role="viewer")
    assert viewer.post(f"{base}new/", form).status_code == 403


def test_readings_in_bulk_get_a_verdict_each(cast: Cast, device: Device) -> None:
    http = machine(cast.brasov)
    row: dict[str, Any] = {
        "device": CANARY, "metric": "humidity", "value": 41.5, "unit": "P1",
        "sensed_at": NOW.isoformat(), "sequence": 1,
    }  # fmt: skip
    rows = [
        row,
        row,
        {**row, "device": "nobody's"},
        {**row, "sensed_at": "yesterday"},
        {**row, "device": str(device.pk), "sequence": 2, "value": True},
        {**row, "value": 10**400, "sequence": 3},
        {**row, "value": {"deep": []}, "sequence": 4},
        "no row",
    ]
    answer = http.post("sensor-readings", {"readings": rows})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert [each["state"] for each in told["verdicts"]] == [
        "recorded", "duplicate", "refused", "refused", "recorded", "refused", "refused", "refused",
    ]  # fmt: skip
    assert [each["field"] for each in told["verdicts"][2:4]] == ["device", "sensed_at"]
    assert (told["recorded"], told["duplicates"], told["refused"]) == (2, 1, 5)
    again = http.post("sensor-readings", {"readings": rows[:1]})
    assert again.json()["duplicates"] == 1
    with acting_for(cast.brasov):
        assert TrackingCorrection.objects.get(reason="device").subject == "nobody's"
    found = http.get("sensor-readings?metric=humidity").json()["items"]
    assert [each["value"] for each in found] in ([True, 41.5], [41.5, True])
    partner = machine(cast.avalon)
    assert len(partner.get("sensor-readings").json()["items"]) == 7
    latest = partner.get("sensor-readings/latest?is_breached=true").json()["items"]
    assert [(each["metric"], each["side"]) for each in latest] == [("temperature", "high")]
    assert partner.get("devices").json()["items"] == []
    assert partner.get(f"devices/{device.pk}").status_code == 404
    rival = machine(cast.porto)
    assert rival.get("sensor-readings").json()["items"] == []
    assert rival.get("sensor-readings/latest").json()["items"] == []


def test_devices_and_limits_through_the_api(cast: Cast) -> None:
    http = machine(cast.brasov)
    made = http.post("devices", {"code": "D-1", "site": "BRA1"})
    assert made.status_code == 201, made.content
    assert (made.json()["site"], made.json()["state"]) == ("BRA1", "never")
    url = f"devices/{made.json()['id']}"
    key = {"Idempotency-Key": "k1"}
    told = http.post(f"{url}/credentials", None, **key)
    assert told.status_code == 201, told.content
    again = http.post(f"{url}/credentials", None, **key)
    assert (again.json()["username"], again.json()["secret"]) == (told.json()["username"], "")
    body = {"code": "D-1", "site": "BRA1", "thing": PALLET}
    tag = {"If-Match": made["ETag"]}
    assert http.call("PUT", url, body, **tag).status_code == 400
    body["site"] = ""
    assert http.call("PUT", url, body, **tag).status_code == 200
    assert http.call("PUT", url, body, **tag).status_code == 412
    with acting_for(cast.brasov):
        credential = DeviceCredential.objects.get()
    assert http.call("DELETE", f"{url}/credentials/{credential.pk}").status_code == 204
    limit = http.post("sensor-limits", {"metric": "shock", "most": 3})
    assert limit.status_code == 201, limit.content
    bad = http.post("sensor-limits", {"metric": "shock"})
    assert bad.json()["errors"][0]["field"] == "most"
    one = f"sensor-limits/{limit.json()['id']}"
    assert http.call("DELETE", one, **{"If-Match": limit["ETag"]}).status_code == 204
    tag = {"If-Match": http.get(url)["ETag"]}
    assert http.call("DELETE", url, **tag).status_code == 204
    assert http.get(url).status_code == 404
