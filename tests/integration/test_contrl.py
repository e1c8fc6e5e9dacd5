"""API-03: EDIFACT is answered by a CONTRL, X12 by a 997; partners' answers settle the outbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from collab.integration.edifact import envelope as edifact
from collab.integration.edifact.acknowledge import acknowledge
from collab.integration.inbox import outbox
from collab.integration.inbox.findings import Finding
from collab.integration.inbox.outbox import AlreadyAnswered
from collab.integration.models.messages import OutboundMessage
from collab.integration.x12 import acknowledge as x12_acknowledge
from collab.integration.x12 import envelope as x12
from collab.integration.x12.tokens import Segment
from collab.integration.x12.writing import write
from collab.organisations.context import acting_for
from collab.work.message_alerts import UNANSWERED, judge_unanswered
from collab.work.models import Alert
from tests.harness.cast import Cast
from tests.integration.edi_samples import EDIFACT, edifact_sample
from tests.integration.inbox_cases import Seen, applied, interchange
from tests.integration.machines import machine

AT = datetime(2026, 11, 22, 6, tzinfo=UTC)


def contrl(raw: bytes, *findings: Finding) -> list[tuple[str, ...]]:
    """Return the segments of the answer to an interchange, each as its tag and its values."""
    by_message: dict[str, list[Finding]] = {}
    for each in findings:
        by_message.setdefault(each.message, []).append(each)
    answer = acknowledge(edifact.read(raw), control=9, prepared_at=AT, findings=by_message)
    read = edifact.read(answer)
    assert read.is_accepted
    [message] = read.messages
    assert (message.kind, message.version, message.release) == ("CONTRL", "D", "3")
    return [
        (each.tag, *(":".join(element) for element in each.elements))
        for each in message.segments[1:-1]
    ]


@pytest.mark.parametrize("name", EDIFACT)
def test_a_sample_is_accepted_whole(name: str) -> None:
    raw = edifact_sample(name)
    sent = edifact.read(raw)
    said = contrl(raw)
    assert said[0][:2] == ("UCI", sent.reference)
    assert said[0][2].startswith(sent.sender)
    assert [each[-1] for each in said] == ["7"] * (len(sent.messages) + 1)


def test_the_answer_goes_back_with_the_place_of_each_error() -> None:
    raw = interchange("A", "B", "C")
    said = contrl(
        raw,
        Finding(code="quantity", expected="a number", message="2", segment=2, element=3),
        Finding(code="segment-missing", expected="a date", message="2", segment=3),
        Finding(code="not-supported", expected="another", message="3"),
        Finding(code="total", expected="5", message="1", segment=2, is_warning=True),
    )
    kind = "TSTMSG:D:04A:UN"
    assert said == [
        ("UCI", "101", "O0013000OEM:OD", "O0013000SUP:OD", "7"),
        ("UCM", "1", kind, "7"),  # a warning rejects nothing
        ("UCM", "2", kind, "4"),
        ("UCS", "2"),
        ("UCD", "12", "3"),
        ("UCS", "3", "13"),
        ("UCM", "3", kind, "4", "14"),
    ]
    answer = edifact.read(acknowledge(edifact.read(raw), control=9, prepared_at=AT))
    assert (answer.sender, answer.receiver, answer.reference) == ("O0013000SUP", "O0013000OEM", "9")


def test_a_wrong_envelope_is_refused_as_a_whole() -> None:
    raw = interchange("A").replace(b"UNZ+1", b"UNZ+2")
    assert contrl(raw) == [("UCI", "101", "O0013000OEM:OD", "O0013000SUP:OD", "4", "29")]
    with pytest.raises(ValueError, match="control number"):
        acknowledge(edifact.read(raw), control=0, prepared_at=AT)


def test_an_interchange_is_answered_once_and_an_answer_never(brasov: Any, seen: Seen) -> None:
    message = applied(interchange("A", "BAD"))
    answer = OutboundMessage.objects.get()
    assert (answer.kind, answer.about, answer.wants_answer) == ("edifact:CONTRL", message, False)
    text = bytes(answer.raw).decode()
    assert "UCM+1+TSTMSG:D:04A:UN+7'" in text
    assert "UCM+2+TSTMSG:D:04A:UN+4'" in text
    assert "UCS+2+18'" in text
    back = acknowledge(
        edifact.read(interchange("A", reference="7")), control=3, prepared_at=AT
    ).replace(b"O0013000SUP", b"O0013000OEM")
    refused = applied(back)
    assert (refused.state, refused.problems[0]["code"]) == ("refused", "unknown-number")
    assert OutboundMessage.objects.count() == 1  # nobody answers an answer


def queued(cast: Cast, kind: str) -> OutboundMessage:
    number = outbox.next_number(cast.avalon.pk)
    if kind == "x12:830":
        raw = write(
            [("830", [Segment("BFR", ("00",))])],
            code="PS",
            sender=("SUP", "ZZ"),
            receiver=("O0013000OEM", "OD"),
            control=number,
            prepared_at=AT,
        )
    else:
        raw = interchange("A", reference=str(number))
    return outbox.queue(
        receiver_id=cast.avalon.pk,
        kind=kind,
        raw=raw,
        number=number,
        title="A-1",
        wants_answer=True,
    )


@pytest.mark.parametrize("is_accepted", [True, False])
@pytest.mark.parametrize("kind", ["x12:830", "edifact:DELFOR"])
def test_a_partners_answer_settles_what_waits(
    brasov: Any, cast: Cast, kind: str, is_accepted: bool
) -> None:
    queued(cast, kind)
    mine = queued(cast, kind)
    bad = [] if is_accepted else [Finding(code="part", expected="a part", segment=2)]
    if kind == "x12:830":
        read = x12.read(bytes(mine.raw))
        answer = x12_acknowledge.acknowledge(
            read, control=1, prepared_at=AT, findings={"0001": bad}
        )
    else:
        sent = edifact.read(bytes(mine.raw).replace(b"OEM", b"TMP").replace(b"SUP", b"OEM"))
        answer = acknowledge(sent, control=1, prepared_at=AT, findings={"1": bad})
    done = applied(answer)
    assert (done.state, done.applied) == ("applied", 1), done.problems
    mine.refresh_from_db()
    assert mine.state == ("acknowledged" if is_accepted else "refused")
    assert mine.answered_at is not None
    assert OutboundMessage.objects.filter(state="waiting").count() == 1
    assert outbox.settle(mine.pk, is_accepted=is_accepted).version == mine.version  # twice = once
    with pytest.raises(AlreadyAnswered):
        outbox.settle(mine.pk, is_accepted=not is_accepted)


def test_a_missing_acknowledgement_is_an_exception_after_a_day(cast: Cast, profile: None) -> None:
    with acting_for(cast.brasov):
        mine = queued(cast, "edifact:DELFOR")
        now = timezone.now()
        assert judge_unanswered(as_of=now + timedelta(hours=23)) == 0
        for _twice in range(2):
            assert judge_unanswered(as_of=now + timedelta(hours=25)) == 1
        alert = Alert.objects.get(type=UNANSWERED)
        assert (alert.object_id, alert.is_open) == (mine.pk, True)
        assert alert.title_params["partner"] == cast.avalon.short_name


def test_machines_fetch_and_settle(cast: Cast, profile: None) -> None:
    with acting_for(cast.brasov):
        key = queued(cast, "x12:830").pk
    ours, rival = machine(cast.brasov), machine(cast.porto)
    path = f"outbound-messages/{key}"
    first = ours.get(path)
    assert (first.json()["state"], first.json()["receiver"]) == ("waiting", cast.avalon.bpn)
    content = ours.get(f"{path}/content")
    assert content["Content-Type"] == "application/edi-x12"
    assert x12.read(content.content).is_accepted
    assert ours.get(path, **{"If-None-Match": first["ETag"]}).json()["state"] == "fetched"
    reader = machine(cast.brasov, ["messages:read"], name="reader")
    told = {"is_accepted": True, "note": "by telephone"}
    assert reader.post(f"{path}/acknowledgement", told).status_code == 403
    assert rival.post(f"{path}/acknowledgement", told).status_code == 404
    assert rival.get(f"{path}/content").status_code == 404
    for _twice in range(2):
        done = ours.post(f"{path}/acknowledgement", told)
        assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
    other = ours.post(f"{path}/acknowledgement", {"is_accepted": False})
    assert other.status_code == 409
    assert [each["id"] for each in ours.get("outbound-messages").json()["items"]] == [str(key)]
