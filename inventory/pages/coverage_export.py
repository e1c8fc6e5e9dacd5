"""Coverage as CSV or XLSX: what the chosen shape shows, of all rows of the filter."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from collab.integration.exports import export_response
from collab.shell.page import PageRequest
from inventory.queries import CoverageFilter, coverage_list
from inventory.queries.coverage_chart import chart_columns
from inventory.queries.coverage_filter import BINS
from inventory.queries.coverage_grid import Figure, GridLine, grid_lines
from inventory.queries.heat import HeatColumn

MOST, AT_ONCE = 20_000, 500


def export(
    request: PageRequest, wanted: CoverageFilter, shape: str, columns: Sequence[HeatColumn]
) -> HttpResponse:
    """Return the file of a shape: the chart's columns, or a row for each coverage."""
    if shape == "chart":
        return _chart(request, wanted, columns)
    heads = [
        _("Part"), _("Partner's part"), _("Name"), _("Holder"), _("Tier"), _("Site"),
        _("On hand"), _("Unit"), _("Source"), _("Counted"), _("In doubt"), _("Blocked"),
        _("In transit"), _("Next expected"), _("Cross-dock"), _("Line side"), _("Daily need"),
        _("Days of supply"), _("At least"), _("Minimum days"), _("Maximum days"), _("Runs out"),
        *(each.first.isoformat() for each in columns),
    ]  # fmt: skip
    cells = (_cells(line) for line in _lines(wanted, columns))
    return export_response(request, f"coverage-{shape}", heads, cells)


def _lines(wanted: CoverageFilter, columns: Sequence[HeatColumn]) -> Iterator[GridLine]:
    rows = coverage_list(wanted, limit=MOST)
    for start in range(0, len(rows), AT_ONCE):
        yield from grid_lines(rows[start : start + AT_ONCE], columns)


def _cells(line: GridLine) -> list[Any]:
    row = line.coverage
    return [
        row.part_number, row.partner_part_number, line.name, row.owner.short, line.tier.label,
        row.site_code, row.on_hand, row.unit,
        line.on_hand.grade_label if line.on_hand else None,
        row.observed_at, row.is_doubtful, _amount(line.blocked), _amount(line.in_transit),
        line.in_transit.expected_at if line.in_transit else None,
        _amount(line.cross_dock), _amount(line.line_side), row.daily_need, row.days_of_supply,
        row.is_at_least, row.minimum_days, row.maximum_days, row.run_out_at,
        *(cell.days for cell in line.cells),
    ]  # fmt: skip


def _amount(figure: Figure | None) -> Any:
    return figure.quantity if figure else None


def _chart(
    request: PageRequest, wanted: CoverageFilter, columns: Sequence[HeatColumn]
) -> HttpResponse:
    heads = [_("From"), _("Until"), *(each.value for each in BINS), _("Below minimum")]
    cells = [
        [each.column.first, each.column.last, *each.counts, each.below]
        for each in chart_columns(wanted, columns)
    ]
    return export_response(request, "coverage-chart", heads, cells)
