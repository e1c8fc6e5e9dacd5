"""The 997: tells the sender of an interchange which of its sets were accepted, and why not."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from collab.integration.inbox.findings import Finding, errors_of
from collab.integration.x12.envelope import Group, Interchange, TransactionSet
from collab.integration.x12.tokens import Segment, Separators, join
from collab.integration.x12.writing import plain, segment

SET_ERROR: Final = {
    "not-supported": "1",
    "trailer-missing": "2",
    "control-number": "3",
    "segment-count": "4",
}
"""Finding → AK502; every other error is 5, one or more segments in error."""

SEGMENT_ERROR: Final = {
    "unknown-segment": "1",
    "unexpected-segment": "2",
    "segment-missing": "3",
    "too-many": "5",
    "wrong-order": "7",
}
"""Finding → AK304; every other is 8, the segment has data element errors."""

_LONGEST_VALUE = 99


def acknowledge(
    received: Interchange,
    *,
    control: int,
    prepared_at: datetime,
    findings: Mapping[str, Sequence[Finding]] | None = None,
) -> bytes:
    """Return the interchange of one 997 per functional group of ``received``.

    Parameters
    ----------
    control
        Our interchange control number, 1 to 999,999,999; also of the group.
    prepared_at
        Our local time.
    findings
        What the areas found, by control number of the set; envelope findings are added here.
    """
    if not 1 <= control <= 999_999_999:
        raise ValueError(f"expected a control number of 1 to 999999999, got {control}")
    more = findings or {}
    inner: list[Segment] = []
    for number, group in enumerate(received.groups, start=1):
        body = _group(group, more, rejects=not (received.is_accepted and group.is_accepted))
        mark = f"{number:04d}"
        inner += [segment("ST", "997", mark), *body]
        inner.append(segment("SE", str(len(body) + 2), mark))
    return _enveloped(received, inner, control, prepared_at).encode("iso8859-1", "replace")


def _group(group: Group, more: Mapping[str, Sequence[Finding]], *, rejects: bool) -> list[Segment]:
    body = [segment("AK1", group.code, group.control)]
    accepted, has_errors = 0, False
    for each in group.sets:
        about = [*each.findings, *more.get(each.control, ())]
        wrong = errors_of(about)
        body.append(segment("AK2", each.kind, each.control))
        body += _segments_in_error(each, about)
        if wrong or rejects:
            codes = sorted({SET_ERROR.get(finding.code, "5") for finding in wrong})[:5]
            body.append(segment("AK5", "R", *(codes or ["5"])))
        else:
            accepted += 1
            has_errors = has_errors or bool(about)
            body.append(segment("AK5", "E" if about else "A"))
    counts = (str(max(group.declared, 0)), str(len(group.sets)), str(accepted))
    body.append(segment("AK9", _verdict(accepted, len(group.sets), has_errors), *counts))
    return body


def _verdict(accepted: int, received: int, has_errors: bool) -> str:
    if accepted == 0 and received:
        return "R"
    if accepted < received:
        return "P"
    return "E" if has_errors else "A"


def _segments_in_error(each: TransactionSet, findings: Sequence[Finding]) -> list[Segment]:
    found = []
    for finding in findings:
        if finding.code in SET_ERROR or not 0 < finding.segment <= len(each.segments):
            continue
        code = SEGMENT_ERROR.get(finding.code, "8")
        tag = finding.tag or each.segments[finding.segment - 1].tag
        found.append(segment("AK3", tag[:3], str(finding.segment), "", code))
        if code == "8" and finding.element:
            value = plain(finding.found)[:_LONGEST_VALUE]
            found.append(segment("AK4", str(finding.element), "", "7", value))
    return found


def _enveloped(
    received: Interchange, inner: Sequence[Segment], control: int, prepared_at: datetime
) -> str:
    """Wrap the sets; sender and receiver change places."""
    separators = Separators("*", ">", "~")
    header = Segment(
        "ISA",
        (
            "00", " " * 10, "00", " " * 10,
            received.receiver_qualifier[:2].ljust(2), plain(received.receiver)[:15].ljust(15),
            received.sender_qualifier[:2].ljust(2), plain(received.sender)[:15].ljust(15),
            prepared_at.strftime("%y%m%d"), prepared_at.strftime("%H%M"),
            "U", "00401", f"{control:09d}", "0", "T" if received.is_test else "P", ">",
        ),
    )  # fmt: skip
    first = received.groups[0] if received.groups else None
    group = segment(
        "GS",
        "FA",
        plain(first.receiver if first else received.receiver),
        plain(first.sender if first else received.sender),
        prepared_at.strftime("%Y%m%d"),
        prepared_at.strftime("%H%M"),
        str(control),
        "X",
        "004010",
    )
    ends = [
        segment("GE", str(sum(each.tag == "ST" for each in inner)), str(control)),
        segment("IEA", "1", f"{control:09d}"),
    ]
    return join([header, group, *inner, *ends], separators, line_end="\n")
