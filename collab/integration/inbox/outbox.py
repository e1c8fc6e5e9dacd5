"""Messages to partners' systems: they wait, are fetched, and may be acknowledged."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from collab.events.bus import publish
from collab.integration.inbox.events import MessageAcknowledged
from collab.integration.inbox.locks import hold
from collab.integration.models.messages import InboundMessage, OutboundMessage

State = OutboundMessage.State
DUE = timedelta(hours=24)
OPEN = (State.WAITING, State.FETCHED)


class AlreadyAnswered(ValueError):
    """The receiver's verdict is there already and says otherwise."""


def next_number(receiver_id: int) -> int:
    """Return the next control number to a partner; held until the transaction ends."""
    hold("outbound", receiver_id)
    found = OutboundMessage.objects.filter(receiver_id=receiver_id).aggregate(last=Max("number"))
    return int(found["last"] or 0) + 1


@transaction.atomic
def queue(
    *,
    receiver_id: int,
    kind: str,
    raw: bytes,
    number: int,
    title: str = "",
    about: InboundMessage | None = None,
    wants_answer: bool = False,
) -> OutboundMessage:
    """Put a message of the acting organisation into its outbox; ``number`` is from ``next_number``.

    ``title`` says what it is about, as in the number of a schedule. With ``wants_answer`` it is
    missed when the receiver has not acknowledged it within 24 hours of its creation.
    """
    made: OutboundMessage = OutboundMessage.objects.create(
        receiver_id=receiver_id,
        number=number,
        kind=kind,
        raw=raw,
        title=title[:120],
        about=about,
        wants_answer=wants_answer,
    )
    return made


@transaction.atomic
def fetch(message_id: UUID) -> OutboundMessage:
    """Return a message and note that it was fetched, the first time only.

    Raises ``OutboundMessage.DoesNotExist``.
    """
    row = _locked(message_id)
    if row.state == State.WAITING:
        row.state, row.fetched_at = State.FETCHED, timezone.now()
        row.version += 1
        row.save(update_fields=["state", "fetched_at", "version"])
    return row


@transaction.atomic
def settle(message_id: UUID, *, is_accepted: bool, note: str = "") -> OutboundMessage:
    """Note the receiver's verdict on a message; the same again changes nothing.

    Raises ``OutboundMessage.DoesNotExist``, and ``AlreadyAnswered`` for the opposite verdict.
    """
    row = _locked(message_id)
    state = State.ACKNOWLEDGED if is_accepted else State.REFUSED
    if row.state == state:
        return row
    if row.state not in OPEN:
        raise AlreadyAnswered(f"expected a message without an answer, got one {row.state}")
    row.state, row.answered_at, row.note = state, timezone.now(), note[:400]
    row.version += 1
    row.save(update_fields=["state", "answered_at", "note", "version"])
    publish(
        MessageAcknowledged(
            message_id=str(row.pk), receiver_id=row.receiver_id, is_accepted=is_accepted
        )
    )
    return row


def by_number(receiver_id: int, number: int, *, syntax: str) -> OutboundMessage | None:
    """Return the message to a partner that went under a control number in that syntax."""
    rows = OutboundMessage.objects.filter(receiver_id=receiver_id, number=number)
    found: OutboundMessage | None = rows.filter(kind__startswith=f"{syntax}:").first()
    return found


def missed(*, as_of: datetime) -> Iterable[OutboundMessage]:
    """Return the messages whose acknowledgement has been missing for more than 24 hours."""
    rows = OutboundMessage.objects.filter(wants_answer=True, state__in=OPEN)
    return rows.filter(created_at__lte=as_of - DUE).defer("raw")


def newest(*, state: str = "", receiver_bpn: str = "") -> QuerySet[OutboundMessage]:
    """Return the messages that go out, newest first, without their text."""
    rows = OutboundMessage.objects.select_related("receiver").defer("raw").order_by("-pk")
    if state:
        rows = rows.filter(state=state)
    return rows.filter(receiver__bpn=receiver_bpn) if receiver_bpn else rows


def _locked(message_id: UUID) -> OutboundMessage:
    rows = OutboundMessage.objects.select_related("receiver").select_for_update(of=("self",))
    row: OutboundMessage = rows.get(pk=message_id)
    return row
