"""REST: own risk areas."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata.api.base import MasterDataView
from transport.api.base import READ, WRITE
from transport.models import RiskArea
from transport.queries.areas import VIEWS, areas
from transport.services.risk_areas import FIELDS, remove_area, save_area, take_geojson


class RiskAreaInput(serializers.ModelSerializer[RiskArea]):
    """A risk area: ``shape`` is a circle (centre, radius_km) or a polygon (ring of lat, lon)."""

    shape = serializers.JSONField()

    class Meta:
        model = RiskArea
        fields = FIELDS


class RiskAreaOutput(serializers.ModelSerializer[RiskArea]):
    """A risk area."""

    shape = serializers.JSONField()

    class Meta:
        model = RiskArea
        fields = ("id", "version", *FIELDS)


class RiskAreaQuery(serializers.Serializer[Any]):
    """What to list."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    kind = serializers.ChoiceField(choices=RiskArea.Kind.choices, required=False)


class GeoJson(serializers.Serializer[Any]):
    """A GeoJSON FeatureCollection of polygons, and of points with ``radius_km``."""

    type = serializers.CharField()
    features = serializers.ListField(child=serializers.JSONField())


class RiskAreasTaken(serializers.Serializer[Any]):
    """What was taken in."""

    items = RiskAreaOutput(many=True)


class RiskAreas(MasterDataView):
    """Own risk areas."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = RiskAreaQuery
    bodies: ClassVar[dict[str, Any]] = {"POST": RiskAreaInput}
    replies: ClassVar[dict[str, Any]] = {"GET": RiskAreaOutput, "POST": RiskAreaOutput}

    def get(self, request: Request) -> Response:
        """Return a page of risk areas, newest first."""
        wanted = self.query()
        rows = areas(wanted["view"], as_of=timezone.now(), kind=wanted.get("kind", ""))
        page = paginate(request, rows)
        return Response(page.body(RiskAreaOutput(page.items, many=True).data))

    def post(self, request: Request) -> Response:
        """Draw an area."""
        row = save_area(self.body())
        headers = {"ETag": etag_of(row)}
        return Response(RiskAreaOutput(row).data, status=201, headers=headers)


class OneRiskArea(MasterDataView):
    """One risk area."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": RiskAreaInput}
    replies: ClassVar[dict[str, Any]] = {"GET": RiskAreaOutput, "PATCH": RiskAreaOutput}
    versioned = frozenset({"PATCH", "DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the area."""
        row = get_for_org(RiskArea, pk=key)
        return self.reply(RiskAreaOutput(row).data, etag_of(row))

    def patch(self, request: Request, key: UUID) -> Response:
        """Change some of it."""
        self.locked(RiskArea, key)
        row = save_area(self.body(partial=True), area_id=key)
        return self.reply(RiskAreaOutput(row).data, etag_of(row))

    def delete(self, request: Request, key: UUID) -> Response:
        """Take it away; the exceptions it caused are cleared."""
        self.locked(RiskArea, key)
        remove_area(key)
        return Response(status=204)


class RiskAreaFile(MasterDataView):
    """Risk areas as GeoJSON."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": GeoJson}
    replies: ClassVar[dict[str, Any]] = {"POST": RiskAreasTaken}

    def post(self, request: Request) -> Response:
        """Take a FeatureCollection in, all or nothing; same names are written over."""
        rows = take_geojson(self.body(), as_of=timezone.now())
        return Response({"items": RiskAreaOutput(rows, many=True).data})


routes: list[URLPattern] = [
    path("risk-areas", RiskAreas.as_view(), name="risk-areas"),
    path("risk-areas/geojson", RiskAreaFile.as_view(), name="risk-areas-geojson"),
    path("risk-areas/<uuid:key>", OneRiskArea.as_view(), name="risk-area"),
]
