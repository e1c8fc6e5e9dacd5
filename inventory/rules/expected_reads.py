"""What is wrong about a unit on its way: read where nobody expected it, or not where it should be.

A unit goes over places in their order, each with the time it should be read by. Being read at a
place says that it passed all before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Gap(StrEnum):
    """Why a unit needs somebody's eyes, worst first."""

    LEFT_UNREAD = "left_unread"
    UNEXPECTED = "unexpected"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class WayPlace:
    """A place on the way: when the unit should have been read, and when its vehicle left it.

    ``is_read_there`` is false where nobody reads units: there nothing is missing.
    """

    code: str
    due_at: datetime
    left_at: datetime | None = None
    is_read_there: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """That the unit was read at a place."""

    code: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where and since when."""

    gap: Gap
    code: str
    since: datetime


def judge(
    way: Sequence[WayPlace], readings: Sequence[Reading], *, as_of: datetime, grace: timedelta
) -> Finding | None:
    """Return what is wrong about a unit at ``as_of``, ``None`` where nothing is.

    Unexpected: the newest reading is at a place that is not on the way. Left unread: its vehicle
    has left a place where it was not read, nor at any later one. Overdue: it should have been read
    at its next place more than ``grace`` ago.
    """
    places = {place.code: number for number, place in enumerate(way)}
    known = [each for each in readings if each.read_at <= as_of]
    passed = max((places[each.code] for each in known if each.code in places), default=-1)
    ahead = [place for place in way[passed + 1 :] if place.is_read_there]
    for place in ahead:
        if place.left_at is not None and place.left_at <= as_of:
            return Finding(Gap.LEFT_UNREAD, place.code, place.left_at)
    newest = max(known, key=lambda each: each.read_at, default=None)
    if newest is not None and newest.code not in places:
        return Finding(Gap.UNEXPECTED, newest.code, newest.read_at)
    if ahead and ahead[0].due_at + grace < as_of:
        return Finding(Gap.OVERDUE, ahead[0].code, ahead[0].due_at)
    return None
