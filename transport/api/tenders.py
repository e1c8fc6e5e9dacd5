"""REST: offer loads to carriers, answer offers."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from collab.organisations.context import acting_organisation_id
from transport.api.base import READ, WRITE
from transport.models import Load, Tender, TenderAnswer, TenderOffer
from transport.queries.tenders import VIEWS, OfferFilter, OfferRow, offer_rows, offers
from transport.services.answers import answer_offer
from transport.services.tenders import start_tender, withdraw_tender

ADVISE = "transport:advise"


class OfferQuery(serializers.Serializer[Any]):
    """Filters of the list of offers."""

    view = serializers.ChoiceField(choices=tuple(VIEWS), default="all")
    load_number = serializers.CharField(max_length=35, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class TenderInput(serializers.Serializer[Any]):
    """A load to offer; without carriers all whose tariffs cover it are asked, best rank first."""

    load = serializers.UUIDField()
    carriers = serializers.ListField(
        child=serializers.CharField(max_length=16), required=False, max_length=20,
        help_text="BPNs in the order of asking.",
    )  # fmt: skip


class TenderOutput(serializers.Serializer[Any]):
    """A round of offers."""

    id = serializers.UUIDField()
    load = serializers.UUIDField()
    number = serializers.IntegerField()
    state = serializers.CharField()
    asked = serializers.IntegerField(help_text="How many carriers stand in the ranking.")
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class OfferOutput(serializers.Serializer[Any]):
    """A load as it is offered to one carrier; money in minor units."""

    id = serializers.UUIDField()
    load_number = serializers.CharField()
    customer = serializers.CharField(help_text="BPN")
    carrier = serializers.CharField(help_text="BPN")
    state = serializers.CharField()
    vehicle_type = serializers.CharField()
    stops = serializers.JSONField()
    slots = serializers.JSONField()
    distance_km = serializers.CharField(allow_null=True)
    weight_kg = serializers.CharField(allow_null=True)
    price_minor = serializers.IntegerField()
    price_lines = serializers.JSONField()
    currency = serializers.CharField()
    offered_at = serializers.DateTimeField()
    answer_until = serializers.DateTimeField()
    version = serializers.IntegerField()


class AnswerInput(serializers.Serializer[Any]):
    """What you say to an offer; ``slot`` is one of those offered."""

    verdict = serializers.ChoiceField(choices=TenderAnswer.Verdict.choices)
    slot = serializers.JSONField(required=False, allow_null=True)
    plate = serializers.CharField(max_length=20, default="", allow_blank=True)
    reason = serializers.CharField(max_length=400, default="", allow_blank=True)


class AnswerOutput(serializers.Serializer[Any]):
    """Your answer as it was taken."""

    id = serializers.UUIDField()
    verdict = serializers.CharField()
    slot = serializers.JSONField(allow_null=True)
    is_new = serializers.BooleanField()
    answered_at = serializers.DateTimeField()


class Tenders(MasterDataView):
    """Rounds of offers of your loads."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": TenderInput}
    replies: ClassVar[dict[str, Any]] = {"GET": TenderOutput, "POST": TenderOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        self.query()
        page = paginate(request, Tender.objects.all())
        return Response(page.body([_tender(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Offer a load; the first carrier is asked at once."""
        told = self.body()
        load = get_for_org(Load.objects.filter(owner_id=acting_organisation_id()), pk=told["load"])
        made = start_tender(load.pk, carriers=told.get("carriers"), as_of=timezone.now())
        return Response(_tender(made), status=201, headers={"ETag": etag_of(made)})


class OneTender(MasterDataView):
    """One round of offers."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "DELETE": WRITE}
    replies: ClassVar[dict[str, Any]] = {"GET": TenderOutput}
    versioned = frozenset({"DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the round."""
        row = get_for_org(Tender, pk=key)
        return self.reply(_tender(row), etag_of(row))

    def delete(self, request: Request, key: UUID) -> Response:
        """Take the offer back; the load is planned again."""
        self.locked(Tender, key)
        withdraw_tender(key, as_of=timezone.now())
        return Response(status=204)


class Offers(MasterDataView):
    """Loads offered to you, or by you."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = OfferQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": OfferOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        wanted = OfferFilter(
            view=asked["view"], number=asked["load_number"], partner_bpn=asked["partner"]
        )
        page = paginate(request, offers(wanted))
        told = {row.pk: row.stops for row in page.items}
        return Response(page.body([_offer(row, told[row.id]) for row in offer_rows(page.items)]))


class OneOffer(MasterDataView):
    """One offer."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": OfferOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the offer."""
        row = get_for_org(offers(), pk=key)
        note_reads(TenderOffer, [row])
        return self.reply(_offer(offer_rows([row])[0], row.stops), etag_of(row))


class OfferAnswer(MasterDataView):
    """Your answer to an offer."""

    scopes: ClassVar[dict[str, str]] = {"POST": ADVISE}
    bodies: ClassVar[dict[str, Any]] = {"POST": AnswerInput}
    replies: ClassVar[dict[str, Any]] = {"POST": AnswerOutput}

    def post(self, request: Request, key: UUID) -> Response:
        """Accept with a slot, or reject with a reason; once."""
        try:
            made, is_new = answer_offer(key, as_of=timezone.now(), **self.body())
        except TenderOffer.DoesNotExist:
            raise not_found() from None
        body = {
            "id": made.pk,
            "verdict": made.verdict,
            "slot": made.slot,
            "is_new": is_new,
            "answered_at": made.answered_at,
        }
        return Response(body, status=201 if is_new else 200)


def _tender(row: Tender) -> dict[str, Any]:
    return {
        "id": row.pk,
        "load": row.load_id,
        "number": row.number,
        "state": row.state,
        "asked": len(row.ranking),
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "version": row.version,
    }


def _offer(row: OfferRow, stops: Any) -> dict[str, Any]:
    names = (
        "id", "load_number", "state", "vehicle_type", "slots", "price_minor", "price_lines",
        "currency", "offered_at", "answer_until", "version",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {
        "customer": row.customer.bpn,
        "carrier": row.carrier.bpn,
        "stops": stops,
        "distance_km": None if row.distance_km is None else str(row.distance_km),
        "weight_kg": None if row.weight_kg is None else str(row.weight_kg),
    }


routes: list[URLPattern] = [
    path("tenders", Tenders.as_view(), name="tenders"),
    path("tenders/<uuid:key>", OneTender.as_view(), name="tender"),
    path("tender-offers", Offers.as_view(), name="tender-offers"),
    path("tender-offers/<uuid:key>", OneOffer.as_view(), name="tender-offer"),
    path("tender-offers/<uuid:key>/answer", OfferAnswer.as_view(), name="tender-offer-answer"),
]
