"""REST: what parts are made of, over one level or all."""

from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata import queries, services
from collab.masterdata.api.base import READ, VERSIONED, WRITE, MasterDataView, part_of
from collab.masterdata.models import BomLine
from collab.masterdata.queries.bill_of_material import effective_on
from collab.organisations.clock import own_day


class BomQuery(serializers.Serializer[Any]):
    """The query of ``GET bill-of-material``."""

    parent_id = serializers.UUIDField(required=False)
    component_id = serializers.UUIDField(required=False)
    on = serializers.DateField(required=False, help_text="Only lines effective on this day.")


class BomChange(serializers.Serializer[Any]):
    """The body that changes a line; ``valid_to`` is the first day without it."""

    quantity = serializers.DecimalField(max_digits=18, decimal_places=6)
    unit = serializers.CharField(max_length=30, required=False)
    position = serializers.CharField(max_length=10, required=False, allow_blank=True)
    take_rate = serializers.DecimalField(max_digits=7, decimal_places=6, required=False)
    scrap_rate = serializers.DecimalField(max_digits=7, decimal_places=6, required=False)
    valid_from = serializers.DateField(required=False, allow_null=True)
    valid_to = serializers.DateField(required=False, allow_null=True)
    change_number = serializers.CharField(max_length=20, required=False, allow_blank=True)
    alternate_group = serializers.CharField(max_length=20, required=False, allow_blank=True)
    priority = serializers.IntegerField(min_value=1, max_value=32_767, required=False)


class BomInput(BomChange):
    """The body that adds a component to a parent."""

    parent_id = serializers.UUIDField()
    component_id = serializers.UUIDField()


class BomOutput(serializers.Serializer[Any]):
    """One component of one parent."""

    id = serializers.UUIDField()
    parent_id = serializers.UUIDField()
    parent_number = serializers.CharField(source="parent.number")
    component_id = serializers.UUIDField()
    component_number = serializers.CharField(source="component.number")
    position = serializers.CharField(allow_blank=True)
    quantity = serializers.CharField()
    unit = serializers.CharField()
    take_rate = serializers.CharField()
    scrap_rate = serializers.CharField()
    valid_from = serializers.DateField(allow_null=True)
    valid_to = serializers.DateField(allow_null=True)
    change_number = serializers.CharField(allow_blank=True)
    alternate_group = serializers.CharField(allow_blank=True)
    priority = serializers.IntegerField()
    version = serializers.IntegerField()


class ExplosionQuery(serializers.Serializer[Any]):
    """The query of ``GET parts/{id}/explosion``."""

    quantity = serializers.DecimalField(
        max_digits=18, decimal_places=6, min_value=0, default=Decimal(1)
    )
    on = serializers.DateField(required=False)


class NeedOutput(serializers.Serializer[Any]):
    """What is needed of one part."""

    part_id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()


class ExplosionOutput(serializers.Serializer[Any]):
    """What a quantity of a part needs of every part on every level, parents first."""

    part_id = serializers.UUIDField()
    quantity = serializers.CharField()
    on = serializers.DateField()
    needs = NeedOutput(many=True)


class UsageQuery(serializers.Serializer[Any]):
    """The query of ``GET parts/{id}/where-used``."""

    on = serializers.DateField(required=False)


class UsedInOutput(serializers.Serializer[Any]):
    """One assembly that holds the part."""

    part_id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()


class WhereUsedOutput(serializers.Serializer[Any]):
    """The assemblies that hold a part on any level, nearest first."""

    part_id = serializers.UUIDField()
    assemblies = UsedInOutput(many=True)


class BillOfMaterial(MasterDataView):
    """Lines of the bill of material."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters = BomQuery
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": BomInput}
    replies: ClassVar[dict[str, Any]] = {"GET": BomOutput, "POST": BomOutput}

    def get(self, request: Request) -> Response:
        """List lines, newest first."""
        wanted = self.query()
        rows = _rows()
        if (on := wanted.pop("on", None)) is not None:
            rows = effective_on(rows, on)
        page = paginate(request, rows.filter(Q(**wanted)))
        return Response(page.body(list(BomOutput(page.items, many=True).data)))

    def post(self, request: Request) -> Response:
        """Add a component; a part that would contain itself is refused, naming the ring."""
        body = self.body()
        parent, component = part_of(body.pop("parent_id")), part_of(body.pop("component_id"))
        line = services.add_bom_line(parent=parent, component=component, **body)
        return _shown(line, status=201)


class OneBomLine(MasterDataView):
    """One line of the bill of material."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": BomChange}
    replies: ClassVar[dict[str, Any]] = {"GET": BomOutput, "PATCH": BomOutput}
    versioned = VERSIONED

    def get(self, request: Request, line_id: UUID) -> Response:
        """Return the line."""
        line = get_for_org(_rows(), pk=line_id)
        return self.reply(BomOutput(line).data, etag_of(line))

    def patch(self, request: Request, line_id: UUID) -> Response:
        """Change the line."""
        self.locked(BomLine, line_id)
        return _shown(services.change_bom_line(line_id, **self.body(partial=True)))

    def delete(self, request: Request, line_id: UUID) -> Response:
        """Delete the line."""
        self.locked(BomLine, line_id)
        services.remove_bom_line(line_id)
        return Response(status=204)


class Explosion(MasterDataView):
    """What a part needs over all levels."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters = ExplosionQuery
    replies: ClassVar[dict[str, Any]] = {"GET": ExplosionOutput}

    def get(self, request: Request, part_id: UUID) -> Response:
        """Explode a quantity of the part on a day (today without)."""
        part_of(part_id)
        wanted = self.query()
        on = wanted.get("on") or own_day()
        found = queries.explosion({part_id: wanted["quantity"]}, on=on)
        needs = [
            {
                "part_id": key,
                "number": part.number,
                "name": part.name,
                "quantity": f"{need.quantity.normalize():f}",
                "unit": part.base_unit,
            }
            for key, (part, need) in found.items()
        ]
        return Response(
            {"part_id": part_id, "quantity": wanted["quantity"], "on": on, "needs": needs}
        )


class WhereUsed(MasterDataView):
    """Where a part is used."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters = UsageQuery
    replies: ClassVar[dict[str, Any]] = {"GET": WhereUsedOutput}

    def get(self, request: Request, part_id: UUID) -> Response:
        """Return the assemblies that hold the part; with ``on`` by lines effective then."""
        part_of(part_id)
        found = queries.where_used(part_id, on=self.query().get("on"))
        assemblies = [
            {"part_id": part.id, "number": part.number, "name": part.name} for part in found
        ]
        return Response({"part_id": part_id, "assemblies": assemblies})


def _rows() -> QuerySet[BomLine]:
    return BomLine.objects.select_related("parent", "component")


def _shown(line: BomLine, status: int = 200) -> Response:
    return Response(BomOutput(line).data, status=status, headers={"ETag": etag_of(line)})
