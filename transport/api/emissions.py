"""REST: emissions of moved parts, and the factors they are computed with."""

from typing import Any, ClassVar

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.masterdata.api.base import MasterDataView
from collab.organisations.names import NOBODY, names_of
from transport.models import EmissionFactor, PartEmission
from transport.queries.emissions import EmissionFilter, part_emissions
from transport.rules.emissions import DistanceBasis, FactorUnit, Scope
from transport.services.factors import OWN_FACTS, add_factor, as_factor, shipped_factors

READ, WRITE = "transport:read", "transport:write"


class EmissionQuery(serializers.Serializer[Any]):
    """Filters of the list of emissions."""

    part_number = serializers.CharField(max_length=40, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class EmissionOutput(serializers.Serializer[Any]):
    """What one part of one shipment emitted [kg CO2e], with the method and its factors."""

    id = serializers.UUIDField()
    shipment = serializers.UUIDField()
    owner = serializers.CharField(help_text="BPN of who arranged the transport.")
    part_number = serializers.CharField()
    partner_part_number = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    weight_kg = serializers.CharField()
    emissions_kg = serializers.CharField()
    method = serializers.JSONField()
    moved_on = serializers.DateField()


class FactorInput(serializers.Serializer[Any]):
    """A factor of your own; figures as text, so that none is rounded on its way."""

    code = serializers.CharField(max_length=60)
    edition = serializers.CharField(max_length=40)
    mode = serializers.CharField(max_length=20)
    vehicle = serializers.CharField(max_length=40)
    fuel = serializers.CharField(max_length=20, default="", allow_blank=True)
    region = serializers.CharField(max_length=10, default="", allow_blank=True)
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]
    scope = serializers.ChoiceField(choices=[each.value for each in Scope])
    unit = serializers.ChoiceField(choices=[each.value for each in FactorUnit])
    basis = serializers.ChoiceField(choices=[each.value for each in DistanceBasis])
    value = serializers.CharField(max_length=20)
    valid_from = serializers.CharField(max_length=10)
    valid_to = serializers.CharField(max_length=10, required=False, allow_null=True)
    load_share = serializers.CharField(max_length=10, required=False, allow_null=True)
    empty_share = serializers.CharField(max_length=10, required=False, allow_null=True)
    gwp_set = serializers.CharField(max_length=20, default="", allow_blank=True)
    distance_adjustment = serializers.CharField(max_length=10, required=False, allow_null=True)
    verified = serializers.BooleanField(default=False)


class FactorOutput(FactorInput):
    """A factor; own ones go before those shipped."""

    is_own = serializers.BooleanField()


class PartEmissions(MasterDataView):
    """Emissions of parts that you moved, or that were moved for you."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = EmissionQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": EmissionOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        wanted = EmissionFilter(
            part=asked["part_number"],
            partner_bpn=asked["partner"],
            since=asked.get("since"),
            until=asked.get("until"),
        )
        page = paginate(request, part_emissions(wanted))
        names = names_of({row.owner_id for row in page.items})
        return Response(
            page.body([_emission(row, names.get(row.owner_id, NOBODY).bpn) for row in page.items])
        )


class EmissionFactors(MasterDataView):
    """The factors that emissions are computed with."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": FactorInput}
    replies: ClassVar[dict[str, Any]] = {"GET": FactorOutput, "POST": FactorOutput}

    def get(self, request: Request) -> Response:
        """Return a page of your own factors, newest first; the shipped ones end the last page."""
        self.query()
        page = paginate(request, EmissionFactor.objects.all())
        own = [_factor(as_factor(row)) for row in page.items]
        shipped = [] if page.next else [_factor(each) for each in shipped_factors()]
        return Response(page.body([*own, *shipped]))

    def post(self, request: Request) -> Response:
        """Add a factor; an edition is never changed, only followed by another."""
        told = {name: value for name, value in self.body().items() if value not in {None, ""}}
        return Response(_factor(as_factor(add_factor(told))), status=201)


def _emission(row: PartEmission, owner: str) -> dict[str, Any]:
    return {
        "id": row.pk,
        "shipment": row.shipment_id,
        "owner": owner,
        "part_number": row.part_number,
        "partner_part_number": row.partner_part_number,
        "quantity": str(row.quantity),
        "unit": row.unit,
        "weight_kg": str(row.weight_kg),
        "emissions_kg": str(row.emissions_kg),
        "method": row.method,
        "moved_on": row.moved_on,
    }


def _factor(factor: Any) -> dict[str, Any]:
    body = {name: getattr(factor, name) for name in OWN_FACTS}
    texts = ("load_share", "empty_share", "distance_adjustment")
    return body | {
        "code": factor.id,
        "edition": factor.edition,
        "scope": factor.scope.value,
        "unit": factor.unit.value,
        "basis": factor.basis.value,
        "value": str(factor.value),
        **{name: None if body[name] is None else str(body[name]) for name in texts},
        "valid_from": factor.valid_from.isoformat(),
        "valid_to": None if factor.valid_to is None else factor.valid_to.isoformat(),
        "verified": factor.verified,
        "is_own": factor.is_own,
    }


routes: list[URLPattern] = [
    path("part-emissions", PartEmissions.as_view(), name="part-emissions"),
    path("emission-factors", EmissionFactors.as_view(), name="emission-factors"),
]
