"""REST: own vehicle types."""

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
from transport.api.base import READ, WRITE
from transport.models import VehicleType
from transport.services.vehicle_types import FIELDS, save_vehicle_type


class VehicleTypeInput(serializers.ModelSerializer[VehicleType]):
    """A kind of vehicle; money in minor units of ``currency``."""

    capabilities = serializers.ListField(
        child=serializers.CharField(max_length=30), default=list, max_length=12
    )

    class Meta:
        model = VehicleType
        fields = FIELDS


class VehicleTypeOutput(serializers.ModelSerializer[VehicleType]):
    """A kind of vehicle."""

    capabilities = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = VehicleType
        fields = ("id", "version", *FIELDS)


class VehicleTypes(MasterDataView):
    """Own vehicle types."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": VehicleTypeInput}
    replies: ClassVar[dict[str, Any]] = {"GET": VehicleTypeOutput, "POST": VehicleTypeOutput}

    def get(self, request: Request) -> Response:
        """Return a page of vehicle types, newest first."""
        page = paginate(request, VehicleType.objects.all())
        return Response(page.body(VehicleTypeOutput(page.items, many=True).data))

    def post(self, request: Request) -> Response:
        """Make a vehicle type."""
        row = save_vehicle_type(self.body())
        headers = {"ETag": etag_of(row)}
        return Response(VehicleTypeOutput(row).data, status=201, headers=headers)


class OneVehicleType(MasterDataView):
    """One vehicle type."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": VehicleTypeInput}
    replies: ClassVar[dict[str, Any]] = {"GET": VehicleTypeOutput, "PATCH": VehicleTypeOutput}
    versioned = frozenset({"PATCH"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the vehicle type."""
        row = get_for_org(VehicleType, pk=key)
        return self.reply(VehicleTypeOutput(row).data, etag_of(row))

    def patch(self, request: Request, key: UUID) -> Response:
        """Change some of it; ``is_active`` false takes it out of planning."""
        self.locked(VehicleType, key)
        row = save_vehicle_type(self.body(partial=True), type_id=key)
        return self.reply(VehicleTypeOutput(row).data, etag_of(row))


routes: list[URLPattern] = [
    path("vehicle-types", VehicleTypes.as_view(), name="vehicle-types"),
    path("vehicle-types/<uuid:key>", OneVehicleType.as_view(), name="vehicle-type"),
]
