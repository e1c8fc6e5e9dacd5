"""The heat grid: parts by coming weeks or days, each cell the lowest days of supply in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from collab.organisations.clock import own_day
from inventory.queries.coverage import CoverageRow, coverage_list
from inventory.queries.coverage_filter import CoverageFilter
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
    """The lowest days of supply in a column; None where no demand is known.

    ``is_below`` and ``is_above`` are against the agreed minimum and maximum; ``arrives`` says that
    the next goods on their way are expected then.
    """

    days: Decimal | None
    bin: HeatBin | None
    is_below: bool
    is_above: bool = False
    arrives: bool = False
    on: date | None = None  # the day with the lowest cover

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
    inside = [day for day in row.projection if column.first <= day.on <= column.last]
    if not inside:
        return HeatCell(None, None, is_below=False)
    lowest = min(inside, key=lambda day: (day.days_of_supply, day.on))
    minimum, maximum = row.values.get("minimum_days"), row.values.get("maximum_days")
    arrival: datetime | None = row.values.get("next_arrival_at")
    days = lowest.days_of_supply
    return HeatCell(
        days,
        heat_bin(days),
        is_below=minimum is not None and days < minimum,
        is_above=maximum is not None and days > maximum,
        arrives=arrival is not None and column.first <= own_day(arrival) <= column.last,
        on=lowest.on,
    )
