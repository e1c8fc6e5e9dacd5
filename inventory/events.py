"""What the inventory app tells the others; fields are plain JSON values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from collab.events.bus import Touch, declare

COVERAGE_TOPIC = "inventory.coverage"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted:
    """A stock holder reported the quantity on hand of one part at one site."""

    version: ClassVar[int] = 1
    stock_count_id: str
    counterparty_id: int
    part_id: str
    part_number: str
    site_code: str
    kind: str
    quantity: str  # base units of the part, exact decimal
    unit: str
    counted_at: str

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show the coverage, which ``CoverageChanged`` names."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoved:
    """A movement changed the quantity on hand of one part at one site."""

    version: ClassVar[int] = 1
    movement_id: str
    counterparty_id: int
    part_id: str
    kind: str
    quantity: str
    stock_kind: str = "free"
    site_code: str = ""
    moved_at: str = ""

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show the coverage, which ``CoverageChanged`` names."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageTargetChanged:
    """The days of supply agreed with a counterparty changed; without a target: it was removed."""

    version: ClassVar[int] = 1
    change_id: str
    target_id: str | None
    counterparty_id: int

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show the coverage, which ``CoverageChanged`` names."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageChanged:
    """The days of supply of some parts for one counterparty changed."""

    version: ClassVar[int] = 1
    counterparty_id: int
    coverage_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the coverage rows."""
        return [Touch(COVERAGE_TOPIC, UUID(key), self.counterparty_id) for key in self.coverage_ids]
