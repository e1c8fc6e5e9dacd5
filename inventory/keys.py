"""Which coverage is meant, for everything that computes or refreshes it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CoverageKey:
    """Which coverage: the holder's part at one of its sites, kept for one counterparty."""

    counterparty_id: int
    part_id: UUID
    site_id: UUID
