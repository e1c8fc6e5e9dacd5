"""Everything the viewer may know about the stock of one part, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from collab.masterdata.queries import AliasRow, PartRow, aliases_of, part_by_number
from inventory.queries.coverage import CoverageRow, coverage_rows
from inventory.queries.coverage_filter import annotated, of_part
from inventory.queries.stock import StockRow, stock_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPicture:
    """A part with its coverage and stock; ``part`` is None for a partner's number."""

    number: str
    part: PartRow | None
    coverages: Sequence[CoverageRow]
    stock: Sequence[StockRow]
    aliases: Sequence[AliasRow]

    @property
    def worst(self) -> CoverageRow | None:
        """The coverage that runs out first."""
        known = [row for row in self.coverages if row.days_of_supply is not None]
        if known:
            return min(known, key=lambda row: (row.days_of_supply, row.id))
        return self.coverages[0] if self.coverages else None

    @property
    def blocked(self) -> Decimal | None:
        """The blocked stock over all visible sites [base units]; None if none is visible."""
        seen = [row.quantity for row in self.stock if row.quantity is not None]
        held = [row.quantity or Decimal(0) for row in self.stock if row.kind == "blocked"]
        return sum(held, Decimal(0)) if seen else None

    @property
    def usable(self) -> Decimal | None:
        """The unblocked stock over all visible sites [base units]; None if none is visible."""
        seen = [
            row.quantity for row in self.stock if row.quantity is not None and row.kind != "blocked"
        ]
        return sum(seen, Decimal(0)) if seen else None


def part_picture(number: str) -> PartPicture | None:
    """Return what is known of the part with this number, or None if nothing is visible."""
    part = part_by_number(number)
    wanted = part.number if part else number
    coverages = coverage_rows(
        annotated().filter(of_part(wanted)).order_by("seen_run_out_at", "pk")[:50]
    )
    stock = stock_of(wanted)
    if part is None and not coverages and not stock:
        return None
    return PartPicture(
        number=wanted,
        part=part,
        coverages=coverages,
        stock=stock,
        aliases=aliases_of(part.id) if part else (),
    )
