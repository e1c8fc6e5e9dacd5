"""Exceptions about messages: one held or refused, one that the receiver never acknowledged."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.events.bus import Fact, subscribe
from collab.integration.inbox.events import MessageAcknowledged, MessageHandled
from collab.integration.inbox.outbox import missed
from collab.integration.models.messages import InboundMessage, OutboundMessage
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.work.links import link_kind
from collab.work.models import Alert
from collab.work.services import Concern, clear_alert, raise_alert
from collab.work.titles import name_type

HELD, REFUSED = "integration.message_held", "integration.message_refused"
UNANSWERED, REJECTED = "integration.message_unanswered", "integration.message_rejected"
MESSAGE, OUTGOING = "integration.message", "integration.outgoing_message"
State = InboundMessage.State
Severity = Alert.Severity


def follow_message(event: MessageHandled) -> Iterable[Fact]:
    """Raise what a message waits for; take it back once it is applied or judged otherwise."""
    message_id = UUID(event.message_id)
    states = {State.HELD.value: HELD, State.REFUSED.value: REFUSED}
    for state, name in states.items():
        if state != event.state:
            clear_alert(type=name, object_kind=MESSAGE, object_id=message_id)
    if event.state in states:
        is_held = event.state == State.HELD
        row = InboundMessage.objects.filter(pk=message_id).defer("raw").first()
        told = {
            "kind": _short(event.kind),
            "reference": row.reference if row else "",
            "partner": _name(event.sender_id) or (row.sender_identifier if row else ""),
        }
        raise_alert(
            type=states[event.state],
            object_kind=MESSAGE,
            object_id=message_id,
            concern=_own(Severity.WARNING if is_held else Severity.CRITICAL, told),
        )
    if event.state == State.APPLIED and event.sender_id is not None:
        _forget_corrected(message_id)
    return ()


def follow_answer(event: MessageAcknowledged) -> Iterable[Fact]:
    """Take back that an answer is missing; raise it where the receiver refuses."""
    key = UUID(event.message_id)
    clear_alert(type=UNANSWERED, object_kind=OUTGOING, object_id=key)
    row = OutboundMessage.objects.filter(pk=key).defer("raw").first()
    if row is not None and not event.is_accepted:
        raise_alert(
            type=REJECTED,
            object_kind=OUTGOING,
            object_id=key,
            concern=_own(Severity.CRITICAL, _about(row)),
        )
    return ()


def judge_unanswered(*, as_of: datetime) -> int:
    """Raise an exception for each message that nobody acknowledged in 24 hours; return how many."""
    count = 0
    for row in missed(as_of=as_of):
        count += 1
        raise_alert(
            type=UNANSWERED,
            object_kind=OUTGOING,
            object_id=row.pk,
            concern=_own(Severity.WARNING, _about(row)),
            at=as_of,
        )
    return count


def _forget_corrected(message_id: UUID) -> None:
    """Take back what earlier messages of the same sender about the same thing waited for.

    A corrected message says in its reference (a JSON document's object) that it replaces them;
    control numbers of EDI never come twice, except where somebody chose between two contents.
    """
    done = InboundMessage.objects.filter(pk=message_id).defer("raw").first()
    if done is None or not done.reference:
        return
    earlier = InboundMessage.objects.filter(
        sender_identifier=done.sender_identifier,
        kind=done.kind,
        reference=done.reference,
        state__in=[State.HELD, State.REFUSED],
        received_at__lt=done.received_at,
    )
    for key in earlier.values_list("pk", flat=True):
        for name in (HELD, REFUSED):
            clear_alert(type=name, object_kind=MESSAGE, object_id=key)


def _about(row: OutboundMessage) -> dict[str, str]:
    return {
        "kind": _short(row.kind),
        "reference": row.title or str(row.number),
        "partner": _name(row.receiver_id),
    }


def _own(severity: str, told: dict[str, str]) -> Concern:
    """Return a concern of the acting organisation alone: its partners' systems sent it."""
    return Concern(
        severity=str(severity), counterparty_id=acting_organisation_id(), title_params=told
    )


def _short(kind: str) -> str:
    return kind.partition(":")[2] or kind


def _name(organisation_id: int | None) -> str:
    if organisation_id is None:
        return ""
    found = Organisation.objects.filter(pk=organisation_id).values_list("short_name", flat=True)
    return found.first() or ""


def register() -> None:
    """Follow messages, give the alerts their texts and lead from them to the message."""
    subscribe(MessageHandled, follow_message)
    subscribe(MessageAcknowledged, follow_answer)
    link_kind(MESSAGE, "integration:message")
    link_kind(OUTGOING, "integration:outgoing-message")
    name_type(
        HELD,
        _("%(kind)s %(reference)s of %(partner)s waits: not everything could be applied"),
        _("A message waits: not everything could be applied"),
    )
    name_type(
        REFUSED,
        _("%(kind)s %(reference)s of %(partner)s was refused"),
        _("A message was refused"),
    )
    name_type(
        UNANSWERED,
        _("%(partner)s has not acknowledged %(kind)s %(reference)s for 24 hours"),
        _("A message has not been acknowledged for 24 hours"),
    )
    name_type(
        REJECTED,
        _("%(partner)s refused %(kind)s %(reference)s"),
        _("A partner refused a message"),
    )
