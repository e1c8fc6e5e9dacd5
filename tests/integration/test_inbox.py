"""The inbox: kept first, once however often it comes, applied by whoever registered for it."""

import hashlib
import json
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError

from collab.events import relay
from collab.events.models import Event
from collab.integration.inbox import applying, receiving, registry
from collab.integration.inbox.applying import NotRetryable
from collab.integration.inbox.envelopes import Envelope
from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.registry import Arrival, Outcome
from collab.integration.models.messages import InboundMessage, OutboundMessage, PartnerProfile
from collab.integration.x12 import envelope as x12
from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.integration.inbox_cases import (
    BPNL,
    COMMENT,
    Seen,
    applied,
    codes,
    interchange,
    kept,
    x12_interchange,
)


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


def test_an_aspect_is_known_by_its_properties_and_may_come_anew(cast: Cast, profile: None) -> None:
    """JSON documents have no control number: a later state of the same object is no conflict."""
    seen: list[Arrival] = []

    def take(arrival: Arrival) -> Outcome:
        seen.append(arrival)
        return Outcome(applied=1)

    body = {"commentId": COMMENT, "objectId": COMMENT, "objectType": "x", "customer": BPNL}
    before = registry.handler_of("catenax:id_based_comment")
    registry.unregister("catenax:id_based_comment")
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
        if before is not None:
            registry.register("catenax:id_based_comment", before)
    assert [each.document.content.comment for each in seen] == ["first", "second"]


def test_a_fault_of_ours_while_opening_keeps_the_message(
    cast: Cast,
    profile: None,
    seen: Seen,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_args: object, **_more: object) -> Envelope:
        raise ZeroDivisionError

    with acting_for(cast.brasov):
        with monkeypatch.context() as patched:
            patched.setattr(receiving, "open_envelope", broken)
            message = applied(interchange(), sender=cast.avalon)
        assert (message.state, codes(message)) == ("held", ["fault"])
        assert [each.exc_info[0] for each in caplog.records if each.exc_info] == [ZeroDivisionError]
        assert bytes(message.raw) == interchange()
        assert applying.retry(message.pk).state == "applied"


@pytest.mark.parametrize("error", [SoftTimeLimitExceeded(), OperationalError("lock time-out")])
def test_what_is_no_fault_of_the_message_leaves_it_as_it_came(
    brasov: Any, error: Exception
) -> None:
    def stopped(_arrival: Arrival) -> Outcome:
        raise error

    message = kept(interchange())
    registry.register("edifact:TSTMSG", stopped)
    try:
        with pytest.raises(type(error)):
            applying.apply(message.pk)
    finally:
        registry.unregister("edifact:TSTMSG")
    message.refresh_from_db()
    assert (message.state, message.problems) == ("received", [])


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
