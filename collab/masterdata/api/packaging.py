"""REST: how parts are packed."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.integration.lookups import get_for_org
from collab.masterdata import services
from collab.masterdata.api.base import (
    READ,
    VERSIONED,
    WRITE,
    MasterDataView,
    part_of,
    partner_by_bpn,
)
from collab.masterdata.models import Packaging


class PackagingQuery(serializers.Serializer[Any]):
    """The query of ``GET packaging``."""

    part_id = serializers.UUIDField(required=False)
    partner = serializers.CharField(max_length=16, required=False, help_text="BPN")


class PackagingChange(serializers.Serializer[Any]):
    """The body that changes a pack; weights in kg, lengths in mm, quantity in base units."""

    code = serializers.CharField(max_length=20)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3)
    kind = serializers.CharField(max_length=3, required=False, help_text="UN/ECE Rec 21")
    tare_weight_kg = serializers.DecimalField(
        max_digits=10, decimal_places=3, required=False, allow_null=True
    )
    length_mm = serializers.IntegerField(required=False, allow_null=True)
    width_mm = serializers.IntegerField(required=False, allow_null=True)
    height_mm = serializers.IntegerField(required=False, allow_null=True)
    stack_limit = serializers.IntegerField(required=False)
    packs_per_load_unit = serializers.IntegerField(required=False)
    is_returnable = serializers.BooleanField(required=False)


class PackagingInput(PackagingChange):
    """The body that creates a pack; without ``partner`` it holds for all."""

    part_id = serializers.UUIDField()
    partner = serializers.CharField(max_length=16, required=False, help_text="BPN")


class PackagingOutput(serializers.Serializer[Any]):
    """One kind of pack of a part."""

    id = serializers.UUIDField()
    part_id = serializers.UUIDField()
    part_number = serializers.CharField(source="part.number")
    partner = serializers.SerializerMethodField()
    code = serializers.CharField()
    kind = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField(source="part.base_unit")
    tare_weight_kg = serializers.CharField(allow_null=True)
    length_mm = serializers.IntegerField(allow_null=True)
    width_mm = serializers.IntegerField(allow_null=True)
    height_mm = serializers.IntegerField(allow_null=True)
    stack_limit = serializers.IntegerField()
    packs_per_load_unit = serializers.IntegerField()
    is_returnable = serializers.BooleanField()
    version = serializers.IntegerField()

    def get_partner(self, pack: Packaging) -> str | None:
        """Return the partner's BPN, or ``None`` for a pack that holds for all."""
        return None if pack.partner is None else pack.partner.bpn


class Packagings(MasterDataView):
    """Packs of parts."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters = PackagingQuery
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": PackagingInput}
    replies: ClassVar[dict[str, Any]] = {"GET": PackagingOutput, "POST": PackagingOutput}

    def get(self, request: Request) -> Response:
        """List packs, newest first."""
        names = {"part_id": "part_id", "partner": "partner__bpn"}
        wanted = {names[name]: value for name, value in self.query().items()}
        page = paginate(request, _rows().filter(Q(**wanted)))
        return Response(page.body(list(PackagingOutput(page.items, many=True).data)))

    def post(self, request: Request) -> Response:
        """Say how a part is packed."""
        body = self.body()
        part = part_of(body.pop("part_id"))
        bpn = body.pop("partner", "")
        partner = partner_by_bpn(bpn) if bpn else None
        return _shown(services.create_packaging(part=part, partner=partner, **body), status=201)


class OnePackaging(MasterDataView):
    """One kind of pack of a part."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": PackagingChange}
    replies: ClassVar[dict[str, Any]] = {"GET": PackagingOutput, "PATCH": PackagingOutput}
    versioned = VERSIONED

    def get(self, request: Request, packaging_id: UUID) -> Response:
        """Return the pack."""
        pack = get_for_org(_rows(), pk=packaging_id)
        return self.reply(PackagingOutput(pack).data, etag_of(pack))

    def patch(self, request: Request, packaging_id: UUID) -> Response:
        """Change the pack."""
        self.locked(Packaging, packaging_id)
        return _shown(services.update_packaging(packaging_id, **self.body(partial=True)))

    def delete(self, request: Request, packaging_id: UUID) -> Response:
        """Delete the pack."""
        self.locked(Packaging, packaging_id)
        services.remove_packaging(packaging_id)
        return Response(status=204)


def _rows() -> QuerySet[Packaging]:
    return Packaging.objects.select_related("part", "partner")


def _shown(pack: Packaging, status: int = 200) -> Response:
    return Response(PackagingOutput(pack).data, status=status, headers={"ETag": etag_of(pack)})
