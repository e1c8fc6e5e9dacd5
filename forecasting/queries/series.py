"""One series as both sides see it: release, commit, capacity, consensus, comments, versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from forecasting.axis import aligned
from forecasting.models import (
    DEMAND,
    CommitReview,
    CommitTask,
    DeliverySchedule,
    DemandSeries,
)
from forecasting.queries.capacity import GroupRow, series_links, series_loads
from forecasting.queries.commits import commit_versions, gap_weeks, visible_commit
from forecasting.queries.positions import Position, position_of, positions_of

MOST_VERSIONS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesWeek:
    """One week of the chart and its table [base units of the part]."""

    week: date
    forecast: Decimal | None
    previous: Decimal | None
    commit: Decimal | None
    consensus: Decimal | None
    upside: Decimal | None
    state: str
    reason: str
    capacity: str
    is_short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A release or a commit of the past, newest first."""

    kind: str  # release or commit
    number: int
    label: str
    at: datetime
    total: Decimal | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPicture:
    """Everything about one series that the viewer may see."""

    id: UUID
    number: str
    partner_number: str
    site_code: str
    unit: str
    category: str
    is_active: bool
    customer: Name
    supplier: Name
    is_ours: bool
    position: Position | None
    weeks: Sequence[SeriesWeek]
    gaps: Sequence[tuple[date, Decimal]]
    gap: Decimal
    groups: Sequence[GroupRow]
    versions: Sequence[VersionRow]
    review: Any
    due_at: datetime | None
    state: str


def series_picture(series_id: UUID, *, today: date) -> SeriesPicture | None:
    """Return one series with all that hangs on it; None where the viewer may not see it."""
    series = DemandSeries.objects.filter(pk=series_id).first()
    if series is None:
        return None
    allowed = fields_for(DEMAND, series.owner_id, series.counterparty_id)

    def seen(name: str) -> Any:
        return getattr(series, name) if allowed is None or name in allowed else ""

    us = acting_organisation_id()
    is_ours = series.counterparty_id == us
    names = names_of({series.owner_id, series.counterparty_id})
    position = position_of(series_id)
    commit = position.commit if position else None
    task = CommitTask.objects.filter(series_id=series_id).exclude(
        state=CommitTask.State.REPLACED
    ).first()  # fmt: skip
    numbers = [seen("part_number"), seen("supplier_part_number")]
    own, other = reversed(numbers) if is_ours else numbers
    return SeriesPicture(
        id=series.pk,
        number=own or other,
        partner_number=other,
        site_code=seen("site_code"),
        unit=series.unit,
        category=series.get_category_display() if seen("category") else "",
        is_active=series.is_active,
        customer=names.get(series.owner_id, NOBODY),
        supplier=names.get(series.counterparty_id, NOBODY),
        is_ours=is_ours,
        position=position,
        weeks=_weeks(position, today) if position else [],
        gaps=gap_weeks(position, today) if position else [],
        gap=position.gap(today) if position else Decimal(0),
        groups=series_links(series_id),
        versions=versions_of(series_id),
        review=CommitReview.objects.filter(commit_id=commit.pk).first() if commit else None,
        due_at=task.due_at if task else None,
        state=task.state if task else "",
    )


def versions_of(series_id: UUID) -> list[VersionRow]:
    """Return releases and commits of a series in one line of time, newest first."""
    found: list[VersionRow] = []
    releases = DeliverySchedule.objects.filter(series_id=series_id).order_by("-number")
    for row in releases[:MOST_VERSIONS]:
        allowed = fields_for(DEMAND, row.owner_id, row.counterparty_id)
        may_count = allowed is None or "quantities" in allowed
        may_name = allowed is None or "document_number" in allowed
        found.append(
            VersionRow(
                kind="release",
                number=row.number,
                label=row.document_number if may_name else "",
                at=row.published_at,
                total=_total(row.quantities) if may_count else None,
                note=row.note if allowed is None or "note" in allowed else "",
            )
        )
    for commit in commit_versions(series_id, limit=MOST_VERSIONS):
        values = visible_commit(commit)
        origin = str(commit.get_origin_display()) if "origin" in values else ""
        found.append(
            VersionRow(
                kind="commit",
                number=commit.number,
                label=origin,
                at=commit.committed_at,
                total=_total(values["quantities"]) if "quantities" in values else None,
                note=str(values.get("note") or ""),
            )
        )
    return sorted(found, key=lambda row: (row.at, row.kind), reverse=True)[:MOST_VERSIONS]


def series_of_part(number: str) -> list[Position]:
    """Return where the series of a part stand, by either partner's number."""
    schedules = DeliverySchedule.objects.filter(
        Q(part_number=number) | Q(supplier_part_number=number), is_current=True
    )
    wanted = {number}
    return [
        each
        for each in positions_of(schedules.order_by("part_number", "site_code", "pk")[:20])
        if {each.part_number, each.supplier_part_number} & wanted
    ]


def _weeks(position: Position, today: date) -> list[SeriesWeek]:
    load = series_loads([position.series_id], position.weeks).get(position.series_id)
    asked = set(position.open_weeks(today))
    inside = {week for bucket in position.buckets for week in bucket.mondays()}
    upside = aligned(position.first_week, position.upside, position.weeks)
    rows = []
    for place, week in enumerate(position.weeks):
        forecast, commit = position.forecast[place], position.committed[place]
        is_short = (
            week in asked
            and forecast is not None
            and commit is not None
            and commit < forecast
            and week not in inside
        )
        rows.append(
            SeriesWeek(
                week=week,
                forecast=forecast,
                previous=position.previous_forecast[place],
                commit=commit,
                consensus=position.consensus[place],
                upside=upside[place],
                state=position.states[place],
                reason=position.reasons.get(week.isoformat(), ""),
                capacity=load.status[place] if load else "none",
                is_short=is_short,
            )
        )
    return rows


def _total(quantities: Sequence[Decimal | None]) -> Decimal:
    return sum((each for each in quantities if each is not None), Decimal(0))
