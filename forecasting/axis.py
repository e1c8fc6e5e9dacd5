"""Figures laid on one axis of Mondays: signed ones too; what is missing is None, never zero."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from forecasting.week_figures import WEEK, monday_of

__all__ = [
    "WEEK",
    "Quantities",
    "aligned",
    "by_week",
    "iso_week",
    "monday_of",
    "on_axis",
    "week_number",
    "weeks_from",
]

Quantities = list[Decimal | None]


def weeks_from(first: date, count: int) -> list[date]:
    """Return ``count`` Mondays from ``first`` on."""
    return [first + WEEK * number for number in range(count)]


def week_number(first: date, monday: date) -> int:
    """Return the place of ``monday`` on an axis that begins with ``first``; negative before it."""
    return (monday - first).days // 7


def aligned(
    first: date, quantities: Sequence[Decimal | None] | None, weeks: Sequence[date]
) -> Quantities:
    """Return the figures of ``quantities`` (one per week from ``first`` on) for ``weeks``."""
    if quantities is None:
        return [None] * len(weeks)
    places = (week_number(first, week) for week in weeks)
    return [quantities[each] if 0 <= each < len(quantities) else None for each in places]


def by_week(first: date, quantities: Sequence[Decimal | None]) -> dict[date, Decimal]:
    """Return the known figures by Monday."""
    return {
        first + WEEK * number: quantity
        for number, quantity in enumerate(quantities)
        if quantity is not None
    }


def on_axis(figures: Mapping[date, Decimal], weeks: Iterable[date]) -> Quantities:
    """Return the figures of ``weeks``, None where there is none."""
    return [figures.get(week) for week in weeks]


def iso_week(monday: date) -> str:
    """Return the week as people write it: ``2026-W48``."""
    year, week, _day = monday.isocalendar()
    return f"{year}-W{week:02}"
