"""Writes of the inventory app: reports, movements, planned output, targets."""

from inventory.services.movements import record_movement, record_transfer
from inventory.services.plans import Plan, Planned, PlanVerdict, plan_many, plan_output
from inventory.services.reports import (
    Recorded,
    Report,
    Verdict,
    record_many,
    record_stock_count,
    reject_count,
    settle_rejected,
)
from inventory.services.targets import (
    Target,
    agree_target,
    change_target,
    refresh_all,
    refresh_partner,
    remove_target,
)

__all__ = [
    "Plan",
    "PlanVerdict",
    "Planned",
    "Recorded",
    "Report",
    "Target",
    "Verdict",
    "agree_target",
    "change_target",
    "plan_many",
    "plan_output",
    "record_many",
    "record_movement",
    "record_stock_count",
    "record_transfer",
    "refresh_all",
    "refresh_partner",
    "reject_count",
    "remove_target",
    "settle_rejected",
]
