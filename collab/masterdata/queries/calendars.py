"""On which days somebody works."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from django.db.models import Q

from collab.masterdata.models import CalendarException, WorkingCalendar
from collab.masterdata.models.calendars import WEEKDAYS


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """A day that differs from the week."""

    on: date
    name: str
    is_working: bool


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A working week (ISO weekdays, 1 = Monday) and the days that differ from it."""

    id: UUID
    name: str
    site_id: UUID | None
    site_code: str
    dock: str
    partner_id: int | None
    partner_bpn: str
    partner_name: str
    weekdays: tuple[int, ...]
    opens_at: time | None
    closes_at: time | None
    exceptions: tuple[ExceptionRow, ...]
    version: int

    def is_working(self, day: date) -> bool:
        """Say whether the day is worked."""
        for exception in self.exceptions:
            if exception.on == day:
                return exception.is_working
        return day.isoweekday() in self.weekdays


def calendars() -> list[CalendarRow]:
    """Return all calendars by name, with all their exceptions; two queries."""
    return calendar_rows(WorkingCalendar.objects.select_related("site", "partner").order_by("name"))


def calendar_of(place: UUID, *, dock: str = "") -> CalendarRow | None:
    """Return the calendar with that key, or the one of the site: its dock's before its own."""
    rows = WorkingCalendar.objects.select_related("site", "partner").filter(
        Q(pk=place) | Q(site_id=place, dock__in=["", dock])
    )
    found = calendar_rows(rows.order_by("-dock")[:1])
    return found[0] if found else None


def working_days(place: UUID | None, first: date, days: int) -> list[date]:
    """Return the worked ones of the ``days`` days from ``first`` on.

    ``place`` is the key of a calendar or a site; without a calendar Monday to Friday are worked.
    """
    asked = [first + timedelta(days=offset) for offset in range(days)]
    calendar = None if place is None else calendar_of(place)
    if calendar is None:
        return [day for day in asked if day.isoweekday() in WEEKDAYS]
    different = {exception.on: exception.is_working for exception in calendar.exceptions}
    return [day for day in asked if different.get(day, day.isoweekday() in calendar.weekdays)]


def calendar_rows(found: Iterable[WorkingCalendar]) -> list[CalendarRow]:
    """Return the plain rows of calendars with all their exceptions; one query for these."""
    wanted = list(found)
    exceptions: dict[UUID, list[ExceptionRow]] = {calendar.id: [] for calendar in wanted}
    days = CalendarException.objects.filter(calendar_id__in=list(exceptions))
    for day in days.order_by("on"):
        exceptions[day.calendar_id].append(ExceptionRow(day.on, day.name, day.is_working))
    return [
        CalendarRow(
            calendar.id,
            calendar.name,
            calendar.site_id,
            "" if calendar.site is None else calendar.site.code,
            calendar.dock,
            calendar.partner_id,
            "" if calendar.partner is None else calendar.partner.bpn,
            "" if calendar.partner is None else calendar.partner.name,
            tuple(sorted(calendar.weekdays)),
            calendar.opens_at,
            calendar.closes_at,
            tuple(exceptions[calendar.id]),
            calendar.version,
        )
        for calendar in wanted
    ]
