"""Offers of loads on both sides: what was offered to whom, until when, and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from transport.models import Tender, TenderAnswer, TenderOffer
from transport.queries.whole import whole_rows

State = TenderOffer.State
VIEWS: Mapping[str, Q] = {
    "open": Q(state=State.OPEN),
    "accepted": Q(state=State.ACCEPTED),
    "missed": Q(state__in=[State.REJECTED, State.EXPIRED, State.WITHDRAWN]),
    "all": Q(),
}
SORTS = {
    "due": ("answer_until", "pk"),
    "newest": ("-offered_at", "-pk"),
    "price": ("-price_minor", "pk"),
}
TONES = {
    State.OPEN.value: "warn",
    State.ACCEPTED.value: "ok",
    State.REJECTED.value: "crit",
    State.EXPIRED.value: "crit",
    State.WITHDRAWN.value: "done",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFilter:
    """What to list; empty means any. ``view`` of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "open"
    number: str = ""
    partner_bpn: str = ""
    sort: str = "due"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferStop:
    """One halt as it is offered."""

    sequence: int
    purpose: str
    name: str
    city: str
    country: str
    timezone: str
    window_from: datetime | None
    window_until: datetime | None
    arrival: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """One offer: ``is_received`` where the viewer is the carrier that is asked."""

    id: UUID
    tender_id: UUID
    load_id: UUID
    load_number: str
    customer: Name
    carrier: Name
    is_received: bool
    rank: int
    state: str
    vehicle_type: str
    stops: Sequence[OfferStop]
    slots: Sequence[Mapping[str, Any]]
    distance_km: Decimal | None
    weight_kg: Decimal | None
    price_minor: int
    price_lines: Sequence[Mapping[str, Any]]
    currency: str
    offered_at: datetime
    answer_until: datetime
    closed_at: datetime | None
    answer: TenderAnswer | None
    version: int

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"offer-{self.id}"

    @property
    def partner(self) -> Name:
        """The other side."""
        return self.customer if self.is_received else self.carrier

    @property
    def price(self) -> Decimal:
        """The price in the currency's main unit."""
        return Decimal(self.price_minor) / 100

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(State(self.state).label)

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return TONES[self.state]

    @property
    def first(self) -> OfferStop:
        """Where the run begins."""
        return self.stops[0]

    @property
    def last(self) -> OfferStop:
        """Where it ends."""
        return self.stops[-1]


def offers(wanted: OfferFilter | None = None) -> "QuerySet[TenderOffer]":
    """Return the visible offers that the filter has: a query set."""
    chosen = wanted or OfferFilter(view="all")
    rows = whole_rows(TenderOffer.objects.all()).filter(VIEWS[chosen.view])
    if chosen.number:
        rows = rows.filter(load_number__istartswith=chosen.number)
    if chosen.partner_bpn:
        us = acting_organisation_id()
        rows = rows.filter(
            Q(owner_id=us, counterparty__bpn=chosen.partner_bpn)
            | Q(counterparty_id=us, owner__bpn=chosen.partner_bpn)
        )
    return rows


def offer_list(
    wanted: OfferFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[OfferRow]:
    """Return offers in the order the filter asks for."""
    chosen = wanted or OfferFilter()
    rows = offers(chosen).order_by(*SORTS[chosen.sort])
    return offer_rows(rows[offset : offset + limit])


def offer_by_key(key: UUID) -> OfferRow | None:
    """Return one visible offer."""
    return next(iter(offer_rows(offers().filter(pk=key))), None)


def offers_of_tender(tender_id: UUID) -> list[OfferRow]:
    """Return who was asked, in order; the owner alone sees more than one."""
    return offer_rows(offers().filter(tender_id=tender_id).order_by("rank"))


def tender_of(offer: OfferRow) -> Tender | None:
    """Return the round of offers, for its owner alone."""
    return Tender.objects.filter(pk=offer.tender_id).first()


def latest_tender(load_id: UUID) -> Tender | None:
    """Return the newest round of offers of an own load."""
    return Tender.objects.filter(load_id=load_id).order_by("-number").first()


def offer_rows(found: Iterable[TenderOffer]) -> list[OfferRow]:
    """Return the plain rows of offers."""
    rows = list(found)
    us = acting_organisation_id()
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    answers = {
        each.offer_id: each
        for each in whole_rows(TenderAnswer.objects.filter(offer_id__in=[row.pk for row in rows]))
    }
    return [
        OfferRow(
            id=row.pk,
            customer=names.get(row.owner_id, NOBODY),
            carrier=names.get(row.counterparty_id, NOBODY),
            is_received=row.counterparty_id == us,
            stops=[_stop(each) for each in row.stops],
            answer=answers.get(row.pk),
            **{name: getattr(row, name) for name in _PLAIN},
        )
        for row in rows
    ]


_PLAIN = (
    "tender_id", "load_id", "load_number", "rank", "state", "vehicle_type", "slots",
    "distance_km", "weight_kg", "price_minor", "price_lines", "currency", "offered_at",
    "answer_until", "closed_at", "version",
)  # fmt: skip


def _stop(told: Mapping[str, Any]) -> OfferStop:
    place = told["place"]
    return OfferStop(
        sequence=told["sequence"],
        purpose=told["purpose"],
        name=place["name"],
        city=place["city"],
        country=place["country"],
        timezone=place["timezone"],
        window_from=parse_datetime(told["window"][0]),
        window_until=parse_datetime(told["window"][1]),
        arrival=parse_datetime(told["arrival"]),
    )
