"""EDIFACT: nothing is lost, counts are checked, an odd segment is named and shifts nothing."""

from datetime import datetime
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydifact.parser import Parser

from collab.integration.edifact import charsets, envelope, tokens
from collab.integration.edifact.groups import ROOT, level, walk
from collab.integration.edifact.tokens import Segment, Separators, segment
from collab.integration.inbox.findings import MessageRefused
from tests.integration.edi_samples import EDIFACT, edifact_sample

# pydifact warns of directories that it does not bring along
pytestmark = pytest.mark.filterwarnings("ignore::Warning:pydifact")
PLAIN = Separators()
# pydifact reads a line feed behind a release character as an error; real data has none
texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
elements = st.lists(st.lists(texts, min_size=1, max_size=4).map(tuple), max_size=5).map(tuple)
segments = st.lists(
    st.builds(Segment, st.sampled_from(["LIN", "QTY", "DTM", "FTX"]), elements), max_size=8
)


def interchange(*inner: str, una: str = "", reference: str = "7", count: str = "1") -> bytes:
    return (
        f"{una}UNB+UNOC:3+A:OD+B:OD+261122:0600+{reference}'UNH+1+TSTMSG:D:04A:UN'"
        + "".join(f"{each}'" for each in inner)
        + f"UNT+{len(inner) + 2}+1'UNZ+{count}+7'"
    ).encode()


def codes(found: envelope.Interchange) -> list[str]:
    inside = [finding.code for message in found.messages for finding in message.findings]
    return [finding.code for finding in found.findings] + inside


def refusal(raw: bytes) -> Any:
    with pytest.raises(MessageRefused) as caught:
        envelope.read(raw)
    return caught.value.findings[0]


def verdict(raw: bytes) -> list[str]:
    """Return the codes of all that is wrong, whether it was raised or noted."""
    try:
        return codes(envelope.read(raw))
    except MessageRefused as refused:
        return [finding.code for finding in refused.findings if finding.expected]


def without_empty_ends(found: list[Segment]) -> list[tuple[str, list[Any]]]:
    return [(each.tag, _trimmed([_trimmed(part) for part in each.elements])) for each in found]


def _trimmed(parts: Any) -> list[Any]:
    kept = list(parts)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def by_pydifact(text: str) -> list[tuple[str, list[Any]]]:
    return [
        (
            each.tag,
            _trimmed([_trimmed([e] if isinstance(e, str) else e) for e in each.elements]),
        )
        for each in Parser().parse(text)
        if each.tag != "UNA"
    ]


@pytest.mark.parametrize("name", EDIFACT)
def test_a_sample_is_accepted_and_written_back_equal(name: str) -> None:
    raw = edifact_sample(name)
    found = envelope.read(raw)
    assert codes(found) == []
    assert found.separators == PLAIN
    text = tokens.join(found.segments, found.separators, line_end="\n")
    again = envelope.read((found.separators.advice() + text).encode())
    assert again.segments == found.segments
    assert without_empty_ends(list(found.segments)) == by_pydifact(raw.decode("iso8859-1"))


@settings(max_examples=200)
@given(segments)
def test_what_is_written_is_read_again(found: list[Segment]) -> None:
    assert tokens.split(tokens.join(found, PLAIN), PLAIN) == found


@settings(max_examples=100)
@given(segments)
def test_another_reader_sees_the_same(found: list[Segment]) -> None:
    text = tokens.join(found, PLAIN)
    assert without_empty_ends(tokens.split(text, PLAIN)) == by_pydifact(text)


def test_separators_are_what_una_says() -> None:
    plain = envelope.read(interchange("FTX+a?'b?+c?:d??"))
    assert plain.messages[0].segments[1].elements == (("a'b+c:d?",),)
    other = b"UNA#!.* ~\nUNB!UNOC#3!A#OD!B#OD!261122#0600!7~\r\nUNZ!0!7~"
    found = envelope.read(other)
    assert (found.sender, found.sender_qualifier, found.reference) == ("A", "OD", "7")
    assert codes(found) == []


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (interchange("BGM+1"), []),
        (interchange("BGM+1", count="2"), ["message-count"]),
        (interchange("BGM+1", reference="8"), ["reference"]),
        (interchange("BGM+1").replace(b"UNT+3", b"UNT+4"), ["segment-count"]),
        (interchange("BGM+1").replace(b"UNT+3+1", b"UNT+3+2"), ["reference"]),
        (interchange("BGM+1").replace(b"UNT+3+1'", b""), ["trailer-missing"]),
        (interchange("BGM+1").replace(b"UNZ+1+7'", b""), ["trailer-missing"]),
        (interchange("BGM+1").replace(b"UNZ", b"FTX+x'UNZ"), ["outside-message"]),
    ],
)
def test_counts_and_references_must_agree(raw: bytes, expected: list[str]) -> None:
    assert codes(envelope.read(raw)) == expected


def test_groups_are_counted_in_place_of_messages() -> None:
    inner = "UNH+1+A:D:04A:UN'UNT+2+1'"
    text = f"UNB+UNOC:3+A+B+261122:0600+7'UNG+A+B+C+D+5'{inner}UNE+1+5'UNZ+1+7'"
    assert codes(envelope.read(text.encode())) == []
    assert codes(envelope.read(text.replace("UNE+1", "UNE+2").encode())) == ["message-count"]


def test_a_place_names_message_segment_and_element() -> None:
    found = envelope.read(interchange("BGM+1").replace(b"UNT+3", b"UNT+9"))
    [finding] = found.messages[0].findings
    assert finding.place == "message 1, segment 3 UNT, element 1"
    assert (finding.expected, finding.found) == ("3 segments, UNH and UNT included", "9")


def test_letters_follow_the_syntax_or_the_profile() -> None:
    assert envelope.read(interchange("FTX+Tür")).charset == "iso8859-1"
    raw = interchange("FTX+Tür")
    assert envelope.read(raw, charset="utf-8").messages[0].segments[1].value() == "Tür"
    latin = raw.decode().encode("iso8859-1")
    assert envelope.read(latin).messages[0].segments[1].value() == "Tür"
    wrong = envelope.read(latin, charset="utf-8")
    assert wrong.messages[0].segments[1].value() == "Tür"  # nothing dropped, but said
    assert [(f.code, f.is_warning) for f in wrong.findings] == [("charset", True)]
    assert set(charsets.OF_SYNTAX.values()) <= set(charsets.CHARSETS)


def test_writing_counts_and_encloses() -> None:
    raw = envelope.write(
        [("TSTMSG:D:04A:UN", [segment("FTX", "it's 3+4:5?")]), ("TSTMSG:D:04A:UN", [])],
        sender=("A", "OD"),
        receiver=("B", "OD"),
        reference="9",
        prepared_at=datetime(2026, 11, 22, 6, 0),
        is_test=True,
    )
    found = envelope.read(raw)
    assert codes(found) == []
    assert found.is_test
    assert found.prepared_at == "261122:0600"
    assert [len(message.segments) for message in found.messages] == [3, 2]
    assert found.messages[0].segments[1].value() == "it's 3+4:5?"


def test_an_unexpected_segment_is_named_and_shifts_nothing() -> None:
    table = {
        ROOT: level(holds="BGM", opens="LIN"),
        "LIN": level(holds="LOC", opens="QTY"),
        "QTY": level(holds="DTM"),
    }
    inner = ["BGM+1", "LIN+1", "QTY+1:5", "XYZ+?", "DTM+2:20261122:102", "LOC+11+D", "LIN+2"]
    message = envelope.read(interchange(*[each.replace("?", "a") for each in inner])).messages[0]
    root, findings = walk(message, table)
    assert [(f.code, f.found, f.segment, f.is_warning) for f in findings] == [
        ("unexpected-segment", "XYZ", 5, True)
    ]
    first, second = root.of("LIN")
    assert [each.tag for each in first.of("QTY")[0].segments] == ["DTM"]
    assert [each.tag for each in first.segments] == ["LOC"]
    assert second.groups == []


def test_every_truncation_is_refused_by_name() -> None:
    raw = edifact_sample("DELFOR_D04A_vda4984").rstrip()
    started = perf_counter()
    for end in range(len(raw)):
        assert verdict(raw[:end]), end
    assert perf_counter() - started < 10


@settings(max_examples=300)
@given(st.binary(max_size=300), st.sampled_from([b"", b"UNA:+.? '", b"UNB+", b"UNB+UNOY:4+'"]))
def test_random_bytes_are_refused_by_name(noise: bytes, start: bytes) -> None:
    assert verdict(start + noise)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "no-envelope"),
        (b"A" * 1_000_000, "no-envelope"),
        (b"UNA", "bad-advice"),
        (b"UNA:::::'UNB", "bad-advice"),
        (b"UNB" + b"A" * 1_000_000, "unterminated"),
        (b"UNB+" + b"?" * 1_000_000, "unterminated"),
        (b"UNB+" + b"+" * 1_000_000 + b"'", "segment-too-long"),
        (b"UNB'" + b"'" * 1_000_000, "too-many-segments"),
        (b"UNB+A'" + (b"ABC" + b"+:" * 12 + b"'") * 200_000, "too-many-elements"),
        (b"UNB+A'?'", "unterminated"),
        ("UNB+A'".encode("utf-16"), "no-envelope"),
    ],
)
def test_hostile_text_is_refused_within_two_seconds(raw: bytes, code: str) -> None:
    started = perf_counter()
    assert refusal(raw).code == code
    assert perf_counter() - started < 2
