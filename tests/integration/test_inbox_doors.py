"""The inbox by REST and by pages: handing in, reading the report, trying again, profiles."""

import json
from typing import Any

from django.test import Client

from collab.integration.inbox import applying, receiving
from collab.integration.inbox.envelopes import LARGEST
from collab.integration.models.messages import InboundMessage, PartnerProfile
from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.inbox_cases import COMMENT, Seen, applied, interchange
from tests.integration.machines import machine


def test_machines_hand_messages_in_and_read_the_report(
    cast: Cast, profile: None, seen: Seen
) -> None:
    ours, rival = machine(cast.brasov), machine(cast.porto)

    def send(raw: bytes, kind: str = "application/edifact", **headers: str) -> Any:
        bearer = {"Authorization": f"Bearer {ours.secret}", **headers}
        return ours.http.post("/api/v1/messages", raw, content_type=kind, headers=bearer)

    first = send(interchange(), **{"Idempotency-Key": "k1"})
    assert (first.status_code, first.json()["state"]) == (202, "received")
    replayed = send(interchange(), **{"Idempotency-Key": "k1"})
    assert (replayed.status_code, replayed.json()) == (202, first.json())
    again = send(interchange())
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])

    with acting_for(cast.brasov):
        applying.apply(first.json()["id"])
    path = f"messages/{first.json()['id']}"
    assert first["Location"] == f"/api/v1/{path}"
    report = ours.get(path).json()
    assert (report["state"], report["applied"], report["sender"]) == (
        "applied",
        1,
        cast.avalon.bpn,
    )
    assert rival.get(path).status_code == 404

    aspect = json.dumps({"capacityGroupId": COMMENT}).encode()
    known = ours.post(f"messages?sender={cast.avalon.bpn}", json.loads(aspect))
    assert (known.status_code, known.json()["state"]) == (202, "refused")
    assert known.json()["sender_identifier"] == cast.avalon.bpn
    assert {each["code"] for each in known.json()["problems"]} == {"missing"}
    assert ours.post("messages?sender=BPNL00000000XXXX", {}).status_code == 400
    assert ours.post("messages?kind=unheard", {}).status_code == 400
    assert send(b"").status_code == 400
    assert send(b"A" * (LARGEST + 1)).status_code == 413
    refused = send(b"A" * 3_000_000)
    assert (refused.status_code, refused.json()["state"]) == (202, "refused")
    reader = machine(cast.brasov, ["messages:read"], name="reader")
    assert reader.post("messages", {}).status_code == 403


def test_planners_see_the_report_and_try_again(
    cast: Cast, client_for: ClientFor, seen: Seen
) -> None:
    with acting_for(cast.brasov):
        message = applied(interchange("<script>"))
    planner: Client = client_for(cast.brasov)
    home = f"/t/{cast.brasov.slug}/integrations/messages/"
    listed = planner.get(home).content.decode()
    assert "TSTMSG" in listed
    assert str(message.pk) in planner.get(f"{home}?state=held").content.decode()
    assert str(message.pk) not in planner.get(f"{home}?state=applied").content.decode()
    shown = planner.get(f"{home}{message.pk}/").content.decode()
    assert "a partner profile with the identifier OD:O0013000OEM" in shown
    assert "<script>" not in shown.split("BGM")[1][:40]
    assert planner.get(f"{home}{message.pk}/raw").content == bytes(message.raw)

    with acting_for(cast.brasov):
        PartnerProfile.objects.create(partner=cast.avalon, identifier="O0013000OEM")
    assert planner.post(f"{home}{message.pk}/again").status_code == 302
    with acting_for(cast.brasov):
        assert InboundMessage.objects.get().state == "applied"
    assert planner.post(f"{home}{message.pk}/again").status_code == 422
    other: Client = client_for(cast.porto)
    assert other.get(f"/t/{cast.porto.slug}/integrations/messages/{message.pk}/").status_code == 404
    assert client_for(cast.brasov, role="viewer").get(home).status_code == 403


def test_planners_keep_the_profiles(cast: Cast, client_for: ClientFor) -> None:
    planner: Client = client_for(cast.brasov)
    home = f"/t/{cast.brasov.slug}/integrations/messages/profiles/"
    assert "No profile yet" in planner.get(home).content.decode()
    form = planner.get(f"{home}new").content.decode()
    assert cast.avalon.name in form
    assert cast.porto.name not in form  # no partner of ours
    body = {
        "partner": cast.avalon.pk,
        "identifier": "O0013000OEM",
        "apply_policy": "lines",
        "commitments": "Z = forecast\n\nY = firm",
        "qualifiers": "order = ON, CT",
    }
    assert planner.post(f"{home}new", body).status_code == 302
    with acting_for(cast.brasov):
        made = PartnerProfile.objects.get()
    assert made.commitments == {"Z": "forecast", "Y": "firm"}
    assert receiving.plain_profile(made).qualifiers == {"order": ("ON", "CT")}

    again = planner.post(f"{home}new", body)
    assert again.status_code == 422
    assert "This partner has a profile already." in again.content.decode()
    wrong = planner.post(f"{home}{made.pk}/", body | {"commitments": "Z = forecast\n<b>"})
    assert "Line 2: expected" in wrong.content.decode()
    assert planner.post(f"{home}{made.pk}/", body | {"partner": cast.porto.pk}).status_code == 422
    assert planner.post(f"{home}{made.pk}/", body | {"date_basis": "ship"}).status_code == 302
    with acting_for(cast.brasov):
        made.refresh_from_db()
    assert (made.date_basis, made.version) == ("ship", 2)
    assert "order = ON CT" in planner.get(f"{home}{made.pk}/").content.decode()
    other: Client = client_for(cast.porto)
    assert (
        other.get(f"/t/{cast.porto.slug}/integrations/messages/profiles/{made.pk}/").status_code
        == 404
    )
