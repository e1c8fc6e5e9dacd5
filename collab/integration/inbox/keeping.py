"""Keep a document that another door has read: byte for byte, with what became of it."""

import hashlib
from collections.abc import Sequence

from django.db.models import F
from django.utils import timezone

from collab.integration.inbox.findings import Finding
from collab.integration.models.messages import InboundMessage
from collab.organisations.context import acting_organisation, acting_organisation_id

State = InboundMessage.State


def keep(
    raw: bytes,
    *,
    syntax: str,
    kind: str,
    parser_version: str,
    problems: Sequence[Finding] = (),
) -> InboundMessage:
    """Return the kept message of the acting organisation's own system; the same bytes, the same.

    With ``problems`` it is refused, without it waits for ``settle``.
    """
    message, is_new = InboundMessage.objects.get_or_create(
        owner_id=acting_organisation_id(),
        sender_identifier=acting_organisation().bpn,
        reference="",
        sha256=hashlib.sha256(raw).hexdigest(),
        defaults={
            "syntax": syntax,
            "kind": kind,
            "raw": raw,
            "size": len(raw),
            "parser_version": parser_version,
            "state": State.REFUSED if problems else State.RECEIVED,
            "problems": [each.body() for each in problems],
        },
    )
    if not is_new:
        InboundMessage.objects.filter(pk=message.pk).update(repetitions=F("repetitions") + 1)
    return message


def settle(
    message: InboundMessage, *, applied: int, held: int, problems: Sequence[Finding]
) -> None:
    """Write down what became of a kept message: parts taken, parts not taken and why."""
    message.applied, message.held = applied, held
    if held and not applied:
        message.state = State.REFUSED
    else:
        message.state = State.HELD if held else State.APPLIED
    message.problems = [each.body() for each in problems]
    message.handled_at = timezone.now()
    message.save(update_fields=["applied", "held", "state", "problems", "handled_at"])
