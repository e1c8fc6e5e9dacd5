"""The projection of a coverage as points of a chart."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from inventory.queries.coverage import CoverageRow, ProjectionDay


@dataclass(frozen=True, slots=True)
class ProjectionChart:
    """Stock and demand of the coming days, and the stock that the minimum would need."""

    days: list[ProjectionDay]
    labels: list[date]
    stock: list[float]
    demand: list[float]
    minimum: list[float]
    unit: str
    runs_out: date | None


def projection_chart(row: CoverageRow) -> ProjectionChart | None:
    """Return the chart of a coverage; None where no projection is visible or known."""
    if not row.projection:
        return None
    days = list(row.projection)
    minimum = row.values.get("minimum_days")
    return ProjectionChart(
        days=days,
        labels=[day.on for day in days],
        stock=[float(max(day.stock, Decimal(0))) for day in days],
        demand=[float(day.demand) for day in days],
        minimum=_minimum_stock(days, minimum) if minimum is not None else [],
        unit=str(row.values.get("unit", "")),
        runs_out=next((day.on for day in days if day.stock <= 0), None),
    )


def _minimum_stock(days: list[ProjectionDay], minimum: Decimal) -> list[float]:
    """Return the stock each day that would just last the minimum, as far as demand is known."""
    whole, rest = int(minimum), minimum - int(minimum)
    demand = [day.demand for day in days]
    needed = []
    for place in range(len(days) - whole - 1):
        following = demand[place + 1 : place + 1 + whole]
        needed.append(float(sum(following, Decimal(0)) + rest * demand[place + 1 + whole]))
    return needed
