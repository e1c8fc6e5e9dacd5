"""Tables of the inventory app, one file a noun."""

from inventory.models.coverage import COVERAGE, Coverage, CoverageTarget
from inventory.models.plans import PlannedOutput, PlanReceipt
from inventory.models.stock import STOCK, RejectedCount, StockCount, StockMovement, StockPosition
from inventory.models.words import SourceGrade, Stage, StockKind

__all__ = [
    "COVERAGE",
    "STOCK",
    "Coverage",
    "CoverageTarget",
    "PlanReceipt",
    "PlannedOutput",
    "RejectedCount",
    "SourceGrade",
    "Stage",
    "StockCount",
    "StockKind",
    "StockMovement",
    "StockPosition",
]
