"""What is called off by the releases that count: the lines somebody has to pack and move."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from collab.sharing.queries import fields_for
from forecasting.models import DEMAND, Commitment, ScheduleLine

FIRM = (Commitment.FIRM, Commitment.BACKLOG)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One line of a current release; quantity in ``unit``, due between two days, both included.

    ``is_firm``: firm or backlog, so it may be packed and moved.
    """

    line_id: UUID
    schedule_id: UUID
    series_id: UUID
    customer_id: int
    supplier_id: int
    part_number: str
    supplier_part_number: str
    site_code: str
    unloading_point: str
    document_number: str
    unit: str
    quantity: Decimal
    due_from: date
    due_until: date
    commitment: str

    @property
    def is_firm(self) -> bool:
        """Whether the line binds both sides."""
        return self.commitment in FIRM


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls: of one customer or supplier, due on ``since`` or later, at ``until`` latest.

    ``None`` means any. ``lines`` picks lines by key.
    """

    customer_id: int | None = None
    supplier_id: int | None = None
    since: date | None = None
    until: date | None = None
    lines: Sequence[UUID] | None = None
    is_firm: bool = True


def open_calls(wanted: CallFilter) -> list[CallRow]:
    """Return visible calls above zero by day, part and site; one query and no model.

    Calls of customers whose grants hide some of the lines' fields are left out.
    """
    rows = ScheduleLine.objects.filter(schedule__is_current=True, quantity__gt=0)
    if wanted.is_firm:
        rows = rows.filter(commitment__in=FIRM)
    if wanted.customer_id is not None:
        rows = rows.filter(owner_id=wanted.customer_id)
    if wanted.supplier_id is not None:
        rows = rows.filter(counterparty_id=wanted.supplier_id)
    if wanted.since is not None:
        rows = rows.filter(due_until__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(due_from__lte=wanted.until)
    if wanted.lines is not None:
        rows = rows.filter(pk__in=list(wanted.lines))
    ordered = rows.order_by("due_from", "schedule__part_number", "schedule__site_code", "pk")
    return [
        CallRow(**dict(zip(COLUMNS, values, strict=True)))
        for values in ordered.values_list(*COLUMNS.values())
        if fields_for(DEMAND, values[_CUSTOMER], values[_SUPPLIER]) is None
    ]


COLUMNS = {
    "line_id": "pk",
    "schedule_id": "schedule_id",
    "series_id": "schedule__series_id",
    "customer_id": "owner_id",
    "supplier_id": "counterparty_id",
    "part_number": "schedule__part_number",
    "supplier_part_number": "schedule__supplier_part_number",
    "site_code": "schedule__site_code",
    "unloading_point": "schedule__unloading_point",
    "document_number": "schedule__document_number",
    "unit": "schedule__unit",
    "quantity": "quantity",
    "due_from": "due_from",
    "due_until": "due_until",
    "commitment": "commitment",
}
_CUSTOMER, _SUPPLIER = (list(COLUMNS).index(name) for name in ("customer_id", "supplier_id"))
