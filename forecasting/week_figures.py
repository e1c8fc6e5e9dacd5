"""Weekly figures: quantities by Monday, their merging and cutting, and months turned into weeks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt

WEEK = timedelta(weeks=1)
THOUSANDTH = Decimal("0.001")
MOST_WEEKS = 520

Quantity = Decimal | None


def monday_of(day: date) -> date:
    """Return the Monday of the ISO week of ``day``."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True, slots=True)
class Weekly:
    """Quantities [base unit of the part], one per week from ``first_week`` (a Monday) on.

    ``None`` is a missing figure, which is not zero. Raises ``ValueError`` for another weekday
    or a negative or not finite quantity.
    """

    first_week: date
    quantities: tuple[Quantity, ...]

    def __post_init__(self) -> None:
        if self.first_week.weekday():
            raise ValueError(f"expected a Monday, got {self.first_week:%A %Y-%m-%d}")
        if len(self.quantities) > MOST_WEEKS:
            raise ValueError(f"expected at most {MOST_WEEKS} weeks, got {len(self.quantities)}")
        for week, quantity in self.items():
            if quantity is not None and (not quantity.is_finite() or quantity < 0):
                raise ValueError(f"expected finite quantities >= 0, got {quantity} in week {week}")

    @classmethod
    def of(cls, quantities: Mapping[date, Quantity]) -> "Weekly":
        """Return the figures of ``quantities`` (keyed by Monday), gaps missing.

        Raises ``ValueError`` without any.
        """
        if not quantities:
            raise ValueError("expected at least one week, got none")
        first, last = min(quantities), max(quantities)
        return cls(first, tuple(quantities.get(week) for week in weeks_between(first, last)))

    @property
    def last_week(self) -> date:
        """Return the Monday of the last week; the week before the first without any."""
        return self.first_week + WEEK * (len(self.quantities) - 1)

    def weeks(self) -> list[date]:
        """Return the Mondays."""
        return [self.first_week + WEEK * place for place in range(len(self.quantities))]

    def items(self) -> list[tuple[date, Quantity]]:
        """Return Monday and quantity of each week."""
        return list(zip(self.weeks(), self.quantities, strict=True))

    def at(self, week: date) -> Quantity:
        """Return the quantity of the week that begins on ``week``, ``None`` outside."""
        place = (week - self.first_week).days // 7
        return self.quantities[place] if 0 <= place < len(self.quantities) else None

    def aligned(self, weeks: Iterable[date]) -> list[Quantity]:
        """Return the quantities of other weeks, ``None`` outside."""
        return [self.at(week) for week in weeks]

    def changed(self, cells: Mapping[date, Quantity]) -> "Weekly":
        """Return the figures with those of ``cells`` in their place, longer where needed."""
        return Weekly.of({**dict(self.items()), **cells})

    def since(self, week: date) -> "Weekly":
        """Return the figures from ``week`` on."""
        kept = {each: quantity for each, quantity in self.items() if each >= week}
        return Weekly.of(kept) if kept else Weekly(week, ())


def weeks_between(first: date, last: date) -> list[date]:
    """Return the Mondays from ``first`` to ``last``, both included."""
    return [first + WEEK * place for place in range((last - first).days // 7 + 1)]


@dataclass(frozen=True, slots=True)
class WeeklyRange:
    """The likely quantity of each week with the bounds of its 10 and 90 % quantiles."""

    likely: Weekly
    low: Weekly
    high: Weekly


def weeks_from_buckets(
    buckets: Sequence[tuple[Sequence[date], float, float, float]], *, first: date, last: date
) -> WeeklyRange:
    """Turn buckets (months, weeks) with ranges into weeks from Monday ``first`` to ``last``.

    Parameters
    ----------
    buckets
        Per bucket its working days, and mean, 10 % and 90 % quantile of its quantity [base
        units]. A bucket without working days asks for nothing.

    Returns
    -------
    WeeklyRange
        Rounded to 0.001. A week that no bucket reaches is missing.

    Notes
    -----
    The mean is spread evenly over working days. Quantiles do not add up: with days of equal and
    independent scatter, the distance of a quantile from the mean grows with the square root of
    the number of days, so a week that holds the share s of a bucket gets sqrt(s) of its
    distance, and distances of several buckets in one week add as squares.
    """
    mean: dict[date, float] = {}
    below: dict[date, float] = {}
    above: dict[date, float] = {}
    for days, likely, low, high in buckets:
        if not days:
            continue
        for week in weeks_between(monday_of(days[0]), monday_of(days[-1])):
            share = sum(monday_of(day) == week for day in days) / len(days)
            mean[week] = mean.get(week, 0.0) + likely * share
            below[week] = below.get(week, 0.0) + share * max(0.0, likely - low) ** 2
            above[week] = above.get(week, 0.0) + share * max(0.0, high - likely) ** 2
    weeks = weeks_between(first, last)

    def figures(value_of: dict[date, float]) -> Weekly:
        return Weekly(
            first, tuple(_exact(value_of[week]) if week in mean else None for week in weeks)
        )

    return WeeklyRange(
        likely=figures(mean),
        low=figures({week: mean[week] - sqrt(below[week]) for week in mean}),
        high=figures({week: mean[week] + sqrt(above[week]) for week in mean}),
    )


def _exact(value: float) -> Decimal:
    return Decimal(str(round(max(0.0, value), 3)))
