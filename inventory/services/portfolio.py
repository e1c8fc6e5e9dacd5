"""One fill rate for many parts: each gets the stock whose next unit is worth most."""

import math
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from forecasting.queries.buffers import StockItem, portfolio_stock
from inventory.models import BufferPolicy
from inventory.rules.safety_stock import level_of, variance_parts
from inventory.services.buffer_figures import Inputs, inputs_of
from inventory.services.buffers import Aim, Suggested, suggest

UNITS_AN_ITEM = 1_000
LEAST_LEVEL, MOST_LEVEL = 0.5, 0.99999


def suggest_for_fill(
    fill: float, *, as_of: datetime, policy_ids: Sequence[UUID] | None = None
) -> Suggested:
    """Suggest the cheapest stock of all active policies that together serves ``fill``.

    Parts without a cost or with a figure missing keep out of it. Raises ``Refused`` for a share
    outside 0.5 to 0.999, and where no part can take part.
    """
    if not 0.5 <= fill <= 0.999:
        raise Refused("fill", "a fill rate from 0.5 to 0.999", fill)
    rows = BufferPolicy.objects.filter(
        owner_id=acting_organisation_id(), is_active=True, unit_cost__gt=0
    )
    if policy_ids is not None:
        rows = rows.filter(pk__in=list(policy_ids))
    policies = list(rows.order_by("pk"))
    inputs = inputs_of(policies, as_of=as_of)
    parts = [(each.pk, inputs[each.pk], float(each.unit_cost or 0)) for each in policies]
    try:
        aims = aims_of(parts, fill)
    except ValueError as beyond:
        raise Refused("fill", "a fill rate that stock can reach", fill) from beyond
    if not aims:
        raise Refused("fill", "parts with a cost and all figures", "none")
    return suggest(as_of=as_of, policy_ids=list(aims), aims=aims)


def aims_of(parts: Sequence[tuple[UUID, Inputs, float]], fill: float) -> dict[UUID, Aim]:
    """Return each part's aim; ``parts`` are key, figures and the cost of a base unit.

    Stock is counted in packs, or in larger units where there would be too many. Demand without
    any mean takes no part.
    """
    items, kept = [], []
    for key, found, cost in parts:
        if found.missing or not found.demand.value or not found.lead.value:
            continue
        demand, lead = found.uncertain()
        mean, sigma = demand.mean * lead.mean, math.sqrt(sum(variance_parts(demand, lead)))
        unit = max(found.pack.value or 1.0, math.ceil((mean + 8 * sigma) / UNITS_AN_ITEM))
        items.append(StockItem(mean / unit, (sigma / unit) ** 2, cost * unit))
        kept.append((key, mean, sigma, unit))
    if not items:
        return {}
    stock = portfolio_stock(items, fill=fill)
    aims = {}
    for (key, mean, sigma, unit), units in zip(kept, stock.units, strict=True):
        safety = max(0.0, units * unit - mean)
        level = level_of(safety / sigma) if sigma else MOST_LEVEL
        aims[key] = Aim(min(MOST_LEVEL, max(LEAST_LEVEL, level)), safety, stock.fill)
    return aims
