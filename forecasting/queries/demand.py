"""Demand series and their daily demand."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from forecasting.models import DailyDemand, DemandSeries


@dataclass(frozen=True, slots=True)
class DemandKey:
    """A part under its customer's number, needed by a customer from a supplier."""

    customer_id: int
    supplier_id: int
    part_number: str


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """One demand series as its customer or a granted supplier sees it."""

    id: UUID
    customer_id: int
    supplier_id: int
    part_number: str
    supplier_part_number: str
    site_code: str
    frequency: str
    is_active: bool

    @property
    def key(self) -> DemandKey:
        """Return the key under which its daily demand is found."""
        return DemandKey(self.customer_id, self.supplier_id, self.part_number)


DemandBySite = dict[str, dict[date, Decimal]]


def daily_demand(
    keys: Collection[DemandKey], *, first: date, last: date
) -> dict[DemandKey, DemandBySite]:
    """Return the visible demand of each day from ``first`` to ``last``, by customer's site.

    One query, however many keys; quantities in base units of the part. A key without visible
    demand is left out, and so is a day without any.
    """
    if not keys:
        return {}
    wanted = set(keys)
    rows = DailyDemand.objects.filter(
        owner_id__in={key.customer_id for key in wanted},
        counterparty_id__in={key.supplier_id for key in wanted},
        part_number__in={key.part_number for key in wanted},
        on__gte=first,
        on__lte=last,
    ).values_list("owner_id", "counterparty_id", "part_number", "site_code", "on", "quantity")
    found: dict[DemandKey, DemandBySite] = {}
    for customer_id, supplier_id, number, site_code, on, quantity in rows.iterator():
        key = DemandKey(customer_id, supplier_id, number)
        if key in wanted:
            days = found.setdefault(key, {}).setdefault(site_code, defaultdict(Decimal))
            days[on] += quantity
    return found


def series_by_id(keys: Iterable[UUID]) -> list[SeriesRow]:
    """Return the visible series among ``keys``."""
    return [series_row(each) for each in DemandSeries.objects.filter(pk__in=list(keys))]


def active_series_count() -> int:
    """Return how many demand series of the acting organisation are forecast."""
    return DemandSeries.objects.filter(owner_id=acting_organisation_id(), is_active=True).count()


def series_row(series: DemandSeries) -> SeriesRow:
    """Return a series as a plain row."""
    return SeriesRow(
        series.pk,
        series.owner_id,
        series.counterparty_id,
        series.part_number,
        series.supplier_part_number,
        series.site_code,
        series.frequency,
        series.is_active,
    )
