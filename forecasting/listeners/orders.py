"""Confirmations of suppliers reach the customer, who judges them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from forecasting.events import COMMIT_TOPIC, OrdersConfirmed
from forecasting.models import OrderConfirmation
from forecasting.services.confirmations import judge_confirmations

JUDGE = "forecasting.judge_order_confirmations"


def tell_customer(event: OrdersConfirmed) -> Iterable[Fact]:
    """Let the customer judge what was confirmed."""
    hand_over(
        UUID(event.change_id),
        listener=JUDGE,
        topic=COMMIT_TOPIC,
        about_ids=[event.customer_id],
        rows=[UUID(key) for key in event.confirmation_ids],
    )
    return ()


def hear_confirmations(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Judge the confirmations made to the listener."""
    made = OrderConfirmation.objects.filter(
        pk__in=list(keys), counterparty_id=acting_organisation_id()
    )
    judge_confirmations(list(made.order_by("number")))
    return ()


listen(JUDGE, hear_confirmations)
subscribe(OrdersConfirmed, tell_customer)
