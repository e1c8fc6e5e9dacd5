"""What publishing a plan changes for partners, and how long they have to know before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from transport.services.opening import opening_of
from transport.services.places import Place

NOTICE_DAYS = 5
"""Working days between the publication of a changed stop and its first day (TR-03)."""
TOLERANCE_MIN = 30
FARTHEST = 60
Told = Mapping[tuple[str, int], int]


@dataclass(frozen=True, slots=True)
class StopChange:
    """A supplier's stop on a weekday before and after, in minutes of the plant's day.

    ``before`` None: new; ``after`` None: given up.
    """

    supplier: str
    day: int
    before: int | None
    after: int | None

    @property
    def kind(self) -> str:
        """One of new, gone, moved."""
        if self.before is None:
            return "new"
        return "gone" if self.after is None else "moved"


def changes_between(before: Told, after: Told) -> list[StopChange]:
    """Return the stops that are new, given up or moved by more than half an hour."""
    found = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old is None or new is None or abs(old - new) > TOLERANCE_MIN:
            found.append(StopChange(*key, old, new))
    return found


def first_day_after_notice(plant: Place, today: date, days: int = NOTICE_DAYS) -> date:
    """Return the first day with ``days`` full working days of the plant before it from tomorrow."""
    opening, day, left = opening_of(plant), today, days
    for _turn in range(FARTHEST):
        day += timedelta(days=1)
        if left == 0:
            return day
        left -= opening.is_working(day)
    return day
