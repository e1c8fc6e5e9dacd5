"""What suppliers counted: twelve weeks of the past, and the figure that stands now."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import attrgetter

import numpy as np

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.organisations.context import acting_for, acting_organisation_id
from inventory.models import StockCount
from inventory.services import Report, record_stock_count

WEEKS = 12
LONGEST_AGE_HOURS = 20


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Write the counts of every supplier; the last one through the service, like any other."""
    rng = np.random.default_rng([network.seed, 9])
    by_supplier = attrgetter("supplier")
    for supplier, each in groupby(sorted(network.supplies, key=by_supplier), by_supplier):
        supplies = list({(s.customer, s.supplier_number, s.ship_from): s for s in each}.values())
        age = timedelta(minutes=int(rng.integers(5, LONGEST_AGE_HOURS * 60)))
        with acting_for(directory.organisations[supplier]):
            _past(supplies, directory, rng, as_of - age)
            for supply in supplies:
                record_stock_count(
                    Report(
                        counterparty=directory.organisations[supply.customer].bpn,
                        part_number=supply.supplier_number,
                        site=supply.ship_from,
                        quantity=supply.stock,
                        unit=supply.unit,
                        counted_at=as_of - age,
                    ),
                    as_of=as_of,
                )


def _past(
    supplies: list[DemoSupply], directory: Directory, rng: np.random.Generator, last_at: datetime
) -> None:
    """Write weekly counts that wander around what is on hand now."""
    rows = []
    for supply in supplies:
        levels = float(supply.stock) * rng.uniform(0.5, 1.6, WEEKS)
        usual = max(float(supply.stock), sum(supply.demand.planned[:10]) * 0.8)
        for week in range(1, WEEKS + 1):
            level = levels[week - 1] if week > 1 else usual
            rows.append(
                StockCount(
                    owner_id=acting_organisation_id(),
                    counterparty=directory.organisations[supply.customer],
                    part_id=directory.parts[supply.supplier, supply.supplier_number],
                    part_number=supply.supplier_number,
                    partner_part_number=supply.customer_number,
                    site_id=directory.sites[supply.supplier, supply.ship_from],
                    site_code=supply.ship_from,
                    quantity=Decimal(round(level)),
                    unit=supply.unit,
                    counted_at=last_at - timedelta(weeks=week),
                )
            )
    StockCount.objects.bulk_create(rows)
