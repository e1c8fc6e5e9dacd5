"""How long parts last, as far as the viewer may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, CharField, DateTimeField, DecimalField, F, Q
from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import partner_is, seen
from inventory.models import COVERAGE, Coverage
from inventory.rules.coverage_level import HeatBin, heat_bin
from inventory.rules.evidence import Evidence, Grade, confidence, is_doubtful

# What a grant may open; "projection" stands for the arrays, "counterparty" for its name.
FIELDS = (
    "part_number", "partner_part_number", "site_code", "on_hand", "in_transit",
    "next_arrival_at", "unit", "daily_need", "days_of_supply", "is_at_least", "minimum_days",
    "maximum_days", "is_short", "run_out_at", "level", "source_grade", "observed_at",
    "stale_after", "counterparty", "projection",
)  # fmt: skip
SORTS = {
    "days": (F("seen_days").asc(nulls_last=True), "pk"),
    "run_out": (F("seen_run_out_at").asc(nulls_last=True), "pk"),
    "part": (F("seen_part_number").asc(nulls_last=True), "pk"),
    "site": (F("seen_site_code").asc(nulls_last=True), F("seen_days").asc(nulls_last=True), "pk"),
    "age": (F("seen_observed_at").asc(nulls_last=True), "pk"),
}
VIEWS = ("all", "short", "under_3", "stale")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionDay:
    """One coming day: demand, stock at its end [base units], days of supply from then on."""

    on: date
    demand: Decimal
    stock: Decimal
    days_of_supply: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageRow:
    """How long one part at one site lasts; the same row on the page, in the API, on the socket.

    ``values`` holds what the viewer may see; the attributes read from it, None or empty where
    something is hidden or unknown. ``number`` is the viewer's own number of the part, if any.
    """

    id: UUID
    owner: Name
    partner: Name
    is_own: bool
    is_limited: bool
    version: int
    values: Mapping[str, Any]
    number: str
    projection: Sequence[ProjectionDay]

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"coverage-{self.id}"

    @property
    def days_text(self) -> str:
        """The days of supply with "≥" where the stock outlasts the known demand."""
        days = self.values.get("days_of_supply")
        if days is None:
            return ""
        return f"≥ {days}" if self.values.get("is_at_least") else str(days)

    @property
    def bin(self) -> HeatBin | None:
        """The column of the heat map."""
        days = self.values.get("days_of_supply")
        return None if days is None else heat_bin(days)

    @property
    def is_stale(self) -> bool:
        """Whether the figure is older than twice the agreed interval."""
        limit = self.values.get("stale_after")
        return limit is not None and limit < timezone.now()

    @property
    def evidence(self) -> Evidence | None:
        """What the figure rests on (IN-24), where source, age and interval may be seen."""
        grade, observed = self.values.get("source_grade"), self.values.get("observed_at")
        stale = self.values.get("stale_after")
        if grade is None or observed is None or stale is None:
            return None
        return Evidence(Grade(grade), observed, max((stale - observed) / 2, timedelta(hours=1)))

    @property
    def confidence(self) -> Decimal | None:
        """How far the figure can be trusted, 0 to 1."""
        return None if self.evidence is None else confidence(self.evidence, now=timezone.now())

    @property
    def is_doubtful(self) -> bool:
        """Whether it is too old or too poor to decide on."""
        return self.evidence is not None and is_doubtful(self.evidence, now=timezone.now())

    @property
    def is_below_minimum(self) -> bool:
        """Whether the agreed minimum is missed, as far as the viewer may know."""
        return bool(self.values.get("is_short"))


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "all"
    part: str = ""
    site: str = ""
    partner_bpn: str = ""
    sort: str = "run_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The figures above the list, over everything the viewer may see."""

    parts: int
    short: int
    under_3: int
    stale: int
    newest: datetime | None
    oldest: datetime | None


def coverage_list(
    wanted: CoverageFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[CoverageRow]:
    """Return coverage rows in the order the filter asks for."""
    chosen = wanted or CoverageFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    rows = _filtered(chosen).order_by(*SORTS[chosen.sort])
    return coverage_rows(rows[offset : offset + limit])


def count_coverage(wanted: CoverageFilter | None = None) -> int:
    """Return how many rows the filter has."""
    number: int = _filtered(wanted or CoverageFilter()).count()
    return number


def coverage_by_key(keys: Iterable[UUID]) -> list[CoverageRow]:
    """Return the visible rows among ``keys``."""
    return coverage_rows(Coverage.objects.filter(pk__in=list(keys)))


def own_coverage(counterparty_id: int, part_id: UUID, site_id: UUID) -> CoverageRow | None:
    """Return the viewer's own coverage of a part at a site for a partner, if there is stock."""
    found = Coverage.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=counterparty_id,
        part_id=part_id,
        site_id=site_id,
    )
    rows = coverage_rows(found[:1])
    return rows[0] if rows else None


def summary() -> Summary:
    """Return how many coverages are short, under three days or stale, and how fresh they are."""
    rows = _annotated()
    ages = rows.exclude(seen_observed_at=None).order_by("seen_observed_at")
    ends = [ages.first(), ages.last()]
    oldest, newest = (each.observed_at if each else None for each in ends)
    return Summary(
        parts=rows.count(),
        short=rows.filter(_of_view("short")).count(),
        under_3=rows.filter(_of_view("under_3")).count(),
        stale=rows.filter(_of_view("stale")).count(),
        newest=newest,
        oldest=oldest,
    )


def coverage_rows(found: Iterable[Coverage]) -> list[CoverageRow]:
    """Return the plain rows of ``found`` with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [_row(row, names) for row in rows]


def annotated() -> Any:
    """Return the visible coverage with its columns as far as visible: ``seen_<column>``.

    A query set of ``Coverage``; its annotations are unknown to the type checker.
    """
    return _annotated()


def of_part(number: str) -> Q:
    """Return the condition that the part has this number, by either partner's naming."""
    return Q(seen_part_number=number) | Q(seen_partner_part_number=number)


def _annotated() -> Any:
    text, when = CharField(), DateTimeField()
    return Coverage.objects.annotate(
        seen_part_number=seen(COVERAGE, "part_number", text),
        seen_partner_part_number=seen(COVERAGE, "partner_part_number", text),
        seen_site_code=seen(COVERAGE, "site_code", text),
        seen_days=seen(COVERAGE, "days_of_supply", DecimalField(max_digits=8, decimal_places=2)),
        seen_is_short=seen(COVERAGE, "is_short", BooleanField()),
        seen_run_out_at=seen(COVERAGE, "run_out_at", when),
        seen_observed_at=seen(COVERAGE, "observed_at", when),
        seen_stale_after=seen(COVERAGE, "stale_after", when),
    )


def _filtered(wanted: CoverageFilter) -> Any:
    rows = _annotated().filter(_of_view(wanted.view))
    if wanted.part:
        rows = rows.filter(
            Q(seen_part_number__istartswith=wanted.part)
            | Q(seen_partner_part_number__istartswith=wanted.part)
        )
    if wanted.site:
        rows = rows.filter(seen_site_code=wanted.site)
    if wanted.partner_bpn:
        rows = rows.filter(partner_is(wanted.partner_bpn))
    return rows


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    if view == "short":
        return Q(seen_is_short=True)
    if view == "under_3":
        return Q(seen_days__isnull=False, seen_days__lt=3)
    if view == "stale":
        return Q(seen_stale_after__isnull=False, seen_stale_after__lt=timezone.now())
    return Q()


def _row(row: Coverage, names: Mapping[int, Name]) -> CoverageRow:
    allowed = fields_for(COVERAGE, row.owner_id, row.counterparty_id)
    every: dict[str, Any] = {
        name: getattr(row, name) for name in FIELDS if name not in {"counterparty", "projection"}
    }
    partner = names.get(row.counterparty_id, NOBODY)
    every["counterparty"] = partner.short
    values = {
        name: value for name, value in every.items() if allowed is None or name in allowed
    }  # fmt: skip
    return CoverageRow(
        id=row.pk,
        owner=names.get(row.owner_id, NOBODY),
        partner=partner if "counterparty" in values else NOBODY,
        is_own=row.owner_id == acting_organisation_id(),
        is_limited=allowed is not None,
        version=row.version,
        values=values,
        number=_number(row, values),
        projection=_projection(row) if allowed is None or "projection" in allowed else (),
    )


def _number(row: Coverage, values: Mapping[str, Any]) -> str:
    own = values.get("part_number", "")
    if row.counterparty_id == acting_organisation_id():
        return str(values.get("partner_part_number") or own)
    return str(own)


def _projection(row: Coverage) -> list[ProjectionDay]:
    columns = zip(row.projected_demand, row.projected_stock, row.projected_days, strict=True)
    return [
        ProjectionDay(
            on=row.projected_from + timedelta(days=offset),
            demand=demand,
            stock=stock,
            days_of_supply=days,
        )
        for offset, (demand, stock, days) in enumerate(columns)
    ]
