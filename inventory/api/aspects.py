"""REST: the daily Catena-X aspects out, what partners stated, and the identifiers they use."""

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
from collab.integration.lists import paginate
from collab.masterdata.api.base import MasterDataView
from inventory.api.base import READ, WRITE
from inventory.models import StatedAspect
from inventory.queries.aspects import VERSIONS, StatedRow, plain_rows, write_aspect
from inventory.services.aspect_messages import queue_aspect
from inventory.services.aspects import name_address, name_material
from inventory.services.refreshes import note_use


class AspectQuery(serializers.Serializer[Any]):
    """Which of the aspects: of which part, for which partner."""

    partner = serializers.CharField(max_length=16, help_text="BPN")
    part_number = serializers.CharField(max_length=40, help_text="Yours, or the partner's.")


class StatedQuery(serializers.Serializer[Any]):
    """Filters of what partners stated."""

    part_number = serializers.CharField(max_length=40, default="", help_text="Yours, exactly.")
    model = serializers.ChoiceField(choices=["", *VERSIONS], default="")


class StatedFigureOutput(serializers.Serializer[Any]):
    """One figure; ``value`` is in ``unit``, or days where the unit is empty."""

    site = serializers.CharField(help_text="BPNS")
    address = serializers.CharField(help_text="BPNA")
    kind = serializers.CharField()
    value = serializers.CharField()
    unit = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    order = serializers.CharField()
    updated_at = serializers.DateTimeField()


class StatedOutput(serializers.Serializer[Any]):
    """The newest aspect that a partner sent about a part."""

    id = serializers.UUIDField()
    partner = serializers.CharField(help_text="BPN")
    part_number = serializers.CharField(help_text="Yours.")
    model = serializers.ChoiceField(choices=list(VERSIONS))
    direction = serializers.CharField()
    changed_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField()
    figures = StatedFigureOutput(many=True)


class MaterialInput(serializers.Serializer[Any]):
    """The identifier of a part between you and a partner."""

    partner = serializers.CharField(max_length=16, help_text="BPN")
    part_number = serializers.CharField(max_length=40)
    asset_id = serializers.UUIDField(help_text="materialGlobalAssetId, without urn:uuid:.")


class AddressInput(serializers.Serializer[Any]):
    """The address number of a site of yours."""

    site = serializers.CharField(max_length=20)
    bpna = serializers.CharField(max_length=16)


class Aspect(MasterDataView):
    """One of the daily aspects; ``model`` is its name, such as item_stock."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = AspectQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": AspectQuery}
    replies: ClassVar[dict[str, Any]] = {"POST": OutboundOutput}

    @extend_schema(operation_id="aspect_read", responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, model: str) -> HttpResponse:
        """Return the aspect as it is now, as JSON that validates against its schema."""
        raw = write_aspect(model, **self.query())
        return HttpResponse(raw, content_type="application/json")

    @extend_schema(operation_id="aspect_queue", request=AspectQuery)
    def post(self, request: Request, model: str) -> Response:
        """Queue the aspect with its message header for the partner's system."""
        queued = queue_aspect(model, **self.body(), as_of=timezone.now())
        return Response(body_of(queued), status=201)


class StatedAspects(MasterDataView):
    """What partners' systems stated in Catena-X aspects through the inbox."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = StatedQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": StatedOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        rows = StatedAspect.objects.all()
        if asked["part_number"]:
            rows = rows.filter(part_number=asked["part_number"])
            note_use(asked["part_number"])
        if asked["model"]:
            rows = rows.filter(model=asked["model"])
        page = paginate(request, rows)
        return Response(page.body([_stated(row) for row in plain_rows(page.items)]))


class Materials(MasterDataView):
    """Under which identifiers partners know your parts."""

    scopes: ClassVar[dict[str, str]] = {"PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": MaterialInput}
    replies: ClassVar[dict[str, Any]] = {"PUT": MaterialInput}

    @extend_schema(request=MaterialInput)
    def put(self, request: Request) -> Response:
        """Note an identifier; the last one holds."""
        told = self.body()
        row = name_material(**told)
        return Response({**told, "asset_id": row.asset_id})


class Addresses(MasterDataView):
    """The address numbers (BPNA) of your sites, which aspects name beside the BPNS."""

    scopes: ClassVar[dict[str, str]] = {"PUT": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PUT": AddressInput}
    replies: ClassVar[dict[str, Any]] = {"PUT": AddressInput}

    @extend_schema(request=AddressInput)
    def put(self, request: Request) -> Response:
        """Note a number; the last one holds."""
        told = self.body()
        row = name_address(**told)
        return Response({"site": told["site"], "bpna": row.bpna})


def _stated(row: StatedRow) -> dict[str, Any]:
    names = StatedFigureOutput().get_fields()
    return {
        "id": row.id,
        "partner": row.partner.bpn,
        "part_number": row.part_number,
        "model": row.model,
        "direction": row.direction,
        "changed_at": row.changed_at,
        "received_at": row.received_at,
        "figures": [{name: getattr(each, name) for name in names} for each in row.figures],
    }


routes: list[URLPattern] = [
    path("catena-x/aspects/<slug:model>", Aspect.as_view(), name="aspect"),
    path("catena-x/stated", StatedAspects.as_view(), name="stated-aspects"),
    path("catena-x/materials", Materials.as_view(), name="material-twins"),
    path("catena-x/addresses", Addresses.as_view(), name="site-addresses"),
]
