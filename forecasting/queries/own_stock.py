"""What inventory last told of the own stock, and for which customer it is kept."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from forecasting.models import DemandSeries, HeardStock
from forecasting.rules.tiers import OwnStock


def stock_place(site_code: str, partner_id: int) -> str:
    """Return the name under which stock at a site, stated to a partner, is kept."""
    return f"{site_code}/{partner_id}"


def own_stock(part_ids: Collection[UUID] | None = None) -> dict[str, OwnStock]:
    """Return the own stock [base units] by part, of all parts or of some; two queries.

    What was stated to a customer, somebody with a demand series that names us its supplier, is
    that customer's. All other stock is free, and so is what a supplier was told.
    """
    own = acting_organisation_id()
    asked = DemandSeries.objects.filter(counterparty_id=own).exclude(owner_id=own)
    customers = {str(key) for key in asked.order_by().values_list("owner_id", flat=True).distinct()}
    rows = HeardStock.objects.all()
    if part_ids is not None:
        rows = rows.filter(part_id__in=list(part_ids))
    sums: defaultdict[UUID, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for part_id, place, quantity in rows.values_list("part_id", "place", "quantity"):
        partner = place.rpartition("/")[2]
        sums[part_id][partner if partner in customers else ""] += quantity
    found = {}
    for part_id, by_customer in sums.items():
        known = {customer: max(Decimal(0), total) for customer, total in by_customer.items()}
        free = known.pop("", Decimal(0))
        found[str(part_id)] = OwnStock(free=free, kept=known)
    return found
