"""What a carrier says to an offer: taken with a slot, or not, once and in time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_text
from collab.organisations.context import acting_organisation_id, acting_person_id
from transport.events import OfferAnswered
from transport.models import TenderAnswer, TenderOffer

Verdict = TenderAnswer.Verdict


@transaction.atomic
def answer_offer(
    offer_id: UUID,
    *,
    verdict: str,
    as_of: datetime,
    slot: Mapping[str, Any] | None = None,
    plate: str = "",
    reason: str = "",
) -> tuple[TenderAnswer, bool]:
    """Accept or reject an offer made to the acting carrier; return the answer, and if it is new.

    ``slot`` must be one of those offered. The same verdict again changes nothing.

    Raises
    ------
    TenderOffer.DoesNotExist
        If there is no such offer to this carrier.
    Refused
        If the offer is closed or its time is over, the slot is not among those offered, a
        rejection has no reason, or the carrier said something else before.
    """
    offer = TenderOffer.objects.get(pk=offer_id, counterparty_id=acting_organisation_id())
    if verdict not in Verdict.values:
        raise Refused("verdict", f"one of {', '.join(Verdict.values)}", verdict)
    known = TenderAnswer.objects.filter(
        owner_id=acting_organisation_id(), offer_id=offer_id
    ).first()
    if known is not None:
        return _repeated(known, verdict)
    if offer.state != TenderOffer.State.OPEN:
        raise Refused("state", "an offer that is open", offer.get_state_display())
    if as_of > offer.answer_until:
        raise Refused("state", f"an answer by {offer.answer_until:%Y-%m-%d %H:%M} UTC", as_of)
    values = {
        "load_number": offer.load_number,
        "verdict": verdict,
        "slot": _slot(offer, slot) if verdict == Verdict.ACCEPTED else None,
        "plate": clean_text("plate", plate, 20, required=False),
        "reason": clean_text("reason", reason, 400, required=verdict == Verdict.REJECTED),
        "person_id": acting_person_id(),
        "answered_at": as_of,
    }
    try:
        with transaction.atomic():
            made = TenderAnswer.objects.create(
                counterparty_id=offer.owner_id, offer_id=offer.pk, **values
            )
    except IntegrityError:  # a second click won the race
        return _repeated(
            TenderAnswer.objects.get(owner_id=acting_organisation_id(), offer_id=offer_id), verdict
        )
    publish(
        OfferAnswered(
            answer_id=str(made.pk),
            offer_id=str(offer.pk),
            customer_id=offer.owner_id,
            verdict=verdict,
        )
    )
    return made, True


def _repeated(known: TenderAnswer, verdict: str) -> tuple[TenderAnswer, bool]:
    if known.verdict != verdict:
        raise Refused("verdict", f"what you said before: {known.verdict}", verdict)
    return known, False


def _slot(offer: TenderOffer, wanted: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not wanted:
        return None
    for each in offer.slots:
        if each["from"] == wanted.get("from") and each.get("dock", "") == wanted.get("dock", ""):
            found: dict[str, Any] = each
            return found
    raise Refused("slot", "one of the slots offered", wanted.get("from"))
