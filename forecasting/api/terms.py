"""REST: planning terms."""

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
from collab.organisations.context import acting_organisation_id
from forecasting.api.plan_base import READ, WRITE
from forecasting.models import PlanningTerms
from forecasting.queries.terms import all_terms, terms_rows
from forecasting.services.terms import agree_terms, end_terms


class TermsQuery(serializers.Serializer[Any]):
    """Filters of the list of terms."""

    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class TermsBody(serializers.Serializer[Any]):
    """Terms of one scope: a supplier, a part, or a part at a site."""

    supplier = serializers.CharField(max_length=16, help_text="BPN")
    part_number = serializers.CharField(max_length=40, default="", allow_blank=True)
    site = serializers.CharField(max_length=20, default="", allow_blank=True)
    valid_from = serializers.DateField(required=False)
    terms = serializers.DictField(help_text="What differs from the wider scope; shares as 0.05.")


class TermsOutput(serializers.Serializer[Any]):
    """Terms as they were written."""

    id = serializers.UUIDField()
    customer = serializers.CharField()
    supplier = serializers.CharField()
    part_number = serializers.CharField()
    site = serializers.CharField()
    valid_from = serializers.DateField()
    is_current = serializers.BooleanField()
    terms = serializers.DictField()
    version = serializers.IntegerField()


class PlanningTermsList(MasterDataView):
    """What customer and supplier agreed about forecasts; the narrowest scope holds."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = TermsQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": TermsBody}
    replies: ClassVar[dict[str, Any]] = {"GET": TermsOutput, "POST": TermsOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        page = paginate(request, all_terms(partner_bpn=self.query()["partner"]))
        return Response(page.body([_shown(row) for row in page.items]))

    def post(self, request: Request) -> Response:
        """Set terms of a supplier; the same scope and day replaces them."""
        said = self.body()
        row, is_new = agree_terms(
            supplier=said["supplier"],
            part_number=said["part_number"],
            site_code=said["site"],
            valid_from=said.get("valid_from"),
            terms=said["terms"],
        )
        headers = {"ETag": etag_of(row)}
        return Response(_shown(row), status=201 if is_new else 200, headers=headers)


class OnePlanningTerms(MasterDataView):
    """Terms of one scope."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "DELETE": WRITE}
    replies: ClassVar[dict[str, Any]] = {"GET": TermsOutput}
    versioned = frozenset({"DELETE"})

    def get(self, request: Request, key: UUID) -> Response:
        """Return the terms."""
        row = get_for_org(PlanningTerms, pk=key)
        return self.reply(_shown(row), etag_of(row))

    def delete(self, request: Request, key: UUID) -> Response:
        """Take own terms back."""
        get_for_org(PlanningTerms, pk=key, owner_id=acting_organisation_id())
        self.locked(PlanningTerms, key)
        end_terms(key)
        return Response(status=204)


def _shown(row: PlanningTerms) -> dict[str, Any]:
    (seen,) = terms_rows([row])
    return {
        "id": seen.id,
        "customer": seen.customer.bpn,
        "supplier": seen.supplier.bpn,
        "part_number": seen.part_number,
        "site": seen.site_code,
        "valid_from": seen.valid_from,
        "is_current": seen.is_current,
        "terms": seen.written,
        "version": seen.version,
    }


routes: list[URLPattern] = [
    path("planning-terms", PlanningTermsList.as_view(), name="planning-terms"),
    path("planning-terms/<uuid:key>", OnePlanningTerms.as_view(), name="planning-terms-one"),
]
