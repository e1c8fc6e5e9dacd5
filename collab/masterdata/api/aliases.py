"""REST: partners' numbers for parts."""

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
from collab.masterdata.models import PartAlias
from collab.masterdata.queries.parts import valid_on


class AliasQuery(serializers.Serializer[Any]):
    """The query of ``GET part-aliases``."""

    part_id = serializers.UUIDField(required=False)
    partner = serializers.CharField(max_length=16, required=False, help_text="BPN")
    partner_number = serializers.CharField(max_length=40, required=False)
    on = serializers.DateField(required=False, help_text="Only those that hold on this day.")


class AliasChange(serializers.Serializer[Any]):
    """The body that changes a partner's number; ``valid_to`` is the first day without it."""

    partner_number = serializers.CharField(max_length=40)
    revision = serializers.CharField(max_length=20, required=False, allow_blank=True)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True)


class AliasInput(AliasChange):
    """The body that creates a partner's number."""

    part_id = serializers.UUIDField()
    partner = serializers.CharField(max_length=16, help_text="BPN")


class AliasOutput(serializers.Serializer[Any]):
    """A partner's number for a part."""

    id = serializers.UUIDField()
    part_id = serializers.UUIDField()
    part_number = serializers.CharField(source="part.number")
    partner = serializers.CharField(source="partner.bpn")
    partner_name = serializers.CharField(source="partner.name")
    partner_number = serializers.CharField()
    revision = serializers.CharField(allow_blank=True)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    version = serializers.IntegerField()


class PartAliases(MasterDataView):
    """Which own part a partner means by its number, and when."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters = AliasQuery
    lists = True
    bodies: ClassVar[dict[str, Any]] = {"POST": AliasInput}
    replies: ClassVar[dict[str, Any]] = {"GET": AliasOutput, "POST": AliasOutput}

    def get(self, request: Request) -> Response:
        """List partners' numbers by number."""
        wanted = self.query()
        rows = _rows()
        if (on := wanted.pop("on", None)) is not None:
            rows = valid_on(rows, on)
        names = {
            "part_id": "part_id",
            "partner": "partner__bpn",
            "partner_number": "partner_number",
        }
        rows = rows.filter(Q(**{names[name]: value for name, value in wanted.items()}))
        page = paginate(request, rows, order="partner_number")
        return Response(page.body(list(AliasOutput(page.items, many=True).data)))

    def post(self, request: Request) -> Response:
        """Say which own part a partner's number means from one day on."""
        body = self.body()
        part = part_of(body.pop("part_id"))
        alias = services.create_alias(
            part=part, partner=partner_by_bpn(body.pop("partner")), **body
        )
        return _shown(alias, status=201)


class OnePartAlias(MasterDataView):
    """One partner's number."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PATCH": WRITE, "DELETE": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"PATCH": AliasChange}
    replies: ClassVar[dict[str, Any]] = {"GET": AliasOutput, "PATCH": AliasOutput}
    versioned = VERSIONED

    def get(self, request: Request, alias_id: UUID) -> Response:
        """Return the partner's number."""
        alias = get_for_org(_rows(), pk=alias_id)
        return self.reply(AliasOutput(alias).data, etag_of(alias))

    def patch(self, request: Request, alias_id: UUID) -> Response:
        """Change number, revision or dates."""
        self.locked(PartAlias, alias_id)
        return _shown(services.update_alias(alias_id, **self.body(partial=True)))

    def delete(self, request: Request, alias_id: UUID) -> Response:
        """Delete a number entered by mistake; set ``valid_to`` for one that ends."""
        self.locked(PartAlias, alias_id)
        services.remove_alias(alias_id)
        return Response(status=204)


def _rows() -> QuerySet[PartAlias]:
    return PartAlias.objects.select_related("part", "partner")


def _shown(alias: PartAlias, status: int = 200) -> Response:
    return Response(AliasOutput(alias).data, status=status, headers={"ETag": etag_of(alias)})
