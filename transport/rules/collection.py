"""When goods have to be collected so that they are there in time (TR-01)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
FARTHEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """When a place handles goods: local hours on the days that ``is_working`` names."""

    opens: time
    closes: time
    timezone: str
    is_working: Callable[[date], bool]

    def window(self, day: date) -> tuple[datetime, datetime]:
        """Return opening and closing of a day as instants."""
        zone = ZoneInfo(self.timezone)
        return (
            datetime.combine(day, self.opens, zone),
            datetime.combine(day, self.closes, zone),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Windows of a pick-up and its delivery; ``day`` is the day the pick-up should be on.

    ``is_urgent``: that day is over, so the pick-up is on the first possible one instead.
    """

    day: date
    pickup: tuple[datetime, datetime]
    delivery: tuple[datetime, datetime]
    is_urgent: bool


class NeverOpen(ValueError):
    """A place works on no day within two months."""


def collection(
    due: date,
    *,
    origin: Opening,
    destination: Opening,
    travel: timedelta,
    handling: timedelta,
    now: datetime,
) -> Collection:
    """Return the latest day on which goods can leave and still arrive on the day ``due``.

    The delivery is on ``due`` or the last worked day before it. The pick-up is on the last worked
    day from which ``travel`` (breaks and rests included) and ``handling`` (loading at one end) fit
    before the destination closes; its window ends when loading must begin at the latest. Is
    that over, both move on: the pick-up to the first day that is still open, the delivery as soon
    as the truck can be there.

    Raises ``NeverOpen`` if a place does not work within 60 days.
    """
    last = _working(due, destination, -1)
    opens, closes = destination.window(last)
    latest = closes - travel - handling
    day = latest.astimezone(ZoneInfo(origin.timezone)).date()
    if origin.window(day)[0] + handling > latest:
        day -= DAY
    day = _working(day, origin, -1)
    first, end = origin.window(day)
    end = min(end, latest)
    if end > now:
        return Collection(day=day, pickup=(first, end), delivery=(opens, closes), is_urgent=False)
    start = _working(now.astimezone(ZoneInfo(origin.timezone)).date(), origin, 1)
    if origin.window(start)[1] <= now + handling:
        start = _working(start + DAY, origin, 1)
    first, end = origin.window(start)
    there = max(first, now) + handling + travel
    arrives = _working(there.astimezone(ZoneInfo(destination.timezone)).date(), destination, 1)
    if destination.window(arrives)[1] < there:
        arrives = _working(arrives + DAY, destination, 1)
    return Collection(
        day=day, pickup=(first, end), delivery=destination.window(arrives), is_urgent=True
    )


def _working(day: date, place: Opening, step: int) -> date:
    for offset in range(FARTHEST):
        tried = day + step * offset * DAY
        if place.is_working(tried):
            return tried
    raise NeverOpen(f"expected a worked day within {FARTHEST} days of {day}, got none")
