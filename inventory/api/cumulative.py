"""REST: cumulative quantities, part by partner."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.views import View
from inventory.api.base import READ
from inventory.api.fields import shown
from inventory.models import CumulativeStanding
from inventory.queries.cumulative import (
    VIEWS,
    StandingFilter,
    StandingRow,
    papers_behind,
    standing_rows,
    standings,
)
from transport.queries.whole import whole_rows


class StandingQuery(serializers.Serializer[Any]):
    """Filters of the counters."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    part_number = serializers.CharField(max_length=40, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class StandingOutput(serializers.Serializer[Any]):
    """The counters of one part between two partners; quantities in ``unit``."""

    id = serializers.UUIDField()
    customer = serializers.CharField(help_text="BPN")
    supplier = serializers.CharField(help_text="BPN")
    part_number = serializers.CharField(help_text="The customer's.")
    supplier_part_number = serializers.CharField()
    site = serializers.CharField(help_text="Empty: all sites of the customer together.")
    unit = serializers.CharField()
    since = serializers.DateField(allow_null=True, help_text="The reset that began the period.")
    received = serializers.CharField()
    shipped = serializers.CharField()
    in_transit = serializers.CharField(help_text="Shipped less received.")
    open_advices = serializers.CharField()
    mismatch = serializers.CharField(help_text="In transit less open advices; 0 or an exception.")
    required_quantity = serializers.CharField(
        allow_null=True, help_text="Due by today since the reset."
    )
    not_yet_received = serializers.CharField(allow_null=True)
    over_received = serializers.CharField(allow_null=True)
    to_ship = serializers.CharField(allow_null=True)
    previous_open = serializers.CharField(help_text="Open advices from before the reset.")
    previous_mismatch = serializers.CharField()
    observed_at = serializers.DateTimeField(allow_null=True, help_text="Of the newest document.")
    version = serializers.IntegerField()


class CumulativePaperOutput(serializers.Serializer[Any]):
    """One document behind the counters."""

    kind = serializers.ChoiceField(choices=["advice", "receipt"])
    id = serializers.UUIDField()
    number = serializers.CharField()
    at = serializers.DateTimeField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    is_open = serializers.BooleanField()
    is_previous = serializers.BooleanField(help_text="Counts in the period before the reset.")


class StandingBody(StandingOutput):
    """The counters with the documents behind them, the newest first."""

    documents = CumulativePaperOutput(many=True)


class Standings(View):
    """Received, shipped and required quantities of both sides."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = StandingQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": StandingOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first."""
        asked = self.query()
        wanted = StandingFilter(
            view=asked["view"], part=asked["part_number"], partner_bpn=asked["partner"]
        )
        page = paginate(request, standings(wanted))
        return Response(page.body([_shown(row) for row in standing_rows(page.items)]))


class OneStanding(View):
    """The counters of one part with one partner, and the documents behind them."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": StandingBody}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the counters."""
        found = get_for_org(whole_rows(CumulativeStanding.objects.all()), pk=key)
        note_reads(CumulativeStanding, [found])
        body = _shown(standing_rows([found])[0])
        body["documents"] = [shown(each, CumulativePaperOutput) for each in papers_behind(key)]
        return self.reply(body, etag_of(found))


def _shown(row: StandingRow) -> dict[str, Any]:
    told = {
        "customer": row.customer.bpn,
        "supplier": row.supplier.bpn,
        "site": row.site_code,
        "required_quantity": row.required,
    }
    return shown(row, StandingOutput, told) | told


routes: list[URLPattern] = [
    path("cumulative-quantities", Standings.as_view(), name="cumulative-quantities"),
    path("cumulative-quantities/<uuid:key>", OneStanding.as_view(), name="cumulative-quantity"),
]
