"""Monthly forecasts spread over the days that are worked."""

from datetime import date, timedelta

import numpy as np
import pytest

from forecasting.engine.working_days import WorkingCalendar, to_daily

WEEKDAYS = WorkingCalendar()


def test_a_rate_per_working_day() -> None:
    # November 2025 to October 2026 has 260 weekdays, 21.67 a month
    days, daily = to_daily(np.array([[650 / 3]]), first_month=date(2026, 11, 9), calendar=WEEKDAYS)
    assert (days[0], days[-1]) == (date(2026, 11, 1), date(2026, 11, 30))
    assert daily.shape == (1, 30)
    assert daily[0, 0] == 0  # 1 November 2026 is a Sunday
    assert daily[0, 1] == pytest.approx(10)
    assert daily.sum() == pytest.approx(210)  # 21 weekdays


def test_a_shut_down_asks_for_nothing() -> None:
    august = frozenset(date(2026, 8, 1) + timedelta(days=day) for day in range(31))
    calendar = WorkingCalendar(holidays=august)
    days, daily = to_daily(np.array([50.0, 50.0]), first_month=date(2026, 7, 1), calendar=calendar)
    in_august = np.array([day.month == 8 for day in days])
    assert daily[in_august].sum() == 0
    assert daily[~in_august].sum() > 50  # July has more working days than most months


def test_every_day_worked_gets_the_same_rate() -> None:
    calendar = WorkingCalendar(weekdays=frozenset({1, 2, 3, 4, 5, 6}))
    days, daily = to_daily(np.full(12, 26.0), first_month=date(2026, 1, 1), calendar=calendar)
    worked = np.array([calendar.is_working(day) for day in days])
    assert len(set(daily[worked].round(9))) == 1
    assert daily[~worked].sum() == 0


def test_refuses_what_cannot_be_spread() -> None:
    with pytest.raises(ValueError, match="expected finite monthly quantities >= 0"):
        to_daily(np.array([-1.0]), first_month=date(2026, 1, 1), calendar=WEEKDAYS)
    with pytest.raises(ValueError, match="expected working days in the year before 2026-01-01"):
        to_daily(
            np.array([1.0]),
            first_month=date(2026, 1, 1),
            calendar=WorkingCalendar(weekdays=frozenset()),
        )
    with pytest.raises(ValueError, match="expected ISO weekdays 1 to 7"):
        WorkingCalendar(weekdays=frozenset({0}))
