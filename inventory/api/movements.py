"""REST: the own ledger of stock, and what is on its way."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from collab.integration.lists import paginate
from collab.integration.problems import not_found
from collab.integration.statements import Statements, Verdict
from collab.masterdata.api.base import MasterDataView
from collab.masterdata.queries import part_by_number
from collab.masterdata.refusals import Refused
from collab.sharing.access import log_reads
from inventory.api.base import READ, WRITE, error_of
from inventory.api.fields import shown
from inventory.models import SourceGrade, StockKind, StockMovement
from inventory.queries.deliveries import DeliveryRow, deliveries
from inventory.queries.movements import (
    KINDS,
    MovementFilter,
    MovementRow,
    movement_rows,
    movements,
)
from inventory.rules.delivery_information import Certainty, Leg
from inventory.services.movements import BY_HAND, record_movement, record_transfer, undo_movement
from transport.events import ADVICE_TOPIC

TRANSFER = StockMovement.Kind.TRANSFER.value
MOST_LINES = 500


class MovementQuery(serializers.Serializer[Any]):
    """Filters of the ledger."""

    part_number = serializers.CharField(max_length=40, default="", help_text="Yours, exactly.")
    site = serializers.CharField(max_length=20, default="")
    kind = serializers.ChoiceField(choices=["", *KINDS], default="")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class MovementInput(serializers.Serializer[Any]):
    """A movement by hand or by your system; a transfer names where it goes."""

    kind = serializers.ChoiceField(choices=[*(each.value for each in BY_HAND), TRANSFER])
    counterparty = serializers.CharField(max_length=16, help_text="BPN of the partner.")
    part_number = serializers.CharField(max_length=40, help_text="Your number, or the partner's.")
    site = serializers.CharField(max_length=20, help_text="Code of your site.")
    destination = serializers.CharField(max_length=20, default="", allow_blank=True)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3, min_value=0)
    unit = serializers.CharField(max_length=30)
    stock_kind = serializers.ChoiceField(choices=StockKind.choices, default=StockKind.FREE.value)
    moved_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=200, default="", allow_blank=True)
    document = serializers.CharField(
        max_length=60, default="", allow_blank=True,
        help_text="Your document's number: sent again, it changes nothing.",
    )  # fmt: skip


class MovementOutput(serializers.Serializer[Any]):
    """One entry of the ledger; signed, in base units."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=StockMovement.Kind.choices)
    part_number = serializers.CharField()
    site = serializers.CharField()
    counterparty = serializers.CharField(help_text="BPN")
    stock_kind = serializers.ChoiceField(choices=StockKind.choices)
    quantity = serializers.CharField()
    unit = serializers.CharField()
    reason = serializers.CharField()
    document = serializers.CharField()
    moved_at = serializers.DateTimeField()
    is_counter_entry = serializers.BooleanField()
    is_taken_back = serializers.BooleanField()


class MovementUndoInput(serializers.Serializer[Any]):
    """Why a movement is taken back."""

    reason = serializers.CharField(max_length=200)


class MovementUndoOutput(serializers.Serializer[Any]):
    """The counter-entries; of a transfer both ends."""

    movements = MovementOutput(many=True)


class DeliveryQuery(serializers.Serializer[Any]):
    """Filters of what is on its way."""

    part_number = serializers.CharField(max_length=40, default="", help_text="Of either side.")
    site = serializers.CharField(max_length=20, default="", help_text="Of either end.")
    partner = serializers.CharField(max_length=16, default="", help_text="BPN")


class TransitEventOutput(serializers.Serializer[Any]):
    """One end of a way."""

    leg = serializers.ChoiceField(choices=list(Leg))
    certainty = serializers.ChoiceField(choices=list(Certainty))
    at = serializers.DateTimeField()


class DeliveryOutput(serializers.Serializer[Any]):
    """One line of a delivery on its way; quantity in ``unit``."""

    id = serializers.CharField()
    advice_id = serializers.UUIDField()
    advice_number = serializers.CharField()
    supplier = serializers.CharField(help_text="BPN")
    customer = serializers.CharField(help_text="BPN")
    part_number = serializers.CharField(help_text="The customer's.")
    supplier_part_number = serializers.CharField()
    origin = serializers.CharField()
    destination = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    order_number = serializers.CharField()
    events = TransitEventOutput(many=True)
    is_overdue = serializers.BooleanField()
    source_grade = serializers.ChoiceField(choices=SourceGrade.choices)
    observed_at = serializers.DateTimeField()
    confidence = serializers.CharField(help_text="0 to 1; our own convention.")


class DeliveriesOutput(serializers.Serializer[Any]):
    """What is on its way, the earliest expected first."""

    deliveries = DeliveryOutput(many=True)


class Movements(MasterDataView):
    """The own ledger of stock: read it, or book one movement or a list of at most 500."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ, "POST": WRITE}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = MovementQuery
    lists: ClassVar[bool] = True
    bodies: ClassVar[dict[str, Any]] = {"POST": MovementInput}
    replies: ClassVar[dict[str, Any]] = {"GET": MovementOutput, "POST": MovementOutput}

    def get(self, request: Request) -> Response:
        """Return a page, newest first; nobody else sees it."""
        asked = self.query()
        part = part_by_number(asked["part_number"]) if asked["part_number"] else None
        wanted = MovementFilter(
            part_id=part.id if part else None,
            site=asked["site"],
            kind=asked["kind"],
            partner_bpn=asked["partner"],
        )
        rows = movements(wanted)
        page = paginate(request, rows.none() if asked["part_number"] and part is None else rows)
        return Response(page.body([_shown(row) for row in movement_rows(page.items)]))

    @extend_schema(request=MovementInput)
    def post(self, request: Request) -> Response:
        """Book a movement; of a transfer the entry at its source is answered."""
        return MOVEMENTS.answer(request.data)


class Undo(MasterDataView):
    """The counter-entry of a movement by hand."""

    scopes: ClassVar[dict[str, str]] = {"POST": WRITE}
    bodies: ClassVar[dict[str, Any]] = {"POST": MovementUndoInput}
    replies: ClassVar[dict[str, Any]] = {"POST": MovementUndoOutput}

    @extend_schema(operation_id="stock_movement_undo")
    def post(self, request: Request, key: UUID) -> Response:
        """Take a movement back at its own time; again changes nothing."""
        try:
            booked = undo_movement(key, reason=self.body()["reason"])
        except StockMovement.DoesNotExist:
            raise not_found() from None
        return Response({"movements": [_shown(row) for row in movement_rows(booked)]})


class Deliveries(MasterDataView):
    """Delivery information: what is on its way to you and from you."""

    scopes: ClassVar[dict[str, str]] = {"GET": READ}
    filters: ClassVar[type[serializers.Serializer[Any]] | None] = DeliveryQuery
    replies: ClassVar[dict[str, Any]] = {"GET": DeliveriesOutput}

    def get(self, request: Request) -> Response:
        """Return the lines on their way, at most 500."""
        asked = self.query()
        rows = deliveries(
            part=asked["part_number"], site=asked["site"], partner_bpn=asked["partner"]
        )
        told = rows[:MOST_LINES]
        log_reads(ADVICE_TOPIC, [row.supplier_id for row in told])
        return Response({"deliveries": [_delivery(row) for row in told]})


def _take(rows: list[dict[str, Any]]) -> list[Verdict]:
    found: list[Verdict] = []
    for row in rows:
        try:
            with transaction.atomic():
                booked = _book(dict(row))
        except Refused as refused:
            found.append(error_of(refused))
            continue
        found.append((201, _shown(movement_rows([booked])[0])))
    return found


def _book(told: dict[str, Any]) -> StockMovement:
    kind, destination = told.pop("kind"), told.pop("destination")
    if kind != TRANSFER:
        return record_movement(kind=kind, **told)
    told.pop("reason")
    source = told.pop("site")
    return record_transfer(source=source, destination=destination, **told)[0]


def _shown(row: MovementRow) -> dict[str, Any]:
    told = {"site": row.site_code, "counterparty": row.partner.bpn}
    return shown(row, MovementOutput, told) | told


def _delivery(row: DeliveryRow) -> dict[str, Any]:
    told: dict[str, Any] = {
        "supplier": row.supplier.bpn,
        "customer": row.customer.bpn,
        "events": [
            {"leg": each.leg, "certainty": each.certainty, "at": each.at} for each in row.events
        ],
    }
    return shown(row, DeliveryOutput, told) | told


MOVEMENTS = Statements(
    serializer=MovementInput,
    take=_take,
    one="a stock movement",
    many="stock movements",
    counted_as="booked",
    refusal="Stock movement not taken",
)
routes: list[URLPattern] = [
    path("stock-movements", Movements.as_view(), name="stock-movements"),
    path("stock-movements/<uuid:key>/undo", Undo.as_view(), name="stock-movement-undo"),
    path("deliveries", Deliveries.as_view(), name="deliveries"),
]
