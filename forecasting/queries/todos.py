"""What planning data waits for somebody: series without demand, demand without capacity (FC-16)."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from forecasting.models import CapacityGroup, CapacityLink, DeliverySchedule, DemandSeries
from forecasting.rules.capacity import LinkedDemand
from forecasting.rules.capacity_alert import is_all_zero, unlinked

MOST = 2_000


@dataclass(frozen=True, slots=True)
class SeriesToDo:
    """A series that waits: for demand (its customer's to-do) or for a group (its supplier's)."""

    series_id: UUID
    number: str
    site_code: str
    partner: Name


def series_without_demand(*, limit: int = 50) -> list[SeriesToDo]:
    """Return the acting customer's active series whose released weeks are all zero."""
    us = acting_organisation_id()
    inactive = set(
        DemandSeries.objects.filter(owner_id=us, is_active=False).values_list("pk", flat=True)
    )
    rows = DeliverySchedule.objects.filter(owner_id=us, is_current=True).order_by("part_number")
    found = [
        row
        for row in rows[:MOST]
        if is_all_zero(
            LinkedDemand(
                series=str(row.series_id),
                weeks=tuple(each or Decimal(0) for each in row.quantities),
                is_active=row.series_id not in inactive,
            )
        )
    ]
    names = names_of({row.counterparty_id for row in found})
    return [
        SeriesToDo(
            row.series_id,
            row.part_number,
            row.site_code,
            names.get(row.counterparty_id, NOBODY),
        )
        for row in found[:limit]
    ]


def demand_without_capacity(*, limit: int = 50) -> list[SeriesToDo]:
    """Return the series asked of the acting supplier that no capacity group of it takes.

    A supplier that states no capacity at all has nothing to link yet: it gets none.
    """
    us = acting_organisation_id()
    if not CapacityGroup.objects.filter(owner_id=us).exists():
        return []
    rows = {
        str(row.series_id): row
        for row in DeliverySchedule.objects.filter(counterparty_id=us, is_current=True).order_by(
            "supplier_part_number", "part_number"
        )[:MOST]
    }
    links = CapacityLink.objects.filter(owner_id=us, series_id__isnull=False)
    linked = [
        LinkedDemand(series=str(key), weeks=())
        for key in links.values_list("series_id", flat=True).distinct()
    ]
    found = [rows[key] for key in unlinked(list(rows), linked)][:limit]
    names = names_of({row.owner_id for row in found})
    return [
        SeriesToDo(
            row.series_id,
            row.supplier_part_number or row.part_number,
            row.site_code,
            names.get(row.owner_id, NOBODY),
        )
        for row in found
    ]
