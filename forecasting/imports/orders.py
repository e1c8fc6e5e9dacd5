"""Order lines from spreadsheets: the same service as every other door."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collab.integration.exports import plain_decimal
from collab.integration.imports import (
    DAY,
    NUMBER,
    WHOLE,
    CellError,
    ImportColumn,
    ImportKind,
    RowRefused,
    UndoConflict,
    Values,
    Verdict,
    register_import,
)
from collab.organisations.context import acting_organisation_id
from forecasting.models import OrderLine
from forecasting.services.orders import Order, OrderVerdict, record_orders

COLUMNS = (
    ImportColumn("supplier", _("Supplier (BPN)"), is_required=True, longest=16),
    ImportColumn("order_number", _("Order"), is_required=True, longest=35),
    ImportColumn("line", _("Line"), form=WHOLE, is_required=True),
    ImportColumn("schedule_line", _("Schedule line"), form=WHOLE),
    ImportColumn("part_number", _("Part number"), is_required=True, longest=40),
    ImportColumn("site", _("Site"), longest=20),
    ImportColumn("quantity", _("Quantity"), form=NUMBER, is_required=True),
    ImportColumn("unit", _("Unit"), longest=30, example="PCE"),
    ImportColumn("due_on", _("Due"), form=DAY, is_required=True),
    ImportColumn("price", _("Price"), form=NUMBER),
    ImportColumn("currency", _("Currency"), longest=3, example="EUR"),
)


class _DryRun(Exception):
    """Takes back what a row would have written."""


def prepare(_rows: Sequence[Values]) -> None:
    """Nothing to share between rows."""


def validate_row(values: Values, _context: Any) -> Verdict:
    """Say what the row would do, by doing it and taking it back; raise ``RowRefused``."""
    before = _standing(values)
    verdicts: list[OrderVerdict] = []
    try:
        with transaction.atomic():
            verdicts = record_orders([_order(values)])
            raise _DryRun
    except _DryRun:
        (verdict,) = verdicts
    line = _taken(verdict)
    if not (verdict.is_new or verdict.is_changed):
        return Verdict("unchanged")
    old = before or OrderLine()
    differences = {
        "quantity": (
            plain_decimal(old.quantity) if before else "",
            plain_decimal(line.quantity),
        ),
        "due_on": (old.due_on.isoformat() if before else "", line.due_on.isoformat()),
    }
    changed = {name: pair for name, pair in differences.items() if pair[0] != pair[1]}
    return Verdict("new" if verdict.is_new else "changed", changed)


def apply_row(values: Values, _context: Any) -> dict[str, Any]:
    """Record the order line; return which."""
    (verdict,) = record_orders([_order(values)])
    line = _taken(verdict)
    return {"line": str(line.pk), "version": line.version, "is_new": verdict.is_new}


def undo_row(applied: dict[str, Any]) -> None:
    """Refuse: suppliers have seen the order; a correction is a changed or cancelled line."""
    line = OrderLine.objects.filter(pk=UUID(applied["line"])).first()
    if line is not None:
        raise UndoConflict("an order that a supplier has seen is changed or cancelled")


def _order(values: Values) -> Order:
    price = values.get("price")
    return Order(
        supplier=values["supplier"],
        order_number=values["order_number"],
        line=values["line"],
        schedule_line=values.get("schedule_line") or 1,
        part_number=values["part_number"],
        site=values.get("site") or "",
        quantity=values["quantity"],
        unit=values.get("unit") or "",
        due_on=values["due_on"],
        price_minor=None if price is None else int(price * 100),
        currency=values.get("currency") or "",
    )


def _standing(values: Values) -> OrderLine | None:
    return OrderLine.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty__bpn=values["supplier"],
        order_number=values["order_number"],
        line=values["line"],
        schedule_line=values.get("schedule_line") or 1,
    ).first()


def _taken(verdict: OrderVerdict) -> OrderLine:
    if verdict.line is None or verdict.refused is not None:
        refused = verdict.refused
        if refused is None:
            raise ValueError("expected a line or a refusal, got neither")
        name = {"price_minor": "price"}.get(refused.field, refused.field)
        raise RowRefused([CellError(name, refused.value, refused.expected)])
    return verdict.line


KIND = ImportKind(
    name="orders",
    title=_("Orders"),
    columns=COLUMNS,
    key=("supplier", "order_number", "line", "schedule_line"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="forecasting:orders",
)


def register() -> None:
    """Make the import known."""
    register_import(KIND)
