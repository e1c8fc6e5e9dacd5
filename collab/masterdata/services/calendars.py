"""Working weeks of sites, docks and carriers, and the days that differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import transaction

from collab.events.bus import publish
from collab.masterdata.events import CalendarChanged
from collab.masterdata.models import CalendarException, WorkingCalendar
from collab.masterdata.refusals import Refused, clean_text, locked, refusing

FIELDS = ("name", "site", "dock", "partner", "weekdays", "opens_at", "closes_at")
REASONS = {
    "masterdata_calendar_name": ("name", "a name no other calendar has"),
    "masterdata_calendar_of_site": ("site", "a site or dock without a calendar"),
    "masterdata_calendar_of_partner": ("partner", "a partner without a calendar"),
    "masterdata_calendar_one_place": ("partner", "a site or a partner, not both"),
    "masterdata_calendar_dock_site": ("site", "the site of the dock"),
    "masterdata_calendar_opening": ("closes_at", "a time after opens_at, or neither"),
}


@dataclass(frozen=True, slots=True)
class DayOff:
    """A day that differs from the week: not worked, or worked although the week says no."""

    on: date
    name: str
    is_working: bool = False


@transaction.atomic
def create_calendar(
    *, name: str, exceptions: Iterable[DayOff] = (), **more: Any
) -> WorkingCalendar:
    """Create a calendar with its holidays; fields as in ``FIELDS``."""
    calendar = WorkingCalendar()
    _fill(calendar, {"name": name, **more})
    _save(calendar)
    _write_exceptions(calendar, list(exceptions))
    _tell(calendar, "created")
    return calendar


@transaction.atomic
def update_calendar(
    calendar_id: UUID, *, version: int | None = None, **changes: Any
) -> WorkingCalendar:
    """Change fields of ``FIELDS``."""
    calendar = locked(WorkingCalendar, calendar_id, version)
    before = {name: getattr(calendar, name) for name in FIELDS}
    _fill(calendar, changes)
    if any(getattr(calendar, name) != value for name, value in before.items()):
        calendar.version += 1
        _save(calendar)
        _tell(calendar, "updated")
    return calendar


@transaction.atomic
def set_exceptions(
    calendar_id: UUID, exceptions: Iterable[DayOff], *, version: int | None = None
) -> WorkingCalendar:
    """Replace all days that differ; the same list twice changes nothing."""
    calendar = locked(WorkingCalendar, calendar_id, version)
    wanted = sorted(exceptions, key=lambda day: day.on)
    found = CalendarException.objects.filter(calendar=calendar).order_by("on")
    if [DayOff(day.on, day.name, day.is_working) for day in found] == wanted:
        return calendar
    found.delete()
    _write_exceptions(calendar, wanted)
    calendar.version += 1
    calendar.save(update_fields=["version"])
    _tell(calendar, "updated")
    return calendar


@transaction.atomic
def remove_calendar(calendar_id: UUID, *, version: int | None = None) -> None:
    """Delete a calendar; its place works Monday to Friday from then on."""
    calendar = locked(WorkingCalendar, calendar_id, version)
    _tell(calendar, "removed")
    CalendarException.objects.filter(calendar=calendar).delete()
    calendar.delete()


def _write_exceptions(calendar: WorkingCalendar, days: list[DayOff]) -> None:
    seen: set[date] = set()
    for day in days:
        if day.on in seen:
            raise Refused("exceptions", "each day once", day.on)
        seen.add(day.on)
        CalendarException(
            calendar=calendar,
            on=day.on,
            name=clean_text("exceptions", day.name, 80),
            is_working=day.is_working,
        ).save()


def _fill(calendar: WorkingCalendar, values: dict[str, Any]) -> None:
    if unknown := sorted(set(values) - set(FIELDS)):
        raise TypeError(f"expected fields among {FIELDS}, got {unknown}")
    if "name" in values:
        calendar.name = clean_text("name", values["name"], 80)
    if "dock" in values:
        calendar.dock = clean_text("dock", values["dock"] or "", 20, required=False)
    if "weekdays" in values:
        weekdays = sorted(set(values["weekdays"]))
        if not weekdays or not set(weekdays) <= set(range(1, 8)):
            raise Refused("weekdays", "ISO weekdays from 1 (Monday) to 7", values["weekdays"])
        calendar.weekdays = weekdays
    for name in ("site", "partner", "opens_at", "closes_at"):
        if name in values:
            setattr(calendar, name, values[name])


def _save(calendar: WorkingCalendar) -> None:
    with refusing(REASONS, {name: getattr(calendar, name) for name in FIELDS}):
        calendar.save()


def _tell(calendar: WorkingCalendar, change: str) -> None:
    publish(CalendarChanged(calendar_id=str(calendar.pk), change=change))
