"""Offer a load to the carriers of its tariffs, one after the other, until one takes it (TR-10)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.dateparse import parse_datetime

from collab.events.bus import enqueue, publish
from collab.masterdata.refusals import Refused
from collab.organisations.models import Organisation
from transport.events import LoadOffered
from transport.models import Leg, Load, LoadState, Stop, Tender, TenderAnswer, TenderOffer
from transport.rules.tender import Answer, Ask, Waterfall, waterfall
from transport.services.loads import Slot, assign_carrier, locked_load, move_load
from transport.services.offers import Ranked, document_of, rank_carriers, slots_of

Offer = TenderOffer.State
TIME_OVER = "transport.settle_offer"
GRACE = timedelta(seconds=1)  # an answer in the last second counts
SHUT = {"accepted": Offer.ACCEPTED, "rejected": Offer.REJECTED, "expired": Offer.EXPIRED}


@transaction.atomic
def start_tender(
    load_id: UUID,
    *,
    as_of: datetime,
    carriers: Sequence[str] | None = None,
    version: int | None = None,
) -> Tender:
    """Offer a planned (or rejected) load, the first carrier now; acting for its owner.

    ``carriers`` are BPNs in the order of asking; without them the carriers of all tariffs that
    cover the load are asked, by their rank and then by price. Raises ``Refused`` if no tariff
    covers the load, naming the gaps.
    """
    load = locked_load(load_id, version)
    stops, legs = _parts(load)
    ranked = rank_carriers(load, stops, legs, wanted=carriers)
    load = move_load(load.pk, LoadState.TENDERED, by="planner", happened_at=as_of)
    latest = Tender.objects.filter(load=load).order_by("-number").first()
    tender = Tender.objects.create(
        load=load,
        number=latest.number + 1 if latest else 1,
        ranking=[each.body() for each in ranked],
        started_at=as_of,
    )
    _offer(tender, load, stops, legs, rank=1, as_of=as_of)
    return tender


@transaction.atomic
def settle_tender(tender_id: UUID, *, as_of: datetime) -> Tender:
    """Bring a tender to where answers and clock have it: close offers, ask the next, or end.

    Acting for the load's owner. What was settled before is not done again.
    """
    tender = Tender.objects.select_for_update(of=("self",)).get(pk=tender_id)
    if tender.state != Tender.State.RUNNING:
        return tender
    load = locked_load(tender.load_id)
    if load.state != LoadState.TENDERED:  # cancelled or planned anew meanwhile
        return _withdraw(tender, as_of=as_of)
    standing = standing_of(tender, as_of=as_of)
    offers = {each.rank: each for each in TenderOffer.objects.filter(tender=tender)}
    for rank, step in enumerate(standing.steps, start=1):
        offer = offers.get(rank)
        if offer is None:
            stops, legs = _parts(load)
            offer = _offer(tender, load, stops, legs, rank=rank, as_of=step.asked_at)
        if offer.state == Offer.OPEN and step.outcome.value in SHUT:
            _close(offer, SHUT[step.outcome.value], at=step.ended_at or as_of)
            if step.outcome.value == "accepted":
                _give(tender, load, offer)
    if standing.accepted_by is not None:
        _end(tender, Tender.State.ACCEPTED, as_of)
    elif standing.is_exhausted:
        _end(tender, Tender.State.EXHAUSTED, as_of)
        move_load(load.pk, LoadState.REJECTED, by="system", happened_at=as_of)
    return tender


def settle_offer(offer_id: UUID, *, as_of: datetime) -> None:
    """Settle the tender of an offer whose time is over."""
    offer = TenderOffer.objects.filter(pk=offer_id, state=Offer.OPEN).first()
    if offer is not None and offer.answer_until < as_of:
        settle_tender(offer.tender_id, as_of=as_of)


@transaction.atomic
def withdraw_tender(tender_id: UUID, *, as_of: datetime) -> Tender:
    """Take an offer back: the load is planned again and nobody may answer any more."""
    tender = Tender.objects.select_for_update(of=("self",)).get(pk=tender_id)
    if tender.state != Tender.State.RUNNING:
        raise Refused("state", "a tender that is running", tender.state)
    _withdraw(tender, as_of=as_of)
    move_load(tender.load_id, LoadState.PLANNED, by="planner", happened_at=as_of)
    return tender


def _withdraw(tender: Tender, *, as_of: datetime) -> Tender:
    for offer in TenderOffer.objects.filter(tender=tender, state=Offer.OPEN):
        _close(offer, Offer.WITHDRAWN, at=as_of)
    _end(tender, Tender.State.WITHDRAWN, as_of)
    return tender


def standing_of(tender: Tender, *, as_of: datetime) -> Waterfall:
    """Return who was asked, who is asked now, by the answers that have been heard."""
    offers = {each.pk: each for each in TenderOffer.objects.filter(tender=tender)}
    answers = TenderAnswer.objects.filter(offer_id__in=list(offers))
    return waterfall(
        [
            Ask(str(each["carrier_id"]), timedelta(minutes=each["answer_minutes"]))
            for each in tender.ranking
        ],
        tender.started_at,
        [
            Answer(
                str(offers[each.offer_id].counterparty_id),
                each.answered_at,
                each.verdict == TenderAnswer.Verdict.ACCEPTED,
                each.reason,
            )
            for each in answers
        ],
        max(as_of, tender.started_at),
    )


def _give(tender: Tender, load: Load, offer: TenderOffer) -> None:
    """Give the load to the carrier that took it, with the slot it picked."""
    answer = TenderAnswer.objects.get(offer_id=offer.pk)
    move_load(load.pk, LoadState.ACCEPTED, by="carrier", happened_at=answer.answered_at)
    slot = slot_from(answer.slot)
    assign_carrier(load.pk, carrier_id=offer.counterparty_id, slot=slot, plate=answer.plate)
    Load.objects.filter(pk=load.pk).update(expected_cost_minor=offer.price_minor)
    if slot is not None:
        move_load(load.pk, LoadState.SLOT_BOOKED, by="carrier", happened_at=answer.answered_at)


def slot_from(body: Mapping[str, Any] | None) -> Slot | None:
    """Return the slot that an answer names."""
    if not body:
        return None
    opens, closes = parse_datetime(body["from"]), parse_datetime(body["until"])
    if opens is None or closes is None:
        raise Refused("slot", "times with their zone", body)
    return Slot(opens, closes, str(body.get("dock", "")))


def _offer(
    tender: Tender,
    load: Load,
    stops: Sequence[Stop],
    legs: Sequence[Leg],
    *,
    rank: int,
    as_of: datetime,
) -> TenderOffer:
    ranked = Ranked(**tender.ranking[rank - 1])
    offer = TenderOffer.objects.create(
        counterparty=Organisation.objects.get(pk=ranked.carrier_id),
        tender=tender,
        load_id=load.pk,
        load_number=load.number,
        rank=rank,
        vehicle_type=load.vehicle_type,
        stops=document_of(stops),
        slots=slots_of(load, stops),
        distance_km=load.distance_km,
        weight_kg=ranked.weight_kg,
        price_minor=ranked.price_minor,
        price_lines=ranked.price_lines,
        currency=ranked.currency,
        offered_at=as_of,
        answer_until=as_of + timedelta(minutes=ranked.answer_minutes),
    )
    enqueue(TIME_OVER, offer.pk, due_at=offer.answer_until + GRACE)
    _tell(offer)
    return offer


def _close(offer: TenderOffer, state: str, *, at: datetime) -> None:
    offer.state, offer.closed_at = state, at
    offer.version += 1
    offer.save()
    _tell(offer)


def _end(tender: Tender, state: str, as_of: datetime) -> None:
    tender.state, tender.ended_at = state, as_of
    tender.version += 1
    tender.save()


def _tell(offer: TenderOffer) -> None:
    publish(
        LoadOffered(
            change_id=str(uuid4()),
            offer_id=str(offer.pk),
            load_id=str(offer.load_id),
            carrier_id=offer.counterparty_id,
            state=offer.state,
        )
    )


def _parts(load: Load) -> tuple[list[Stop], list[Leg]]:
    stops = Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk).order_by("sequence")
    return list(stops), list(Leg.objects.filter(owner_id=load.owner_id, load_id=load.pk))
