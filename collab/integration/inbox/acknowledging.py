"""Answer an X12 interchange with a 997 and an EDIFACT one with a CONTRL, by way of the outbox."""

from collections.abc import Mapping, Sequence

from django.utils import timezone

from collab.integration.edifact import acknowledge as edifact
from collab.integration.edifact.envelope import Interchange as EdifactInterchange
from collab.integration.inbox.findings import Finding
from collab.integration.inbox.outbox import next_number, queue
from collab.integration.models.messages import InboundMessage, OutboundMessage
from collab.integration.x12 import acknowledge as x12
from collab.integration.x12.envelope import Interchange as X12Interchange

X12_ANSWER, EDIFACT_ANSWER = "x12:997", "edifact:CONTRL"
NEVER_ANSWERED = {"997", "CONTRL"}


def acknowledge(
    message: InboundMessage,
    interchange: X12Interchange | EdifactInterchange,
    findings: Mapping[str, Sequence[Finding]],
) -> OutboundMessage | None:
    """Write the answer to ``message``; ``None`` for one that is itself an answer or from nobody."""
    kinds = _kinds(interchange)
    if message.sender_id is None or not kinds or kinds <= NEVER_ANSWERED:
        return None
    number, now = next_number(message.sender_id), timezone.now()
    if isinstance(interchange, X12Interchange):
        kind = X12_ANSWER
        raw = x12.acknowledge(interchange, control=number, prepared_at=now, findings=findings)
    else:
        kind = EDIFACT_ANSWER
        raw = edifact.acknowledge(interchange, control=number, prepared_at=now, findings=findings)
    return queue(receiver_id=message.sender_id, kind=kind, raw=raw, number=number, about=message)


def _kinds(interchange: X12Interchange | EdifactInterchange) -> set[str]:
    if isinstance(interchange, X12Interchange):
        return {each.kind for group in interchange.groups for each in group.sets}
    return {each.kind for each in interchange.messages}
