"""What the inventory app takes from spreadsheets."""

from collab.integration.imports import register_import
from inventory.imports.read_points import READ_POINTS
from inventory.imports.receipts import GOODS_RECEIPTS
from inventory.imports.stock_counts import STOCK_COUNTS
from inventory.imports.targets import COVERAGE_TARGETS


def register() -> None:
    """Make the imports known."""
    for kind in (STOCK_COUNTS, COVERAGE_TARGETS, GOODS_RECEIPTS, READ_POINTS):
        register_import(kind)
