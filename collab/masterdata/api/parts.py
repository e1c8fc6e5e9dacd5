"""REST: parts and the units only they can translate."""

from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import paginate
from collab.masterdata import services
from collab.masterdata.api.base import READ, VERSIONED, WRITE, MasterDataView, part_of
from collab.masterdata.models import Part
from collab.masterdata.queries.parts import part_row, unit_factors
from collab.masterdata.search import PartFilter, filtered_parts


class PartQuery(serializers.Serializer[Any]):
    """The query of ``GET parts``."""

    q = serializers.CharField(max_length=80, required=False, help_text="In number, name, GTIN.")
    number = serializers.CharField(max_length=40, required=False)
    kind = serializers.ChoiceField(choices=Part.Kind.choices, required=False)
    is_active = serializers.BooleanField(required=False, allow_null=True, default=None)
    changed_since = serializers.DateTimeField(required=False)


class PartInput(serializers.Serializer[Any]):
    """The body that creates or changes a part."""

    number = serializers.CharField(max_length=40)
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=Part.Kind.choices, required=False)
    base_unit = serializers.CharField(
        max_length=30, required=False, help_text="UN/ECE Rec 20 code or an alias."
    )
    gtin = serializers.CharField(max_length=20, required=False, allow_blank=True)
    material_uuid = serializers.UUIDField(required=False, allow_null=True)
    gross_weight_g = serializers.DecimalField(
        max_digits=14, decimal_places=3, min_value=0, required=False, allow_null=True
    )


class PartChange(PartInput):
    """The body that changes a part; ``is_active`` false retires it."""

    is_active = serializers.BooleanField(required=False)


class PartOutput(serializers.Serializer[Any]):
    """One part."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=Part.Kind.choices)
    base_unit = serializers.CharField()
    gtin = serializers.CharField(allow_blank=True)
    material_uuid = serializers.UUIDField(allow_null=True)
    gross_weight_g = serializers.CharField(allow_null=True)
    is_active = serializers.BooleanField()
    version = serializers.IntegerField()


class FactorBody(serializers.Serializer[Any]):
    """One unit of a part and how many base units it holds."""

    unit = serializers.CharField(max_length=30)
    factor = serializers.DecimalField(max_digits=18, decimal_places=9)


class FactorList(serializers.Serializer[Any]):
    """All units that only this part translates."""

    base_unit = serializers.CharField()
    factors = FactorBody(many=True)


class Parts(MasterDataView):
    """The own parts."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters = PartQuery
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": PartInput}
    replies: ClassVar[dict[str, Any]] = {"GET": PartOutput, "POST": PartOutput}

    def get(self, request: Request) -> Response:
        """List the own parts by number."""
        wanted = PartFilter(**{key: value for key, value in self.query().items() if value != ""})
        page = paginate(request, filtered_parts(wanted), order="number")
        return Response(page.body([asdict(part_row(part)) for part in page.items]))

    def post(self, request: Request) -> Response:
        """Create a part."""
        return _shown(services.create_part(**self.body()), status=201)


class OnePart(MasterDataView):
    """One of the own parts."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": PartChange}
    replies: ClassVar[dict[str, Any]] = {"GET": PartOutput, "PATCH": PartOutput}
    versioned = VERSIONED

    def get(self, request: Request, part_id: UUID) -> Response:
        """Return the part."""
        part = part_of(part_id)
        return self.reply(asdict(part_row(part)), etag_of(part))

    def patch(self, request: Request, part_id: UUID) -> Response:
        """Change the part; ``is_active`` retires it or brings it back."""
        part = self.locked(Part, part_id)
        changes = self.body(partial=True)
        is_active = changes.pop("is_active", None)
        if is_active is not None:
            switch = services.reactivate_part if is_active else services.retire_part
            part = switch(part_id)
        if changes:
            part = services.update_part(part_id, **changes)
        return _shown(part)

    def delete(self, request: Request, part_id: UUID) -> Response:
        """Delete a part entered by mistake; one that anything refers to is retired instead."""
        self.locked(Part, part_id)
        services.remove_part(part_id)
        return Response(status=204)


class UnitFactors(MasterDataView):
    """The units that only this part can translate."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": FactorBody}
    replies: ClassVar[dict[str, Any]] = {"GET": FactorList, "POST": FactorBody}

    def get(self, request: Request, part_id: UUID) -> Response:
        """Return the factors."""
        part = part_of(part_id)
        factors = [
            {"unit": unit, "factor": factor} for unit, factor in unit_factors(part_id).items()
        ]
        return self.reply({"base_unit": part.base_unit, "factors": factors}, etag_of(part))

    def post(self, request: Request, part_id: UUID) -> Response:
        """Set how many base units one of a unit holds; again with another factor changes it."""
        part_of(part_id)
        row = services.set_unit_factor(part_id, **self.body())
        return Response({"unit": row.unit, "factor": row.factor}, status=201)


class OneUnitFactor(MasterDataView):
    """One unit that only this part can translate."""

    scopes: ClassVar[dict[str, str]] = {"DELETE": WRITE}

    def delete(self, request: Request, part_id: UUID, unit: str) -> Response:
        """Forget the factor; a second time changes nothing."""
        part_of(part_id)
        services.remove_unit_factor(part_id, unit=unit)
        return Response(status=204)


def _shown(part: Part, status: int = 200) -> Response:
    return Response(asdict(part_row(part)), status=status, headers={"ETag": etag_of(part)})
