"""Writes of the inventory app: reports, movements, targets."""

from inventory.services.movements import record_movement, record_transfer
from inventory.services.reports import (
    Recorded,
    Report,
    Verdict,
    record_many,
    record_stock_count,
    reject_count,
    settle_rejected,
)
from inventory.services.targets import refresh_all, refresh_partner, set_coverage_target

__all__ = [
    "Recorded",
    "Report",
    "Verdict",
    "record_many",
    "record_movement",
    "record_stock_count",
    "record_transfer",
    "refresh_all",
    "refresh_partner",
    "reject_count",
    "set_coverage_target",
    "settle_rejected",
]
