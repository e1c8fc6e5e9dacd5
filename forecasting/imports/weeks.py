"""A column per week, moving on with the calendar: the form in which plans stand in Excel."""

from collections.abc import Iterator
from datetime import UTC, date, timedelta
from typing import Any

from django.utils import timezone

from collab.integration.imports import NUMBER, ImportColumn, Values
from forecasting.axis import iso_week, monday_of, weeks_from

PAST, AHEAD = 2, 54


class WeekColumns(tuple[ImportColumn, ...]):
    """Fixed columns, followed by those of the weeks around today whenever they are asked for."""

    __slots__ = ()

    def __iter__(self) -> Iterator[ImportColumn]:
        """Yield the fixed columns, then a column per week."""
        yield from tuple.__iter__(self)
        for week in weeks_on_offer():
            yield week_column(week)


def weeks_on_offer() -> list[date]:
    """Return the weeks that a file may speak of: from two weeks ago on, the same for everybody."""
    first = monday_of(timezone.localdate(timezone=UTC)) - timedelta(weeks=PAST)
    return weeks_from(first, PAST + AHEAD)


def week_column(week: date) -> ImportColumn:
    """Return the column of a week: ``2026-W48``, also called by its Monday."""
    name = iso_week(week)
    year, _, number = name.partition("-W")
    called = (week.isoformat(), f"{week:%d.%m.%Y}", f"W{number}/{year}", f"KW{number}/{year}")
    return ImportColumn(name, name, form=NUMBER, also_called=called)


def figures_of(values: Values) -> dict[date, Any]:
    """Return the weeks that a row fills, by Monday; an empty cell says nothing."""
    found = {}
    for week in weeks_on_offer():
        quantity = values.get(iso_week(week))
        if quantity is not None:
            found[week] = quantity
    return found
