"""What the holder plans to add lifts the projection from its day on, and never before."""

from datetime import date
from decimal import Decimal

from inventory.projections import project


def decimals(*values: int) -> list[Decimal]:
    return [Decimal(value) for value in values]


def test_planned_output_enters_the_projection_on_its_day() -> None:
    seen = project(
        Decimal(100),
        decimals(40, 60, 50, 50, 60, 50),
        additions=decimals(0, 60, 100, 0, 0, 40),
        first=date(2026, 11, 2),
        skip=0,
    )
    assert list(seen.stock)[:6] == decimals(100, 60, 60, 110, 60, 0)  # worked example 1
    assert seen.supply[0].days == Decimal("2.00")  # what is still to come covers nothing yet


def test_without_planned_output_the_stock_only_falls() -> None:
    seen = project(Decimal(100), decimals(40, 60, 50), first=date(2026, 11, 2), skip=0)
    assert list(seen.stock) == decimals(100, 60, 0)
