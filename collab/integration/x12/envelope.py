"""Interchange, groups and transaction sets: control numbers and counts; ISA to IEA."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from collab.integration.inbox.findings import Finding, errors_of
from collab.integration.x12.tokens import Segment, Separators, split

MOST_NOTED = 100


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """One set, ST and SE included; ``findings`` are about its envelope."""

    kind: str
    control: str
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...] = ()

    def place(self, found: Segment) -> int:
        """Return the segment's number in the set, ST being 1."""
        return found.number - self.segments[0].number + 1

    @property
    def is_accepted(self) -> bool:
        """Whether the set's envelope holds."""
        return not errors_of(self.findings)


@dataclass(frozen=True, slots=True)
class Group:
    """A functional group; ``code`` is PS for 830, SS for 862 and so on."""

    code: str
    control: str
    version: str
    sender: str
    receiver: str
    sets: tuple[TransactionSet, ...]
    declared: int  # sets that GE counts
    findings: tuple[Finding, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether the group's envelope holds."""
        return not errors_of(self.findings)


@dataclass(frozen=True, slots=True)
class Interchange:
    """What stands between ISA and IEA."""

    sender: str
    sender_qualifier: str
    receiver: str
    receiver_qualifier: str
    version: str
    reference: str
    is_acknowledgement_wanted: bool
    is_test: bool
    groups: tuple[Group, ...]
    segments: tuple[Segment, ...]
    separators: Separators
    findings: tuple[Finding, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether the outer envelope holds."""
        return not errors_of(self.findings)


def read(raw: bytes, *, charset: str = "") -> Interchange:
    """Read one interchange and check its three envelopes.

    A wrong count or control number refuses the set, group or interchange through its
    ``findings``. Bytes are read by the profile's charset, else as ISO 8859-1.

    Raises
    ------
    MessageRefused
        If there is no readable envelope at all.
    """
    try:
        text = raw.decode(charset or "iso8859-1")
    except UnicodeDecodeError:
        text = raw.decode("iso8859-1")
    segments, separators, warnings = split(text)
    header = segments[0]
    groups, findings = _groups(segments[1:])
    return Interchange(
        sender=header.value(6),
        sender_qualifier=header.value(5),
        receiver=header.value(8),
        receiver_qualifier=header.value(7),
        version=header.value(12),
        reference=header.value(13),
        is_acknowledgement_wanted=header.value(14) == "1",
        is_test=header.value(15) == "T",
        groups=tuple(groups),
        segments=tuple(segments),
        separators=separators,
        findings=(*warnings, *findings, *_trailer(segments, len(groups))),
    )


def _groups(segments: Sequence[Segment]) -> tuple[list[Group], list[Finding]]:
    """Cut at GS and GE; what stands outside of a group is a finding."""
    groups: list[Group] = []
    findings: list[Finding] = []
    opened: list[Segment] = []
    for each in segments:
        if each.tag in {"GS", "IEA"} and opened:
            groups.append(_group(opened, None))
            opened = []
        if each.tag == "GE" and opened:
            groups.append(_group(opened, each))
            opened = []
        elif each.tag == "GS" or opened:
            opened.append(each)
        elif each.tag != "IEA" and len(findings) < MOST_NOTED:
            findings.append(_outside(each, "a functional group"))
    if opened:
        groups.append(_group(opened, None))
    return groups, findings


def _group(opened: list[Segment], trailer: Segment | None) -> Group:
    header = opened[0]
    sets, findings = _sets(opened[1:])
    if trailer is None:
        findings.append(_missing("GE", opened[-1]))
    else:
        findings += _check(trailer, len(sets), "transaction sets", header.value(6), "GS06")
    return Group(
        code=header.value(1),
        control=header.value(6),
        version=header.value(8),
        sender=header.value(2),
        receiver=header.value(3),
        sets=tuple(sets),
        declared=_number(trailer.value(1)) if trailer is not None else len(sets),
        findings=tuple(findings),
    )


def _sets(segments: Sequence[Segment]) -> tuple[list[TransactionSet], list[Finding]]:
    sets: list[TransactionSet] = []
    findings: list[Finding] = []
    opened: list[Segment] = []
    for each in segments:
        if each.tag == "ST" and opened:
            sets.append(_set(opened, None))
            opened = []
        if each.tag == "SE" and opened:
            sets.append(_set(opened, each))
            opened = []
        elif each.tag == "ST" or opened:
            opened.append(each)
        elif len(findings) < MOST_NOTED:
            findings.append(_outside(each, "a transaction set"))
    if opened:
        sets.append(_set(opened, None))
    return sets, findings


def _set(opened: list[Segment], trailer: Segment | None) -> TransactionSet:
    header = opened[0]
    control = header.value(2)
    if trailer is None:
        missing = Finding(
            code="trailer-missing", expected="SE", message=control, segment=len(opened)
        )
        return TransactionSet(header.value(1), control, tuple(opened), (missing,))
    segments = (*opened, trailer)
    place: dict[str, Any] = {"message": control, "segment": len(segments)}
    checked = _check(
        trailer, len(segments), "segments, ST and SE included", control, "ST02", **place
    )
    return TransactionSet(header.value(1), control, segments, tuple(checked))


def _trailer(segments: Sequence[Segment], groups: int) -> list[Finding]:
    last = segments[-1]
    if last.tag != "IEA":
        return [_missing("IEA", last)]
    return _check(last, groups, "functional groups", segments[0].value(13), "ISA13")


def _check(
    trailer: Segment, count: int, what: str, control: str, of: str, **place: Any
) -> list[Finding]:
    """Compare a trailer's count and control number with what is there."""
    found: dict[str, Any] = {"segment": trailer.number, "tag": trailer.tag, **place}
    findings = []
    if _number(trailer.value(1)) != count:
        code = "segment-count" if trailer.tag == "SE" else "count"
        findings.append(
            Finding(
                code=code, expected=f"{count} {what}", found=trailer.value(1), element=1, **found
            )
        )
    if trailer.value(2) != control:
        findings.append(
            Finding(
                code="control-number",
                expected=f"the number {control} of {of}",
                found=trailer.value(2),
                element=2,
                **found,
            )
        )
    return findings


def _missing(tag: str, last: Segment) -> Finding:
    return Finding(code="trailer-missing", expected=tag, found=last.tag, segment=last.number)


def _outside(found: Segment, where: str) -> Finding:
    return Finding(
        code="outside-message",
        expected=f"each segment inside {where}",
        found=found.tag,
        segment=found.number,
        tag=found.tag,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else -1
