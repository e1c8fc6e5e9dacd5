"""XML: the same events as in JSON, by the published answers; hostile documents refused by name."""

import time
from pathlib import Path

import pytest

from collab.integration.epcis.faults import NotReadable
from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.read import decode, encode, read_document, read_stored
from collab.integration.epcis.read_xml import read_any
from tests.integration.edi_samples import FOLDER, sample

HASHES = FOLDER / "epcis-hash"
SAMPLES = FOLDER / "epcis" / "XML"
ARTEFACTS = {"SensorDataExamples"}
"""Published answers that follow from how one program rounds long digits and places bizRules of a
report: all its other events are equal."""
SAME_CONTENT = {
    "AggregationEvent",
    "AggregationEvent_with_digitalLink",
    "AggregationEvent_with_persistentDisposition",
    "AssociationEvent",
    "AssociationEvent_with_sensorData",
    "ObjectEvent",
    "ObjectEvent_with_comment",
    "ObjectEvent_with_custom_bizStep_uri",
    "ObjectEvent_with_sensorData",
    "ObjectEvent_with_userExtensions",
    "TransformationEvent",
}
"""Samples whose XML and JSON say the same, as their source tells."""
REASONS = {
    "ObjectEvent_bare_event_without_action": "action",
    "ObjectEvent_with_invalid_action": "action",
    "ObjectEvent_with_invalid_eventTime_format": "eventTime",
    "ObjectEvent_with_unknown_element": "madeUpField",
    "ObjectEvent_without_eventTime": "eventTime",
    "QueryDocument_with_invalid_eventType": "type",
}


def files(*folders: Path) -> list[Path]:
    found = [path for folder in folders for path in sorted(folder.glob("*.xml"))]
    if not found:
        sample("epcis", "XML", "a sample")  # skips, or fails where it must be there
    return found


def hashes_of(path: Path) -> list[str]:
    found = read_any(path.read_bytes())
    assert not found.refusals, path.name
    for each in found.captured:
        kept = decode(encode(each.body))
        assert event_hash(read_stored(kept)) == event_hash(each.facts), path.name
    return [event_hash(each.facts) for each in found.captured]


def test_every_known_answer() -> None:
    for path in files(HASHES / "known-answers"):
        expected = path.with_suffix(".hashes").read_text().split()
        found = hashes_of(path)
        assert len(found) == len(expected)
        different = sum(one != other for one, other in zip(found, expected, strict=True))
        assert different == (2 if path.stem in ARTEFACTS else 0), path.name


def test_events_that_mean_the_same_have_one_hash() -> None:
    for path in files(HASHES / "expected-equal"):
        assert len(set(hashes_of(path))) == 1, path.name


def test_every_valid_sample_is_taken_and_equals_its_json() -> None:
    pairs = 0
    for path in files(SAMPLES / "Capture/Documents", SAMPLES / "Capture/Events", SAMPLES / "Query"):
        found = hashes_of(path)
        twin = Path(str(path).replace("/XML/", "/JSON/")).with_suffix(".json")
        if twin.exists() and path.stem in SAME_CONTENT:
            other = read_document(decode(twin.read_bytes())).captured
            assert found == [event_hash(each.facts) for each in other], path.name
            pairs += 1
    assert pairs >= 10


def test_every_invalid_sample_is_refused_where_it_is_wrong() -> None:
    for path in files(SAMPLES / "Capture/Invalid", SAMPLES / "Query/Invalid"):
        (refusal,) = read_any(path.read_bytes()).refusals
        assert [fault.path for fault in refusal.faults] == [REASONS[path.stem]], path.name


@pytest.mark.parametrize(
    "raw",
    [
        b"<", b"<a", b"<a></b>", b"<" * 1_000_000, b"<a>" * 200_000, b"<a/>",
        b"<EPCISDocument/>", b"<!DOCTYPE a SYSTEM 'http://10.0.0.1/'><a/>",
        b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b"<EPCISDocument><EPCISBody><EventList>" + b"<extension>" * 100_000,
        b"<ObjectEvent>" + b"<extension>" * 5_000 + b"</extension>" * 5_000 + b"</ObjectEvent>",
        b"<?xml version='1.0' encoding='nonsense'?><a/>", b"\xff\xfe<\0a\0",
    ],
)  # fmt: skip
def test_hostile_documents_are_refused_by_name(raw: bytes) -> None:
    begun = time.process_time()
    with pytest.raises(NotReadable, match="expected"):
        read_any(raw)
    assert time.process_time() - begun < 2


def test_deep_extensions_are_refused_with_their_event() -> None:
    deep = b"<n:a xmlns:n='urn:n:'>" * 60 + b"</n:a>" * 60
    raw = b"<EPCISDocument schemaVersion='2.0' creationDate='2026-10-22T10:30:00Z'><EPCISBody>"
    raw += b"<EventList><ObjectEvent>" + deep + b"</ObjectEvent></EventList></EPCISBody>"
    (refusal,) = read_any(raw + b"</EPCISDocument>").refusals
    assert "levels" in refusal.faults[0].expected
