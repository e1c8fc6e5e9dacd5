"""Answers and invoices of carriers, and answers about premium freight, reach the load's owner."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from transport.events import (
    ANSWER_TOPIC,
    BILLING_TOPIC,
    PREMIUM_TOPIC,
    FreightBilled,
    LoadChanged,
    OfferAnswered,
    PremiumChanged,
)
from transport.models import (
    FreightInvoice,
    Load,
    LoadState,
    PremiumAnswer,
    TenderAnswer,
    TenderOffer,
)
from transport.services.billing import settle_load
from transport.services.premium import hear_answer
from transport.services.tenders import settle_tender

ANSWERED = "transport.settle_tenders"
BILLED = "transport.settle_loads"
DECIDED = "transport.hear_premium_answers"


def tell_customer(event: OfferAnswered) -> Iterable[Fact]:
    """Let the owner of the load hear the answer."""
    key = UUID(event.answer_id)
    hand_over(key, listener=ANSWERED, topic=ANSWER_TOPIC, about_ids=[event.customer_id], rows=[key])
    return ()


def hear_answers(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Settle the tenders that carriers answered."""
    us = acting_organisation_id()
    answered = TenderAnswer.objects.filter(pk__in=list(keys), counterparty_id=us)
    offers = TenderOffer.objects.filter(owner_id=us, pk__in=answered.values("offer_id"))
    for tender_id in sorted(set(offers.values_list("tender_id", flat=True))):
        settle_tender(tender_id, as_of=timezone.now())
    return ()


def tell_billed(event: FreightBilled) -> Iterable[Fact]:
    """Let the customer hold an invoice against its tariff; a settlement needs no ear."""
    key = UUID(event.row_id)
    if FreightInvoice.objects.filter(owner_id=acting_organisation_id(), pk=key).exists():
        hand_over(
            uuid5(key, event.change_id),
            listener=BILLED,
            topic=BILLING_TOPIC,
            about_ids=[event.partner_id],
            rows=[key],
        )
    return ()


def hear_invoices(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Settle the loads that were billed to the listener."""
    us = acting_organisation_id()
    billed = FreightInvoice.objects.filter(pk__in=list(keys), counterparty_id=us)
    for load_id in sorted(set(billed.values_list("load_id", flat=True))):
        settle_load(load_id, as_of=timezone.now())
    return ()


def settle_delivered(event: LoadChanged) -> Iterable[Fact]:
    """Hold an invoice that came before the proof of delivery against the tariff once that is in."""
    if event.state != LoadState.PROOF_OF_DELIVERY:
        return ()
    load = Load.objects.filter(
        owner_id=acting_organisation_id(), pk=event.load_id, state=LoadState.PROOF_OF_DELIVERY
    ).first()
    if load is not None and FreightInvoice.objects.filter(load_id=load.pk).exists():
        settle_load(load.pk, as_of=timezone.now())
    return ()


def tell_premium(event: PremiumChanged) -> Iterable[Fact]:
    """Let the side that asked hear what the other said."""
    key = UUID(event.row_id)
    if PremiumAnswer.objects.filter(owner_id=acting_organisation_id(), pk=key).exists():
        hand_over(
            key, listener=DECIDED, topic=PREMIUM_TOPIC, about_ids=[event.partner_id], rows=[key]
        )
    return ()


def hear_premium(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Take partners' answers about premium freight as decisions."""
    us = acting_organisation_id()
    for answer in PremiumAnswer.objects.filter(pk__in=list(keys), counterparty_id=us):
        hear_answer(answer)
    return ()


listen(ANSWERED, hear_answers)
listen(BILLED, hear_invoices)
listen(DECIDED, hear_premium)
subscribe(OfferAnswered, tell_customer)
subscribe(FreightBilled, tell_billed)
subscribe(LoadChanged, settle_delivered)
subscribe(PremiumChanged, tell_premium)
