"""Capture of EPCIS documents over HTTP: jobs, behaviours, refusals, repetitions, walls."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from collab.events.leases import MAX_STARTS
from collab.events.models import Errand
from collab.events.relay import work_off
from collab.events.tasks import header_for
from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.read import decode, read_document
from collab.integration.inbox.applying import NotRetryable, retry
from collab.integration.models import InboundMessage
from collab.live.models import FeedFrame
from collab.organisations.context import acting_for
from inventory.models import CaptureJob, TrackingEvent
from inventory.services import captures
from inventory.tasks import capture_document
from tests.harness.cast import Cast, found_person
from tests.integration.epcis.making import document, plain_event
from tests.integration.machines import Machine, machine

pytestmark = pytest.mark.django_db
BEHAVIOUR = "GS1-Capture-Error-Behaviour"


def event(number: int = 1, **changed: Any) -> dict[str, Any]:
    """Return one of many events, in a month that is kept."""
    return plain_event(
        **{
            "@context": None,
            "eventTime": f"2026-10-22T06:45:00.{number:03d}+02:00",
            "epcList": [f"urn:epc:id:sscc:4012345.0{number:09d}"],
            **changed,
        }
    )


def hash_of(found: dict[str, Any]) -> str:
    (captured,) = read_document(document(found)).captured
    return event_hash(captured.facts)


@pytest.fixture
def brasov(cast: Cast) -> Machine:
    return machine(cast.brasov)


def stored(who: Machine) -> list[str]:
    with acting_for(who.organisation):
        return sorted(TrackingEvent.objects.values_list("event_id", flat=True))


def test_a_document_becomes_events_a_job_and_a_kept_message(brasov: Machine) -> None:
    own_id = event(2, eventID="urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
    answer = brasov.post("epcis/capture", document(event(1), own_id))
    assert answer.status_code == 202, answer.content
    assert answer["GS1-EPCIS-Version"] == "2.0.0"
    assert int(answer["GS1-EPCIS-Capture-Limit"]) > 1_000
    job = brasov.http.get(
        answer["Location"], headers={"Authorization": f"Bearer {brasov.secret}"}
    ).json()
    assert job == answer.json()
    assert (job["running"], job["success"], job["recorded"]) == (False, True, 2)
    assert job["captureErrorBehaviour"] == "rollback"
    assert stored(brasov) == sorted([hash_of(event(1)), own_id["eventID"]])
    with acting_for(brasov.organisation):
        kept = InboundMessage.objects.get(pk=job["messageID"])
        assert (kept.state, kept.applied, kept.syntax) == ("applied", 2, "epcis")
        assert read_document(decode(bytes(kept.raw))).captured
    listed = brasov.get("epcis/capture").json()
    assert [each["captureID"] for each in listed] == [job["captureID"]]


def test_the_same_document_again_records_nothing_and_is_no_error(brasov: Machine) -> None:
    sent = document(event(1), event(2))
    first, second = (brasov.post("epcis/capture", sent).json() for _ in range(2))
    assert (first["recorded"], first["known"]) == (2, 0)
    assert (second["recorded"], second["known"], second["success"]) == (0, 2, True)
    assert len(stored(brasov)) == 2
    with acting_for(brasov.organisation):
        assert InboundMessage.objects.get(pk=first["messageID"]).repetitions == 1


@pytest.mark.parametrize(("behaviour", "kept"), [("rollback", 0), ("proceed", 2)])
def test_one_bad_event_stops_all_or_only_itself(brasov: Machine, behaviour: str, kept: int) -> None:
    sent = document(event(1), event(2, action="MOVE", bizStep="flying"), event(3))
    answer = brasov.post("epcis/capture", sent, **{BEHAVIOUR: behaviour})
    assert answer.status_code == 202
    job = answer.json()
    assert (job["success"], job["running"], job["recorded"]) == (False, False, kept)
    assert [(each["index"], each["path"], each["value"]) for each in job["errors"]] == [
        (1, "action", "MOVE"),
        (1, "bizStep", "flying"),
    ]
    assert {each["type"] for each in job["errors"]} == {"epcisException:ValidationException"}
    assert len(stored(brasov)) == kept
    with acting_for(brasov.organisation):
        state = InboundMessage.objects.get(pk=job["messageID"]).state
    assert state == ("held" if kept else "refused")


@pytest.mark.parametrize("behaviour", ["rollback", "proceed"])
def test_what_storage_refuses_is_told_with_its_event(brasov: Machine, behaviour: str) -> None:
    named = event(1, eventID="urn:x:one")
    assert brasov.post("epcis/capture", document(named)).json()["success"]
    other = named | {"bizStep": "stocking"}
    future = event(3, eventTime="2096-07-22T06:45:00+02:00")
    job = brasov.post(
        "epcis/capture", document(event(2), other, future), **{BEHAVIOUR: behaviour}
    ).json()
    assert [(each["index"], each["path"], each["status"]) for each in job["errors"]] == [
        (1, "eventID", 409),
        (2, "eventTime", 400),
    ]
    assert len(stored(brasov)) == (1 if behaviour == "rollback" else 2)


XML = b"""<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"
  creationDate="2026-10-22T10:30:00Z" xmlns:own="https://ns.example.com/tracking/"><EPCISBody>
  <EventList><ObjectEvent><eventTime>2026-10-22T06:45:00.001+02:00</eventTime>
  <eventTimeZoneOffset>+02:00</eventTimeZoneOffset><epcList>
  <epc>urn:epc:id:sscc:4012345.0000000001</epc></epcList><action>OBSERVE</action>
  <bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>
  <disposition>urn:epcglobal:cbv:disp:in_transit</disposition>
  <readPoint><id>urn:epc:id:sgln:4012345.00011.987</id></readPoint><bizTransactionList>
  <bizTransaction type="urn:epcglobal:cbv:btt:desadv">urn:epcglobal:cbv:bt:5200001000008:4711
  </bizTransaction></bizTransactionList><own:seal>S-17</own:seal></ObjectEvent></EventList>
  </EPCISBody></epcis:EPCISDocument>"""


def test_a_document_in_xml_is_the_same_events(
    brasov: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post(raw: bytes) -> Any:
        return brasov.http.post(
            "/api/v1/epcis/capture",
            raw,
            content_type="application/xml",
            headers={"Authorization": f"Bearer {brasov.secret}"},
        )

    assert brasov.post("epcis/capture", document(event(1))).json()["recorded"] == 1
    job = post(XML).json()
    assert (job["success"], job["recorded"], job["known"]) == (True, 0, 1)
    refused = post(XML.replace(b"</action>", b"</action><madeUp>x</madeUp>")).json()
    assert [(each["index"], each["path"]) for each in refused["errors"]] == [(0, "madeUp")]
    assert post(b'<!DOCTYPE a [<!ENTITY b "c">]>' + XML).status_code == 400
    assert post(XML[:300]).status_code == 400
    monkeypatch.setattr(captures, "AT_ONCE", 0)
    key = post(XML + b"<!-- again -->").json()["captureID"]
    with acting_for(brasov.organisation):
        captures.finish_capture(UUID(key))
    assert brasov.get(f"epcis/capture/{key}").json()["known"] == 1


def test_what_is_no_document_is_refused_and_kept(brasov: Machine) -> None:
    answer = brasov.post("epcis/capture", document(event(1), **{"@context": None}))
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["type"] == "epcisException:ValidationException"
    assert problem["errors"][0]["field"] == "@context"
    with acting_for(brasov.organisation):
        (message,) = InboundMessage.objects.all()
        assert message.state == "refused"
        assert message.problems[0]["place"] == "@context"
        with pytest.raises(NotRetryable):
            retry(message.pk)
        assert not CaptureJob.objects.exists()


def test_refusals_in_the_standards_terms(brasov: Machine, cast: Cast) -> None:
    good = document(event(1))

    def kind(answer: Any) -> tuple[int, str]:
        return answer.status_code, answer.json()["type"].removeprefix("epcisException:")

    assert kind(brasov.post("epcis/capture", good, **{BEHAVIOUR: "maybe"})) == (
        400,
        "ValidationException",
    )
    assert kind(brasov.post("epcis/capture", good, **{"GS1-EPCIS-Version": "1.2"})) == (
        406,
        "NotAcceptableException",
    )
    reader = machine(cast.brasov, {"inventory:read"}, name="reader")
    assert kind(reader.post("epcis/capture", good)) == (403, "SecurityException")
    other = brasov.http.post(
        "/api/v1/epcis/capture",
        b"ISA*00*",
        content_type="application/edi-x12",
        headers={"Authorization": f"Bearer {brasov.secret}"},
    )
    assert kind(other) == (415, "UnsupportedMediaTypeException")
    many = document(*[event(1)] * 10_001)
    assert kind(brasov.post("epcis/capture", many)) == (413, "CaptureLimitExceededException")
    assert kind(brasov.get("epcis/capture/01a2b3c4-0000-7000-8000-000000000000")) == (
        404,
        "NoSuchResourceException",
    )
    assert kind(brasov.get("epcis/events?EQ_colour=red")) == (400, "QueryParameterException")
    options = brasov.call("OPTIONS", "epcis/capture")
    assert (options.status_code, options["Allow"]) == (204, "GET, POST, HEAD, OPTIONS")
    assert options["GS1-EPCIS-Capture-Limit"] == "10000"
    assert stored(brasov) == []


def test_a_large_document_is_left_to_a_worker(
    brasov: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captures, "AT_ONCE", 2)
    job = brasov.post("epcis/capture", document(event(1), event(2), event(3))).json()
    assert (job["running"], job["recorded"], job["finishedAt"]) == (True, 0, None)
    with acting_for(brasov.organisation) as acting:
        errand = Errand.objects.get(name=captures.TASK)
        assert errand.organisation_id == acting.organisation_id
        for _twice in range(2):
            captures.finish_capture(errand.subject_id)
    job = brasov.get(f"epcis/capture/{job['captureID']}").json()
    assert (job["running"], job["success"], job["recorded"]) == (False, True, 3)


def test_a_document_that_no_worker_ends_is_told_as_failed(
    brasov: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captures, "AT_ONCE", 0)
    key = brasov.post("epcis/capture", document(event(1))).json()["captureID"]
    errand = Errand.objects.get(name=captures.TASK)
    Errand.objects.filter(pk=errand.pk).update(starts=MAX_STARTS)
    capture_document.apply(args=(key,), headers=header_for(errand), throw=True)
    job = brasov.get(f"epcis/capture/{key}").json()
    assert (job["running"], job["success"], job["recorded"]) == (False, False, 0)
    assert job["errors"][0]["status"] == 500
    assert stored(brasov) == []


def test_single_events(brasov: Machine) -> None:
    sent = event(1, eventID="urn:x:one", **{"@context": plain_event()["@context"]})
    for _twice in range(2):
        answer = brasov.post("epcis/events", sent)
        assert (answer.status_code, answer.json()) == (201, {"eventID": "urn:x:one"})
    conflict = brasov.post("epcis/events", sent | {"bizStep": "stocking"})
    assert conflict.status_code == 409
    assert conflict.json()["type"] == "epcisException:ResourceAlreadyExistsException"
    assert brasov.post("epcis/events", sent | {"action": "MOVE"}).status_code == 400
    assert brasov.post("epcis/events", document(event(1))).status_code == 400
    declared = {"declarationTime": "2026-10-25T10:00:00Z", "reason": "did_not_occur"}
    assert brasov.post("epcis/events", sent | {"errorDeclaration": declared}).status_code == 201
    found = brasov.get("epcis/events/urn:x:one").json()
    events = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert [("errorDeclaration" in each) for each in events] == [False, True]


def test_jobs_and_events_are_nobody_elses(cast: Cast, brasov: Machine) -> None:
    porto = machine(cast.porto)
    job = brasov.post("epcis/capture", document(event(1, eventID="urn:x:one"))).json()
    assert porto.get(f"epcis/capture/{job['captureID']}").status_code == 404
    assert porto.get("epcis/capture").json() == []
    assert porto.get("epcis/events/urn:x:one").status_code == 404
    assert porto.get("epcis/epcs").json()["member"] == []
    assert brasov.get("epcis/events/urn:x:one").status_code == 200


def test_people_see_what_became_of_each_document(cast: Cast, brasov: Machine) -> None:
    good = brasov.post("epcis/capture", document(event(1))).json()
    bad = brasov.post("epcis/capture", document(event(2, bizStep="flying"))).json()
    planner, rival = (found_person(each) for each in (cast.brasov, cast.porto))
    http, theirs = Client(), Client()
    http.force_login(planner)
    theirs.force_login(rival)
    start = f"/t/{cast.brasov.slug}"
    listed = http.get(f"{start}/inventory/tracking/captures/").content.decode()
    assert good["captureID"] in listed
    assert bad["captureID"] in listed
    listed = http.get(f"{start}/inventory/tracking/captures/?view=problems").content.decode()
    assert good["captureID"] not in listed
    assert bad["captureID"] in listed
    one = http.get(f"{start}/inventory/tracking/captures/{bad['captureID']}/").content.decode()
    assert "bizStep" in one
    assert "flying" in one
    message = f"{start}/integrations/messages/{bad['messageID']}/"
    assert message in one
    shown = http.get(message).content.decode()
    assert "eventList.0.bizStep" in shown
    assert "Try again" not in shown
    listing = f"{start}/inventory/tracking/captures/"
    part = http.get(listing, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert good["captureID"] in part
    answer: Any = http.get(f"{listing}?view=problems&export=csv")
    exported = b"".join(answer) if answer.streaming else answer.content
    assert bad["messageID"].encode() in exported
    assert good["messageID"].encode() not in exported
    work_off()
    with acting_for(cast.brasov):
        frames = FeedFrame.objects.filter(topic="inventory.captures")
        assert bad["captureID"] in str(frames.values_list("frames", flat=True))
    with acting_for(cast.porto):
        assert not FeedFrame.objects.filter(topic="inventory.captures").exists()
    foreign = f"/t/{cast.porto.slug}/inventory/tracking/captures/"
    assert bad["captureID"] not in theirs.get(foreign).content.decode()
    assert theirs.get(f"{foreign}{bad['captureID']}/").status_code == 404


HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto" / "capture-events.md"


def test_the_examples_of_the_guide_run(brasov: Machine) -> None:
    text = HOWTO.read_text(encoding="utf-8")
    sent = json.loads(text.partition("<<'JSON'\n")[2].partition("\nJSON\n")[0])
    job = brasov.post("epcis/capture", sent).json()
    assert (job["success"], job["recorded"]) == (True, 2)
    extension = {"GS1-Extensions": "acme=https://ns.acme.example/epcis/"}
    found = []
    for path in re.findall(r'curl "\$COLLAB/api/v1/(epcis/events\?[^"]+)"', text):
        answer = brasov.get(path, **extension)
        assert answer.status_code == 200, path
        found.append(len(answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]))
    assert found == [2, 1, 1]
    bodies = [json.loads(each) for each in re.findall(r"-d '(\{.*\})'", text)]
    paths = re.findall(r'curl "\$COLLAB/api/v1/(epcis/queries[^"]*)"', text)
    for path, body in zip(paths, bodies, strict=True):
        assert brasov.post(path, body).status_code == 201, path
