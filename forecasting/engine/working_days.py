"""From monthly forecasts to days on which somebody works."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

REFERENCE_MONTHS = 12


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days count: ISO weekdays 1 (Monday) to 7 that are worked, minus holidays."""

    weekdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    holidays: frozenset[date] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not self.weekdays <= set(range(1, 8)):
            raise ValueError(f"expected ISO weekdays 1 to 7, got {sorted(self.weekdays)}")

    def is_working(self, day: date) -> bool:
        """Return whether ``day`` is worked."""
        return day.isoweekday() in self.weekdays and day not in self.holidays

    def working_days(self, month: date) -> int:
        """Return how many days of the month that holds ``month`` are worked."""
        return sum(map(self.is_working, _days_of(month)))


def to_daily(
    monthly: Floats, *, first_month: date, calendar: WorkingCalendar
) -> tuple[tuple[date, ...], Floats]:
    """Return daily demand: a rate per working day, and nothing on the others.

    A monthly forecast speaks of an average month. Its rate per working day is the
    quantity divided by the average number of working days of the twelve months before
    ``first_month``; each day worked gets that rate. So a long month asks for more than a
    short one, and a month of shut-down for nothing.

    Parameters
    ----------
    monthly
        Forecast per month, shape ``(..., n_months)`` [units per month], finite and >= 0.
    first_month
        Any day of the first month forecast.
    calendar
        Covers the twelve months before as well.

    Returns
    -------
    tuple
        The days, and the demand [units per day] of shape ``(..., n_days)``.

    Raises
    ------
    ValueError
        If a quantity is negative or not finite, or no day of the reference is worked.
    """
    if not (np.isfinite(monthly) & (monthly >= 0)).all():
        raise ValueError("expected finite monthly quantities >= 0, got others")
    months = [_add_months(first_month, ahead) for ahead in range(monthly.shape[-1])]
    reference = [_add_months(first_month, -back) for back in range(1, REFERENCE_MONTHS + 1)]
    average_days = float(np.mean([calendar.working_days(month) for month in reference]))
    if average_days == 0:
        raise ValueError(f"expected working days in the year before {first_month}, got none")

    days: list[date] = []
    month_of_day: list[int] = []
    for position, month in enumerate(months):
        for day in _days_of(month):
            days.append(day)
            month_of_day.append(position)
    is_worked = np.array([calendar.is_working(day) for day in days], dtype=np.float64)
    rate = monthly / average_days
    return tuple(days), rate[..., np.array(month_of_day, dtype=np.intp)] * is_worked


def _add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def _days_of(month: date) -> Iterator[date]:
    day, end = month.replace(day=1), _add_months(month, 1)
    while day < end:
        yield day
        day += timedelta(days=1)
