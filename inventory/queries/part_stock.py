"""Where the stock of a part is: by stage at every tier that granted it, and behind its suppliers.

What stands behind a supplier goes by that supplier's own numbers. Which of it ends up in the part
is known to the supplier alone, so it is told as what it is and never added up with the part's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField

from collab.shell.network import network
from collab.work.fields import seen
from inventory.models import COVERAGE
from inventory.queries.coverage import coverage_rows
from inventory.queries.coverage_filter import annotated, ordered
from inventory.queries.coverage_grid import GridLine, grid_lines
from inventory.queries.stages import StageRow, StockFilter, stage_rows, stock_groups
from inventory.queries.tiers import Tier, tier_of_bpn

MOST = 100


@dataclass(frozen=True, slots=True)
class TierRow:
    """The stock of one holder at one site by stage, with the tier of the holder."""

    tier: Tier
    stages: StageRow


def stock_by_tier(number: str) -> list[TierRow]:
    """Return the visible stock of a part, ours first, then up the chain, customers and others."""
    groups = stock_groups(StockFilter(number=number))[:MOST]
    rows = [TierRow(tier_of_bpn(row.holder.bpn), row) for row in stage_rows(groups)]
    return sorted(rows, key=lambda row: (row.tier.place, row.stages.holder.short))


def behind_suppliers(supplier_bpns: Collection[str]) -> list[GridLine]:
    """Return what tier 2 and above hold for these suppliers, where both may be known."""
    nodes = network().nodes
    suppliers = [n.organisation.pk for n in nodes if n.organisation.bpn in supplier_bpns]
    holders = [n.organisation.pk for n in nodes if n.tier <= -2]
    if not suppliers or not holders:
        return []
    known = annotated().annotate(
        seen_counterparty=seen(COVERAGE, "counterparty_id", BigIntegerField(), name="counterparty")
    )
    rows = known.filter(owner_id__in=holders, seen_counterparty__in=suppliers)
    return grid_lines(coverage_rows(ordered(rows, "run_out")[:MOST]))


def suppliers_among(rows: Sequence[TierRow]) -> set[str]:
    """Return the BPNs of the direct suppliers among the holders."""
    return {row.stages.holder.bpn for row in rows if row.tier.number == 1}
