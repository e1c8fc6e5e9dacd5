"""Agreed days of supply, and coverage recomputed when something around it changes."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from collab.masterdata.refusals import Refused, clean_decimal
from collab.organisations.context import acting_organisation_id
from inventory.models import CoverageTarget, StockPosition
from inventory.projections import CoverageKey, refresh_coverage

CHUNK = 200


@transaction.atomic
def set_coverage_target(
    *,
    counterparty_id: int,
    part_number: str,
    minimum_days: Decimal | int | str,
    maximum_days: Decimal | int | str | None = None,
    partner_part_number: str = "",
    site_code: str = "",
    report_every_hours: int = 24,
) -> CoverageTarget:
    """Record the days of supply agreed with ``counterparty_id`` for a part of the acting side.

    A holder's own coverage follows at once; a holder that is the counterparty sees it with its
    next report. Raises ``Refused`` for a negative figure or a maximum below the minimum.
    """
    low = clean_decimal("minimum_days", minimum_days, digits=6, places=2, at_least=Decimal(0))
    high = None
    if maximum_days is not None:
        high = clean_decimal("maximum_days", maximum_days, digits=6, places=2, at_least=low)
    if not 1 <= report_every_hours <= 24 * 31:
        raise Refused("report_every_hours", "hours from 1 to 744", report_every_hours)
    target, is_new = CoverageTarget.objects.get_or_create(
        owner_id=acting_organisation_id(),
        counterparty_id=counterparty_id,
        part_number=part_number,
        site_code=site_code,
        defaults={
            "partner_part_number": partner_part_number,
            "minimum_days": low,
            "maximum_days": high,
            "report_every_hours": report_every_hours,
        },
    )
    if not is_new:
        target.partner_part_number = partner_part_number or target.partner_part_number
        target.minimum_days, target.maximum_days = low, high
        target.report_every_hours = report_every_hours
        target.version += 1
        target.save()
    rows = StockPosition.objects.filter(counterparty_id=counterparty_id, part_number=part_number)
    _refresh(rows, as_of=timezone.now())
    return target


def refresh_partner(
    counterparty_id: int, partner_part_numbers: set[str], *, as_of: datetime
) -> int:
    """Recompute the acting holder's coverage of these parts of a customer; return how many."""
    rows = StockPosition.objects.filter(
        counterparty_id=counterparty_id, partner_part_number__in=partner_part_numbers
    )
    return _refresh(rows, as_of=as_of)


def refresh_own(counterparty_id: int, part_numbers: set[str], *, as_of: datetime) -> int:
    """Recompute the acting customer's coverage of its own stock from a supplier."""
    rows = StockPosition.objects.filter(
        counterparty_id=counterparty_id, part_number__in=part_numbers
    )
    return _refresh(rows, as_of=as_of)


def refresh_all(*, as_of: datetime) -> int:
    """Recompute all coverage of the acting holder, as a new day moves every projection."""
    return _refresh(StockPosition.objects.all(), as_of=as_of)


def _refresh(rows: QuerySet[StockPosition], *, as_of: datetime) -> int:
    own = rows.filter(owner_id=acting_organisation_id()).order_by()
    found = own.values_list("counterparty_id", "part_id", "site_id").distinct()
    keys = iter({CoverageKey(*key) for key in found})
    return sum(len(refresh_coverage(chunk, as_of=as_of)) for chunk in _chunks(keys))


def _chunks(keys: Iterator[CoverageKey]) -> Iterator[list[CoverageKey]]:
    while chunk := list(islice(keys, CHUNK)):
        yield chunk
