"""How many parts are covered for how long, column by column: the heat map added up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import DecimalField

from collab.work.fields import seen
from inventory.models import COVERAGE
from inventory.queries.coverage_filter import BINS, CoverageFilter, filtered
from inventory.queries.heat import HeatColumn
from inventory.rules.coverage_level import HeatBin, heat_bin

MOST = 20_000
DAYS = DecimalField(max_digits=8, decimal_places=2)


@dataclass(frozen=True, slots=True)
class ChartColumn:
    """A week or a day: parts by the bin of their lowest cover in it, and those below minimum."""

    column: HeatColumn
    by_bin: Mapping[HeatBin, int]
    below: int

    @property
    def total(self) -> int:
        """Parts with a projection."""
        return sum(self.by_bin.values())

    @property
    def counts(self) -> list[int]:
        """Parts in each bin, the shortest cover first."""
        return [self.by_bin[each] for each in BINS]


def chart_columns(wanted: CoverageFilter, columns: Sequence[HeatColumn]) -> list[ChartColumn]:
    """Return the counts of all rows of the filter whose projection may be seen; one query."""
    rows = filtered(wanted).annotate(
        seen_projection=seen(
            COVERAGE, "projected_days", ArrayField(base_field=DAYS), name="projection"
        ),
        seen_minimum=seen(COVERAGE, "minimum_days", DAYS),
    )
    by_bin = [dict.fromkeys(BINS, 0) for _each in columns]
    below = [0] * len(columns)
    for first, days, minimum in rows.exclude(seen_projection=None).values_list(
        "projected_from", "seen_projection", "seen_minimum"
    )[:MOST]:
        for place, lowest in _lowest(first, days, columns):
            by_bin[place][heat_bin(lowest)] += 1
            below[place] += minimum is not None and lowest < minimum
    return [
        ChartColumn(column, by_bin[place], below[place]) for place, column in enumerate(columns)
    ]  # fmt: skip


def _lowest(first: date, days: Sequence[Decimal], columns: Sequence[HeatColumn]) -> Any:
    """Yield place and lowest days of supply of each column that the projection reaches."""
    for place, column in enumerate(columns):
        start = max(0, (column.first - first).days)
        inside = days[start : (column.last - first + timedelta(days=1)).days]
        if inside and column.last >= first:
            yield place, min(inside)
