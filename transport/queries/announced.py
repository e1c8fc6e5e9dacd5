"""Goods as dispatch advices announce them, line by line: on the way, and all that ever left."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet
from django.utils.dateparse import parse_datetime

from transport.models import AdviceLine, DispatchAdvice, Shipment
from transport.queries.advices import ON_ITS_WAY
from transport.queries.whole import whole_rows

State = DispatchAdvice.State
GONE = (State.REPLACED, State.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncedLine:
    """One line of an advice that counts; ``quantity`` > 0 in ``unit``.

    ``expected_at`` is the estimate of the shipment where there is one (``is_tracked``: by the
    position of its vehicle), else what the supplier said.
    """

    advice_id: UUID
    number: str
    position: int
    state: str
    supplier_id: int
    customer_id: int
    part_number: str  # the customer's
    supplier_part_number: str
    quantity: Decimal
    unit: str
    cumulative: Decimal | None
    order_number: str
    delivery_note: str
    ship_from: Mapping[str, Any]
    ship_to: Mapping[str, Any]
    shipment_id: UUID | None
    shipment_number: str
    despatched_at: datetime
    expected_at: datetime
    is_tracked: bool
    sent_at: datetime
    received_at: datetime | None
    received: Decimal | None

    @property
    def is_on_its_way(self) -> bool:
        """Whether it has not arrived by what the supplier knows."""
        return self.state in ON_ITS_WAY

    @property
    def site_code(self) -> str:
        """The customer's site that it goes to."""
        return str(self.ship_to.get("site_code", ""))


def on_the_way(
    *,
    partner_ids: Collection[int] | None = None,
    part_numbers: Collection[str] | None = None,
    advice_ids: Collection[UUID] | None = None,
) -> list[AnnouncedLine]:
    """Return the visible lines that have not arrived, the earliest expected first.

    ``partner_ids`` are suppliers or customers, ``part_numbers`` those of either side; without
    them everything visible. Two queries however many there are.
    """
    rows = _lines(partner_ids, part_numbers).filter(advice__state__in=ON_ITS_WAY)
    if advice_ids is not None:
        rows = rows.filter(advice_id__in=advice_ids)
    return sorted(_rows(rows), key=lambda row: (row.expected_at, row.number, row.position))


def all_announced(
    *, partner_ids: Collection[int], part_numbers: Collection[str]
) -> list[AnnouncedLine]:
    """Return the visible lines of these parts that ever left, the oldest despatch first."""
    rows = _lines(partner_ids, part_numbers).exclude(advice__state__in=GONE)
    return sorted(_rows(rows), key=lambda row: (row.despatched_at, row.number, row.position))


def newest_announced(supplier_id: int, part_numbers: Collection[str]) -> dict[str, datetime]:
    """Return when a supplier last sent a visible advice of each of the customer's parts."""
    rows = _lines(None, None).filter(owner_id=supplier_id, part_number__in=part_numbers)
    found = rows.exclude(advice__state__in=GONE).order_by().values_list("part_number")
    return dict(found.annotate(newest=Max("advice__sent_at")))


def announced_pairs() -> set[tuple[int, int, str, str, str, str]]:
    """Return supplier, customer, both part numbers, site and unit of all that ever left."""
    rows = whole_rows(AdviceLine.objects.exclude(advice__state__in=GONE))
    found = rows.values_list(
        "owner_id", "counterparty_id", "part_number", "supplier_part_number",
        "advice__ship_to__site_code", "unit",
    ).distinct()  # fmt: skip
    return {(a, b, part, theirs, site or "", unit) for a, b, part, theirs, site, unit in found}


def _lines(
    partner_ids: Collection[int] | None, part_numbers: Collection[str] | None
) -> "QuerySet[AdviceLine]":
    rows = whole_rows(AdviceLine.objects.select_related("advice"))
    if partner_ids is not None:
        rows = rows.filter(Q(owner_id__in=partner_ids) | Q(counterparty_id__in=partner_ids))
    if part_numbers is not None:
        rows = rows.filter(
            Q(part_number__in=part_numbers) | Q(supplier_part_number__in=part_numbers)
        )
    return rows


def _rows(lines: Iterable[AdviceLine]) -> list[AnnouncedLine]:
    found = list(lines)
    estimates = _estimates({each.advice.shipment_id for each in found if each.advice.shipment_id})
    rows = []
    for line in found:
        advice = line.advice
        estimate = estimates.get(advice.shipment_id) if advice.shipment_id else None
        rows.append(
            AnnouncedLine(
                advice_id=advice.pk,
                number=advice.number,
                position=line.position,
                state=advice.state,
                supplier_id=advice.owner_id,
                customer_id=advice.counterparty_id,
                part_number=line.part_number,
                supplier_part_number=line.supplier_part_number,
                quantity=line.quantity,
                unit=line.unit,
                cumulative=line.cumulative,
                order_number=line.order_number,
                delivery_note=line.delivery_note,
                ship_from=advice.ship_from,
                ship_to=advice.ship_to,
                shipment_id=advice.shipment_id,
                shipment_number=advice.shipment_number,
                despatched_at=advice.despatched_at,
                expected_at=estimate or advice.expected_at,
                is_tracked=estimate is not None,
                sent_at=advice.sent_at,
                received_at=advice.received_at,
                received=line.received,
            )
        )
    return rows


def _estimates(shipment_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Return when these visible shipments are expected by the position of their vehicles."""
    if not shipment_ids:
        return {}
    rows = whole_rows(Shipment.objects.filter(pk__in=shipment_ids, eta__isnull=False))
    found = {}
    for key, eta in rows.values_list("pk", "eta"):
        at = parse_datetime(str((eta or {}).get("p50", "")))
        if at is not None:
            found[key] = at
    return found
