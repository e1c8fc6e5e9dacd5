"""Weekly services of a carrier as instants: cut-off, departure and arrival (TR-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from transport.rules.modes import Run

DAY_MINUTES = 1440
LONGEST_CUT_OFF = 2880
LONGEST_TRANSIT_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One departure a week; minutes of the day by the clocks of its two ends.

    ``weekday`` from 0 = Monday; ``valid_to`` is the first day on which it does not run.
    """

    weekday: int
    departs_minute: int
    cut_off_minutes: int
    transit_days: int
    arrives_minute: int
    valid_from: date
    valid_to: date | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.weekday <= 6 and 0 <= self.departs_minute < DAY_MINUTES):
            raise ValueError(
                f"expected a weekday and a minute of the day, got {self.weekday} and "
                f"{self.departs_minute}"
            )
        if not (
            0 <= self.cut_off_minutes <= LONGEST_CUT_OFF
            and 0 <= self.transit_days <= LONGEST_TRANSIT_DAYS
            and 0 <= self.arrives_minute < DAY_MINUTES
        ):
            raise ValueError("expected cut-off, transit days and arrival within their limits")

    def runs_on(self, day: date) -> bool:
        """Return whether it leaves on a day of the origin's calendar."""
        is_valid = self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
        return is_valid and day.weekday() == self.weekday


def runs(
    services: Sequence[Service],
    *,
    since: datetime,
    until: datetime,
    origin_zone: ZoneInfo,
    destination_zone: ZoneInfo,
) -> tuple[Run, ...]:
    """Return the runs that close from ``since`` on and leave by ``until``, by departure.

    A clock time that the change to summer time skips counts as the hour after it. A service that
    would arrive before it leaves, as may be across time zones, has no run.
    """
    first = (since - timedelta(days=1)).astimezone(origin_zone).date()
    last = until.astimezone(origin_zone).date()
    found: list[Run] = []
    day = first
    while day <= last:
        for each in services:
            if not each.runs_on(day):
                continue
            departs = _instant(day, each.departs_minute, origin_zone)
            arrives = _instant(
                day + timedelta(days=each.transit_days), each.arrives_minute, destination_zone
            )
            closes = departs - timedelta(minutes=each.cut_off_minutes)
            if closes >= since and departs <= until and departs < arrives:
                found.append(Run(closes, departs, arrives))
        day += timedelta(days=1)
    return tuple(sorted(found, key=lambda run: (run.departs_at, run.arrives_at)))


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    at = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    return at.astimezone(UTC)
