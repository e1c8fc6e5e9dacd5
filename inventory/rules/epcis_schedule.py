"""When a query is asked again: the schedules of EPCIS, in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

FIELDS: Final[Mapping[str, range]] = {
    "second": range(60),
    "minute": range(60),
    "hour": range(24),
    "dayOfMonth": range(1, 32),
    "month": range(1, 13),
    "dayOfWeek": range(1, 8),
}
"""The fields of a schedule and their values; the week begins on Monday, 1."""

LEAST_PAUSE: Final = timedelta(seconds=10)
HORIZON_DAYS: Final = 366 * 8  # 29 February may be eight years away

Schedule = Mapping[str, frozenset[int]]


class BadSchedule(ValueError):
    """A field of a schedule is unknown or holds no such times; ``field`` names it."""

    def __init__(self, field: str, expected: str, value: Any) -> None:
        self.field, self.expected, self.value = field, expected, value
        super().__init__(f"expected {expected} as {field}, got {value!r}")


def read_schedule(value: Any) -> Schedule:
    """Return a schedule: numbers, lists ``1,3``, ranges ``[1-5]`` or ``1-5``; absent means any.

    Raises ``BadSchedule``, also for one that never comes.
    """
    if not isinstance(value, Mapping) or not value:
        raise BadSchedule("schedule", f"an object of {', '.join(FIELDS)}", value)
    found: dict[str, frozenset[int]] = {}
    for field, text in value.items():
        if field not in FIELDS:
            raise BadSchedule(str(field), f"one of {', '.join(FIELDS)}", text)
        found[field] = _numbers(field, str(text))
    # Without a word about finer units their first value is meant: "hour 8" is eight sharp.
    for field in ("second", "minute", "hour"):
        if field in found:
            break
        found[field] = frozenset({0})
    if next_after(found, datetime(2024, 1, 1, tzinfo=UTC)) is None:
        raise BadSchedule("schedule", "times that come", dict(value))
    return found


def next_after(schedule: Schedule, at: datetime) -> datetime | None:
    """Return the first time of a schedule after ``at``; ``None`` if there is none in eight years.

    Times closer together than 10 s are skipped.
    """
    begin = (at + LEAST_PAUSE).astimezone(UTC)
    if begin.microsecond:
        begin = begin.replace(microsecond=0) + timedelta(seconds=1)
    day = begin.replace(hour=0, minute=0, second=0)
    for _day in range(HORIZON_DAYS):
        if _is_day(schedule, day):
            found = _first_in_day(schedule, max(day, begin))
            if found is not None:
                return found
        day += timedelta(days=1)
    return None


def _numbers(field: str, text: str) -> frozenset[int]:
    allowed = FIELDS[field]
    found: set[int] = set()
    for part in text.replace("[", "").replace("]", "").split(","):
        first, dash, last = part.strip().partition("-")
        ends = [first, last] if dash else [first, first]
        if part.strip() == "*":
            found |= set(allowed)
        elif all(end.isascii() and end.isdecimal() and len(end) < 3 for end in ends):
            found |= set(range(int(ends[0]), int(ends[1]) + 1)) or {-1}
        else:
            found.add(-1)
    if not found <= set(allowed):
        expected = f"numbers from {allowed[0]} to {allowed[-1]}"
        raise BadSchedule(field, expected, text)
    return frozenset(found)


def _is_day(schedule: Schedule, day: datetime) -> bool:
    return (
        day.month in schedule.get("month", FIELDS["month"])
        and day.day in schedule.get("dayOfMonth", FIELDS["dayOfMonth"])
        and day.isoweekday() in schedule.get("dayOfWeek", FIELDS["dayOfWeek"])
    )


def _first_in_day(schedule: Schedule, at: datetime) -> datetime | None:
    """Return the first time of the schedule from ``at`` on in the same day."""
    hours, minutes, seconds = (
        sorted(schedule.get(field, FIELDS[field])) for field in ("hour", "minute", "second")
    )
    for hour in hours:
        for minute in minutes:
            if (hour, minute) < (at.hour, at.minute):
                continue
            for second in seconds:
                if (hour, minute, second) >= (at.hour, at.minute, at.second):
                    return at.replace(hour=hour, minute=minute, second=second)
    return None
