"""Which supplier knows which of a customer's parts: those that a series of demand names."""

from collections.abc import Collection

from collab.organisations.context import acting_organisation_id
from forecasting.models import DemandSeries


def supplied_numbers(supplier_id: int, part_numbers: Collection[str]) -> dict[str, str]:
    """Return the supplier's numbers of those own parts that it makes for us, empty if unknown."""
    rows = DemandSeries.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=supplier_id,
        part_number__in=list(part_numbers),
    ).order_by("supplier_part_number")  # a known number comes last and stays
    return dict(rows.values_list("part_number", "supplier_part_number"))
