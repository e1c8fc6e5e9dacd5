"""REST: transport orders, stated by systems or made from firm calls."""

from typing import Any, ClassVar
from uuid import UUID

from django.urls import URLPattern, path
from django.utils import timezone
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
from collab.masterdata.refusals import Refused
from transport.api.base import READ, WRITE, FiguresOutput, PlaceOutput, as_shown
from transport.models import Mode, TransportOrder
from transport.queries.orders import (
    VIEWS,
    OrderFilter,
    OrderRow,
    items_of,
    order_rows,
    orders,
)
from transport.services.calls import FromCalls, place_orders_from_calls
from transport.services.order_split import split_order
from transport.services.orders import Placed, cancel_order
from transport.services.places import partner_named
from transport.services.statements import OrderStatement, state_orders

API = TransportOrder.Source.API.value
WORDS = 12


class OrderQuery(serializers.Serializer[Any]):
    """Filters of the list of transport orders."""

    state = serializers.ChoiceField(choices=VIEWS, default="all")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")
    site = serializers.CharField(max_length=20, default="", help_text="Site code at either end.")
    number = serializers.CharField(max_length=40, default="", help_text="Its beginning.")


class ItemInput(serializers.Serializer[Any]):
    """One part of an order."""

    part_number = serializers.CharField(max_length=40)
    partner_part_number = serializers.CharField(max_length=40, default="", allow_blank=True)
    name = serializers.CharField(max_length=120, default="", allow_blank=True)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3)
    unit = serializers.CharField(max_length=3, default="", allow_blank=True, help_text="H87, KGM …")


def _number(digits: int, places: int) -> serializers.DecimalField:
    return serializers.DecimalField(
        max_digits=digits, decimal_places=places, required=False, allow_null=True, default=None
    )


class TransportOrderInput(serializers.Serializer[Any]):
    """Goods to be moved; the same ``reference`` again means the same order."""

    reference = serializers.CharField(max_length=60, default="", allow_blank=True)
    origin = serializers.CharField(
        max_length=60, default="", allow_blank=True, help_text="<BPN>/<site code>, or your code."
    )
    destination = serializers.CharField(max_length=60, default="", allow_blank=True)
    pickup_from = serializers.DateTimeField(required=False, allow_null=True, default=None)
    pickup_until = serializers.DateTimeField(required=False, allow_null=True, default=None)
    delivery_from = serializers.DateTimeField(required=False, allow_null=True, default=None)
    delivery_until = serializers.DateTimeField(required=False, allow_null=True, default=None)
    weight_kg = _number(12, 3)
    volume_m3 = _number(10, 3)
    pallets = _number(8, 2)
    load_metres = _number(7, 3)
    items = ItemInput(many=True, required=False, default=list)
    needs = serializers.ListField(
        child=serializers.CharField(max_length=30), default=list, max_length=WORDS
    )
    mode = serializers.ChoiceField(choices=Mode.choices, default="", allow_blank=True)
    is_urgent = serializers.BooleanField(default=False)
    note = serializers.CharField(max_length=400, default="", allow_blank=True)


class ItemOutput(serializers.Serializer[Any]):
    """One part of an order."""

    position = serializers.IntegerField()
    part_number = serializers.CharField()
    partner_part_number = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    weight_kg = serializers.CharField(allow_null=True)
    packs = serializers.IntegerField(allow_null=True)
    pack_code = serializers.CharField()


class TransportOrderOutput(FiguresOutput):
    """A transport order; fields that no grant opens are absent."""

    id = serializers.UUIDField()
    owner = serializers.CharField(help_text="BPN of who arranges it.")
    partner = serializers.CharField(required=False, help_text="BPN of the partner at one end.")
    is_inbound = serializers.BooleanField()
    version = serializers.IntegerField()
    number = serializers.CharField(required=False)
    state = serializers.CharField(required=False)
    source = serializers.CharField(required=False)  # type: ignore[assignment]
    origin = PlaceOutput(required=False)
    destination = PlaceOutput(required=False)
    pickup_from = serializers.DateTimeField(required=False)
    pickup_until = serializers.DateTimeField(required=False)
    delivery_from = serializers.DateTimeField(required=False)
    delivery_until = serializers.DateTimeField(required=False)
    needs = serializers.ListField(child=serializers.CharField(), required=False)
    mode = serializers.CharField(required=False)
    is_urgent = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False)
    items = ItemOutput(many=True, required=False)


class PlacedOutput(serializers.Serializer[Any]):
    """What became of a transport order."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    state = serializers.CharField()
    is_new = serializers.BooleanField()
    is_changed = serializers.BooleanField()
    version = serializers.IntegerField()


class CancelInput(serializers.Serializer[Any]):
    """Why an order is not moved."""

    reason = serializers.CharField(max_length=400)


class SplitInput(serializers.Serializer[Any]):
    """How much of an order is split off."""

    share = serializers.DecimalField(max_digits=5, decimal_places=4, help_text="Between 0 and 1.")


class CallsInput(serializers.Serializer[Any]):
    """Which firm calls become orders."""

    until = serializers.DateField(help_text="Last due day, at most 120 days ahead.")
    supplier = serializers.CharField(max_length=16, default="", allow_blank=True, help_text="BPN")


class MissingOutput(serializers.Serializer[Any]):
    """A firm call that cannot be moved yet."""

    schedule_line = serializers.UUIDField()
    part_number = serializers.CharField()
    missing = serializers.ListField(child=serializers.CharField())


class CallsOutput(serializers.Serializer[Any]):
    """What the firm calls led to."""

    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    differing = serializers.ListField(child=serializers.CharField(), help_text="Order numbers.")
    missing = MissingOutput(many=True)


class TransportOrders(MasterDataView):
    """Transport orders of both sides; POST states one, or a list of at most 500."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = OrderQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": TransportOrderInput}
    replies: ClassVar[dict[str, Any]] = {"GET": TransportOrderOutput, "POST": PlacedOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; fields that no grant opens are absent."""
        asked = self.query()
        wanted = OrderFilter(
            view=asked["state"],
            text=asked["number"],
            partner_bpn=asked["partner"],
            site=asked["site"],
        )
        page = paginate(request, orders(wanted))
        return Response(page.body([body_of(row) for row in order_rows(page.items)]))

    @extend_schema(request=TransportOrderInput)
    def post(self, request: Request) -> Response:
        """State an order; a list is answered row by row with status 207."""
        return ORDERS.answer(request.data)


class OneTransportOrder(MasterDataView):
    """One transport order."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    replies: ClassVar[dict[str, Any]] = {"GET": TransportOrderOutput}

    def get(self, request: Request, key: UUID) -> Response:
        """Return the order with its parts."""
        order = get_for_org(TransportOrder, pk=key)
        note_reads(TransportOrder, [order])
        body = body_of(order_rows([order])[0])
        body["items"] = [_item(each) for each in items_of([order.pk]).get(order.pk, ())]
        return self.reply(body, etag_of(order))


class Cancellation(MasterDataView):
    """The end of an order that nobody moves."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": CancelInput}
    replies: ClassVar[dict[str, Any]] = {"POST": PlacedOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}
    versioned = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Cancel an open order."""
        self.locked(TransportOrder, key)
        try:
            order = cancel_order(key, reason=self.body()["reason"])
        except TransportOrder.DoesNotExist:
            raise not_found() from None
        return Response(_placed(Placed(order, is_changed=True)), headers={"ETag": etag_of(order)})


class Split(MasterDataView):
    """Part of an order, to be moved apart."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": SplitInput}
    replies: ClassVar[dict[str, Any]] = {"POST": PlacedOutput}
    versioned = frozenset({"POST"})

    def post(self, request: Request, key: UUID) -> Response:
        """Split a share of an open order off; the answer is the new order."""
        self.locked(TransportOrder, key)
        try:
            _rest, part = split_order(key, self.body()["share"])
        except TransportOrder.DoesNotExist:
            raise not_found() from None
        return Response(_placed(Placed(part, is_new=True)), status=201)


class FromFirmCalls(MasterDataView):
    """Orders made from the firm calls of one's own releases."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": CallsInput}
    replies: ClassVar[dict[str, Any]] = {"POST": CallsOutput}
    statuses: ClassVar[dict[str, int]] = {"POST": 200}

    def post(self, request: Request) -> Response:
        """Place what is new, change and cancel open orders; name what cannot be weighed."""
        asked = self.body()
        bpn = asked["supplier"]
        found = place_orders_from_calls(
            until=asked["until"],
            as_of=timezone.now(),
            supplier_id=partner_named(bpn, field="supplier") if bpn else None,
        )
        return Response(_from_calls(found))


def body_of(row: OrderRow) -> dict[str, Any]:
    """Return an order as the API shows it: key, owner and what the grants open."""
    hidden = {"source_key", "origin_code", "destination_code"}
    body: dict[str, Any] = {
        "id": row.id,
        "owner": row.owner.bpn,
        "is_inbound": row.is_inbound,
        "version": row.version,
    }
    body |= {name: value for name, value in as_shown(row.values).items() if name not in hidden}
    if row.partner.bpn:
        body["partner"] = row.partner.bpn
    return body


def _item(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in list(ItemOutput().get_fields())}


def _take(rows: list[dict[str, Any]]) -> list[Verdict]:
    return [
        _verdict(each) for each in state_orders([OrderStatement(**r) for r in rows], source=API)
    ]


def _verdict(found: Placed | Refused) -> Verdict:
    if isinstance(found, Refused):
        return FieldError(found.field, found.expected, found.value)
    return (201 if found.is_new else 200, _placed(found))


def _placed(placed: Placed) -> dict[str, Any]:
    order = placed.order
    return {
        "id": order.pk,
        "number": order.number,
        "state": order.state,
        "is_new": placed.is_new,
        "is_changed": placed.is_changed,
        "version": order.version,
    }


def _from_calls(found: FromCalls) -> dict[str, Any]:
    return {
        "new": found.new,
        "changed": found.changed,
        "cancelled": len(found.cancelled),
        "differing": [each.number for each in found.differing],
        "missing": [
            {
                "schedule_line": each.call.line_id,
                "part_number": each.call.part_number,
                "missing": list(each.what),
            }
            for each in found.missing
        ],
    }


ORDERS = Statements(
    serializer=TransportOrderInput,
    take=_take,
    one="a transport order",
    many="transport orders",
    counted_as="taken",
    refusal="Order not taken",
)

routes: list[URLPattern] = [
    path("transport-orders", TransportOrders.as_view(), name="transport-orders"),
    path("transport-orders/from-calls", FromFirmCalls.as_view(), name="transport-orders-calls"),
    path("transport-orders/<uuid:key>", OneTransportOrder.as_view(), name="transport-order"),
    path(
        "transport-orders/<uuid:key>/cancellation",
        Cancellation.as_view(),
        name="transport-order-cancellation",
    ),
    path("transport-orders/<uuid:key>/split", Split.as_view(), name="transport-order-split"),
]
