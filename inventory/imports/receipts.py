"""Goods receipts from spreadsheets: a row is a part of a delivery, a delivery is one receipt."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _now
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
from inventory.models import GoodsReceipt, ReceiptLine, SourceGrade
from inventory.services.messages import positions_of
from inventory.services.receipt_lines import StatedLine
from inventory.services.receipts import Delivery, Taken, cancel_receipt, record_receipt
from inventory.services.subjects import partner_of

COLUMNS = (
    ImportColumn("supplier", _("Supplier (BPN)"), is_required=True, longest=16),
    ImportColumn("advice_number", _("Dispatch advice"), is_required=True, longest=35),
    ImportColumn("part_number", _("Part number"), is_required=True, longest=40),
    ImportColumn("received", _("Received"), form=NUMBER, is_required=True),
    ImportColumn("damaged", _("of it damaged"), form=NUMBER),
    ImportColumn("received_on", _("Received on"), form=DAY, is_required=True),
    ImportColumn("delivery_note", _("Delivery note"), longest=35),
    ImportColumn("note", _("Note"), longest=200),
)
GroupKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Context:
    """What a chunk of rows shares: its time, and the rows of each delivery together."""

    now: datetime
    groups: Mapping[GroupKey, Sequence[Values]]


class _DryRun(Exception):
    """Takes back what was tried."""


def prepare(rows: Sequence[Values]) -> Context:
    """Return the rows of the chunk by delivery."""
    groups: dict[GroupKey, list[Values]] = defaultdict(list)
    for row in rows:
        groups[_key(row)].append(row)
    return Context(timezone.now(), dict(groups))


def validate_row(values: Values, context: Context) -> Verdict:
    """Say what the delivery of the row would do, by doing it and taking it back."""
    found: list[Taken] = []
    try:
        with transaction.atomic():
            found.append(_recorded(values, context))
            raise _DryRun
    except _DryRun:
        (taken,) = found
    return Verdict("new" if taken.is_new else "unchanged")


def apply_row(values: Values, context: Context) -> dict[str, Any]:
    """Record the delivery of the row, once for all of its rows; return which receipt it is."""
    with transaction.atomic():
        taken = _recorded(values, context)
    return {"receipt": str(taken.receipt.pk)}


def undo_row(applied: dict[str, Any]) -> None:
    """Cancel the receipt of the row; one whose goods have gone on stays."""
    try:
        cancel_receipt(UUID(applied["receipt"]), reason=_now("Import taken back"))
    except GoodsReceipt.DoesNotExist:
        return
    except Refused:
        raise UndoConflict("the goods have moved on since") from None


def _recorded(values: Values, context: Context) -> Taken:
    rows = context.groups.get(_key(values), [values])
    try:
        taken = record_receipt(_delivery(rows, context), as_of=context.now)
    except Refused as refused:
        raise RowRefused([_error(refused)]) from None
    line = ReceiptLine.objects.filter(
        receipt_id=taken.receipt.pk, part_number=values["part_number"].strip()
    )
    if not line.exists():
        expected = "all rows of a delivery next to each other, in one file"
        raise RowRefused([CellError("advice_number", values["advice_number"], expected)])
    return taken


def _delivery(rows: Sequence[Values], context: Context) -> Delivery:
    first = rows[0]
    supplier, advice = _key(first)
    free = positions_of(partner_of(supplier).pk, advice)
    lines = []
    for row in rows:
        number = row["part_number"].strip()
        waiting = free.get(number, [])
        lines.append(
            StatedLine(
                position=waiting.pop(0) if waiting else None,
                part_number=number,
                received=row["received"],
                damaged=row.get("damaged") or 0,
                note=row.get("note") or "",
            )
        )
    end_of_day = datetime.combine(first["received_on"], time(23, 59, 59), tzinfo=UTC)
    told = f"{supplier}|{advice}|{first['received_on']}"
    return Delivery(
        supplier=supplier,
        advice_number=advice,
        received_at=min(end_of_day, context.now),
        lines=lines,
        delivery_note=first.get("delivery_note") or "",
        sender_key=f"file:{sha256(told.encode()).hexdigest()[:40]}",
        origin=GoodsReceipt.Origin.FILE.value,
        source_grade=SourceGrade.BOOKED.value,
    )


def _key(values: Values) -> GroupKey:
    return values["supplier"].strip(), values["advice_number"].strip()


def _error(refused: Refused) -> CellError:
    names = {"received_at": "received_on", "counterparty": "supplier", "advice": "advice_number"}
    return CellError(names.get(refused.field, refused.field), refused.value, refused.expected)


GOODS_RECEIPTS = ImportKind(
    name="goods_receipts",
    title=_("Goods receipts"),
    columns=COLUMNS,
    key=("supplier", "advice_number", "part_number"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="inventory:receipts",
    roles=("planner", "clerk", "admin"),
)
