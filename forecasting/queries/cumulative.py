"""What customers' releases say about running totals: received, last advice, resets, lines due."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q

from collab.sharing.queries import fields_for
from forecasting.models import DEMAND, DeliverySchedule, ScheduleLine


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTotals:
    """The release in force of one series; quantities in ``unit``.

    ``received`` (E) is ``None`` where it states none; ``first`` is the oldest statement of the
    same period with its time. ``resets`` are the days from which the totals of any release on
    file count; ``lines`` are (first due day, quantity), net of what was received.
    """

    schedule_id: UUID
    customer_id: int
    supplier_id: int
    part_number: str
    supplier_part_number: str
    site_code: str
    unit: str
    document_number: str
    issued_at: datetime
    received: Decimal | None
    received_since: date | None
    last_advice: str
    first: tuple[datetime, Decimal] | None
    resets: Sequence[date]
    lines: Sequence[tuple[date, Decimal]]


def stated_totals(
    *, partner_ids: Collection[int], part_numbers: Collection[str] | None = None
) -> list[StatedTotals]:
    """Return what the visible current releases with these partners state; three queries.

    ``part_numbers`` are the customer's. Releases of which a grant opens some fields only take no
    part: what is summed would tell the hidden ones.
    """
    of_pair = Q(owner_id__in=partner_ids) | Q(counterparty_id__in=partner_ids)
    rows = DeliverySchedule.objects.filter(of_pair)
    if part_numbers is not None:
        rows = rows.filter(part_number__in=part_numbers)
    current = [
        each
        for each in rows.filter(is_current=True)
        if fields_for(DEMAND, each.owner_id, each.counterparty_id) is None
    ]
    statements: dict[UUID, list[tuple[datetime, date | None, Decimal | None]]] = defaultdict(list)
    told = rows.filter(series_id__in=[each.series_id for each in current]).order_by("number")
    for series_id, issued_at, since, received in told.values_list(
        "series_id", "issued_at", "received_since", "received_cumulative"
    ):
        statements[series_id].append((issued_at, since, received))
    lines: dict[UUID, list[tuple[date, Decimal]]] = defaultdict(list)
    due = ScheduleLine.objects.filter(schedule_id__in=[each.pk for each in current])
    for key, on, quantity in due.values_list("schedule_id", "due_from", "quantity"):
        lines[key].append((on, quantity))
    return [_row(each, statements[each.series_id], lines[each.pk]) for each in current]


def _row(
    schedule: DeliverySchedule,
    statements: Sequence[tuple[datetime, date | None, Decimal | None]],
    lines: Sequence[tuple[date, Decimal]],
) -> StatedTotals:
    of_period = (
        (issued_at, received)
        for issued_at, since, received in statements
        if since == schedule.received_since and received is not None
    )
    return StatedTotals(
        schedule_id=schedule.pk,
        customer_id=schedule.owner_id,
        supplier_id=schedule.counterparty_id,
        part_number=schedule.part_number,
        supplier_part_number=schedule.supplier_part_number,
        site_code=schedule.site_code,
        unit=schedule.unit,
        document_number=schedule.document_number,
        issued_at=schedule.issued_at,
        received=schedule.received_cumulative,
        received_since=schedule.received_since,
        last_advice=str((schedule.last_receipt or {}).get("dispatch_number", "")),
        first=next(of_period, None),
        resets=sorted({since for _at, since, _e in statements if since is not None}),
        lines=sorted(lines),
    )
