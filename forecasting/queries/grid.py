"""The planner's grid: one own series a row, with plan, last release, commits and capacity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from collab.masterdata.unit_words import unit_word
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from collab.sharing.queries import fields_for
from forecasting.models import (
    COMMIT,
    Commit,
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
)
from forecasting.queries.capacity import SeriesLoad, series_loads
from forecasting.queries.comments import commented_weeks
from forecasting.queries.commit_grid import part_names, texts
from forecasting.queries.locks import locks_of
from forecasting.week_figures import WEEK, Quantity, Weekly, monday_of

WEEKS, MOST_WEEKS = 12, 104
ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFilter:
    """Which series to show; empty means any. ``weeks`` counts from the current one."""

    part: str = ""
    site: str = ""
    partner_bpn: str = ""
    weeks: int = WEEKS


@dataclass(frozen=True, slots=True, kw_only=True)
class GridRow:
    """One series by week [base units]; ``version`` numbers the plan it was read at."""

    id: UUID
    part: str
    name: str
    partner: str
    partner_bpn: str
    site: str
    category: str
    unit: str
    version: int
    step: str
    forecast: Sequence[Quantity]
    previous: Sequence[Quantity]
    commit: Sequence[Quantity]
    load: SeriesLoad | None
    reasons: Sequence[str | None]
    lock: dict[str, str] | None
    commented: Sequence[bool]


def coming_weeks(count: int, *, today: date | None = None) -> list[date]:
    """Return ``count`` Mondays from the current week on."""
    first = monday_of(today or own_day())
    return [first + WEEK * place for place in range(count)]


def own_series(wanted: GridFilter) -> Any:
    """Return the active own series that the filter has, by part and site: a query set."""
    rows = DemandSeries.objects.filter(owner_id=acting_organisation_id(), is_active=True)
    if wanted.part:
        rows = rows.filter(
            Q(part_number__istartswith=wanted.part)
            | Q(supplier_part_number__istartswith=wanted.part)
        )
    if wanted.site:
        rows = rows.filter(site_code=wanted.site)
    if wanted.partner_bpn:
        rows = rows.filter(counterparty__bpn=wanted.partner_bpn)
    return rows.order_by("part_number", "site_code", "pk")


def grid_rows(
    found: Iterable[DemandSeries], weeks: Sequence[date], *, person_id: int | None = None
) -> list[GridRow]:
    """Return the rows of series for these weeks; eight queries however many there are."""
    series = list(found)
    keys = [each.pk for each in series]
    plans = _by_series(DemandVersion.objects.filter(series_id__in=keys, is_current=True))
    released = _by_series(DeliverySchedule.objects.filter(series_id__in=keys, is_current=True))
    commits = {
        each.series_id: each
        for each in Commit.objects.filter(series_id__in=keys, is_current=True)
        if _shows_quantities(each)
    }
    names = names_of({each.counterparty_id for each in series})
    titles = part_names(each.part_number for each in series)
    loads = series_loads(keys, weeks)
    locks = locks_of(keys, person_id)
    said = commented_weeks(keys)
    rows = []
    for each in series:
        plan = plans.get(each.pk)
        partner = names.get(each.counterparty_id, NOBODY)
        rows.append(
            GridRow(
                id=each.pk,
                part=each.part_number,
                name=titles.get(each.part_number, ""),
                partner=partner.short,
                partner_bpn=partner.bpn,
                site=each.site_code,
                category=each.category,
                unit=each.unit,
                version=plan.number if plan else 0,
                step=plan.step if plan else "",
                forecast=_figures(plan, weeks),
                previous=_figures(released.get(each.pk), weeks),
                commit=_figures(commits.get(each.pk), weeks),
                load=loads.get(each.pk),
                reasons=[plan.reasons.get(week.isoformat()) if plan else None for week in weeks],
                lock=locks.get(each.pk),
                commented=[week in said.get(each.pk, ()) for week in weeks],
            )
        )
    return rows


def body_of(row: GridRow, *, tenant: str, may_edit: bool) -> dict[str, Any]:
    """Return a row as the grid's script reads it; quantities are exact decimal texts."""
    lines = {
        "forecast": texts(row.forecast),
        "previous": texts(row.previous),
        "commit": texts(row.commit),
    }
    if row.load is not None and row.load.is_alone:
        lines |= {"capacity": texts(row.load.actual), "maximum": texts(row.load.maximum)}
    return {
        "id": str(row.id),
        "part": row.part,
        "name": row.name,
        "partner": row.partner,
        "site": row.site,
        "unit": unit_word(row.unit) if row.unit else "",
        "version": row.version,
        "href": f"/t/{tenant}/forecasts/series/{row.id}/compare/",
        "lock": row.lock,
        "lines": lines,
        "status": list(row.load.status) if row.load else ["none"] * len(row.forecast),
        "editable": "forecast" if may_edit else None,
        "reasons": list(row.reasons),
        "commented": list(row.commented),
    }


def _by_series(rows: Any) -> dict[UUID, Any]:
    return {row.series_id: row for row in rows}


def _figures(row: Any, weeks: Sequence[date]) -> list[Quantity]:
    if row is None:
        return [None] * len(weeks)
    return Weekly(row.first_week, tuple(row.quantities)).aligned(weeks)


def _shows_quantities(row: Commit) -> bool:
    allowed = fields_for(COMMIT, row.owner_id, row.counterparty_id)
    return allowed is None or "quantities" in allowed
