"""REST: order lines, confirmations and decisions."""

from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.etags import etag_of
from collab.integration.lists import note_reads, paginate
from collab.integration.lookups import get_for_org
from collab.integration.problems import FieldError, not_found
from collab.integration.statements import Statements, Verdict
from collab.masterdata.api.base import MasterDataView
from forecasting.models import OrderConfirmation, OrderLine
from forecasting.queries.orders import (
    VIEWS,
    OrderFilter,
    OrderRow,
    order_lines,
    order_rows,
)
from forecasting.services.confirmations import confirm_as_is, propose_change
from forecasting.services.orders import Order, OrderVerdict, decide_order, record_orders

READ, WRITE, COMMIT = "forecasting:read", "forecasting:write", "forecasting:commit"
RENAMED = {"site_code": "site"}


class OrderQuery(serializers.Serializer[Any]):
    """Filters of the list of order lines."""

    view = serializers.ChoiceField(choices=VIEWS, default="all")
    part_number = serializers.CharField(max_length=40, default="")
    order_number = serializers.CharField(max_length=35, default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class OrderInput(serializers.Serializer[Any]):
    """One line of an order; its numbers say which, the same again changes nothing."""

    supplier = serializers.CharField(max_length=16, help_text="BPN of your supplier.")
    order_number = serializers.CharField(max_length=35)
    line = serializers.IntegerField(min_value=1, max_value=999_999)
    schedule_line = serializers.IntegerField(min_value=1, max_value=9_999, default=1)
    part_number = serializers.CharField(max_length=40)
    site = serializers.CharField(max_length=20, default="", allow_blank=True)
    quantity = serializers.DecimalField(max_digits=24, decimal_places=6, min_value=0)
    unit = serializers.CharField(max_length=30, default="", allow_blank=True)
    due_on = serializers.DateField()
    price_minor = serializers.IntegerField(
        min_value=0, max_value=10**9 - 1, required=False, allow_null=True, default=None
    )
    price_unit = serializers.DecimalField(
        max_digits=12, decimal_places=3, min_value=0, default=Decimal(1)
    )
    currency = serializers.CharField(max_length=3, default="", allow_blank=True)
    ordered_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class RecordedOutput(serializers.Serializer[Any]):
    """What became of an order line."""

    id = serializers.UUIDField()
    is_new = serializers.BooleanField()
    is_changed = serializers.BooleanField()
    state = serializers.CharField()
    version = serializers.IntegerField()


class ConfirmationInput(serializers.Serializer[Any]):
    """Other figures than ordered; what is left out is as ordered."""

    quantity = serializers.DecimalField(
        max_digits=18, decimal_places=3, min_value=0, required=False
    )
    due_on = serializers.DateField(required=False)
    price_minor = serializers.IntegerField(min_value=0, max_value=10**9 - 1, required=False)
    reason = serializers.CharField(max_length=400, default="", allow_blank=True)


class ConfirmationOutput(serializers.Serializer[Any]):
    """A confirmation; the customer's tolerance decides what it leads to."""

    id = serializers.UUIDField()
    order_line = serializers.UUIDField()
    number = serializers.IntegerField()
    quantity = serializers.CharField()
    due_on = serializers.DateField()
    price_minor = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    confirmed_at = serializers.DateTimeField()


class ConfirmInput(serializers.Serializer[Any]):
    """Order lines confirmed as they are."""

    order_lines = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=5_000
    )


class ConfirmedOutput(serializers.Serializer[Any]):
    """How many lines that confirmed."""

    confirmed = serializers.IntegerField()


class OrderDecisionInput(serializers.Serializer[Any]):
    """The buyer's decision about what was confirmed."""

    is_approved = serializers.BooleanField()
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class OrderLines(MasterDataView):
    """Order lines sent and received; POST states one, or a list of at most 500.

    A list is answered row by row with status 207; each row is taken whole or not at all.
    """

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = OrderQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": OrderInput}
    replies: ClassVar[dict[str, Any]] = {"POST": RecordedOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; fields that no grant opens are absent."""
        asked = self.query()
        wanted = OrderFilter(
            view=asked["view"],
            part=asked["part_number"],
            order=asked["order_number"],
            partner_bpn=asked["partner"],
        )
        page = paginate(request, order_lines(wanted))
        return Response(page.body([shown(row) for row in order_rows(page.items)]))

    @extend_schema(request=OrderInput)
    def post(self, request: Request) -> Response:
        """State an order line; other figures than before open it again."""
        return ORDERS.answer(request.data)


class OneOrderLine(MasterDataView):
    """One order line."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the line; hidden fields are absent."""
        line = get_for_org(OrderLine, pk=key)
        note_reads(OrderLine, [line])
        return self.reply(shown(order_rows([line])[0]), etag_of(line))


class Confirmation(MasterDataView):
    """Your confirmation of one order line."""

    scopes: ClassVar[dict[str, str]] = {"POST": COMMIT}
    bodies: ClassVar[dict[str, Any]] = {"POST": ConfirmationInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ConfirmationOutput}

    def post(self, request: Request, key: UUID) -> Response:
        """Confirm with a difference, or without any as ordered."""
        try:
            made = propose_change(key, **self.body())
        except OrderLine.DoesNotExist:
            raise not_found() from None
        return Response(confirmation_body(made), status=201)


class Confirmations(MasterDataView):
    """Many order lines confirmed as they are."""

    scopes: ClassVar[dict[str, str]] = {"POST": COMMIT}
    bodies: ClassVar[dict[str, Any]] = {"POST": ConfirmInput}
    replies: ClassVar[dict[str, Any]] = {"POST": ConfirmedOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request) -> Response:
        """Confirm lines made to you; others are left alone."""
        return Response({"confirmed": len(confirm_as_is(self.body()["order_lines"]))})


class Decision(MasterDataView):
    """The buyer's decision about a confirmation outside the tolerance."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": OrderDecisionInput}
    replies: ClassVar[dict[str, Any]] = {"POST": RecordedOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}
    versioned = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Approve what was confirmed, or send it back with a note."""
        self.locked(OrderLine, key)
        try:
            line = decide_order(key, **self.body())
        except OrderLine.DoesNotExist:
            raise not_found() from None
        return Response(_recorded(OrderVerdict(0, line)), headers={"ETag": etag_of(line)})


def shown(row: OrderRow) -> dict[str, Any]:
    """Return an order line as the API shows it: key, owner and what the grants open."""
    body: dict[str, Any] = {
        "id": row.id,
        "customer": row.customer.bpn,
        "state": row.state,
        "version": row.version,
    }
    body |= {
        RENAMED.get(name, name): value
        for name, value in row.values.items()
        if name != "counterparty"
    }
    if row.supplier.bpn:
        body["supplier"] = row.supplier.bpn
    return body


def confirmation_body(made: OrderConfirmation) -> dict[str, Any]:
    """Return a confirmation as the API shows it."""
    return {
        "id": made.pk,
        "order_line": made.order_line_id,
        "number": made.number,
        "quantity": made.quantity,
        "due_on": made.due_on,
        "price_minor": made.price_minor,
        "reason": made.reason,
        "confirmed_at": made.confirmed_at,
    }


def _take(rows: list[dict[str, Any]]) -> list[Verdict]:
    return [
        FieldError(verdict.refused.field, verdict.refused.expected, verdict.refused.value)
        if verdict.refused is not None
        else (201 if verdict.is_new else 200, _recorded(verdict))
        for verdict in record_orders([Order(**row) for row in rows])
    ]


def _recorded(verdict: OrderVerdict) -> dict[str, Any]:
    line = verdict.line
    if line is None:
        raise ValueError("expected a verdict with its order line, got none")
    return {
        "id": line.pk,
        "is_new": verdict.is_new,
        "is_changed": verdict.is_changed,
        "state": line.state,
        "version": line.version,
    }


ORDERS = Statements(
    serializer=OrderInput,
    take=_take,
    one="an order line",
    many="order lines",
    counted_as="taken",
    refusal="Order not taken",
)

routes: list[URLPattern] = [
    path("order-lines", OrderLines.as_view(), name="order-lines"),
    path("order-lines/confirmations", Confirmations.as_view(), name="order-confirmations"),
    path("order-lines/<uuid:key>", OneOrderLine.as_view(), name="order-line"),
    path("order-lines/<uuid:key>/confirmation", Confirmation.as_view(), name="order-confirmation"),
    path("order-lines/<uuid:key>/decision", Decision.as_view(), name="order-decision"),
]
