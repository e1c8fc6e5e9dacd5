"""Versions of a series side by side: what changed from release to release, and what really came."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Membership
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from forecasting.models import (
    COMMENT,
    DEMAND,
    Actual,
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
    PlanComment,
    Step,
)
from forecasting.rules.release import DateComparison, Version, compare_versions
from forecasting.week_figures import WEEK, monday_of

MOST_VERSIONS = 12
USUAL_VERSIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesHead:
    """One demand series as far as the viewer may see; hidden texts are empty."""

    id: UUID
    customer: Name
    supplier: Name
    is_own: bool
    part_number: str
    supplier_part_number: str
    site_code: str
    unit: str
    category: str
    is_active: bool
    version: int

    @property
    def number(self) -> str:
        """The viewer's own number of the part, else the customer's."""
        return self.part_number if self.is_own else self.supplier_part_number or self.part_number


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHead:
    """One release of a series for the choice of what to compare."""

    id: UUID
    number: int
    document_number: str
    published_at: datetime | None
    is_current: bool
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekComment:
    """What somebody said about weeks of the series."""

    author: str
    text: str
    type: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedWeek:
    """One week of a comparison with what was said about it."""

    figures: DateComparison
    comments: Sequence[WeekComment] = field(default_factory=tuple)

    @property
    def on(self) -> date:
        """The Monday."""
        return self.figures.on


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Some releases of a series, oldest first, week by week [base units].

    ``net_change`` sums what the newest asks more (or less) than the one before, over the weeks
    that both speak of.
    """

    series: SeriesHead
    releases: Sequence[ReleaseHead]
    weeks: Sequence[ComparedWeek]

    @property
    def net_change(self) -> Decimal:
        """The net change over all weeks."""
        return sum((week.figures.net_change or Decimal(0) for week in self.weeks), Decimal(0))


def series_heads(found: Any) -> list[SeriesHead]:
    """Return the plain rows of visible series."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    heads = []
    for row in rows:
        allowed = fields_for(DEMAND, row.owner_id, row.counterparty_id)

        def shown(name: str, row: Any = row, allowed: Collection[str] | None = allowed) -> str:
            return str(getattr(row, name)) if allowed is None or name in allowed else ""

        is_named = allowed is None or "counterparty" in allowed
        heads.append(
            SeriesHead(
                id=row.pk,
                customer=names.get(row.owner_id, NOBODY),
                supplier=names.get(row.counterparty_id, NOBODY) if is_named else NOBODY,
                is_own=row.owner_id == acting_organisation_id(),
                part_number=shown("part_number"),
                supplier_part_number=shown("supplier_part_number"),
                site_code=shown("site_code"),
                unit=shown("unit"),
                category=shown("category"),
                is_active=row.is_active,
                version=row.version,
            )
        )
    return heads


def series_head(series_id: UUID) -> SeriesHead | None:
    """Return one visible series."""
    found = series_heads(DemandSeries.objects.filter(pk=series_id))
    return found[0] if found else None


def releases_of(series_id: UUID, *, limit: int = 60) -> list[ReleaseHead]:
    """Return the newest visible releases of a series, newest first; none where hidden."""
    rows = DeliverySchedule.objects.filter(series_id=series_id).order_by("-number")[:limit]
    return [_release_head(row) for row in rows if _may_compare(row)]


def compare_releases(
    series_id: UUID, *, numbers: Collection[int] | None = None
) -> Comparison | None:
    """Compare releases of a series by their numbers, or the last four; None if not visible.

    At most twelve. Receipts are the customer's own knowledge and show on its side only.
    """
    head = series_head(series_id)
    if head is None:
        return None
    rows = DeliverySchedule.objects.filter(series_id=series_id).order_by("-number")
    if numbers is not None:
        rows = rows.filter(number__in=list(numbers))
    limit = USUAL_VERSIONS if numbers is None else MOST_VERSIONS
    chosen = [row for row in rows[:limit] if _may_compare(row)][::-1]
    compared = compare_versions([_version(row) for row in chosen], received=_received(head, chosen))
    comments = _comments(series_id)
    return Comparison(
        series=head,
        releases=[_release_head(row) for row in chosen],
        weeks=[ComparedWeek(figures=each, comments=comments.get(each.on, ())) for each in compared],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version of a series inside its own organisation."""

    id: UUID
    series_id: UUID
    number: int
    step: str
    is_current: bool
    first_week: date
    quantities: Sequence[Decimal | None]
    low: Sequence[Decimal | None] | None
    high: Sequence[Decimal | None] | None
    reasons: Mapping[str, str]
    note: str
    changed_at: datetime
    author: str

    @property
    def step_label(self) -> str:
        """Who made it, in words."""
        return str(Step(self.step).label)


def versions(series_id: UUID | None = None) -> Any:
    """Return own versions: a query set of ``DemandVersion``."""
    rows = DemandVersion.objects.all()
    return rows.filter(series_id=series_id) if series_id else rows


def version_rows(found: Any) -> list[VersionRow]:
    """Return the plain rows of own versions."""
    rows = list(found)
    authors = dict(
        Membership.objects.filter(
            person_id__in={row.author_id for row in rows if row.author_id}
        ).values_list("person_id", "person__name")
    )
    return [
        VersionRow(
            id=row.pk,
            series_id=row.series_id,
            number=row.number,
            step=row.step,
            is_current=row.is_current,
            first_week=row.first_week,
            quantities=row.quantities,
            low=row.low,
            high=row.high,
            reasons=row.reasons,
            note=row.note,
            changed_at=row.changed_at,
            author=authors.get(row.author_id, ""),
        )
        for row in rows
    ]


def _may_compare(row: DeliverySchedule) -> bool:
    allowed = fields_for(DEMAND, row.owner_id, row.counterparty_id)
    return allowed is None or "quantities" in allowed


def _release_head(row: DeliverySchedule) -> ReleaseHead:
    allowed = fields_for(DEMAND, row.owner_id, row.counterparty_id)

    def is_shown(name: str) -> bool:
        return allowed is None or name in allowed

    return ReleaseHead(
        id=row.pk,
        number=row.number,
        document_number=row.document_number if is_shown("document_number") else "",
        published_at=row.published_at if is_shown("published_at") else None,
        is_current=row.is_current,
        total=sum((each for each in row.quantities if each is not None), Decimal(0)),
    )


def _version(row: DeliverySchedule) -> Version:
    figures = {
        week: quantity
        for week, quantity in zip(_weeks(row), row.quantities, strict=True)
        if quantity is not None
    }
    return Version(name=row.document_number, quantities=figures)


def _weeks(row: DeliverySchedule) -> list[date]:
    return [row.first_week + WEEK * place for place in range(len(row.quantities))]


def _received(head: SeriesHead, chosen: Sequence[DeliverySchedule]) -> Mapping[date, Decimal]:
    found: dict[date, Decimal] = defaultdict(Decimal)
    if head.is_own and chosen:
        since = min(row.first_week for row in chosen)
        rows = Actual.objects.filter(
            series_id=head.id, kind=Actual.Kind.RECEIVED, on__gte=since
        ).values_list("on", "quantity")
        for on, quantity in rows:
            found[monday_of(on)] += quantity
    return found


def _comments(series_id: UUID) -> dict[date, list[WeekComment]]:
    found: dict[date, list[WeekComment]] = defaultdict(list)
    rows = PlanComment.objects.filter(
        object_kind=PlanComment.ObjectKind.SERIES, object_id=series_id
    )
    for row in rows.order_by("changed_at"):
        allowed = fields_for(COMMENT, row.owner_id, row.counterparty_id)
        if allowed is not None and not {"text", "weeks"} <= set(allowed):
            continue
        said = WeekComment(author=row.author, text=row.text, type=row.type, at=row.changed_at)
        for week in row.weeks:
            found[week].append(said)
    return found
