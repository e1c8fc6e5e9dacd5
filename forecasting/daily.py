"""From buckets of a forecast to the days on which somebody works."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from collab.masterdata.queries import calendar_of, calendars
from collab.masterdata.queries.calendars import CalendarRow
from collab.organisations.models import Site
from forecasting.engine.working_days import WorkingCalendar, to_daily

Floats = NDArray[np.float64]
REFERENCE_WEEKS = 52


@dataclass(frozen=True, slots=True)
class SiteCalendar(WorkingCalendar):
    """A working calendar with extra days that are worked, such as a Saturday."""

    extra_days: frozenset[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        """Return whether ``day`` is worked."""
        return day in self.extra_days or WorkingCalendar.is_working(self, day)


def calendar_for(site_code: str) -> SiteCalendar:
    """Return the calendar of the acting organisation's site; without one Monday to Friday."""
    site = Site.objects.filter(code=site_code).first() if site_code else None
    found = calendar_of(site.pk) if site else None
    return _calendar(found) if found else SiteCalendar()


def own_calendar() -> SiteCalendar:
    """Return the acting organisation's working days: those of its first site with a calendar.

    For what belongs to no single site, such as the days to answer or the lead time of a part.
    Without any calendar Monday to Friday are worked.
    """
    own = (each for each in calendars() if each.site_id is not None and not each.dock)
    found = next(own, None)
    return _calendar(found) if found else SiteCalendar()


def spread(
    mean: Floats, *, frequency: str, first_period: date, calendar: WorkingCalendar
) -> tuple[Sequence[date], Floats]:
    """Return daily demand for a forecast of shape ``(n_series, horizon)``.

    Months and weeks become a rate per working day, so a shut-down asks for nothing; days stay
    as they are. Returns the days and a matrix of shape ``(n_series, n_days)`` [units per day].
    Raises ``ValueError`` for a negative or not finite quantity or an unknown frequency.
    """
    if frequency == "M":
        return to_daily(mean, first_month=first_period, calendar=calendar)
    if frequency == "W":
        return _weeks(mean, first_period, calendar)
    if frequency == "D":
        return [first_period + timedelta(days=day) for day in range(mean.shape[-1])], mean
    raise ValueError(f"expected a frequency M, W or D, got {frequency!r}")


def next_period(last: date, frequency: str) -> date:
    """Return the first day of the bucket after the one that starts on ``last``."""
    if frequency == "M":
        return date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return last + timedelta(days=7 if frequency == "W" else 1)


def _weeks(
    mean: Floats, first_monday: date, calendar: WorkingCalendar
) -> tuple[Sequence[date], Floats]:
    if not (np.isfinite(mean) & (mean >= 0)).all():
        raise ValueError("expected finite weekly quantities >= 0, got others")
    reference = [first_monday - timedelta(days=back) for back in range(1, REFERENCE_WEEKS * 7 + 1)]
    average = sum(map(calendar.is_working, reference)) / REFERENCE_WEEKS
    if average == 0:
        raise ValueError(f"expected working days in the year before {first_monday}, got none")
    days = [first_monday + timedelta(days=day) for day in range(7 * mean.shape[-1])]
    is_worked = np.array([calendar.is_working(day) for day in days], dtype=np.float64)
    return days, np.repeat(mean / average, 7, axis=-1) * is_worked


def _calendar(row: CalendarRow) -> SiteCalendar:
    return SiteCalendar(
        weekdays=frozenset(row.weekdays),
        holidays=frozenset(day.on for day in row.exceptions if not day.is_working),
        extra_days=frozenset(day.on for day in row.exceptions if day.is_working),
    )
