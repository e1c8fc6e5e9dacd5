"""CONTRL: tells the sender of an interchange which of its messages were accepted, and why not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from collab.integration.edifact import envelope
from collab.integration.edifact.envelope import Interchange, Message
from collab.integration.edifact.tokens import Segment, segment
from collab.integration.inbox.findings import Finding, errors_of

MESSAGE_TYPE: Final = "CONTRL:D:3:UN"
ACCEPTED, REJECTED = "7", "4"
ERROR: Final = {
    "quantity": "12",
    "date": "12",
    "time": "12",
    "unit": "12",
    "commitment": "12",
    "function": "12",
    "quantity-qualifier": "12",
    "segment-missing": "13",
    "trailer-missing": "13",
    "part": "13",
    "empty": "13",
    "unexpected-segment": "15",
    "not-supported": "14",
    "unknown-sender": "23",
    "control-number-reused": "26",
    "reference": "28",
    "segment-count": "29",
    "message-count": "29",
    "outside-message": "33",
    "charset": "21",
}
"""Finding → data element 0085; every other error is 18, unspecified."""

_UNSPECIFIED: Final = "18"
_SYNTAX: Final = ("UNOC", "3")
MOST_PLACES = 99  # segments in error named per message


def acknowledge(
    received: Interchange,
    *,
    control: int,
    prepared_at: datetime,
    findings: Mapping[str, Sequence[Finding]] | None = None,
) -> bytes:
    """Return the interchange of one CONTRL that answers ``received``.

    Parameters
    ----------
    control
        Our interchange control number, 1 to 99,999,999,999,999.
    prepared_at
        Our local time.
    findings
        What the areas found, by reference of the message (empty: the interchange); findings of
        the envelopes are added here. A warning rejects nothing.
    """
    if not 1 <= control <= 99_999_999_999_999:
        raise ValueError(f"expected a control number of 1 to 99999999999999, got {control}")
    more = findings or {}
    outer = errors_of([*received.findings, *more.get("", ())])
    sender = (received.sender, received.sender_qualifier)
    receiver = (received.receiver, received.receiver_qualifier)
    header: list[str | tuple[str, ...]] = [received.reference, sender, receiver]
    header += [REJECTED, _code(outer[0])] if outer else [ACCEPTED]
    body = [segment("UCI", *header)]
    if not outer:
        for message in received.messages:
            body += _about(message, more.get(message.reference, ()))
    return envelope.write(
        [(MESSAGE_TYPE, body)],
        sender=receiver,
        receiver=sender,
        reference=str(control),
        prepared_at=prepared_at,
        syntax=_SYNTAX,
        charset=received.charset,
        is_test=received.is_test,
    )


def _about(message: Message, found: Sequence[Finding]) -> Iterator[Segment]:
    """Yield UCM for a message, and UCS with UCD for each place in error."""
    wrong = list(dict.fromkeys(errors_of([*message.findings, *found])))
    kind = (message.kind, message.version, message.release, message.agency, message.association)
    verdict = [REJECTED] if wrong else [ACCEPTED]
    nowhere = [each for each in wrong if not 0 < each.segment <= len(message.segments)]
    if nowhere:
        verdict.append(_code(nowhere[0]))
    yield segment("UCM", message.reference, kind, *verdict)
    placed = [each for each in wrong if each not in nowhere]
    for each in placed[:MOST_PLACES]:
        if each.element:
            yield segment("UCS", str(each.segment))
            yield segment("UCD", _code(each), str(each.element))
        else:
            yield segment("UCS", str(each.segment), _code(each))


def _code(finding: Finding) -> str:
    return ERROR.get(finding.code, _UNSPECIFIED)
