"""The inventory app's public reads: plain rows out, never models."""

from inventory.queries.coverage import (
    CoverageRow,
    count_coverage,
    coverage_by_key,
    coverage_list,
)
from inventory.queries.coverage_filter import CoverageFilter, summary
from inventory.queries.heat import HeatRow, heat_days, heat_grid, heat_weeks
from inventory.queries.parts import PartPicture, part_picture
from inventory.queries.stock import (
    StockRow,
    count_history,
    last_count,
    newest_stock,
    rejected_counts,
    stock_of,
)

__all__ = [
    "CoverageFilter",
    "CoverageRow",
    "HeatRow",
    "PartPicture",
    "StockRow",
    "count_coverage",
    "count_history",
    "coverage_by_key",
    "coverage_list",
    "heat_days",
    "heat_grid",
    "heat_weeks",
    "last_count",
    "newest_stock",
    "part_picture",
    "rejected_counts",
    "stock_of",
    "summary",
]
