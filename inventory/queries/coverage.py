"""How long parts last, as far as the viewer may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from inventory.models import COVERAGE, Coverage
from inventory.queries.coverage_filter import CoverageFilter, filtered, ordered
from inventory.rules.coverage_level import HeatBin, heat_bin
from inventory.rules.evidence import Evidence, Grade, confidence, is_doubtful

# What a grant may open; "projection" stands for the arrays, "counterparty" for its name.
FIELDS = (
    "part_number", "partner_part_number", "site_code", "on_hand", "in_transit",
    "next_arrival_at", "unit", "daily_need", "days_of_supply", "is_at_least", "minimum_days",
    "maximum_days", "is_short", "run_out_at", "level", "source_grade", "observed_at",
    "stale_after", "counterparty", "projection",
)  # fmt: skip


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


def coverage_list(
    wanted: CoverageFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[CoverageRow]:
    """Return coverage rows in the order the filter asks for."""
    chosen = wanted or CoverageFilter()
    rows = ordered(filtered(chosen), chosen.sort)
    return coverage_rows(rows[offset : offset + limit])


def count_coverage(wanted: CoverageFilter | None = None) -> int:
    """Return how many rows the filter has."""
    number: int = filtered(wanted or CoverageFilter()).count()
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


def coverage_rows(found: Iterable[Coverage]) -> list[CoverageRow]:
    """Return the plain rows of ``found`` with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [_row(row, names) for row in rows]


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
