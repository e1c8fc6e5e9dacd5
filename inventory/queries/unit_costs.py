"""What a base unit of an own part is worth, in one currency."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from inventory.models import BufferPolicy


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """Unit costs in ``currency``, by own part number, and by number and code of an own site."""

    currency: str = ""
    by_part: Mapping[str, Decimal] = field(default_factory=dict)
    by_site: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)


def unit_costs() -> UnitCosts:
    """Return the unit costs of one's own buffer policies in the currency that most of them have.

    Amounts of several currencies have no sum: the others are left out.
    """
    policies = BufferPolicy.objects.filter(unit_cost__isnull=False).order_by("pk")
    rows = list(policies.values_list("currency", "part_number", "site_code", "unit_cost"))
    if not rows:
        return UnitCosts()
    counts = Counter(row[0] for row in rows)
    chosen = min(counts, key=lambda currency: (-counts[currency], currency))
    by_part: dict[str, Decimal] = {}
    by_site: dict[tuple[str, str], Decimal] = {}
    for currency, number, code, cost in rows:
        if currency == chosen and cost is not None:
            by_part[number] = by_site[number, code] = cost
    return UnitCosts(chosen, by_part, by_site)
