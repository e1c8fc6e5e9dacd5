"""What a part is needed for: the own assemblies that hold it, the customers behind its demand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from collab.masterdata.queries import BomLineRow, bill_of_material
from forecasting.queries.chain import Cause, chain_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class PeggedNeed:
    """The need of one own series and the customers' parts that cause it [base units]."""

    series_id: UUID
    supplier: str
    unit: str
    total: Decimal
    causes: Sequence[Cause]
    computed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartUse:
    """Where an own part goes; both are seen by its owner alone."""

    lines: Sequence[BomLineRow]
    needs: Sequence[PeggedNeed]


def part_use(part_id: UUID, number: str, *, today: date) -> PartUse:
    """Return the direct assemblies of an own part today and what its open need is pegged to."""
    needs = [
        PeggedNeed(
            series_id=row.series_id,
            supplier=row.supplier,
            unit=row.unit,
            total=row.total,
            causes=row.causes,
            computed_at=row.computed_at,
        )
        for row in chain_rows(today=today, part=number)
        if row.part_number == number and row.causes
    ]
    return PartUse(lines=bill_of_material(component_id=part_id, on=today), needs=needs)
