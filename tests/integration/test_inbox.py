"""The inbox: kept first, once however often it comes, applied by whoever registered for it."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from collab.events import relay
from collab.events.models import Event
from collab.integration.edifact import envelope as edifact
from collab.integration.edifact.tokens import segment
from collab.integration.inbox import applying, receiving, registry
from collab.integration.inbox.applying import NotRetryable
from collab.integration.inbox.envelopes import LARGEST, Envelope
from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.registry import Arrival, Outcome
from collab.integration.models.messages import InboundMessage, OutboundMessage, PartnerProfile
from collab.integration.x12 import envelope as x12
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.machines import machine

AT = datetime(2026, 11, 22, 6, 0)
COMMENT, BPNL = "f5c151e4-30b5-4456-94fd-2a7b559b6121", "BPNL6666666666YY"
Seen = list[Arrival]


def interchange(*numbers: str, reference: str = "101", sender: str = "O0013000OEM") -> bytes:
    """Return an interchange of one-segment test messages."""
    return edifact.write(
        [("TSTMSG:D:04A:UN", [segment("BGM", "241", number, "9")]) for number in numbers or ("A",)],
        sender=(sender, "OD"),
        receiver=("O0013000SUP", "OD"),
        reference=reference,
        prepared_at=AT,
    )


def x12_interchange(count: int = 3) -> bytes:
    return (
        "ISA*00*          *00*          *ZZ*OEM            *ZZ*SUP            "
        "*261122*0600*U*00401*000000007*0*P*>~GS*PS*OEM*SUP*20261122*0600*7*X*004010~"
        f"ST*830*0001~BFR*00*1~SE*{count}*0001~GE*1*7~IEA*1*000000007~"
    ).encode()


def kept(raw: bytes, **more: Any) -> InboundMessage:
    return receiving.receive(raw=raw, **more)[0]


def applied(raw: bytes, **more: Any) -> InboundMessage:
    return applying.apply(kept(raw, **more).pk)


def codes(message: InboundMessage) -> list[str]:
    return [each["code"] for each in message.problems]


@pytest.fixture
def seen() -> Iterator[Seen]:
    """A handler of test messages: takes all but those called BAD, HOLD and BROKEN."""
    found: Seen = []

    def take(arrival: Arrival) -> Outcome:
        name = arrival.document.content.segments[1].value(1)
        place = {"message": arrival.document.reference, "segment": 2, "tag": "BGM"}
        if name == "BAD":
            raise MessageRefused([Finding(code="bad", expected="a good name", found=name, **place)])
        if name == "BROKEN":
            raise ZeroDivisionError
        if name == "HOLD":
            return Outcome(held=1, findings=(Finding(code="hold", expected="a part", **place),))
        found.append(arrival)
        return Outcome(applied=1)

    registry.register("edifact:TSTMSG", take)
    yield found
    registry.unregister("edifact:TSTMSG")


@pytest.fixture
def profile(cast: Cast) -> None:
    """Let the supplier know its customer's identifier."""
    with acting_for(cast.brasov):
        PartnerProfile.objects.create(
            partner=cast.avalon,
            identifier="O0013000OEM",
            qualifier="OD",
            date_basis="ship",
            tolerance=Decimal("0.05"),
            qualifiers={"order": ["ON"]},
        )


@pytest.fixture
def brasov(cast: Cast, profile: None) -> Iterator[Organisation]:
    """Act for a supplier whose customer has a profile."""
    with acting_for(cast.brasov):
        yield cast.brasov


def test_a_message_is_kept_as_it_came_and_applied_once(brasov: Any, cast: Cast, seen: Seen) -> None:
    raw = interchange("A")
    message = kept(raw)
    assert bytes(message.raw) == raw
    assert message.sha256 == hashlib.sha256(raw).hexdigest()
    assert (message.state, message.sender, message.reference) == ("received", cast.avalon, "101")
    assert Event.objects.filter(kind="integration.inbox.MessageArrived").count() == 1
    assert not seen  # applied after the commit, not with it

    for _ in range(2):
        message = applying.apply(message.pk)
    assert (message.state, message.applied, message.problems) == ("applied", 1, [])
    assert len(seen) == 1
    assert seen[0].sender_id == cast.avalon.pk
    assert seen[0].profile.date_basis == "ship"
    assert seen[0].profile.qualifiers_of("order", "XX") == ("ON",)
    assert seen[0].profile.qualifiers_of("part", "IN") == ("IN",)


def test_the_same_bytes_again_are_the_message_that_is_there(brasov: Any, seen: Seen) -> None:
    first, is_new = receiving.receive(raw=interchange())
    again, is_new_again = receiving.receive(raw=interchange())
    assert (first.pk, is_new, is_new_again) == (again.pk, True, False)
    assert InboundMessage.objects.get().repetitions == 1


def test_a_control_number_that_came_with_other_content_is_asked_about(
    brasov: Any, seen: Seen
) -> None:
    applied(interchange("A"))
    other = applied(interchange("B"))
    assert (other.state, codes(other)) == ("refused", ["control-number-reused"])
    with pytest.raises(NotRetryable, match="decision"):
        applying.retry(other.pk)
    assert applying.retry(other.pk, confirmed=True).state == "applied"
    assert [each.document.content.segments[1].value(1) for each in seen] == ["A", "B"]


def test_an_unknown_sender_waits_for_its_profile(cast: Cast, seen: Seen) -> None:
    with acting_for(cast.brasov):
        message = applied(interchange(sender="NOBODY"))
        assert (message.state, codes(message), seen) == ("held", ["unknown-sender"], [])
        PartnerProfile.objects.create(partner=cast.avalon, identifier="NOBODY")
        assert applying.retry(message.pk).state == "applied"


def test_a_kind_that_nobody_applies_waits(brasov: Any) -> None:
    message = applied(interchange())
    assert (message.state, codes(message)) == ("held", ["not-supported"])
    registry.register("edifact:TSTMSG", lambda _arrival: Outcome(applied=1))
    try:
        assert applying.retry(message.pk).state == "applied"
        with pytest.raises(NotRetryable, match="nothing has been applied"):
            applying.retry(message.pk)
    finally:
        registry.unregister("edifact:TSTMSG")


@pytest.mark.parametrize(
    ("names", "policy", "state", "taken"),
    [
        (["A", "B"], "lines", "applied", 2),
        (["A", "BAD", "B"], "lines", "held", 2),  # the good ones stand
        (["A", "BAD", "B"], "all", "refused", 0),  # nothing stands
        (["BAD"], "lines", "refused", 0),
        (["A", "HOLD"], "lines", "held", 1),
        (["A", "HOLD"], "all", "refused", 0),
        (["A", "BROKEN"], "lines", "held", 1),  # a fault of ours never loses a message
        (["A", "BROKEN"], "all", "held", 0),
    ],
)
def test_the_policy_decides_what_stands(
    brasov: Any, seen: Seen, names: list[str], policy: str, state: str, taken: int
) -> None:
    PartnerProfile.objects.update(apply_policy=policy)
    message = applied(interchange(*names))
    assert (message.state, message.applied) == (state, taken)
    assert all(each["segment"] == 2 for each in message.problems if each["code"] == "bad")


def test_what_a_refused_document_wrote_is_undone(brasov: Any, cast: Cast) -> None:
    def write_and_refuse(arrival: Arrival) -> Outcome:
        PartnerProfile.objects.create(partner=cast.kestrel)
        raise MessageRefused([Finding(code="no", expected="yes")])

    registry.register("edifact:TSTMSG", write_and_refuse)
    try:
        assert applied(interchange()).state == "refused"
    finally:
        registry.unregister("edifact:TSTMSG")
    assert not PartnerProfile.objects.filter(partner=cast.kestrel).exists()


def test_an_x12_interchange_is_answered_by_a_997(cast: Cast) -> None:
    with acting_for(cast.brasov):
        PartnerProfile.objects.create(partner=cast.avalon, identifier="OEM", qualifier="ZZ")
        message = applied(x12_interchange(count=4))
        assert (message.state, codes(message)) == ("refused", ["segment-count"])
        answer = OutboundMessage.objects.get()
        assert (answer.receiver, answer.number, answer.about) == (cast.avalon, 1, message)
        read = x12.read(bytes(answer.raw))
        assert read.is_accepted
        assert (read.sender, read.receiver) == ("SUP", "OEM")
        [found] = read.groups[0].sets
        assert [each.elements for each in found.segments if each.tag in {"AK5", "AK9"}] == [
            ("R", "4"),
            ("R", "1", "1", "0"),
        ]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "no-envelope"),
        (b"\x00" * 1000, "no-envelope"),
        (b"A" * 1_000_000, "no-envelope"),
        (b"UNB" + b"+" * 1_000_000, "unterminated"),
        (b"UNB+UNOC:3'" + b"A'" * 1_000_000, "too-many-segments"),
        (b"ISA" + b"*" * 1_000_000, "no-envelope"),
        (b"[" * 200_000, "too-deep"),
        (b'{"a":' * 200_000, "too-deep"),
        (b"[" * 1_000_000, "too-many-values"),
        (b'{"materialDemandId": 1' + b"0" * 1_000_000 + b"}", "number"),
        (b'{"a": NaN}', "number"),
        (b'{"a": 1, "a": 2}', "name-twice"),
        (b'{"a": "\xff"}', "charset"),
        (b"\xff\xfeU\x00N\x00B\x00", "no-envelope"),
        (interchange()[:-30], "unterminated"),
    ],
)
@pytest.mark.timeout(2)
def test_hostile_bytes_are_refused_with_a_reason_and_kept(
    cast: Cast, raw: bytes, code: str
) -> None:
    with acting_for(cast.brasov):
        message = applied(raw, sender=cast.avalon)
        assert (message.state, codes(message)) == ("refused", [code])
        assert bytes(message.raw) == raw


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


def test_an_aspect_is_known_by_its_properties_and_may_come_anew(cast: Cast, profile: None) -> None:
    """JSON documents have no control number: a later state of the same object is no conflict."""
    seen: list[Arrival] = []

    def take(arrival: Arrival) -> Outcome:
        seen.append(arrival)
        return Outcome(applied=1)

    body = {"commentId": COMMENT, "objectId": COMMENT, "objectType": "x", "customer": BPNL}
    registry.register("catenax:id_based_comment", take)
    try:
        with acting_for(cast.brasov):
            for text in ("first", "second"):
                raw = json.dumps(body | {"supplier": BPNL, "commentText": text}).encode()
                message = applied(raw, sender=cast.avalon)
                assert (message.state, message.kind) == ("applied", "catenax:id_based_comment")
                assert (message.reference, message.sender) == (COMMENT, cast.avalon)
            wrong = applied(json.dumps(body).encode(), sender=cast.avalon)
            assert (wrong.state, wrong.problems[0]["place"]) == ("refused", "/")
            assert "the property supplier" in wrong.problems[0]["expected"]
    finally:
        registry.unregister("catenax:id_based_comment")
    assert [each.document.content.comment for each in seen] == ["first", "second"]


def test_a_fault_of_ours_while_opening_keeps_the_message(
    cast: Cast, profile: None, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_more: object) -> Envelope:
        raise ZeroDivisionError

    with acting_for(cast.brasov):
        with monkeypatch.context() as patched:
            patched.setattr(receiving, "open_envelope", broken)
            message = applied(interchange(), sender=cast.avalon)
        assert (message.state, codes(message)) == ("held", ["fault"])
        assert bytes(message.raw) == interchange()
        assert applying.retry(message.pk).state == "applied"


def test_an_interchange_with_a_broken_envelope_is_answered_too(cast: Cast) -> None:
    with acting_for(cast.brasov):
        PartnerProfile.objects.create(partner=cast.avalon, identifier="OEM", qualifier="ZZ")
        message = kept(x12_interchange().replace(b"IEA*1", b"IEA*2"))
        assert (message.state, codes(message)) == ("refused", ["count"])
        assert b"AK9*R*1*1*0" in bytes(OutboundMessage.objects.get(about=message).raw)
        assert Event.objects.filter(kind="integration.inbox.MessageHandled").count() == 1


@pytest.mark.committed
def test_the_outbox_applies_what_was_stored(cast: Cast, profile: None, seen: Seen) -> None:
    with acting_for(cast.brasov):
        message = kept(interchange())
    assert not seen
    while relay.work_off():
        continue
    with acting_for(cast.brasov):
        message.refresh_from_db()
    assert (message.state, len(seen)) == ("applied", 1)


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
