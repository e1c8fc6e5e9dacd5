"""Stock counts from spreadsheets: the same service as every other door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
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
)
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from inventory.models import StockKind
from inventory.services import Report, record_stock_count
from inventory.services.subjects import in_base_unit, resolve

COLUMNS = (
    ImportColumn("counterparty", _("Customer (BPN)"), is_required=True, longest=16),
    ImportColumn("part_number", _("Part number"), is_required=True, longest=40),
    ImportColumn("site", _("Site"), is_required=True, longest=20),
    ImportColumn("quantity", _("Quantity"), form=NUMBER, is_required=True),
    ImportColumn("unit", _("Unit"), is_required=True, longest=30, example="PCE"),
    ImportColumn("kind", _("Kind"), choices=tuple(StockKind.values)),
    ImportColumn("counted_on", _("Counted on"), form=DAY, is_required=True),
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a chunk of rows shares."""

    now: datetime


def prepare(_rows: Sequence[Values]) -> Context:
    """Return the time that all rows of the chunk are judged at."""
    return Context(timezone.now())


def validate_row(values: Values, context: Context) -> Verdict:
    """Say what the row would do; raise ``RowRefused`` with the reason."""
    report = _report(values, context)
    try:
        subject = resolve(
            counterparty=report.counterparty,
            part_number=report.part_number,
            site=report.site,
            on=own_day(report.counted_at),
        )
        quantity = in_base_unit(subject.part, report.quantity, report.unit)
    except Refused as refused:
        raise RowRefused([_error(refused)]) from None
    return Verdict("new", {"quantity": ("", f"{quantity} {subject.part.base_unit}")})


def apply_row(values: Values, context: Context) -> dict[str, Any]:
    """Record the count; return what was recorded."""
    try:
        with transaction.atomic():
            recorded = record_stock_count(_report(values, context), as_of=context.now)
    except Refused as refused:
        raise RowRefused([_error(refused)]) from None
    return {"stock_count": str(recorded.count.pk), "is_new": recorded.is_new}


def undo_row(_applied: dict[str, Any]) -> None:
    """Refuse: partners have seen the report; a correction is a new count."""
    raise UndoConflict("a report that partners have seen is corrected by a new count")


def _report(values: Values, context: Context) -> Report:
    counted_on = values["counted_on"]
    end_of_day = datetime.combine(counted_on, time(23, 59, 59), tzinfo=UTC)
    return Report(
        counterparty=values["counterparty"],
        part_number=values["part_number"],
        site=values["site"],
        quantity=values["quantity"],
        unit=values["unit"],
        kind=values.get("kind") or StockKind.FREE.value,
        counted_at=min(end_of_day, context.now),
    )


def _error(refused: Refused) -> CellError:
    column = "counted_on" if refused.field == "counted_at" else refused.field
    return CellError(column, refused.value, refused.expected)


STOCK_COUNTS = ImportKind(
    name="stock_counts",
    title=_("Stock counts"),
    columns=COLUMNS,
    key=("counterparty", "part_number", "site", "kind", "counted_on"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="inventory:coverage",
)
