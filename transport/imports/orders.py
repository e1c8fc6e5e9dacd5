"""Transport orders from spreadsheets: the same service as every other door."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collab.integration.imports import (
    DAY,
    NUMBER,
    CellError,
    ImportColumn,
    ImportKind,
    RowRefused,
    UndoConflict,
    Values,
    Verdict,
    register_import,
)
from collab.masterdata.refusals import Refused
from transport.models import TransportOrder
from transport.services.orders import Placed, cancel_order
from transport.services.places import place_named
from transport.services.statements import OrderStatement, state_order

FILE = TransportOrder.Source.FILE.value
COLUMNS = (
    ImportColumn("reference", _("Reference"), is_required=True, longest=60, example="TA-4711"),
    ImportColumn("origin", _("From"), is_required=True, longest=60),
    ImportColumn("destination", _("To"), is_required=True, longest=60),
    ImportColumn("pickup_on", _("Pick-up day"), form=DAY, is_required=True),
    ImportColumn("pickup_from", _("Pick-up from"), longest=5, example="08:00"),
    ImportColumn("pickup_until", _("Pick-up until"), longest=5, example="16:00"),
    ImportColumn("delivery_on", _("Delivery day"), form=DAY, is_required=True),
    ImportColumn("delivery_from", _("Delivery from"), longest=5, example="06:00"),
    ImportColumn("delivery_until", _("Delivery until"), longest=5, example="22:00"),
    ImportColumn("weight_kg", _("Gross weight [kg]"), form=NUMBER, is_required=True),
    ImportColumn("volume_m3", _("Volume [m³]"), form=NUMBER),
    ImportColumn("pallets", _("Pallet places"), form=NUMBER),
    ImportColumn("load_metres", _("Load metres"), form=NUMBER),
    ImportColumn("part_number", _("Part number"), longest=40),
    ImportColumn("quantity", _("Quantity"), form=NUMBER),
    ImportColumn("unit", _("Unit"), longest=3, example="H87"),
    ImportColumn("note", _("Note"), longest=400),
)
HOURS = {
    "pickup_from": "08:00",
    "pickup_until": "16:00",
    "delivery_from": "06:00",
    "delivery_until": "22:00",
}


class _DryRun(Exception):
    """Takes back what a row would have written."""


def prepare(_rows: Sequence[Values]) -> None:
    """Nothing to share between rows."""


def validate_row(values: Values, _context: Any) -> Verdict:
    """Say what the row would do, by doing it and taking it back; raise ``RowRefused``."""
    found: list[Placed] = []
    try:
        with transaction.atomic():
            found.append(_placed(values))
            raise _DryRun
    except _DryRun:
        (placed,) = found
    if placed.is_new:
        return Verdict("new")
    return Verdict("changed" if placed.is_changed else "unchanged")


def apply_row(values: Values, _context: Any) -> dict[str, Any]:
    """Place the order; return which."""
    placed = _placed(values)
    order = placed.order
    return {"order": str(order.pk), "version": order.version, "is_new": placed.is_new}


def undo_row(applied: dict[str, Any]) -> None:
    """Cancel an order that the row made and nobody planned since; a changed one stays."""
    order = TransportOrder.objects.filter(pk=UUID(applied["order"])).first()
    if order is None or order.state == TransportOrder.State.CANCELLED:
        return
    if not applied["is_new"] or order.version != applied["version"]:
        raise UndoConflict("the order has changed since")
    try:
        cancel_order(order.pk, reason=str(_("Import taken back")), frees_key=True)
    except Refused:
        raise UndoConflict("the order is on a load") from None


def _placed(values: Values) -> Placed:
    try:
        return state_order(_statement(values), source=FILE)
    except Refused as refused:
        name = {"pickup_from": "pickup_on", "delivery_until": "delivery_on"}.get(
            refused.field, refused.field
        )
        raise RowRefused([CellError(name, refused.value, refused.expected)]) from None


def _statement(values: Values) -> OrderStatement:
    items: list[dict[str, Any]] = []
    if values.get("part_number"):
        items.append(
            {
                "part_number": values["part_number"],
                "quantity": values.get("quantity") or 0,
                "unit": values.get("unit") or "",
            }
        )
    figures: dict[str, Any] = {
        name: values.get(name) for name in ("weight_kg", "volume_m3", "pallets", "load_metres")
    }
    moments: dict[str, Any] = {name: _moment(values, name) for name in HOURS}
    return OrderStatement(
        reference=values["reference"],
        origin=values["origin"],
        destination=values["destination"],
        items=items,
        note=values.get("note") or "",
        **figures,
        **moments,
    )


def _moment(values: Values, name: str) -> datetime:
    """Return an hour of a row in the time of the place it is about."""
    end = "origin" if name.startswith("pickup") else "destination"
    text = values.get(name) or HOURS[name]
    try:
        clock = time.fromisoformat(text)
    except ValueError:
        raise Refused(name, "a time such as 08:00", text) from None
    zone = ZoneInfo(place_named(values[end], field=end)["timezone"])
    day = values["pickup_on" if end == "origin" else "delivery_on"]
    return datetime.combine(day, clock, zone)


KIND = ImportKind(
    name="transport-orders",
    title=_("Transport orders"),
    columns=COLUMNS,
    key=("reference",),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="transport:orders",
)


def register() -> None:
    """Make the import known."""
    register_import(KIND)
