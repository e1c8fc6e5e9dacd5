"""Delivery information (IN-09): what is on its way, part by part, with its two transit events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from inventory.in_transit import still_on_the_way
from inventory.models import SourceGrade
from inventory.queries.stages import evidence_of
from inventory.rules.delivery_information import TransitEvent, transit_events
from inventory.rules.evidence import confidence
from transport.queries.announced import AnnouncedLine, on_the_way


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One line of a delivery on its way; quantity in ``unit``."""

    id: str
    advice_id: UUID
    advice_number: str
    supplier_id: int
    supplier: Name
    customer: Name
    is_incoming: bool
    part_number: str
    supplier_part_number: str
    origin: str
    destination: str
    quantity: Decimal
    unit: str
    order_number: str
    despatched_at: datetime
    expected_at: datetime
    is_overdue: bool
    is_tracked: bool
    shipment_id: UUID | None
    shipment_number: str
    events: tuple[TransitEvent, ...]
    source_grade: str
    observed_at: datetime
    confidence: Decimal

    @property
    def number(self) -> str:
        """The viewer's own number of the part, else the customer's."""
        mine = self.part_number if self.is_incoming else self.supplier_part_number
        return mine or self.part_number

    @property
    def partner(self) -> Name:
        """The other side."""
        return self.supplier if self.is_incoming else self.customer

    @property
    def grade_label(self) -> str:
        """The source in words."""
        return str(SourceGrade(self.source_grade).label)


def deliveries(
    *, part: str = "", site: str = "", partner_bpn: str = "", number: str = ""
) -> list[DeliveryRow]:
    """Return the visible lines on their way, the earliest expected first.

    ``part`` begins a part number of either side, ``number`` is exactly one; ``site`` is an end.
    """
    lines = still_on_the_way(on_the_way(part_numbers=[number] if number else None))
    rows = _rows(lines)
    return [row for row in rows if _has(row, part, site, partner_bpn)]


def _rows(lines: Iterable[AnnouncedLine]) -> list[DeliveryRow]:
    found = list(lines)
    names = names_of({x.supplier_id for x in found} | {x.customer_id for x in found})
    own, now = acting_organisation_id(), timezone.now()
    rows = []
    for line in found:
        evidence = evidence_of(line)
        rows.append(
            DeliveryRow(
                id=f"{line.advice_id}-{line.position}",
                advice_id=line.advice_id,
                advice_number=line.number,
                supplier_id=line.supplier_id,
                supplier=names.get(line.supplier_id, NOBODY),
                customer=names.get(line.customer_id, NOBODY),
                is_incoming=line.supplier_id != own,
                part_number=line.part_number,
                supplier_part_number=line.supplier_part_number,
                origin=str(line.ship_from.get("site_code", "")),
                destination=line.site_code,
                quantity=line.quantity,
                unit=line.unit,
                order_number=line.order_number,
                despatched_at=line.despatched_at,
                expected_at=line.expected_at,
                is_overdue=line.expected_at < now,
                is_tracked=line.is_tracked,
                shipment_id=line.shipment_id,
                shipment_number=line.shipment_number,
                events=transit_events(
                    despatched_at=line.despatched_at, expected_at=line.expected_at, now=now
                ),
                source_grade=evidence.grade.value,
                observed_at=evidence.observed_at,
                confidence=confidence(evidence, now=now),
            )
        )
    return rows


def _has(row: DeliveryRow, part: str, site: str, partner_bpn: str) -> bool:
    numbers = (row.part_number.casefold(), row.supplier_part_number.casefold())
    return (
        any(each.startswith(part.casefold()) for each in numbers)
        and site in {"", row.origin, row.destination}
        and partner_bpn in {"", row.supplier.bpn, row.customer.bpn}
    )
