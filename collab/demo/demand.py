"""Invented demand for the demo network: months of it, and the working days it falls on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np

HISTORY_MONTHS = 36
HISTORY_DAYS = 90
PLANNED_DAYS = 56
SATURDAY = 6

Months = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a part is asked for.

    ``months_with_demand`` and ``days_with_demand`` are shares in (0, 1]; ``scatter`` is phi
    of the variance mean + phi x mean² of a month with demand.
    """

    months_with_demand: float
    days_with_demand: float
    scatter: float


RUNNER = Pattern(1.0, 1.0, 0.01)
ERRATIC = Pattern(1.0, 0.55, 0.8)
INTERMITTENT = Pattern(0.7, 0.25, 0.25)
LUMPY = Pattern(0.4, 0.15, 1.2)


@dataclass(frozen=True, slots=True)
class DemandSeries:
    """Demand of one part by one customer plant [base units of the part], whole units.

    ``monthly`` holds the 36 whole months (or as many as were given) before the month of
    today, oldest first, ``None`` where unknown; ``daily`` the 90 days before today;
    ``planned`` the 56 days after it.
    """

    monthly: tuple[int | None, ...]
    daily: tuple[int, ...]
    planned: tuple[int, ...]


def draw_demand(
    rng: np.random.Generator,
    pattern: Pattern,
    *,
    monthly_mean: float,
    today: date,
    months: Months | None = None,
) -> DemandSeries:
    """Return demand that follows ``pattern`` with ``monthly_mean`` > 0 units a month.

    With ``months``, the past months (oldest first, the last one before the month of
    ``today``) are those, rounded to whole units, and the rest continues their last twelve.
    Days add up to their month: a history has no day on a Sunday.
    """
    past: list[int | None]
    if months is None:
        past = list(_draw_months(rng, pattern, monthly_mean, HISTORY_MONTHS))
        ahead = list(_draw_months(rng, pattern, monthly_mean, 1))
    else:
        past = [None if quantity is None else round(quantity) for quantity in months]
        known = [quantity for quantity in past[-12:] if quantity is not None]
        monthly_mean = sum(known) / len(known) if known else 0.0
        ahead = [round(monthly_mean)]

    first = _months_from(today, -4)
    quantities = [quantity or 0 for quantity in ([None] * 4 + past)[-4:]]
    quantities += ahead + [round(monthly_mean)] * 2
    by_day: dict[date, int] = {}
    starts = [_months_from(first, ahead_by) for ahead_by in range(len(quantities) + 1)]
    for (start, end), quantity in zip(pairwise(starts), quantities, strict=True):
        by_day.update(_spread(rng, pattern, quantity, list(_working_days(start, end))))

    def days(first_offset: int, count: int) -> tuple[int, ...]:
        return tuple(
            by_day.get(today + timedelta(days=first_offset + day), 0) for day in range(count)
        )

    return DemandSeries(tuple(past), days(-HISTORY_DAYS, HISTORY_DAYS), days(1, PLANNED_DAYS))


def add_series(series: Sequence[tuple[DemandSeries, float]]) -> DemandSeries:
    """Return the sum of demands, each times its usage, rounded up to whole units per bucket.

    All series have the same number of days; months count from the newest back.
    """
    months = max(len(one.monthly) for one, _ in series)
    monthly = np.zeros(months)
    daily, planned = np.zeros(HISTORY_DAYS), np.zeros(PLANNED_DAYS)
    for one, usage in series:
        known = [0 if quantity is None else quantity for quantity in one.monthly]
        monthly[months - len(known) :] += np.array(known) * usage
        daily += np.array(one.daily) * usage
        planned += np.array(one.planned) * usage
    return DemandSeries(*(tuple(map(_round_up, each)) for each in (monthly, daily, planned)))


def stock_that_lasts(days: float, planned: Sequence[int]) -> int:
    """Return the least whole stock that lasts ``days`` >= 0 of ``planned`` demand, at least 1."""
    whole = int(days)
    part = planned[whole] * (days - whole) if whole < len(planned) else 0.0
    return max(1, _round_up(sum(planned[:whole]) + part))


def _round_up(quantity: float) -> int:
    return int(np.ceil(round(float(quantity), 6)))


def _draw_months(
    rng: np.random.Generator, pattern: Pattern, monthly_mean: float, months: int
) -> Iterator[int]:
    """Draw months: none at all, or negative binomial around what keeps the mean."""
    mean = monthly_mean / pattern.months_with_demand
    successes = 1 / pattern.scatter
    for _ in range(months):
        has_demand = rng.random() < pattern.months_with_demand
        drawn = int(rng.negative_binomial(successes, successes / (successes + mean)))
        yield drawn if has_demand else 0


def _spread(
    rng: np.random.Generator, pattern: Pattern, quantity: int, days: Sequence[date]
) -> dict[date, int]:
    """Spread a month's quantity over some of its working days; Saturdays get half a share."""
    asked = rng.random(len(days)) < pattern.days_with_demand
    asked[int(rng.integers(len(days)))] = True
    share = np.array([0.5 if day.isoweekday() == SATURDAY else 1.0 for day in days]) * asked
    even = np.floor(quantity * share / share.sum()).astype(int)
    even += rng.multinomial(quantity - int(even.sum()), share / share.sum())
    return dict(zip(days, even.tolist(), strict=True))


def _working_days(start: date, end: date) -> Iterator[date]:
    """Yield the days from Monday to Saturday in ``[start, end)``."""
    for offset in range((end - start).days):
        day = start + timedelta(days=offset)
        if day.isoweekday() <= SATURDAY:
            yield day


def _months_from(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)
