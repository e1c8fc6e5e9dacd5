"""REST: shipments of both sides."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from transport.api.base import READ, FiguresOutput, PlaceOutput, as_shown
from transport.models import Mode, Shipment
from transport.queries.shipments import (
    VIEWS,
    NoticeRow,
    ShipmentFilter,
    ShipmentRow,
    notices_of,
    shipment_rows,
    shipments,
)


class ShipmentQuery(serializers.Serializer[Any]):
    """Filters of the list of shipments."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    number = serializers.CharField(max_length=35, default="", help_text="Beginning, or plate.")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")
    site = serializers.CharField(max_length=20, default="", help_text="Site code at either end.")
    part_number = serializers.CharField(max_length=40, default="", help_text="Of either side.")
    mode = serializers.ChoiceField(choices=Mode.choices, default="", allow_blank=True)


class NoticeOutput(serializers.Serializer[Any]):
    """Something that happened, as the caller was told."""

    code = serializers.CharField()
    level = serializers.CharField()
    stop_sequence = serializers.IntegerField(allow_null=True)
    facts = serializers.JSONField()
    happened_at = serializers.DateTimeField()
    told_at = serializers.DateTimeField()


class ShipmentItemOutput(serializers.Serializer[Any]):
    """One part on a shipment."""

    position = serializers.IntegerField()
    part_number = serializers.CharField()
    partner_part_number = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()


class ShipmentOutput(FiguresOutput):
    """A shipment; fields that no grant opens are absent."""

    id = serializers.UUIDField()
    order = serializers.UUIDField()
    owner = serializers.CharField(help_text="BPN of who arranges it.")
    partner = serializers.CharField(required=False, help_text="BPN of the partner at one end.")
    is_inbound = serializers.BooleanField()
    version = serializers.IntegerField()
    number = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    mode = serializers.CharField(required=False)
    origin = PlaceOutput(required=False)
    destination = PlaceOutput(required=False)
    carrier_name = serializers.CharField(required=False)
    plate = serializers.CharField(required=False)
    items = ShipmentItemOutput(many=True, required=False)
    planned_pickup = serializers.DateTimeField(required=False)
    planned_delivery = serializers.DateTimeField(required=False)
    appointment_from = serializers.DateTimeField(required=False, allow_null=True)
    appointment_until = serializers.DateTimeField(required=False, allow_null=True)
    picked_up_at = serializers.DateTimeField(required=False, allow_null=True)
    delivered_at = serializers.DateTimeField(required=False, allow_null=True)
    eta = serializers.JSONField(required=False, allow_null=True)
    progress = serializers.CharField(required=False)
    position = serializers.JSONField(required=False, allow_null=True)
    pinged_at = serializers.DateTimeField(required=False, allow_null=True)
    emissions_kg = serializers.CharField(required=False, allow_null=True)
    emissions_basis = serializers.JSONField(required=False)
    notices = NoticeOutput(many=True, required=False)


class Shipments(MasterDataView):
    """Shipments of both sides."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = ShipmentQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": ShipmentOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; fields that no grant opens are absent."""
        asked = self.query()
        wanted = ShipmentFilter(
            view=asked["view"],
            text=asked["number"],
            partner_bpn=asked["partner"],
            site=asked["site"],
            part=asked["part_number"],
            mode=asked["mode"],
        )
        page = paginate(request, shipments(wanted))
        return Response(page.body([body_of(row) for row in shipment_rows(page.items)]))


class OneShipment(MasterDataView):
    """One shipment."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": ShipmentOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the shipment with what the caller was told about it."""
        shipment = get_for_org(Shipment, pk=key)
        note_reads(Shipment, [shipment])
        body = body_of(shipment_rows([shipment])[0])
        body["notices"] = [_notice(each) for each in notices_of(shipment_id=shipment.pk)]
        return self.reply(body, etag_of(shipment))


def body_of(row: ShipmentRow) -> dict[str, Any]:
    """Return a shipment as the API shows it: key, owner and what the grants open."""
    body: dict[str, Any] = {
        "id": row.id,
        "order": row.order_id,
        "owner": row.owner.bpn,
        "is_inbound": row.is_inbound,
        "version": row.version,
        **as_shown(row.values),
    }
    if row.partner.bpn:
        body["partner"] = row.partner.bpn
    return body


def _notice(row: NoticeRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in list(NoticeOutput().get_fields())}


routes: list[URLPattern] = [
    path("shipments", Shipments.as_view(), name="shipments"),
    path("shipments/<uuid:key>", OneShipment.as_view(), name="shipment"),
]
