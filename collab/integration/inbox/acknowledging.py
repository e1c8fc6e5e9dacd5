"""Answer an X12 interchange with a 997; the answer waits in the outbox to be sent."""

from collections.abc import Mapping, Sequence

from django.db.models import Max
from django.utils import timezone

from collab.integration.inbox.findings import Finding
from collab.integration.inbox.locks import hold
from collab.integration.models.messages import InboundMessage, OutboundMessage
from collab.integration.x12 import acknowledge as x12
from collab.integration.x12.envelope import Interchange

KIND = "x12:997"
ITSELF = "997"


def acknowledge(
    message: InboundMessage, interchange: Interchange, findings: Mapping[str, Sequence[Finding]]
) -> OutboundMessage | None:
    """Write the answer to ``message``; ``None`` for one that is itself an answer or from nobody."""
    kinds = {each.kind for group in interchange.groups for each in group.sets}
    if message.sender_id is None or not kinds or kinds == {ITSELF}:
        return None
    number = next_number(message.sender_id)
    raw = x12.acknowledge(
        interchange, control=number, prepared_at=timezone.now(), findings=findings
    )
    return OutboundMessage.objects.create(
        owner_id=message.owner_id,
        receiver_id=message.sender_id,
        number=number,
        kind=KIND,
        raw=raw,
        about=message,
    )


def next_number(receiver_id: int) -> int:
    """Return the next control number to a partner; held until the transaction ends."""
    hold("outbound", receiver_id)
    found = OutboundMessage.objects.filter(receiver_id=receiver_id).aggregate(last=Max("number"))
    return int(found["last"] or 0) + 1
