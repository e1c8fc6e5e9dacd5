"""Customers check what is announced to them; suppliers hear what customers say to it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.sharing.hear import hand_over, listen
from transport.events import ADVICE_TOPIC, AdviceAnswered, DispatchAdvised
from transport.models import DispatchAdvice
from transport.services.advice_answers import close_query, hear_answers
from transport.services.advice_checks import check_advices

CHECK = "transport.check_advices"
ANSWERS = "transport.hear_advice_answers"
OVER = frozenset(
    {
        DispatchAdvice.State.REPLACED,
        DispatchAdvice.State.CANCELLED,
        DispatchAdvice.State.RECEIVED,
    }
)


def tell_customer(event: DispatchAdvised) -> Iterable[Fact]:
    """Let the customer check an advice; a query about one that is over is settled."""
    key = UUID(event.advice_id)
    if event.state in OVER:
        close_query(key, at=timezone.now())
    hand_over(
        UUID(event.change_id),
        listener=CHECK,
        topic=ADVICE_TOPIC,
        about_ids=[event.customer_id],
        rows=[key],
    )
    return ()


def check(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Check advices sent to the listener."""
    check_advices(keys, as_of=timezone.now())
    return ()


def tell_supplier(event: AdviceAnswered) -> Iterable[Fact]:
    """Let the supplier hear the answer."""
    hand_over(
        UUID(event.change_id),
        listener=ANSWERS,
        topic=ADVICE_TOPIC,
        about_ids=[event.supplier_id],
        rows=[UUID(event.answer_id)],
    )
    return ()


def hear(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Take answers in about advices of the listener."""
    hear_answers(keys, as_of=timezone.now())
    return ()


listen(CHECK, check)
listen(ANSWERS, hear)
subscribe(DispatchAdvised, tell_customer)
subscribe(AdviceAnswered, tell_supplier)
