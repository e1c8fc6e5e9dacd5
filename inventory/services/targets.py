"""Agreed days of supply, and coverage recomputed when something around it changes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from collab.events.bus import publish
from collab.masterdata.refusals import VersionConflict, clean_decimal, clean_whole
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from inventory.events import CoverageTargetChanged
from inventory.keys import CoverageKey
from inventory.models import CoverageTarget, StockPosition
from inventory.projections import refresh_coverage
from inventory.services.subjects import own_site_or_all, part_of, partner_number_of, partner_of

CHUNK = 200
LONGEST_HOURS = 24 * 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Days of supply as agreed with a partner for a part of the acting side.

    ``counterparty`` is a BPN, ``part_number`` one's own number or the partner's, ``site`` the
    code of an own site, empty for any. Without ``maximum_days`` there is no upper bound;
    ``lead_days`` is how long replenishment takes, ``None`` leaves what stands.
    """

    counterparty: str
    part_number: str
    minimum_days: Decimal | int | str
    maximum_days: Decimal | int | str | None = None
    site: str = ""
    report_every_hours: int = 24
    lead_days: Decimal | int | str | None = None


@dataclass(frozen=True, slots=True)
class _Figures:
    minimum_days: Decimal
    maximum_days: Decimal | None
    report_every_hours: int
    lead_days: Decimal | None = None


@transaction.atomic
def agree_target(target: Target) -> tuple[CoverageTarget, bool]:
    """Record the target, or change the one that stands for the same part, site and partner.

    Returns it and whether it is new. One's own coverage follows at once, that of a partner who
    holds the stock as soon as it hears of it. Raises ``Refused`` naming the field.
    """
    figures = _checked(
        target.minimum_days, target.maximum_days, target.report_every_hours, target.lead_days
    )
    partner = partner_of(target.counterparty)
    today = own_day()
    part = part_of(target.part_number, partner.pk, today)
    place = own_site_or_all(target.site)
    site_code = place.code if place else ""
    row, is_new = CoverageTarget.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        counterparty_id=partner.pk,
        part_number=part.number,
        site_code=site_code,
        defaults={
            "partner_part_number": partner_number_of(part.id, partner.pk, today),
            **checked_figures(target),
        },
    )
    if is_new:
        _follow(row)
    else:
        row.partner_part_number = (
            partner_number_of(part.id, partner.pk, today) or row.partner_part_number
        )
        kept = (
            figures if target.lead_days is not None else replace(figures, lead_days=row.lead_days)
        )
        _change(row, kept)
    return row, is_new


@transaction.atomic
def change_target(
    target_id: UUID,
    *,
    minimum_days: Decimal | int | str,
    maximum_days: Decimal | int | str | None,
    report_every_hours: int,
    lead_days: Decimal | int | str | None = None,
    version: int | None = None,
) -> CoverageTarget:
    """Change an own target's figures.

    Raises ``Refused`` for a bad figure, ``VersionConflict`` if the row has moved on since
    ``version``, and ``CoverageTarget.DoesNotExist`` for one that is not one's own.
    """
    row = _own(target_id, version)
    _change(row, _checked(minimum_days, maximum_days, report_every_hours, lead_days))
    return row


@transaction.atomic
def remove_target(target_id: UUID, *, version: int | None = None) -> None:
    """Take an own target back; nothing is short by it any more. Errors as ``change_target``."""
    row = _own(target_id, version)
    row.delete()
    _follow(row, is_removed=True)


def refresh_partner(
    counterparty_id: int, partner_part_numbers: set[str], *, as_of: datetime
) -> int:
    """Recompute the acting holder's coverage of these parts of a customer; return how many."""
    rows = StockPosition.objects.filter(
        counterparty_id=counterparty_id, partner_part_number__in=partner_part_numbers
    )
    return _refresh(rows, as_of=as_of)


def refresh_own(counterparty_id: int, part_numbers: set[str], *, as_of: datetime) -> int:
    """Recompute the acting side's coverage of its own numbers for, or from, a partner."""
    rows = StockPosition.objects.filter(
        counterparty_id=counterparty_id, part_number__in=part_numbers
    )
    return _refresh(rows, as_of=as_of)


def refresh_all(*, as_of: datetime) -> int:
    """Recompute all coverage of the acting holder, as a new day moves every projection."""
    return _refresh(StockPosition.objects.all(), as_of=as_of)


def checked_figures(target: Target) -> dict[str, Decimal | int | None]:
    """Return a target's figures as they would stand; raise ``Refused`` for a bad one."""
    figures = _checked(
        target.minimum_days, target.maximum_days, target.report_every_hours, target.lead_days
    )
    return {
        "minimum_days": figures.minimum_days,
        "maximum_days": figures.maximum_days,
        "report_every_hours": figures.report_every_hours,
        "lead_days": figures.lead_days,
    }


def _checked(
    minimum: Decimal | int | str,
    maximum: Decimal | int | str | None,
    hours: int,
    lead: Decimal | int | str | None,
) -> _Figures:
    low = _days("minimum_days", minimum, at_least=Decimal(0))
    high = None if maximum is None else _days("maximum_days", maximum, at_least=low)
    every = clean_whole("report_every_hours", hours, at_least=1, at_most=LONGEST_HOURS)
    lead_days = None if lead is None else _days("lead_days", lead, at_least=Decimal(0))
    return _Figures(low, high, every, lead_days)


def _days(field: str, value: Decimal | int | str, *, at_least: Decimal) -> Decimal:
    days = clean_decimal(field, value, digits=6, places=2, at_least=at_least)
    return days.quantize(Decimal("0.01"))  # exact: more places were refused


def _own(target_id: UUID, version: int | None) -> CoverageTarget:
    own = CoverageTarget.objects.filter(owner_id=acting_organisation_id())
    row = own.select_for_update(of=("self",)).get(pk=target_id)
    if version is not None and version != row.version:
        raise VersionConflict(row.version, version)
    return row


def _change(row: CoverageTarget, figures: _Figures) -> None:
    row.minimum_days, row.maximum_days = figures.minimum_days, figures.maximum_days
    row.report_every_hours = figures.report_every_hours
    row.lead_days = figures.lead_days
    row.version += 1
    row.save()
    _follow(row)


def _follow(row: CoverageTarget, *, is_removed: bool = False) -> None:
    """Let coverage follow the target: one's own now, the partner's through the event."""
    refresh_own(row.counterparty_id, {row.part_number}, as_of=timezone.now())
    publish(
        CoverageTargetChanged(
            change_id=str(uuid4()),
            target_id=None if is_removed else str(row.pk),
            counterparty_id=row.counterparty_id,
        )
    )


def _refresh(rows: QuerySet[StockPosition], *, as_of: datetime) -> int:
    own = rows.filter(owner_id=acting_organisation_id()).order_by()
    found = own.values_list("counterparty_id", "part_id", "site_id").distinct()
    keys = iter({CoverageKey(*key) for key in found})
    return sum(len(refresh_coverage(chunk, as_of=as_of)) for chunk in _chunks(keys))


def _chunks(keys: Iterator[CoverageKey]) -> Iterator[list[CoverageKey]]:
    while chunk := list(islice(keys, CHUNK)):
        yield chunk
