"""X12 as it really comes: odd headers, odd terminators; counts checked, answers produced."""

from datetime import datetime
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.x12 import envelope
from collab.integration.x12.acknowledge import acknowledge
from collab.integration.x12.tokens import Segment, Separators, join, split
from tests.integration.edi_samples import x12_sample

AT = datetime(2026, 11, 22, 6, 0)
# name, set, segments, element separator, component separator, terminator
SAMPLES = [
    ("204_004010_load_tender", "204", 61, "*|~"),
    ("810_004010_pipe_separator", "810", 13, "|>~"),
    ("810_004010X348_basic", "810", 8, "*:~"),
    ("830_004010_planning_schedule", "830", 25, "*>\n"),
    ("840_004010X354_rfq", "840", 13, "*:~"),
    ("850_004010_order", "850", 5, "*>~"),
    ("855_004010X358_minor_changes", "855", 15, "*:~"),
    ("862_004010_shipping_schedule", "862", 28, "*@!"),
    ("866_004010_production_sequence", "866", 25, "*@!"),
    ("943_004010_transfer_shipment", "943", 9, "*>~"),
    ("997_004010_ack", "997", 6, "*`\n"),
]


def interchange(*, se: str = "3*0001", ge: str = "1*7", iea: str = "1*000000007") -> bytes:
    return (
        "ISA*00**00**ZZ*OEM*ZZ*SUP*261122*0600*U*00401*000000007*1*T*>~"
        f"GS*PS*OEM*SUP*20261122*0600*7*X*004010~ST*830*0001~BFR*00*1~SE*{se}~GE*{ge}~IEA*{iea}~"
    ).encode()


def errors(found: envelope.Interchange) -> list[Finding]:
    all_of_them = [
        *found.findings,
        *(finding for group in found.groups for finding in group.findings),
        *(f for group in found.groups for each in group.sets for f in each.findings),
    ]
    return [finding for finding in all_of_them if not finding.is_warning]


def verdict(raw: bytes) -> list[Finding]:
    """Return all errors, whether they were raised or noted."""
    try:
        return errors(envelope.read(raw))
    except MessageRefused as refused:
        return [finding for finding in refused.findings if finding.expected]


def answer(found: envelope.Interchange, **findings: list[Finding]) -> list[Segment]:
    raw = acknowledge(found, control=5, prepared_at=AT, findings=findings)
    read = envelope.read(raw)
    assert errors(read) == []
    return [each for group in read.groups for one in group.sets for each in one.segments]


def shown(found: list[Segment]) -> list[str]:
    return ["*".join([each.tag, *each.elements]) for each in found]


@pytest.mark.parametrize(("name", "kind", "count", "separators"), SAMPLES)
def test_a_sample_is_read_whatever_its_header(
    name: str, kind: str, count: int, separators: str
) -> None:
    found = envelope.read(x12_sample(name))
    assert errors(found) == []
    assert found.separators == Separators(*separators)
    [only] = [each for group in found.groups for each in group.sets]
    assert (only.kind, len(only.segments)) == (kind, count)
    again, _separators, _warnings = split(join(found.segments, found.separators))
    assert again == list(found.segments)


def test_a_missing_terminator_is_found_by_its_line_break() -> None:
    found = envelope.read(x12_sample("856_004010_mixed_terminators"))
    [error] = errors(found)
    assert (error.code, error.expected, error.found) == (
        "segment-count",
        "22 segments, ST and SE included",
        "25",
    )
    assert error.place == "message 0000001, segment 22 SE, element 1"
    [warning] = found.findings
    assert (warning.code, warning.tag) == ("line-break", "N1")
    assert warning.found.endswith("~")


def test_a_wrong_count_is_refused_and_answered() -> None:
    found = envelope.read(x12_sample("832_004010_wrong_count"))
    assert [error.code for error in errors(found)] == ["segment-count"]
    assert shown(answer(found)) == [
        "ST*997*0001",
        "AK1*SC*15547",
        "AK2*832*015547001",
        "AK5*R*4",
        "AK9*R*1*1*0",
        "SE*6*0001",
    ]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (interchange(), None),
        (interchange(se="4*0001"), "segment-count"),
        (interchange(se="3*0002"), "control-number"),
        (interchange(ge="2*7"), "count"),
        (interchange(ge="1*8"), "control-number"),
        (interchange(iea="2*000000007"), "count"),
        (interchange(iea="1*000000008"), "control-number"),
        (interchange().replace(b"SE*3*0001~", b""), "trailer-missing"),
        (interchange().replace(b"GE*1*7~", b""), "trailer-missing"),
        (interchange().replace(b"IEA*1*000000007~", b""), "trailer-missing"),
        (interchange().replace(b"ST*830*0001~", b""), "outside-message"),
    ],
)
def test_counts_and_numbers_must_agree(raw: bytes, code: str | None) -> None:
    found = [error.code for error in errors(envelope.read(raw))]
    assert found == [] if code is None else code in found


def test_an_accepted_set_is_answered_so() -> None:
    found = envelope.read(interchange())
    assert (found.is_test, found.is_acknowledgement_wanted) == (True, True)
    assert shown(answer(found))[1:-1] == [
        "AK1*PS*7",
        "AK2*830*0001",
        "AK5*A",
        "AK9*A*1*1*1",
    ]


def test_an_answer_names_segment_and_element() -> None:
    found = envelope.read(interchange())
    place = {"message": "0001", "segment": 2, "tag": "BFR"}
    wrong = Finding(code="date", expected="a date", found="20261399~*", element=8, **place)
    late = Finding(code="unexpected-segment", expected="none", is_warning=True, **place)
    assert shown(answer(found, **{"0001": [wrong, late]}))[3:-1] == [
        "AK3*BFR*2**8",
        "AK4*8**7*20261399",
        "AK3*BFR*2**2",
        "AK5*R*5",
        "AK9*R*1*1*0",
    ]
    assert shown(answer(found, **{"0001": [late]}))[-3:-1] == ["AK5*E", "AK9*E*1*1*1"]


def test_every_truncation_is_refused_by_name() -> None:
    raw = x12_sample("862_004010_shipping_schedule").rstrip()
    for end in range(len(raw)):
        assert verdict(raw[:end]), end


@settings(max_examples=300)
@given(st.binary(max_size=300), st.sampled_from([b"", b"ISA*", interchange()[:75]]))
def test_random_bytes_are_refused_by_name(noise: bytes, start: bytes) -> None:
    assert verdict(start + noise)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "no-envelope"),
        (b"ISA", "no-envelope"),
        (b"ISAA" * 100, "no-envelope"),
        (b"A" * 1_000_000, "no-envelope"),
        (b"ISA" + b"*" * 1_000_000, "no-envelope"),
        (interchange()[:62] + b"A" * 1_000_000, "unterminated"),
        (interchange()[:62] + b"A" * 1_000_000 + b"~", "segment-too-long"),
        (interchange()[:62] + b"A~" * 250_001, "too-many-segments"),
        (interchange().decode().encode("utf-16"), "no-envelope"),
    ],
)
def test_hostile_text_is_refused_within_two_seconds(raw: bytes, code: str) -> None:
    started = perf_counter()
    with pytest.raises(MessageRefused) as caught:
        envelope.read(raw)
    assert caught.value.findings[0].code == code
    assert perf_counter() - started < 2
