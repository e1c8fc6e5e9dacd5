"""The advice's pages, the wizard in six clicks, the REST interface, and messages in and out."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collab.events.relay import work_off
from collab.integration.inbox.applying import apply
from collab.integration.inbox.receiving import receive
from collab.integration.models.messages import InboundMessage, OutboundMessage, PartnerProfile
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.edi_samples import edifact_sample
from tests.transport.goods_on_the_way import Story, make_story
from transport.models import AdviceLine, DispatchAdvice, DispatchDraft, HandlingUnit
from transport.queries.advices import advice_list
from transport.services.advices import send_advice

D = Decimal


@pytest.fixture
def story(cast: Cast) -> Story:
    return make_story(cast)


def page(name: str, *args: Any) -> str:
    return reverse(f"transport:{name}", args=["brasov", *args])


def sent(story: Story) -> DispatchAdvice:
    with acting_for(story.supplier):
        return send_advice(story.consignment()).advice


def the_draft(story: Story) -> DispatchDraft:
    with acting_for(story.supplier):
        return DispatchDraft.objects.get()


def test_from_a_call_to_a_sent_advice_in_six_clicks(
    cast: Cast, story: Story, client_for: ClientFor
) -> None:
    client = client_for(cast.brasov, role="clerk")
    home = client.get(reverse("shell:home", args=["brasov"])).content.decode()
    link = re.search(r'href="([^"]*advices/new/[^"]*partner=[^"]*)"', home)
    assert link is not None
    first = client.get(link[1].replace("&amp;", "&"))  # click 1: announce
    chosen = re.findall(r'name="id" value="([^"]+)" checked', first.content.decode())
    assert len(chosen) == 1
    step = client.post(page("advice-lines"), {"id": chosen})  # click 2: pack
    packing = client.get(step.url)
    assert "Make 13 labels" in packing.content.decode()
    step = client.post(step.url, {"do": "labels"})  # click 3: labels
    shown = client.get(step.url).content.decode()
    assert shown.count("<img") == 12
    draft = the_draft(story)
    file = client.get(page("advice-print-file", draft.pk))  # click 4: print
    assert file["Content-Type"] == "application/pdf"
    picture = client.get(re.findall(r'<img src="([^"]+)"', shown)[0])
    assert picture["Content-Type"] == "image/svg+xml"
    send = page("advice-send", draft.pk)
    asked = client.get(send).content.decode()  # click 5: on to sending
    assert "with 13 packs to" in asked
    assert "disabled" not in asked.split('name="do" value="send"')[1][:30]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked)) | {"do": "send"}
    answer = client.post(send, fields)  # click 6: send
    work_off()
    with acting_for(cast.avalon):
        (row,) = advice_list()
        assert (row.units, row.gross_kg) == (13, D("1027"))
    assert answer.url == page("advice", row.id)
    assert client.get(send).url == answer.url  # twice is once
    assert client.get(page("advice-pack", draft.pk)).status_code == 404


def test_errors_are_told_before_sending(cast: Cast, story: Story, client_for: ClientFor) -> None:
    client = client_for(cast.brasov, role="clerk")
    call = story.calls()[0]
    assert client.post(page("advice-lines"), {}).status_code == 422
    bad = {"id": str(call.line_id), f"quantity-{call.line_id}": "many"}
    assert client.post(page("advice-lines"), bad).status_code == 422
    step = client.post(page("advice-lines"), {"id": str(call.line_id)})
    assert client.post(step.url, {"do": "pack", "per-1": "none"}).status_code == 422
    client.post(step.url, {"do": "labels", "per-1": "100", "boxes-1": "1"})
    draft = the_draft(story)
    assert len(draft.document["units"]) == 5
    told = {"do": "keep", "gross_kg": "10", "net_kg": "1008"}
    answer = client.post(page("advice-send", draft.pk), told).content.decode()
    assert "keeps it from being sent" in answer
    assert client.post(page("advice-send", draft.pk), {"do": "send"}).status_code == 200
    assert client.post(page("advice-send", draft.pk), {"despatched_at": "soon"}).status_code == 422
    with acting_for(story.supplier):
        assert not DispatchAdvice.objects.exists()
    client.post(page("advice-discard", draft.pk))
    with acting_for(story.supplier):
        assert not DispatchDraft.objects.exists()
    viewer = client_for(cast.brasov, role="viewer")
    assert viewer.get(page("advice-lines")).status_code == 403


def test_both_sides_have_the_list_and_the_advice(
    cast: Cast, story: Story, client_for: ClientFor
) -> None:
    advice = sent(story)
    clerk, planner = client_for(cast.brasov, role="clerk"), client_for(cast.avalon)
    for side, client in ((cast.brasov, clerk), (cast.avalon, planner)):
        listed = client.get(reverse("transport:advices", args=[side.slug]))
        assert advice.number in listed.content.decode()
        rows = client.get(reverse("transport:advices", args=[side.slug]), {"export": "csv"})
        assert advice.number.encode() in b"".join(rows)
        for tab in ("lines", "packs", "labels", "messages"):
            address = reverse("transport:advice", args=[side.slug, advice.pk])
            found = client.get(address, {"tab": tab})
            assert found.status_code == 200, tab
        for form in ("desadv", "x12"):
            name = reverse("transport:advice-file", args=[side.slug, advice.pk, form])
            assert b"8K" not in client.get(name).content
    assert clerk.post(page("advice-labels", advice.pk)).status_code == 200
    with acting_for(story.supplier):
        assert not HandlingUnit.objects.filter(label_printed_at=None).exists()
    cancel = reverse("transport:advice-cancel", args=["avalon", advice.pk])
    assert planner.post(cancel).status_code == 404
    step = clerk.post(page("advice-correct", advice.pk))
    assert clerk.get(step.url).status_code == 200
    assert clerk.post(page("advice-cancel", advice.pk), {"version": 1}).status_code == 302
    porto = client_for(cast.porto)
    assert porto.get(reverse("transport:advice", args=["porto", advice.pk])).status_code == 404


def body(story: Story, **changes: Any) -> dict[str, Any]:
    left = timezone.now() - timedelta(minutes=1)
    customer = story.customer
    with acting_for(customer):
        site = Site.objects.get()
    with acting_for(story.supplier):
        own = Site.objects.get()
    return {
        "customer": customer.bpn,
        "ship_from": own.code,
        "ship_to": f"{customer.bpn}/{site.code}",
        "gross_weight_kg": "300",
        "net_weight_kg": "200",
        "despatched_at": left.isoformat(),
        "expected_at": (left + timedelta(hours=9)).isoformat(),
        "lines": [{"position": 1, "part_number": story.part, "quantity": "96"}],
        "units": [
            {"key": "p", "pack_type": "PX"},
            *(
                {
                    "key": f"b{n}",
                    "inside": "p",
                    "pack_type": "KLT-6428",
                    "contents": [{"line": 1, "quantity": "48"}],
                }
                for n in (1, 2)
            ),
        ],
        **changes,
    }


def call(client: Client, path: str, told: Any = None, **headers: str) -> Any:
    url = f"/api/v1/{path}"
    if told is None:
        return client.get(url)
    return client.post(url, json.dumps(told), content_type="application/json", headers=headers)


def test_the_interface_sends_corrects_and_finds_packs(
    cast: Cast, story: Story, client_for: ClientFor
) -> None:
    client = client_for(cast.brasov, role="clerk")
    told = body(story, source_key="S-1")
    made = call(client, "dispatch-advices", told)
    assert made.status_code == 201, made.content
    again = call(client, "dispatch-advices", told)
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    advice = made.json()
    assert [unit["kind"] for unit in advice["units"]] == ["M", "S", "S"]
    plate = advice["units"][1]["licence_plate"]
    customer = client_for(cast.avalon)
    (found,) = call(customer, f"handling-units?plate=1J{plate}").json()["items"]
    assert found["contents"] == [{"line": 1, "quantity": "48"}]
    (line,) = call(customer, f"dispatch-advices/{advice['id']}").json()["lines"]
    assert line["cumulative"] == "96"
    labels = call(customer, f"dispatch-advices/{advice['id']}/labels?size=210x74")
    assert labels.content.startswith(b"%PDF")
    message = call(customer, f"dispatch-advices/{advice['id']}/message?form=desadv")
    assert b"DESADV:D:07A" in message.content
    wrong = body(story, lines=[{"position": 1, "part_number": "x", "quantity": "95"}])
    refused = call(client, "dispatch-advices", wrong)
    assert refused.status_code == 422
    assert {each["field"] for each in refused.json()["errors"]} >= {"part_number", "units"}
    right = body(story, plate="NEW-1", units=[])
    path = f"dispatch-advices/{advice['id']}/correction"
    assert call(client, path, right).status_code == 428
    assert call(customer, path, right, **{"If-Match": made["ETag"]}).status_code in {403, 404}
    corrected = call(client, path, right, **{"If-Match": made["ETag"]})
    assert (corrected.status_code, corrected.json()["revision"]) == (201, 2)
    assert call(customer, f"handling-units?plate={plate}").json()["items"] == []
    over = f"dispatch-advices/{corrected.json()['id']}/cancellation"
    cancelled = call(client, over, {}, **{"If-Match": corrected["ETag"]})
    assert cancelled.json()["state"] == "cancelled"
    rival = client_for(cast.porto)
    assert call(rival, "dispatch-advices").json()["items"] == []
    assert call(rival, f"dispatch-advices/{advice['id']}").status_code == 404
    assert call(rival, f"handling-units?plate={plate}").json()["items"] == []


def known_by_sample(cast: Cast, story: Story) -> None:
    """Let the parties of the sample message be Brasov and Avalon."""
    with acting_for(story.supplier):
        Organisation.objects.filter(pk=cast.brasov.pk).update(duns="987654321")
        PartnerProfile.objects.create(partner=cast.brasov, identifier="O0013000SUP", qualifier="OD")
        PartnerProfile.objects.create(partner=cast.avalon, identifier="123456789")


def hand_in(story: Story, raw: bytes) -> InboundMessage:
    with acting_for(story.supplier):
        message, _is_new = receive(raw=raw)
        message = apply(message.pk)
    work_off()
    return message


def sample(cast: Cast, story: Story) -> bytes:
    with acting_for(cast.avalon):
        site = Site.objects.get().code
    raw = edifact_sample("DESADV_D07A_vda4987")
    today = timezone.now()
    for old, day in ((b"20261123", today), (b"20261124", today + timedelta(days=1))):
        raw = raw.replace(old, day.strftime("%Y%m%d").encode())
    return raw.replace(b"8K0 612 345 A", story.part.encode()).replace(b"P01", site.encode())


def test_a_message_of_the_suppliers_system_becomes_an_advice(cast: Cast, story: Story) -> None:
    known_by_sample(cast, story)
    raw = sample(cast, story)
    message = hand_in(story, raw)
    assert (message.state, bytes(message.raw)) == ("applied", raw), message.problems
    with acting_for(cast.avalon):
        (row,) = advice_list()
        assert (row.number, row.units, row.origin_of_data) == ("80001240", 11, "edifact")
        assert AdviceLine.objects.get().delivery_note == "80001240"
    with acting_for(story.supplier):
        answer = OutboundMessage.objects.get()
        assert answer.kind == "edifact:CONTRL"
    hand_in(story, raw.replace(b"+105'", b"+106'"))  # the same number again
    replaced = raw.replace(b"+105'", b"+107'").replace(b"80001240+9", b"80001240+5")
    assert hand_in(story, replaced).state == "applied"
    broken = replaced.replace(b"+107'", b"+108'").replace(b"CPS+2+1+1", b"CPS+2+9+1")
    refused = hand_in(story, broken)
    assert (refused.state, refused.problems[0]["code"]) == ("refused", "packs-parent")
    with acting_for(story.supplier):
        revisions = DispatchAdvice.objects.order_by("revision").values_list("revision", "state")
        assert list(revisions) == [(1, "replaced"), (2, "sent")]


def test_an_advice_waits_for_the_customers_system(
    cast: Cast, story: Story, client_for: ClientFor
) -> None:
    advice = sent(story)
    client = client_for(cast.brasov, role="clerk")
    for form, kind in (("desadv", "edifact:DESADV"), ("x12", "x12:856")):
        client.post(page("advice-message", advice.pk), {"form": form})
        with acting_for(story.supplier):
            made = OutboundMessage.objects.get(kind=kind)
            assert (made.title, made.wants_answer) == (advice.number, True)
    made = call(client, f"dispatch-advices/{advice.pk}/message", {"form": "x12"})
    assert made.status_code == 201
