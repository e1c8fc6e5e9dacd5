"""Whose goods a licence plate stands for, many plates at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from transport.models import DispatchAdvice, HandlingUnit
from transport.queries.whole import whole_rows

State = DispatchAdvice.State


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvisedUnit:
    """A pack of a dispatch advice that stands, with where and when it should arrive."""

    plate: str
    unit_id: UUID
    advice_id: UUID
    advice_number: str
    advice_state: str
    supplier_id: int
    customer_id: int
    parent_plate: str
    shipment_id: UUID | None
    ship_from: dict[str, Any]
    ship_to: dict[str, Any]
    despatched_at: datetime
    expected_at: datetime
    received_at: datetime | None

    @property
    def partner_id(self) -> int:
        """The other side of the advice, as the acting organisation sees it."""
        own = acting_organisation_id()
        return self.customer_id if self.supplier_id == own else self.supplier_id


def advised_units(plates: Iterable[str]) -> dict[str, AdvisedUnit]:
    """Return the visible advised packs with these plates, of the newest advice; one query."""
    return _by_plate(HandlingUnit.objects.filter(licence_plate__in=set(plates)))


def plate_by_key(unit_id: UUID) -> str:
    """Return the licence plate of a visible pack, empty if there is none."""
    rows = whole_rows(HandlingUnit.objects.filter(pk=unit_id))
    return rows.values_list("licence_plate", flat=True).first() or ""


def units_on_the_way(*, limit: int) -> dict[str, AdvisedUnit]:
    """Return the outermost packs that the acting customer awaits, the longest awaited first."""
    rows = _awaited()
    return _by_plate(rows.order_by("advice__expected_at", "pk"), limit)


def units_of_shipments(shipment_ids: Iterable[UUID]) -> dict[str, AdvisedUnit]:
    """Return the outermost packs that the acting customer awaits with these shipments."""
    return _by_plate(_awaited().filter(advice__shipment_id__in=set(shipment_ids)))


def _awaited() -> Any:
    return HandlingUnit.objects.filter(
        counterparty_id=acting_organisation_id(),
        parent__isnull=True,
        advice__received_at__isnull=True,
    )


def _by_plate(rows: Any, limit: int | None = None) -> dict[str, AdvisedUnit]:
    standing = whole_rows(rows).exclude(advice__state__in=[State.REPLACED, State.CANCELLED])
    found = standing.select_related("advice", "parent")
    if limit is None:
        found = found.order_by("advice__despatched_at", "pk")
    return {row.licence_plate: _advised(row) for row in found[:limit]}


def _advised(row: HandlingUnit) -> AdvisedUnit:
    advice = row.advice
    return AdvisedUnit(
        plate=row.licence_plate,
        unit_id=row.pk,
        advice_id=advice.pk,
        advice_number=advice.number,
        advice_state=advice.state,
        supplier_id=row.owner_id,
        customer_id=row.counterparty_id,
        parent_plate=row.parent.licence_plate if row.parent is not None else "",
        shipment_id=advice.shipment_id,
        ship_from=advice.ship_from,
        ship_to=advice.ship_to,
        despatched_at=advice.despatched_at,
        expected_at=advice.expected_at,
        received_at=advice.received_at,
    )
