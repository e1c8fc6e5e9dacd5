"""The projection of a coverage as rows of a chart and its table: stock inside its band."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from inventory.queries.coverage import CoverageRow, ProjectionDay
from inventory.queries.part_future import Future

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartDay:
    """One day [base units]; limits are None where too little demand is known for them."""

    on: date
    stock: Decimal
    demand: Decimal
    low: Decimal | None
    high: Decimal | None
    arriving: Decimal | None
    planned: Decimal | None
    days_of_supply: Decimal


@dataclass(frozen=True, slots=True)
class ProjectionChart:
    """The coming days of one coverage; the columns that say nothing are left out."""

    days: Sequence[ChartDay]
    unit: str
    runs_out: date | None
    labels: Sequence[date] = field(default_factory=tuple)

    @property
    def has_low(self) -> bool:
        """Whether a minimum is agreed and may be seen."""
        return any(day.low is not None for day in self.days)

    @property
    def has_high(self) -> bool:
        """Whether a maximum is agreed and may be seen."""
        return any(day.high is not None for day in self.days)

    @property
    def has_arrivals(self) -> bool:
        """Whether goods are on their way."""
        return any(day.arriving for day in self.days)

    @property
    def has_output(self) -> bool:
        """Whether output is planned."""
        return any(day.planned for day in self.days)


def projection_chart(row: CoverageRow, future: Future | None = None) -> ProjectionChart | None:
    """Return the chart of a coverage; None where no projection is visible or known."""
    if not row.projection:
        return None
    days, ahead = list(row.projection), future or Future()
    lows = stock_for(days, row.values.get("minimum_days"))
    highs = stock_for(days, row.values.get("maximum_days"))
    told = [
        ChartDay(
            on=day.on,
            stock=max(day.stock, ZERO),
            demand=day.demand,
            low=lows[place],
            high=highs[place],
            arriving=ahead.arrivals.get(day.on),
            planned=ahead.outputs.get(day.on),
            days_of_supply=day.days_of_supply,
        )
        for place, day in enumerate(days)
    ]
    return ProjectionChart(
        told,
        str(row.values.get("unit", "")),
        next((day.on for day in days if day.stock <= 0), None),
        tuple(day.on for day in days),
    )


def stock_for(days: Sequence[ProjectionDay], wanted: Decimal | None) -> list[Decimal | None]:
    """Return the stock [base units] at the end of each day that lasts ``wanted`` days exactly.

    None from the day on where the demand that follows is not known far enough.
    """
    if wanted is None:
        return [None] * len(days)
    whole, rest = int(wanted), wanted - int(wanted)
    demand = [day.demand for day in days]
    needed: list[Decimal | None] = []
    for place in range(len(days)):
        following = demand[place + 1 : place + 1 + whole]
        next_one = demand[place + 1 + whole : place + 2 + whole]
        if len(following) < whole or (rest and not next_one):
            needed.append(None)
        else:
            needed.append(sum(following, ZERO) + (rest * next_one[0] if rest else ZERO))
    return needed
