"""What suppliers counted: twelve weeks of the past, and the figure that stands now."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

import numpy as np

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for, acting_organisation_id
from inventory.keys import CoverageKey
from inventory.models import PlannedOutput, StockCount, StockMovement, StockPosition
from inventory.projections import refresh_coverage

WEEKS = 12
PLANNED_WEEKS = 8
LONGEST_AGE_HOURS = 20


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Write the counts of every supplier, and let the app's own projection judge them."""
    rng = np.random.default_rng([network.seed, 9])
    by_supplier = attrgetter("supplier")
    for supplier, each in groupby(sorted(network.supplies, key=by_supplier), by_supplier):
        supplies = list({(s.customer, s.supplier_number, s.ship_from): s for s in each}.values())
        counted_at = as_of - timedelta(minutes=int(rng.integers(5, LONGEST_AGE_HOURS * 60)))
        with acting_for(directory.organisations[supplier]):
            _past(supplies, directory, rng, counted_at)
            _plan(supplies, directory, rng, counted_at)
            refresh_coverage(_present(supplies, directory, counted_at), as_of=as_of)


def _present(
    supplies: list[DemoSupply], directory: Directory, counted_at: datetime
) -> list[CoverageKey]:
    """Write the figures that stand now, with their entries in the ledger."""
    counts, entries, positions = [], [], []
    for supply in supplies:
        count = _count(supply, directory, supply.stock, counted_at)
        counts.append(count)
        entries.append(
            StockMovement(
                owner_id=count.owner_id,
                counterparty_id=count.counterparty_id,
                part_id=count.part_id,
                site_id=count.site_id,
                kind=StockMovement.Kind.COUNT,
                quantity=supply.stock,
                reason="count",
                moved_at=counted_at,
            )
        )
        positions.append(
            StockPosition(
                owner_id=count.owner_id,
                counterparty_id=count.counterparty_id,
                part_id=count.part_id,
                part_number=count.part_number,
                partner_part_number=count.partner_part_number,
                site_id=count.site_id,
                site_code=count.site_code,
                kind=count.kind,
                stage=count.stage,
                quantity=supply.stock,
                unit=supply.unit,
                counted_at=counted_at,
                observed_at=counted_at,
                source_grade=count.source_grade,
            )
        )
    StockCount.objects.bulk_create(counts)
    StockMovement.objects.bulk_create(entries)
    StockPosition.objects.bulk_create(positions)
    return [CoverageKey(each.counterparty_id, each.part_id, each.site_id) for each in positions]


def _plan(
    supplies: list[DemoSupply], directory: Directory, rng: np.random.Generator, counted_at: datetime
) -> None:
    """Plan one batch a week, of about what the week after needs; what is short stays short."""
    rows = []
    for supply in supplies:
        for week in range(1, PLANNED_WEEKS):
            need = sum(supply.demand.planned[week * 7 : week * 7 + 7])
            batch = round(need * float(rng.uniform(0.85, 1.2))) + (
                _backlog(supply) if week == 1 else 0
            )
            if batch:
                count = _count(supply, directory, Decimal(batch), counted_at)
                rows.append(
                    PlannedOutput(
                        owner_id=count.owner_id,
                        counterparty_id=count.counterparty_id,
                        part_id=count.part_id,
                        part_number=count.part_number,
                        partner_part_number=count.partner_part_number,
                        site_id=count.site_id,
                        site_code=count.site_code,
                        on=own_day(counted_at) + timedelta(days=week * 7 - int(rng.integers(1, 4))),
                        quantity=Decimal(batch),
                        unit=count.unit,
                    )
                )
    PlannedOutput.objects.bulk_create(rows)


def _backlog(supply: DemoSupply) -> int:
    """Return what the first batch must add to what is on hand to reach the next one in cover."""
    need = sum(supply.demand.planned[: 7 + int(supply.minimum_days) + 1])
    return max(0, need - int(supply.stock))


def _past(
    supplies: list[DemoSupply], directory: Directory, rng: np.random.Generator, last_at: datetime
) -> None:
    """Write weekly counts that wander around what is on hand now."""
    rows = []
    for supply in supplies:
        levels = float(supply.stock) * rng.uniform(0.5, 1.6, WEEKS)
        levels[0] = max(float(supply.stock), sum(supply.demand.planned[:10]) * 0.8)
        rows += [
            _count(supply, directory, Decimal(round(level)), last_at - timedelta(weeks=week))
            for week, level in enumerate(levels, start=1)
        ]
    StockCount.objects.bulk_create(rows)


def _count(
    supply: DemoSupply, directory: Directory, quantity: Decimal, counted_at: datetime
) -> StockCount:
    return StockCount(
        owner_id=acting_organisation_id(),
        counterparty=directory.organisations[supply.customer],
        part_id=directory.parts[supply.supplier, supply.supplier_number],
        part_number=supply.supplier_number,
        partner_part_number=supply.customer_number,
        site_id=directory.sites[supply.supplier, supply.ship_from],
        site_code=supply.ship_from,
        quantity=quantity,
        unit=supply.unit,
        counted_at=counted_at,
    )
