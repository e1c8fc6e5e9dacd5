"""REST views of stock, coverage, targets and planned output."""

from inventory.api.coverage import CoverageList, OneCoverage
from inventory.api.plans import PlannedOutputs
from inventory.api.stock import Stock, StockCounts
from inventory.api.targets import CoverageTargets, OneCoverageTarget

__all__ = [
    "CoverageList",
    "CoverageTargets",
    "OneCoverage",
    "OneCoverageTarget",
    "PlannedOutputs",
    "Stock",
    "StockCounts",
]
