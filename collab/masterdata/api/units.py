"""REST: the units of measure that are known, and conversion between them."""

from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.exports import plain_decimal
from collab.masterdata.api.base import READ, MasterDataView, part_of
from collab.masterdata.queries import unit_factors
from collab.masterdata.refusals import Refused
from collab.masterdata.rules.units import ALIASES, CANONICAL_UNITS, canonical_unit, convert


class UnitOutput(serializers.Serializer[Any]):
    """A unit of UN/ECE Recommendation 20; one of it is ``factor`` of its dimension's base unit."""

    code = serializers.CharField()
    name = serializers.CharField()
    dimension = serializers.CharField()
    factor = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())


class UnitList(serializers.Serializer[Any]):
    """All units."""

    items = UnitOutput(many=True)


class ConversionQuery(serializers.Serializer[Any]):
    """The query of ``GET units/conversion``."""

    quantity = serializers.DecimalField(max_digits=24, decimal_places=9)
    from_unit = serializers.CharField(max_length=40)
    to_unit = serializers.CharField(max_length=40)
    part_id = serializers.UUIDField(required=False)


class ConversionOutput(serializers.Serializer[Any]):
    """A converted quantity."""

    quantity = serializers.CharField()
    unit = serializers.CharField()


class Units(MasterDataView):
    """The units of measure that are known here."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": UnitList}

    def get(self, request: Request) -> Response:
        """List all units with the aliases that mean them."""
        self.query()
        items = [
            {
                "code": unit.code,
                "name": unit.name,
                "dimension": unit.dimension.value,
                "factor": f"{unit.factor:f}",
                "aliases": [alias for alias, code in ALIASES.items() if code == unit.code],
            }
            for unit in CANONICAL_UNITS.values()
        ]
        return Response({"items": items})


class Conversion(MasterDataView):
    """Conversion between units."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters = ConversionQuery
    replies: ClassVar[dict[str, Any]] = {"GET": ConversionOutput}

    def get(self, request: Request) -> Response:
        """Convert a quantity exactly; an unknown unit or another dimension is refused."""
        wanted = self.query()
        factors, base_unit = None, None
        if key := wanted.get("part_id"):
            base_unit = part_of(key).base_unit
            factors = unit_factors(key)
        for field in ("from_unit", "to_unit"):
            try:
                canonical_unit(wanted[field])
            except ValueError:
                raise Refused(field, "a UN/ECE Rec 20 unit known here", wanted[field]) from None
        try:
            found = convert(
                wanted["quantity"],
                wanted["from_unit"],
                wanted["to_unit"],
                part_factors=factors,
                base_unit=base_unit,
            )
        except ValueError as error:
            expected = str(error).removeprefix("expected ").split(", got ")[0]
            raise Refused("from_unit", expected, wanted["from_unit"]) from None
        return Response(
            {"quantity": plain_decimal(found), "unit": canonical_unit(wanted["to_unit"]).code}
        )
