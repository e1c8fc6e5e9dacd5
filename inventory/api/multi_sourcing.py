"""REST: call-off shares, consumption of parts with several suppliers, what each was quoted."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.problems import not_found
from collab.masterdata.api.base import MasterDataView
from inventory.api.base import READ, WRITE
from inventory.api.fields import shown
from inventory.models import Consumption, StockKind
from inventory.queries.multi_sourcing import (
    ConsumptionRow,
    QuotedRow,
    consumption_rows,
    consumptions,
    quoted,
    quoted_rows,
    share_rows,
)
from inventory.services.multi_sourcing import Shared, agree_shares, consume, take_back

MOST_SOURCES = 50


class SupplyShareQuery(serializers.Serializer[Any]):
    """Filters of the shares."""

    part_number = serializers.CharField(max_length=40, default="", help_text="Yours, exactly.")


class SourceInput(serializers.Serializer[Any]):
    """A supplier and its share."""

    supplier = serializers.CharField(max_length=16, help_text="BPN")
    percent = serializers.DecimalField(max_digits=7, decimal_places=4, min_value=0, max_value=100)


class SupplyShareInput(serializers.Serializer[Any]):
    """The call-off shares of a part at a site: all of them, 100 percent in total, or none."""

    part_number = serializers.CharField(max_length=40, help_text="Your number.")
    site = serializers.CharField(max_length=20, help_text="Code of your site.")
    shares = serializers.ListField(child=SourceInput(), max_length=MOST_SOURCES)


class SupplyShareOutput(serializers.Serializer[Any]):
    """The share of one supplier."""

    part_number = serializers.CharField()
    site = serializers.CharField()
    supplier = serializers.CharField(help_text="BPN")
    percent = serializers.CharField()


class SupplySharesOutput(serializers.Serializer[Any]):
    """All shares asked for."""

    shares = SupplyShareOutput(many=True)


class ConsumptionInput(serializers.Serializer[Any]):
    """What was consumed of a part, from all its suppliers together."""

    part_number = serializers.CharField(max_length=40, help_text="Your number.")
    site = serializers.CharField(max_length=20, help_text="Code of your site.")
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3, min_value=0)
    unit = serializers.CharField(max_length=30)
    consumed_at = serializers.DateTimeField()
    document = serializers.CharField(
        max_length=60, help_text="Your number of it: sent again, it changes nothing."
    )
    stock_kind = serializers.ChoiceField(choices=StockKind.choices, default=StockKind.FREE.value)


class SplitOutput(serializers.Serializer[Any]):
    """What one supplier's stock was quoted; quantities in base units."""

    supplier = serializers.CharField(help_text="BPN")
    percent = serializers.CharField(help_text="The share at that time.")
    quantity = serializers.CharField()
    overflow = serializers.CharField(help_text="Of it, taken for others that had run out.")
    left = serializers.CharField(help_text="The supplier's stock after it.")


class ConsumptionOutput(serializers.Serializer[Any]):
    """A consumption with its split; quantities in base units."""

    id = serializers.UUIDField()
    part_number = serializers.CharField()
    site = serializers.CharField()
    quantity = serializers.CharField()
    uncovered = serializers.CharField(help_text="What no supplier's stock covered.")
    unit = serializers.CharField()
    document = serializers.CharField()
    consumed_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True)
    cancel_reason = serializers.CharField()
    split = SplitOutput(many=True)


class QuotedQuery(serializers.Serializer[Any]):
    """Filters of quoted consumption."""

    part_number = serializers.CharField(max_length=40, default="", help_text="Of either side.")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class QuotedOutput(serializers.Serializer[Any]):
    """What one supplier's stock at a customer was quoted; quantities in base units."""

    id = serializers.UUIDField()
    customer = serializers.CharField(help_text="BPN")
    supplier = serializers.CharField(help_text="BPN")
    part_number = serializers.CharField(help_text="The customer's.")
    supplier_part_number = serializers.CharField()
    site = serializers.CharField()
    quantity = serializers.CharField()
    left = serializers.CharField(help_text="The supplier's stock after it.")
    unit = serializers.CharField()
    consumed_at = serializers.DateTimeField()
    cancelled_at = serializers.DateTimeField(allow_null=True, help_text="It is void since then.")


class UndoInput(serializers.Serializer[Any]):
    """Why a consumption is taken back; suppliers do not read it."""

    reason = serializers.CharField(max_length=200)


class SupplyShares(MasterDataView):
    """Your suppliers' call-off shares; no supplier ever reads them."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "PUT": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = SupplyShareQuery
    bodies: ClassVar[dict[str, Any]] = {"PUT": SupplyShareInput}
    replies: ClassVar[dict[str, Any]] = {"GET": SupplySharesOutput, "PUT": SupplySharesOutput}

    def get(self, request: Request) -> Response:
        """Return the shares, by part and site."""
        return Response(_shares(self.query()["part_number"]))

    @extend_schema(request=SupplyShareInput)
    def put(self, request: Request) -> Response:
        """Replace the shares of a part at a site; an empty list removes them."""
        told = self.body()
        agree_shares(
            part_number=told["part_number"],
            site=told["site"],
            shares=[Shared(each["supplier"], each["percent"]) for each in told["shares"]],
        )
        return Response(_shares(told["part_number"]))


class Consumptions(MasterDataView):
    """Consumption of parts with several suppliers, split by their shares."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": ConsumptionInput}
    replies: ClassVar[dict[str, Any]] = {"GET": ConsumptionOutput, "POST": ConsumptionOutput}

    def get(self, request: Request) -> Response:
        """Return a page of your own consumption of the last 14 days, newest first."""
        page = paginate(request, consumptions())
        return Response(page.body([_whole(row) for row in consumption_rows(page.items)]))

    @extend_schema(request=ConsumptionInput)
    def post(self, request: Request) -> Response:
        """Book consumption; each supplier's stock at your site falls by what it is quoted."""
        found = consume(**self.body())
        return Response(_whole(consumption_rows([found])[0]), status=201)


class ConsumptionUndo(MasterDataView):
    """Take back a consumption of yours."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": UndoInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ConsumptionOutput}

    @extend_schema(operation_id="consumption_undo", request=UndoInput)
    def post(self, request: Request, key: UUID) -> Response:
        """Give each supplier's stock back what it was quoted; again, it changes nothing."""
        try:
            found = take_back(key, reason=self.body()["reason"])
        except Consumption.DoesNotExist:
            raise not_found() from None
        return Response(_whole(consumption_rows([found])[0]))


class QuotedConsumptions(MasterDataView):
    """What each supplier's stock was quoted, row by row; a supplier reads its own rows alone."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = QuotedQuery
    lists: ClassVar[bool] = True
    replies: ClassVar[dict[str, Any]] = {"GET": QuotedOutput}

    def get(self, request: Request) -> Response:
        """Return a page of the last 14 days, newest first."""
        asked = self.query()
        rows = quoted(number=asked["part_number"], partner_bpn=asked["partner"])
        page = paginate(request, rows)
        return Response(page.body([_quoted(row) for row in quoted_rows(page.items)]))


def _shares(number: str) -> dict[str, Any]:
    rows = share_rows(number=number)
    return {
        "shares": [
            {
                "part_number": row.part_number,
                "site": row.site_code,
                "supplier": row.supplier.bpn,
                "percent": row.percent,
            }
            for row in rows
        ]
    }


def _whole(row: ConsumptionRow) -> dict[str, Any]:
    split = [
        shown(each, SplitOutput, ["supplier"]) | {"supplier": each.supplier.bpn}
        for each in row.split
    ]
    told = {"site": row.site_code, "split": split}
    return shown(row, ConsumptionOutput, told) | told


def _quoted(row: QuotedRow) -> dict[str, Any]:
    told = {
        "customer": row.customer.bpn,
        "supplier": row.supplier.bpn,
        "site": row.site_code,
    }
    return shown(row, QuotedOutput, told) | told


routes: list[URLPattern] = [
    path("supply-shares", SupplyShares.as_view(), name="supply-shares"),
    path("consumption", Consumptions.as_view(), name="consumption"),
    path("consumption/<uuid:key>/undo", ConsumptionUndo.as_view(), name="consumption-undo"),
    path("quoted-consumption", QuotedConsumptions.as_view(), name="quoted-consumption"),
]
