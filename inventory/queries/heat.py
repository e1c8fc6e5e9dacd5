"""The heat grid: parts by coming weeks or days, each cell the lowest days of supply in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from inventory.queries.coverage import CoverageFilter, CoverageRow, coverage_list
from inventory.rules.coverage_level import HeatBin, heat_bin

WEEKS = 8
DAYS = 14


@dataclass(frozen=True, slots=True)
class HeatColumn:
    """One column: a week by its Monday, or a day."""

    first: date
    last: date

    @property
    def week(self) -> int:
        """The ISO week number."""
        return self.first.isocalendar().week

    @property
    def year(self) -> int:
        """The ISO year of the week."""
        return self.first.isocalendar().year


@dataclass(frozen=True, slots=True)
class HeatCell:
    """The lowest days of supply in a column; None where no demand is known."""

    days: Decimal | None
    bin: HeatBin | None
    is_below: bool

    @property
    def tone(self) -> str:
        """The css class of the bin: ``h0`` worst to ``h5``, ``hx`` unknown."""
        return "hx" if self.bin is None else f"h{list(HeatBin).index(self.bin)}"


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One coverage and its cells."""

    coverage: CoverageRow
    cells: Sequence[HeatCell]


def heat_weeks(today: date, *, weeks: int = WEEKS) -> list[HeatColumn]:
    """Return the columns from this ISO week on."""
    monday = today - timedelta(days=today.weekday())
    starts = [monday + timedelta(weeks=week) for week in range(weeks)]
    return [HeatColumn(start, start + timedelta(days=6)) for start in starts]


def heat_days(today: date, *, days: int = DAYS) -> list[HeatColumn]:
    """Return the columns from today on."""
    return [
        HeatColumn(today + timedelta(days=day), today + timedelta(days=day)) for day in range(days)
    ]


def heat_grid(
    columns: Sequence[HeatColumn],
    wanted: CoverageFilter | None = None,
    *,
    limit: int = 50,
    offset: int = 0,
) -> list[HeatRow]:
    """Return the rows of the filter with their cells."""
    return [heat_row(row, columns) for row in coverage_list(wanted, limit=limit, offset=offset)]


def heat_row(row: CoverageRow, columns: Sequence[HeatColumn]) -> HeatRow:
    """Return the cells of one coverage."""
    return HeatRow(row, [_cell(row, column) for column in columns])


def _cell(row: CoverageRow, column: HeatColumn) -> HeatCell:
    inside = [
        day.days_of_supply for day in row.projection if column.first <= day.on <= column.last
    ]  # fmt: skip
    if not inside:
        return HeatCell(None, None, False)
    lowest = min(inside)
    minimum = row.values.get("minimum_days")
    return HeatCell(lowest, heat_bin(lowest), minimum is not None and lowest < minimum)
