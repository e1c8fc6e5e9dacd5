"""REST: stock as a message for a partner's system."""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.inbox.outbox_api import OutboundOutput, body_of
from collab.masterdata.api.base import MasterDataView
from inventory.api.base import READ, WRITE
from inventory.queries.messages import STOCK_KINDS, write_stock
from inventory.services.messages import queue_stock
from inventory.services.subjects import own_site, partner_of

CONTENT_TYPES = {"invrpt": "application/edifact", "x12": "application/edi-x12"}


class StockMessageQuery(serializers.Serializer[Any]):
    """Whose stock report: for which partner, at which of your sites, in which form."""

    partner = serializers.CharField(max_length=16, help_text="BPN")
    site = serializers.CharField(max_length=20, help_text="Code of your site.")
    form = serializers.ChoiceField(choices=list(STOCK_KINDS), default="invrpt")


class StockMessageInput(serializers.Serializer[Any]):
    """Whose stock report to queue."""

    partner = serializers.CharField(max_length=16, help_text="BPN")
    site = serializers.CharField(max_length=20, help_text="Code of your site.")
    form = serializers.ChoiceField(choices=list(STOCK_KINDS), default="invrpt")


class StockMessage(MasterDataView):
    """What is on hand for a partner at a site, as INVRPT or X12 846."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = StockMessageQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": StockMessageInput}
    replies: ClassVar[dict[str, Any]] = {"POST": OutboundOutput}

    @extend_schema(responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request) -> HttpResponse:
        """Return the report as it is now."""
        asked = self.query()
        partner, site = partner_of(asked["partner"]), own_site(asked["site"])
        now = timezone.now()
        number = f"{site.code}-{now:%Y%m%d%H%M}"[:35]
        written = write_stock(partner, site, asked["form"], at=now, number=number)
        return HttpResponse(written.raw, content_type=CONTENT_TYPES[asked["form"]])

    @extend_schema(operation_id="stock_message_queue")
    def post(self, request: Request) -> Response:
        """Queue the report for the partner, who is to acknowledge it in 24 hours."""
        return Response(body_of(queue_stock(**self.body(), as_of=timezone.now())), status=201)


routes: list[URLPattern] = [path("stock-messages", StockMessage.as_view(), name="stock-messages")]
