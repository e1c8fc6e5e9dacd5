"""The event hash: the known answers, and what does and does not change it."""

import json
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from collab.integration.epcis.canonical import canonical_text
from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.read import decode, read_document
from tests.integration.edi_samples import FOLDER, sample
from tests.integration.epcis.making import any_event, plain_event

KNOWN = FOLDER / "epcis-hash" / "known-answers"
EQUAL = FOLDER / "epcis-hash" / "expected-equal"
WRONG_TEXTS = {"epcisDocWithCustomSchemaInContext", "epcisDocWithDefaultSchemaInContext"}
"""Their texts are out of date, as the source says; their hashes are right."""


def answers(folder: Path, kind: str) -> list[Path]:
    found = sorted(folder.glob(f"*.{kind}"))
    return found or [Path(sample("epcis-hash", folder.name, "an answer").decode())]


def hash_of(event: dict[str, Any]) -> str:
    (captured,) = read_document(event).captured
    return event_hash(captured.facts)


def test_every_known_answer() -> None:
    count = 0
    for path in answers(KNOWN, "jsonld"):
        found = read_document(decode(path.read_bytes())).captured
        texts = [canonical_text(each.facts) for each in found]
        text_file = path.with_suffix(".prehashes")
        if text_file.exists() and path.stem not in WRONG_TEXTS:
            assert texts == text_file.read_text().splitlines(), path.name
        hashes = path.with_suffix(".hashes").read_text().split()
        assert [event_hash(each.facts) for each in found] == hashes, path.name
        count += len(hashes)
    assert count > 30
    reference = read_document(decode((KNOWN / "ReferenceEventHashAlgorithm.jsonld").read_bytes()))
    assert "6ae96341e0acc6d7a261364751f60e68278a81cdf51da0abb6b4e617014e39d7" in event_hash(
        reference.captured[0].facts
    )


def test_events_that_mean_the_same_have_one_hash() -> None:
    for path in answers(EQUAL, "json"):
        found = read_document(decode(path.read_bytes()))
        assert not found.refusals
        assert len({event_hash(each.facts) for each in found.captured}) == 1, path.name


def shuffled(value: Any, draw: Any) -> Any:
    """Return the same content with keys and entries of lists in another order."""
    if isinstance(value, dict):
        keys = draw(st.permutations(list(value)))
        return {
            key: value[key] if key == "@context" else shuffled(value[key], draw) for key in keys
        }
    if isinstance(value, list):
        return [shuffled(each, draw) for each in draw(st.permutations(value))]
    return value


@given(any_event, st.data())
@settings(max_examples=80)
def test_order_does_not_change_the_hash(event: dict[str, Any], data: Any) -> None:
    assert hash_of(shuffled(event, data.draw)) == hash_of(event)


@given(any_event, st.integers(-14, 14))
@settings(max_examples=40)
def test_zone_zeros_prefixes_and_record_time_do_not_change_the_hash(
    event: dict[str, Any], hours: int
) -> None:
    from datetime import datetime, timedelta, timezone

    moved = datetime.fromisoformat(event["eventTime"]).astimezone(timezone(timedelta(hours=hours)))
    text = json.dumps(
        event | {"eventTime": moved.isoformat(), "recordTime": "2026-08-01T00:00:00Z"}
    )
    text = text.replace('"own"', '"other"').replace('"own:', '"other:')
    for number in (500, 26, 1, 4):
        text = text.replace(f'"quantity": {number},', f'"quantity": {number}.000,')
    text = text.replace(": 26.25", ": 26.2500").replace(": 7.5,", ": 7.50,")
    assert hash_of(decode(text.encode())) == hash_of(event)


CHANGES = {
    "eventTime": "2026-06-01T00:00:00.001Z",
    "eventTimeZoneOffset": "-03:30",
    "bizStep": "stocking",
    "disposition": "stolen",
    "persistentDisposition": {"set": ["damaged"]},
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00009.0"},
    "bizLocation": {"id": "urn:epc:id:sgln:4012345.00009.1"},
    "sourceList": [{"type": "location", "source": "urn:epc:id:sgln:4012345.00009.0"}],
    "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:4012345.00009.0"}],
    "certificationInfo": "https://example.com/c/1",
    "sensorElementList": [{"sensorReport": [{"type": "Speed", "value": 4.25}]}],
    "own:seal": "S-3",
    "own:more": {"own:inner": [1, {"own:deep": True}]},
}


@given(any_event, st.sampled_from(sorted(CHANGES)))
@settings(max_examples=120)
def test_any_other_change_changes_the_hash(event: dict[str, Any], field: str) -> None:
    assert hash_of(event | {field: CHANGES[field]}) != hash_of(event)
    left = {key: value for key, value in event.items() if key != field}
    assume(field in event and field not in {"eventTime", "eventTimeZoneOffset"})
    assert hash_of(left) != hash_of(event)


def test_what_is_left_out_by_name_does_not_count() -> None:
    base = hash_of(plain_event())
    assert hash_of(plain_event(eventID="urn:x:1", recordTime="2026-08-01T00:00:00Z")) == base
    declared = {"declarationTime": "2026-08-01T00:00:00Z", "reason": "did_not_occur"}
    assert hash_of(plain_event(errorDeclaration=declared)) == base
    assert hash_of(plain_event(**{"own:a": 4, "own:ignoreFields": ["own:a"]})) == base
    assert hash_of(plain_event(**{"own:a": 4, "own:ignoreFields": ["own:b"]})) != base
