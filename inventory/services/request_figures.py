"""The figures of an answer, from the acting party's own stock for the one who asks (IN-19).

Only rows about business with the asking side count: what is kept for its rivals stays untold, even
as part of a sum.
"""

from datetime import date
from typing import Any

from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from inventory.models import Coverage, DataRequest
from inventory.rules.request_supply import SiteSupply, Supply, summed_supply
from inventory.services.subjects import part_of


def figures_of(request: DataRequest) -> list[dict[str, Any]]:
    """Return a figure for each part of a received request, in its order, as JSON values.

    Quantities are exact decimals [base units of the own part] written as texts; what is unknown is
    null. ``observed_at`` is when the oldest stock figure behind it was taken.
    """
    today = own_day()
    start, end = (own_day(each) for each in (request.starts_at, request.ends_at))
    found = []
    for theirs, own in zip(request.parts, request.partner_parts, strict=True):
        rows = _rows(own or theirs, request.owner_id, today)
        supply = summed_supply([_site(row) for row in rows], max(start, today), end)
        oldest = min((row.observed_at for row in rows), default=None)
        figure = _figure(supply)
        figure["unit"] = rows[0].unit if rows else ""
        figure["observed_at"] = oldest.isoformat() if oldest else None
        found.append(figure)
    return found


def _rows(number: str, asker_id: int, today: date) -> list[Coverage]:
    """Return own coverage of a part, kept for the asking side, a row a site."""
    try:
        part = part_of(number, asker_id, today)
    except Refused:
        return []
    rows = Coverage.objects.filter(
        owner_id=acting_organisation_id(), counterparty_id=asker_id, part_id=part.id
    )
    return list(rows.order_by("site_code"))


def _site(row: Coverage) -> SiteSupply:
    return SiteSupply(
        on_hand=row.on_hand,
        first=row.projected_from,
        stock=row.projected_stock,
        demand=row.projected_demand,
    )


def _figure(supply: Supply | None) -> dict[str, Any]:
    if supply is None:
        return {
            "on_hand": None, "days": None, "is_at_least": False, "lowest": None,
            "short_from": None,
        }  # fmt: skip
    return {
        "on_hand": str(supply.on_hand),
        "days": None if supply.days is None else str(supply.days),
        "is_at_least": supply.is_at_least,
        "lowest": None if supply.lowest is None else str(supply.lowest),
        "short_from": supply.short_from.isoformat() if supply.short_from else None,
    }
