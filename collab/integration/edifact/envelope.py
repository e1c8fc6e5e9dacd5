"""Interchanges and their messages: references, counts, parties; UNB to UNZ."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from collab.integration.edifact import charsets, tokens
from collab.integration.edifact.tokens import Segment, Separators, segment
from collab.integration.inbox.findings import Finding, MessageRefused, errors_of

MOST_NOTED = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One message, UNH and UNT included; ``findings`` are about its envelope."""

    reference: str
    kind: str
    version: str
    release: str
    agency: str
    association: str
    segments: tuple[Segment, ...]
    findings: tuple[Finding, ...] = ()

    def place(self, found: Segment) -> int:
        """Return the segment's number in the message, UNH being 1."""
        return found.number - self.segments[0].number + 1

    @property
    def is_accepted(self) -> bool:
        """Whether the envelope holds."""
        return not errors_of(self.findings)


@dataclass(frozen=True, slots=True)
class Interchange:
    """What stands between UNB and UNZ."""

    syntax: str
    sender: str
    sender_qualifier: str
    receiver: str
    receiver_qualifier: str
    prepared_at: str  # as sent: YYMMDD:HHMM, local time of the sender
    reference: str
    is_test: bool
    messages: tuple[Message, ...]
    segments: tuple[Segment, ...]
    separators: Separators
    charset: str
    findings: tuple[Finding, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether the outer envelope holds; a single message may still be refused."""
        return not errors_of(self.findings)


def read(raw: bytes, *, charset: str = "") -> Interchange:
    """Read one interchange and check its envelopes.

    A wrong count or reference refuses the message or the interchange through its ``findings``.

    Raises
    ------
    MessageRefused
        If there is no readable envelope at all.
    """
    text, used, warnings = charsets.decode(raw, charset)
    separators, rest = tokens.separators_of(text)
    segments = tokens.split(rest, separators)
    if not segments or segments[0].tag != "UNB":
        first = segments[0].tag if segments else ""
        raise MessageRefused([Finding(code="no-envelope", expected="UNB", found=first, segment=1)])
    messages, groups, findings = _inside(segments[1:])
    header = segments[0]
    return Interchange(
        syntax=":".join(header.elements[0]) if header.elements else "",
        sender=header.value(1),
        sender_qualifier=header.value(1, 1),
        receiver=header.value(2),
        receiver_qualifier=header.value(2, 1),
        prepared_at=f"{header.value(3)}:{header.value(3, 1)}",
        reference=header.value(4),
        is_test=header.value(10) == "1",
        messages=tuple(messages),
        segments=tuple(segments),
        separators=separators,
        charset=used,
        findings=(*warnings, *findings, *_trailer(segments, groups or len(messages))),
    )


def write(
    messages: Iterable[tuple[str, Sequence[Segment]]],
    *,
    sender: tuple[str, str],
    receiver: tuple[str, str],
    reference: str,
    prepared_at: datetime,
    syntax: tuple[str, str] = ("UNOC", "3"),
    charset: str = "",
    is_test: bool = False,
) -> bytes:
    """Write an interchange of (type, segments without UNH and UNT); a type is ``DELFOR:D:04A:UN``.

    ``sender`` and ``receiver`` are (identifier, qualifier); ``prepared_at`` is the sender's local
    time. Raises ``UnicodeEncodeError`` for a character that the charset does not have.
    """
    body: list[Segment] = []
    count = 0
    for count, (kind, inner) in enumerate(messages, start=1):
        body.append(segment("UNH", str(count), tuple(kind.split(":"))))
        body.extend(inner)
        body.append(segment("UNT", str(len(inner) + 2), str(count)))
    stamp = (prepared_at.strftime("%y%m%d"), prepared_at.strftime("%H%M"))
    ends = ["", "", "", "", "", "1"] if is_test else []
    header = segment("UNB", syntax, sender, receiver, stamp, reference, *ends)
    everything = [header, *body, segment("UNZ", str(count), reference)]
    separators = Separators()
    text = f"{separators.advice()}\n{tokens.join(everything, separators, line_end=chr(10))}"
    return text.encode(charset or charsets.OF_SYNTAX.get(syntax[0], charsets.FALLBACK))


def _inside(segments: Sequence[Segment]) -> tuple[list[Message], int, list[Finding]]:
    """Return the messages between UNB and UNZ, the number of groups, and what stands wrongly."""
    messages: list[Message] = []
    findings: list[Finding] = []
    opened: list[Segment] = []
    group: tuple[Segment, int] | None = None
    groups = 0
    for each in segments:
        if each.tag in {"UNH", "UNG", "UNE", "UNZ"} and opened:
            messages.append(_message(opened, trailer=None))
            opened = []
        if each.tag == "UNT" and opened:
            messages.append(_message(opened, trailer=each))
            opened = []
        elif each.tag == "UNH" or opened:
            opened.append(each)
        elif each.tag == "UNG":
            group, groups = (each, len(messages)), groups + 1
        elif each.tag == "UNE":
            findings += _group_trailer(each, group, len(messages))
            group = None
        elif each.tag != "UNZ" and len(findings) < MOST_NOTED:
            findings.append(_outside(each))
    if opened:
        messages.append(_message(opened, trailer=None))
    return messages, groups, findings


def _message(opened: list[Segment], trailer: Segment | None) -> Message:
    header = opened[0]
    reference = header.value(0)
    segments = [*opened, trailer] if trailer is not None else opened
    findings = []
    if trailer is None:
        findings.append(
            Finding(code="trailer-missing", expected="UNT", message=reference, segment=len(opened))
        )
    else:
        place = {"message": reference, "segment": len(segments), "tag": "UNT"}
        if _number(trailer.value(0)) != len(segments):
            findings.append(
                Finding(
                    code="segment-count",
                    expected=f"{len(segments)} segments, UNH and UNT included",
                    found=trailer.value(0),
                    element=1,
                    **place,  # type: ignore[arg-type]
                )
            )
        if trailer.value(1) != reference:
            findings.append(
                Finding(
                    code="reference",
                    expected=f"the reference {reference} of UNH",
                    found=trailer.value(1),
                    element=2,
                    **place,  # type: ignore[arg-type]
                )
            )
    return Message(
        reference=reference,
        kind=header.value(1),
        version=header.value(1, 1),
        release=header.value(1, 2),
        agency=header.value(1, 3),
        association=header.value(1, 4),
        segments=tuple(segments),
        findings=tuple(findings),
    )


def _trailer(segments: Sequence[Segment], count: int) -> list[Finding]:
    header, last = segments[0], segments[-1]
    if last.tag != "UNZ":
        return [
            Finding(code="trailer-missing", expected="UNZ", found=last.tag, segment=last.number)
        ]
    findings = []
    if _number(last.value(0)) != count:
        findings.append(
            Finding(
                code="message-count",
                expected=f"{count} messages or groups",
                found=last.value(0),
                segment=last.number,
                tag="UNZ",
            )
        )
    if last.value(1) != header.value(4):
        findings.append(
            Finding(
                code="reference",
                expected=f"the reference {header.value(4)} of UNB",
                found=last.value(1),
                segment=last.number,
                tag="UNZ",
            )
        )
    return findings


def _group_trailer(
    trailer: Segment, group: tuple[Segment, int] | None, messages: int
) -> list[Finding]:
    if group is None:
        return [_outside(trailer)]
    header, before = group
    findings = []
    if _number(trailer.value(0)) != messages - before:
        findings.append(
            Finding(
                code="message-count",
                expected=f"{messages - before} messages",
                found=trailer.value(0),
                segment=trailer.number,
                tag="UNE",
            )
        )
    if trailer.value(1) != header.value(4):
        findings.append(
            Finding(
                code="reference",
                expected=f"the reference {header.value(4)} of UNG",
                found=trailer.value(1),
                segment=trailer.number,
                tag="UNE",
            )
        )
    return findings


def _outside(found: Segment) -> Finding:
    return Finding(
        code="outside-message",
        expected="each segment inside a message",
        found=found.tag,
        segment=found.number,
        tag=found.tag,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else -1
