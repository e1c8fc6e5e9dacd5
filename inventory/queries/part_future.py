"""What is known to be added to one coverage's stock: goods on their way, planned output."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils import timezone

from collab.organisations.models import Site
from inventory.in_transit import Moving, in_transit
from inventory.keys import CoverageKey
from inventory.models import Coverage
from inventory.queries.coverage import CoverageRow
from inventory.queries.plans import PlanFilter, plan_rows, planned_outputs


@dataclass(frozen=True, slots=True)
class Future:
    """Additions by day [base units], as the projection counts them."""

    arrivals: Mapping[date, Decimal] = field(default_factory=dict)
    outputs: Mapping[date, Decimal] = field(default_factory=dict)


def future_of(row: CoverageRow) -> Future:
    """Return what will be added to the stock of a coverage as far as the viewer may know it.

    Goods on their way are known to their receiver alone; planned output to whom it is granted.
    """
    if not row.projection:
        return Future()
    return Future(_arrivals(row) if row.is_own else {}, _outputs(row))


def _arrivals(row: CoverageRow) -> Mapping[date, Decimal]:
    found = Coverage.objects.get(pk=row.id)
    key = CoverageKey(found.counterparty_id, found.part_id, found.site_id)
    moving = Moving(
        part_number=found.part_number,
        partner_part_number=found.partner_part_number,
        site_code=found.site_code,
        unit=found.unit,
    )
    zone = _zone(found)
    counted_on = found.observed_at.astimezone(zone).date()
    return in_transit({key: moving})[key].by_day(zone, after=counted_on, today=found.projected_from)


def _outputs(row: CoverageRow) -> Mapping[date, Decimal]:
    if not row.part_number or not row.site_code:
        return {}
    plans = planned_outputs(
        PlanFilter(
            number=row.part_number,
            site=row.site_code,
            first=row.projection[0].on,
            last=row.projection[-1].on,
        )
    )
    told: dict[date, Decimal] = {}
    for plan in plan_rows(plans):
        if (plan.owner, plan.partner) == (row.owner, row.partner) and "on" in plan.values:
            told[plan.values["on"]] = plan.values["quantity"]
    return told


def _zone(found: Coverage) -> ZoneInfo:
    named = Site.objects.filter(pk=found.site_id).values_list("timezone", flat=True).first()
    return ZoneInfo(named or timezone.get_current_timezone_name())
