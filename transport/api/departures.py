"""REST: fixed departures of carriers."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from collab.organisations.context import acting_organisation_id
from transport.api.base import READ, WRITE
from transport.models import Departure
from transport.queries.whole import whole_rows
from transport.services.departures import FIELDS, remove_departure, save_departure


class DepartureInput(serializers.ModelSerializer[Departure]):
    """A weekly departure; ``carrier`` is a BPN, minutes count from midnight of the local clock."""

    carrier = serializers.CharField(max_length=16)

    class Meta:
        model = Departure
        fields = FIELDS


class DepartureOutput(serializers.ModelSerializer[Departure]):
    """A weekly departure as customer and carrier see it."""

    customer = serializers.CharField(source="owner.bpn")
    carrier = serializers.CharField(source="counterparty.bpn")

    class Meta:
        model = Departure
        fields = ("id", "version", "customer", *FIELDS)


class DepartureQuery(serializers.Serializer[Any]):
    """What to list: one carrier's, by BPN."""

    carrier = serializers.CharField(required=False, max_length=16)


class Departures(MasterDataView):
    """Fixed departures that one books or runs."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = DepartureQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": DepartureInput}
    replies: ClassVar[dict[str, Any]] = {"GET": DepartureOutput, "POST": DepartureOutput}

    def get(self, request: Request) -> Response:
        """Return a page of departures, newest first."""
        rows = whole_rows(Departure.objects.select_related("owner", "counterparty"))
        if carrier := self.query().get("carrier"):
            rows = rows.filter(counterparty__bpn=carrier)
        page = paginate(request, rows)
        return Response(page.body(DepartureOutput(page.items, many=True).data))

    def post(self, request: Request) -> Response:
        """Add a departure."""
        row = save_departure(self.body())
        headers = {"ETag": etag_of(row)}
        return Response(DepartureOutput(row).data, status=201, headers=headers)


class OneDeparture(MasterDataView):
    """One fixed departure."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": DepartureInput}
    replies: ClassVar[dict[str, Any]] = {"GET": DepartureOutput, "PATCH": DepartureOutput}
    versioned = frozenset({"PATCH", "DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the departure."""
        row = get_for_org(whole_rows(Departure.objects.all()), pk=key)
        return self.reply(DepartureOutput(row).data, etag_of(row))

    def patch(self, request: Request, key: UUID) -> Response:
        """Change some of it."""
        self._own(key)
        row = save_departure(self.body(partial=True), departure_id=key)
        return self.reply(DepartureOutput(row).data, etag_of(row))

    def delete(self, request: Request, key: UUID) -> Response:
        """Take it away."""
        self._own(key)
        remove_departure(key)
        return Response(status=204)

    def _own(self, key: UUID) -> None:
        """Check the version; 404 for a departure that somebody else keeps."""
        row = self.locked(Departure, key)
        get_for_org(Departure.objects.filter(owner_id=acting_organisation_id()), pk=row.pk)


routes: list[URLPattern] = [
    path("departures", Departures.as_view(), name="departures"),
    path("departures/<uuid:key>", OneDeparture.as_view(), name="departure"),
]
