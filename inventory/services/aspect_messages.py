"""Queue the daily Catena-X aspects for partners' systems."""

from datetime import datetime

from django.db import transaction

from collab.integration.inbox.outbox import next_number, queue
from collab.integration.models.messages import OutboundMessage
from inventory.queries.aspects import write_message
from inventory.services.subjects import partner_of


@transaction.atomic
def queue_aspect(model: str, *, partner: str, part_number: str, as_of: datetime) -> OutboundMessage:
    """Queue an aspect of a part with its header for a partner (BPN); see ``aspect_of``."""
    receiver = partner_of(partner)
    raw = write_message(model, partner=receiver.bpn, part_number=part_number, at=as_of)
    return queue(
        receiver_id=receiver.pk,
        kind=f"catenax:{model}",
        raw=raw,
        number=next_number(receiver.pk),
        title=f"{model} {part_number}",
    )
