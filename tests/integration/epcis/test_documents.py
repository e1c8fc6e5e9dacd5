"""GS1's sample documents and our own small ones: taken, or refused for the right reason."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.integration.epcis.hashing import event_hash
from collab.integration.epcis.read import (
    Document,
    NotReadable,
    decode,
    encode,
    read_document,
    read_stored,
)
from collab.integration.epcis.write import Form, event_body, query_document, written
from tests.integration.edi_samples import FOLDER, sample
from tests.integration.epcis.making import NAMESPACE, any_event, document, plain_event

JSON = FOLDER / "epcis" / "JSON"
REASONS = {
    "Combination_of_events_with_missing_mandatory_fields": {
        (0, "action"),
        (1, "eventTimeZoneOffset"),
        (1, "action"),
    },
    "Combination_of_non_standard_bizStep_and_disposition": {(0, "bizStep"), (1, "disposition")},
    "EPCISDocument_without_context": {(None, "@context")},
    "ObjectEvent_with_invalid_action": {(0, "action")},
    "ObjectEvent_with_invalid_eventTime_format": {(0, "eventTime")},
    "ObjectEvent_with_non_standard_bizStep": {(0, "bizStep")},
    "ObjectEvent_with_non_standard_disposition": {(0, "disposition")},
    "ObjectEvent_with_quantity_as_text": {(0, "quantityList.0.quantity")},
    "ObjectEvent_without_action_and_eventTime": {
        (0, "action"),
        (0, "eventTime"),
        (0, "eventTimeZoneOffset"),
    },
    "ObjectEvent_without_identifier_list": {(0, "epcList")},
    "QueryDocument_with_invalid_eventType": {(0, "type")},
}


def reasons(value: Any) -> set[tuple[int | None, str]]:
    """Return event index and path of everything that is refused."""
    try:
        found = read_document(value)
    except NotReadable as refused:
        return {(None, fault.path) for fault in refused.faults}
    return {(each.index, fault.path) for each in found.refusals for fault in each.faults}


def samples(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((JSON / folder).glob("*.json"))]
    if not found:
        sample("epcis", "JSON", folders[0], "a sample")  # skips, or fails where it must be there
    return found


def test_every_valid_sample_is_taken_and_kept_so_that_it_reads_the_same_again() -> None:
    events = 0
    for path in samples("Capture/Documents", "Capture/Events", "Query"):
        found = read_document(decode(path.read_bytes()))
        assert not found.refusals, path.name
        for each in found.captured:
            kept = decode(encode(each.body))
            assert event_hash(read_stored(kept)) == event_hash(each.facts), path.name
            assert read_stored(decode(encode(event_body(each.facts)))) == each.facts, path.name
            events += 1
    assert events > 40


def test_every_invalid_sample_is_refused_where_it_is_wrong() -> None:
    names = set()
    for path in samples("Capture/Invalid", "Query/Invalid"):
        assert reasons(decode(path.read_bytes())) == REASONS[path.stem], path.name
        names.add(path.stem)
    assert names == set(REASONS)


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"eventTime": "2026-07-22T06:45:00"}, "eventTime"),
        ({"eventTime": "2026-02-30T06:45:00Z"}, "eventTime"),
        ({"eventTime": "9999-12-31T23:59:59.9999-05:00"}, "eventTime"),
        ({"eventTimeZoneOffset": "+14:01"}, "eventTimeZoneOffset"),
        ({"eventTimeZoneOffset": "Z"}, "eventTimeZoneOffset"),
        ({"action": "add"}, "action"),
        ({"type": "objectEvent"}, "type"),
        ({"bizStep": "Shipping"}, "bizStep"),
        ({"disposition": 4}, "disposition"),
        ({"epcList": ["SSCC 0001"]}, "epcList.0"),
        ({"epcList": "urn:epc:id:sscc:4012345.0000000111"}, "epcList"),
        ({"quantityList": [{"quantity": 4}]}, "quantityList.0.epcClass"),
        ({"quantityList": [{"epcClass": "urn:x:y", "lot": "4"}]}, "quantityList.0.lot"),
        ({"quantityList": [{"epcClass": "urn:x:y", "uom": "kg"}]}, "quantityList.0.uom"),
        ({"quantityList": [{"epcClass": "urn:x:y", "quantity": True}]}, "quantityList.0.quantity"),
        ({"quantityList": [{"epcClass": "urn:x:y", "quantity": -1}]}, "quantityList.0.quantity"),
        (
            {"quantityList": [{"epcClass": "urn:x:y", "quantity": 10**15}]},
            "quantityList.0.quantity",
        ),
        ({"seal": "S-17"}, "seal"),
        ({"unknown:seal": "S-17"}, "unknown:seal"),
        ({"ilmd": {"own:lot": "4"}}, "ilmd"),
        ({"action": "ADD", "ilmd": {"lot": "4"}}, "ilmd.lot"),
        ({"certificationInfo": ["no URI"]}, "certificationInfo.0"),
        ({"persistentDisposition": {}}, "persistentDisposition"),
        ({"persistentDisposition": {"set": []}}, "persistentDisposition.set"),
        ({"persistentDisposition": {"set": ["stolen"] * 2}}, "persistentDisposition.set"),
        ({"errorDeclaration": {}}, "errorDeclaration.declarationTime"),
        (
            {"errorDeclaration": {"declarationTime": "2026-07-22T06:45:00Z", "reason": "wrong"}},
            "errorDeclaration.reason",
        ),
        (
            {"sensorElementList": [{"sensorReport": [{"value": 4}]}]},
            "sensorElementList.0.sensorReport.0.type",
        ),
        ({"sensorElementList": [{}]}, "sensorElementList.0.sensorReport"),
        ({"sourceList": [{"source": "urn:x:y"}]}, "sourceList.0.type"),
        ({"parentID": "urn:epc:id:sscc:4012345.0000000111"}, "parentID"),
        ({"readPoint": {"name": "gate"}}, "readPoint.id"),
        ({"own:text": "half\0"}, "own:text"),
        ({"epcList": None}, "epcList"),
        ({"type": "TransactionEvent", "bizTransactionList": None}, "bizTransactionList"),
        ({"type": "TransformationEvent", "epcList": None, "action": None}, "inputEPCList"),
        ({"type": "AggregationEvent", "epcList": None}, "childEPCs"),
        ({"type": "AssociationEvent", "action": "DELETE", "epcList": None}, "parentID"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_its_place(changed: dict[str, Any], path: str) -> None:
    assert reasons(plain_event(**changed)) == {(0, path)}


@pytest.mark.parametrize(
    "changed",
    [
        {"bizStep": "urn:epcglobal:cbv:bizstep:shipping"},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"},
        {"bizStep": "cbv:BizStep-shipping"},
        {"eventTime": "2026-07-22T04:45:00.1250Z"},
        {"epcList": [
            "https://example.com/00/040123450000002225?x=1",
            "https://id.gs1.org/sscc/040123450000001112",
        ]},
        {"@context": {"other": NAMESPACE}, "own:seal": None, "other:seal": "S-17"},
        {"own:seal": None, f"{NAMESPACE}seal": " S-17 "},
        {"eventID": "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "childEPCs": None},
        {"recordTime": "2026-07-23T06:45:00Z", "rdfs:comment": "seen by the gate"},
        {"ilmd": {}, "own:nothing": None, "own:ignoreFields": ["own:extra"], "own:extra": 4},
    ],
)  # fmt: skip
def test_one_meaning_written_otherwise_is_the_same_event(changed: dict[str, Any]) -> None:
    one, other = (
        read_document(each).captured[0].facts for each in (plain_event(), plain_event(**changed))
    )
    assert event_hash(one) == event_hash(other)


def test_a_document_keeps_the_good_events_beside_the_refused_ones() -> None:
    found = read_document(
        document(plain_event(), plain_event(action="MOVE"), 17, plain_event(eventTime="soon"))
    )
    assert [each.index for each in found.captured] == [0]
    assert [(each.index, each.faults[0].path) for each in found.refusals] == [
        (1, "action"),
        (2, ""),
        (3, "eventTime"),
    ]
    for changed, path in (
        ({"@context": None}, "@context"),
        ({"@context": [{"own": "no URI"}]}, "@context.own"),
        ({"schemaVersion": "1.2"}, "schemaVersion"),
        ({"creationDate": "yesterday"}, "creationDate"),
        ({"epcisBody": {"eventList": {}}}, "epcisBody.eventList"),
        ({"type": "EPCISMasterDataDocument"}, "type"),
    ):
        assert reasons(document(plain_event(), **changed)) == {(None, path)}


@given(any_event)
@settings(max_examples=60)
def test_facts_survive_being_written_and_read(event: dict[str, Any]) -> None:
    (captured,) = read_document(event).captured
    again = read_stored(decode(encode(event_body(captured.facts))))
    assert again == captured.facts
    for form in Form:
        at = captured.facts.happened_at
        out = written(captured.body, event_id="urn:x:1", recorded_at=at, form=form)
        answer = read_document(decode(encode(query_document([out], created_at=at))))
        assert event_hash(answer.captured[0].facts) == event_hash(captured.facts)
        assert answer.captured[0].facts.event_id == "urn:x:1"


def test_identifiers_leave_in_the_form_asked_for() -> None:
    urn, link = "urn:epc:id:sscc:4012345.0000000111", "https://id.gs1.org/00/040123450000001112"
    for sent, form, left in (
        (urn, Form.LINK, link),
        (urn, Form.URN, urn),
        (urn, Form.AS_SENT, urn),
        (link.replace("id.gs1.org", "acme.example"), Form.LINK, link),
        (link, Form.URN, link),  # the length of the company prefix does not show
    ):
        (captured,) = read_document(plain_event(epcList=[sent])).captured
        at = captured.facts.happened_at
        out = written(captured.body, event_id="urn:x:1", recorded_at=at, form=form)
        assert out["epcList"] == [left]


def outcome(raw: bytes) -> Document | NotReadable:
    begun = time.process_time()
    try:
        return read_document(decode(raw))
    except NotReadable as refused:
        return refused
    finally:
        assert time.process_time() - begun < 2


def test_a_document_cut_anywhere_is_refused_by_name() -> None:
    raw = encode(document(plain_event(), plain_event(type="AssociationEvent")))
    assert isinstance(outcome(raw), Document)
    assert all(isinstance(outcome(raw[:cut]), NotReadable) for cut in range(len(raw)))


@pytest.mark.parametrize("sign", [b"[", b"{", b'"', b"0", b"-", b" ", b"\xff", b"a", b'{"a":'])
def test_a_megabyte_of_one_sign_is_refused_by_name(sign: bytes) -> None:
    assert isinstance(outcome(sign * (1_000_000 // len(sign))), NotReadable)


def test_deep_and_wide_values_are_refused_by_name() -> None:
    deep: Any = "end"
    for _level in range(200):
        deep = {"own:in": deep}
    assert reasons(plain_event(**{"own:in": deep})) == {(0, ".".join(["own:in"] * 25))}
    assert reasons(plain_event(epcList=["urn:x:y"] * 10_001)) == {(0, "epcList")}
    assert reasons(plain_event(epcList=["urn:" + "x" * 1_000_000])) == {(0, "epcList.0")}
    assert reasons(plain_event(epcList=["http://x/01/" + "1/" * 400_000])) == {(0, "epcList.0")}
    huge = encode(plain_event()).replace(b'"S-17"', b"1e999999")
    assert reasons(decode(huge)) == {(0, "own:seal")}
    many = {f"p{n}": "https://x/" for n in range(501)}
    assert reasons(plain_event(**{"@context": [many]})) == {(None, "@context")}


@given(st.binary(max_size=200))
@settings(max_examples=200)
def test_any_bytes_are_refused_by_name(raw: bytes) -> None:
    outcome(raw)


_junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(any_event, st.data())
@settings(max_examples=300)
def test_junk_in_any_field_is_taken_or_refused_by_name(event: dict[str, Any], data: Any) -> None:
    field = data.draw(st.sampled_from(sorted(event)))
    reasons(document({**event, field: data.draw(_junk)}))
