"""Dispatch advices as JSON: what comes in, what goes out."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from transport.api.base import PlaceOutput
from transport.queries.advices import AdviceRow, LineRow, UnitRow, lines_of
from transport.rules.handling_units import MOST_UNITS, plain
from transport.services.consignments import MOST_LINES
from transport.services.places import shown as shown_place


class PackContentInput(serializers.Serializer[Any]):
    """What a pack holds of one line."""

    line = serializers.IntegerField(min_value=1, max_value=32_767)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3)


class PackInput(serializers.Serializer[Any]):
    """One pack; ``key`` names it within this request, ``inside`` the one it stands on or in."""

    key = serializers.CharField(max_length=20)
    inside = serializers.CharField(
        max_length=20, default="", allow_blank=True, help_text="Key of the pack around it."
    )
    pack_type = serializers.CharField(
        max_length=20, help_text="UN/ECE Rec 21, or the number of a container."
    )
    licence_plate = serializers.CharField(max_length=40, default="", allow_blank=True)
    contents = serializers.ListField(child=PackContentInput(), default=list, max_length=100)
    gross_weight_kg = serializers.DecimalField(
        max_digits=12, decimal_places=3, min_value=Decimal(0), default=None, allow_null=True
    )
    lot = serializers.CharField(max_length=40, default="", allow_blank=True)
    returnable_asset = serializers.CharField(max_length=40, default="", allow_blank=True)


class AdviceLineInput(serializers.Serializer[Any]):
    """One part; the customer's number, a quantity in a unit of UN/ECE Rec 20."""

    position = serializers.IntegerField(min_value=1, max_value=32_767)
    part_number = serializers.CharField(max_length=40)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=3)
    unit = serializers.CharField(max_length=3, default="H87")
    supplier_part_number = serializers.CharField(max_length=40, default="", allow_blank=True)
    name = serializers.CharField(max_length=120, default="", allow_blank=True)
    cumulative = serializers.DecimalField(
        max_digits=18, decimal_places=3, default=None, allow_null=True,
        help_text="Shipped in all, this line included; counted here if absent.",
    )  # fmt: skip
    order_number = serializers.CharField(max_length=35, default="", allow_blank=True)
    delivery_note = serializers.CharField(max_length=35, default="", allow_blank=True)
    schedule_line_id = serializers.UUIDField(default=None, allow_null=True)


class AdviceInput(serializers.Serializer[Any]):
    """One consignment that has left; weights in kg."""

    customer = serializers.CharField(max_length=16, help_text="BPN of your customer.")
    source_key = serializers.CharField(max_length=120, default="", allow_blank=True)
    number = serializers.CharField(
        max_length=35, default="", allow_blank=True, help_text="Given here if absent."
    )
    ship_from = serializers.CharField(max_length=60, help_text="Code of a site of yours.")
    ship_to = serializers.CharField(max_length=60, help_text="<BPN>/<site code> of the customer.")
    dock = serializers.CharField(max_length=25, default="", allow_blank=True)
    shipment_number = serializers.CharField(max_length=35, default="", allow_blank=True)
    transport_document = serializers.CharField(max_length=35, default="", allow_blank=True)
    carrier_name = serializers.CharField(max_length=80, default="", allow_blank=True)
    plate = serializers.CharField(max_length=20, default="", allow_blank=True)
    gross_weight_kg = serializers.DecimalField(
        max_digits=12, decimal_places=3, min_value=Decimal(0)
    )
    net_weight_kg = serializers.DecimalField(max_digits=12, decimal_places=3, min_value=Decimal(0))
    despatched_at = serializers.DateTimeField()
    expected_at = serializers.DateTimeField()
    lines = serializers.ListField(child=AdviceLineInput(), min_length=1, max_length=MOST_LINES)
    units = serializers.ListField(child=PackInput(), default=list, max_length=MOST_UNITS)


class AdviceLineOutput(serializers.Serializer[Any]):
    """One line."""

    position = serializers.IntegerField()
    part_number = serializers.CharField()
    supplier_part_number = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.CharField()
    unit = serializers.CharField()
    cumulative = serializers.CharField(allow_null=True)
    order_number = serializers.CharField()
    delivery_note = serializers.CharField()
    schedule_line_id = serializers.UUIDField(allow_null=True)
    received = serializers.CharField(allow_null=True)


class PackContentOutput(serializers.Serializer[Any]):
    """What a pack holds of one line."""

    line = serializers.IntegerField()
    quantity = serializers.CharField()


class PackOutput(serializers.Serializer[Any]):
    """One pack of an advice."""

    id = serializers.UUIDField()
    advice_id = serializers.UUIDField()
    parent_id = serializers.UUIDField(allow_null=True)
    position = serializers.IntegerField()
    kind = serializers.CharField(help_text="S single, M master, MIX mixed.")
    pack_type = serializers.CharField()
    licence_plate = serializers.CharField()
    gross_weight_kg = serializers.CharField(allow_null=True)
    contents = PackContentOutput(many=True)
    lot = serializers.CharField()
    returnable_asset = serializers.CharField()


class DiscrepancyOutput(serializers.Serializer[Any]):
    """A line of which something else arrived than was announced."""

    position = serializers.IntegerField()
    part_number = serializers.CharField()
    advised = serializers.CharField()
    received = serializers.CharField()
    difference = serializers.CharField()


class AdviceOutput(serializers.Serializer[Any]):
    """An advice."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    revision = serializers.IntegerField()
    replaces = serializers.UUIDField(allow_null=True)
    state = serializers.CharField()
    supplier = serializers.CharField(help_text="BPN")
    customer = serializers.CharField(help_text="BPN")
    ship_from = PlaceOutput()
    ship_to = PlaceOutput()
    dock = serializers.CharField()
    shipment_number = serializers.CharField()
    transport_document = serializers.CharField()
    carrier_name = serializers.CharField()
    plate = serializers.CharField()
    gross_weight_kg = serializers.CharField()
    net_weight_kg = serializers.CharField()
    despatched_at = serializers.DateTimeField()
    expected_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField()
    is_late = serializers.BooleanField()
    received_at = serializers.DateTimeField(allow_null=True)
    discrepancies = DiscrepancyOutput(many=True)
    origin_of_data = serializers.CharField()
    version = serializers.IntegerField()


class AdviceBody(AdviceOutput):
    """An advice with its lines and packs."""

    lines = AdviceLineOutput(many=True)
    units = PackOutput(many=True)


def shown(row: AdviceRow, *, whole: bool = False) -> dict[str, Any]:
    """Return an advice as JSON; with ``whole`` its lines too."""
    found: dict[str, Any] = {
        "id": row.id,
        "number": row.number,
        "revision": row.revision,
        "replaces": row.replaces_id,
        "state": row.state,
        "supplier": row.supplier.bpn,
        "customer": row.customer.bpn,
        "ship_from": shown_place(dict(row.ship_from)),
        "ship_to": shown_place(dict(row.ship_to)),
        "dock": row.dock,
        "shipment_number": row.shipment_number,
        "transport_document": row.transport_document,
        "carrier_name": row.carrier_name,
        "plate": row.plate,
        "gross_weight_kg": plain(row.gross_kg),
        "net_weight_kg": plain(row.net_kg),
        "despatched_at": row.despatched_at,
        "expected_at": row.expected_at,
        "sent_at": row.sent_at,
        "is_late": row.is_late,
        "received_at": row.received_at,
        "discrepancies": row.discrepancies,
        "origin_of_data": row.origin_of_data,
        "version": row.version,
    }
    return found | ({"lines": [_line(line) for line in lines_of(row.id)]} if whole else {})


def shown_unit(row: UnitRow) -> dict[str, Any]:
    """Return a pack as JSON."""
    return {
        "id": row.id,
        "advice_id": row.advice_id,
        "parent_id": row.parent_id,
        "position": row.position,
        "kind": row.kind,
        "pack_type": row.pack_type,
        "licence_plate": row.licence_plate,
        "gross_weight_kg": _exact(row.gross_kg),
        "contents": [
            {"line": each.line, "quantity": plain(each.quantity)} for each in row.contents
        ],
        "lot": row.lot,
        "returnable_asset": row.returnable_asset,
    }


def _line(row: LineRow) -> dict[str, Any]:
    return {
        "position": row.position,
        "part_number": row.part_number,
        "supplier_part_number": row.supplier_part_number,
        "name": row.name,
        "quantity": plain(row.quantity),
        "unit": row.unit,
        "cumulative": _exact(row.cumulative),
        "order_number": row.order_number,
        "delivery_note": row.delivery_note,
        "schedule_line_id": row.schedule_line_id,
        "received": _exact(row.received),
    }


def _exact(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
