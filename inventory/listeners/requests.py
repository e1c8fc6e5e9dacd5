"""Requests for data travel down, answers travel up, ends travel down: each acting for its own."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import Fact, enqueue, publish, subscribe
from collab.sharing.hear import hand_over, listen
from inventory.events import (
    NOTICE_TOPIC,
    REQUEST_TOPIC,
    DataAnswered,
    DataRequested,
    NoticeChanged,
    RequestGone,
)
from inventory.models import DataRequest, DisruptionNotice
from inventory.request_alerts import clear_waiting, raise_waiting
from inventory.rules.data_request import Decision
from inventory.services.data_answers import close_answer, follow_answers
from inventory.services.data_requests import decision_on, end_of_notices, received_request

ASKED, ANSWERED = "inventory.follow_request", "inventory.follow_answer"
NOTICE_ENDED = "inventory.follow_notice_end"
DUE, OVER = "inventory.request_due", "inventory.request_over"


def tell_asked(event: DataRequested) -> Iterable[Fact]:
    """Let the asked side take a request up, or end what hangs on it."""
    key = UUID(event.request_id)
    hand_over(
        UUID(event.change_id),
        listener=ASKED,
        topic=REQUEST_TOPIC,
        about_ids=[event.asked_id],
        rows=[key],
    )
    if event.has_ended:
        follow_answers([key])  # one party less to wait for
    return ()


def follow_requests(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Give the asked side its task, looked at again when it is due and when the request ends."""
    for key in keys:
        look_at(key)
        try:
            request = received_request(key)
        except DataRequest.DoesNotExist:
            continue
        enqueue(DUE, key, due_at=request.due_at)
        enqueue(OVER, key, due_at=request.ends_at)
    return ()


def look_at(key: UUID) -> None:
    """Bring the task of a received request, and who has it open, in step with it and our answer."""
    now = timezone.now()
    is_gone = close_answer(key)
    if is_gone:
        publish(RequestGone(change_id=str(uuid7()), request_id=str(key)))
    if is_gone or decision_on(key) is not Decision.NONE:
        clear_waiting(key, at=now)
    else:
        raise_waiting(received_request(key), at=now)


def tell_asker(event: DataAnswered) -> Iterable[Fact]:
    """Close the own task, and let who asked bring its own answers in step."""
    key = UUID(event.request_id)
    clear_waiting(key, at=timezone.now())
    hand_over(
        UUID(event.change_id),
        listener=ANSWERED,
        topic=REQUEST_TOPIC,
        about_ids=[event.asker_id],
        rows=[key],
    )
    return ()


def follow_answer(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Pass what was answered to us on to those whom we have agreed to tell."""
    follow_answers(keys)
    return ()


def tell_of_end(event: NoticeChanged) -> Iterable[Fact]:
    """End what was asked because of a notice that is resolved, on both its sides."""
    if event.state == DisruptionNotice.State.RESOLVED:
        key = UUID(event.notice_id)
        end_of_notices([key])
        hand_over(
            UUID(event.change_id),
            listener=NOTICE_ENDED,
            topic=NOTICE_TOPIC,
            about_ids=[event.recipient_id],
            rows=[key],
        )
    return ()


def follow_end(keys: Sequence[UUID]) -> Iterable[Fact]:
    """End own requests that were made for notices which a partner resolved."""
    end_of_notices(keys)
    return ()


listen(ASKED, follow_requests)
listen(ANSWERED, follow_answer)
listen(NOTICE_ENDED, follow_end)
subscribe(DataRequested, tell_asked)
subscribe(DataAnswered, tell_asker)
subscribe(NoticeChanged, tell_of_end)
