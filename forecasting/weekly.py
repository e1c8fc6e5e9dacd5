"""Weeks and the figures that stand for them: one place per Monday, None where nothing is known."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from forecasting.week_figures import WEEK, monday_of

Quantities = list[Decimal | None]

__all__ = ["WEEK", "Quantities", "aligned", "monday_of", "week_number", "weeks_from"]


def weeks_from(first: date, count: int) -> list[date]:
    """Return ``count`` Mondays from ``first`` on."""
    return [first + WEEK * place for place in range(count)]


def week_number(first: date, week: date) -> int:
    """Return the place of ``week`` counted from ``first``; negative before it."""
    return (week - first).days // 7


def aligned(
    first_week: date, quantities: Sequence[Decimal | None] | None, weeks: Sequence[date]
) -> Quantities:
    """Return stored figures for other weeks, None outside and where there are none at all."""
    if quantities is None:
        return [None] * len(weeks)
    places = [week_number(first_week, week) for week in weeks]
    return [quantities[place] if 0 <= place < len(quantities) else None for place in places]
