"""When a measured value has been outside its limits for too long (IN-14).

A run of readings on one side begins with the first reading there and ends with the first reading
elsewhere: back inside, or beyond the other limit. A run is a breach from its first reading that is
at least ``duration`` later than its beginning. What the state is depends on the readings alone and
not on the order they came in: a late one is folded in from the last reading inside before it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID


class Side(StrEnum):
    """Where a value is, seen from its limits."""

    INSIDE = ""
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Limit:
    """The lowest and the highest value allowed; ``None`` for no limit on that side."""

    least: float | None
    most: float | None
    duration: timedelta = timedelta(0)

    def side_of(self, value: float) -> Side:
        """Return where a value is; the limits themselves are inside, what is no number is too."""
        if self.least is not None and value < self.least:
            return Side.LOW
        if self.most is not None and value > self.most:
            return Side.HIGH
        return Side.INSIDE


@dataclass(frozen=True, slots=True, order=True)
class Measured:
    """One value at one instant."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Standing:
    """How a metric stands: on which side it is since when, and whether that is a breach."""

    side: Side = Side.INSIDE
    since: datetime | None = None
    is_breached: bool = False


@dataclass(frozen=True, slots=True)
class Breach:
    """A run that lasted too long; ``ended_at`` is ``None`` while it lasts."""

    side: Side
    began_at: datetime
    breached_at: datetime
    worst: float
    ended_at: datetime | None = None


@dataclass(slots=True)
class Folded:
    """What readings come to: the standing after the last one, and the breaches that ended."""

    standing: Standing
    ended: list[Breach] = field(default_factory=list)


INSIDE: Final = Standing()


def advance(standing: Standing, limit: Limit, measured: Measured) -> Standing:
    """Return the standing after one more reading, which is not older than those before."""
    side = limit.side_of(measured.value)
    if side is Side.INSIDE or math.isnan(measured.value):
        return INSIDE
    since = standing.since if side is standing.side and standing.since else measured.at
    return Standing(side, since, measured.at - since >= limit.duration)


def fold(limit: Limit, readings: Iterable[Measured], start: Standing = INSIDE) -> Folded:
    """Fold readings, oldest first, onto a standing; a breach that was open at its start is told."""
    found = Folded(start)
    breached_at: datetime | None = start.since if start.is_breached else None
    worst = 0.0
    for each in readings:
        before, after = found.standing, advance(found.standing, limit, each)
        same = before.side is after.side and before.since == after.since
        if before.is_breached and not same and before.since and breached_at:
            found.ended.append(Breach(before.side, before.since, breached_at, worst, each.at))
        if not same:
            worst, breached_at = each.value, None
        worst = (min if after.side is Side.LOW else max)(worst, each.value)
        if after.is_breached and breached_at is None:
            breached_at = each.at
        found.standing = after
    return found


@dataclass(frozen=True, slots=True)
class Scope:
    """For what a limit holds; empty means any."""

    metric: str
    unit: str = ""
    thing: str = ""
    part_id: UUID | None = None
    device_kind: str = ""

    def covers(self, other: "Scope") -> bool:
        """Say whether a limit of this scope holds for a metric of one device on one unit."""
        return (
            self.metric == other.metric
            and (not self.unit or not other.unit or self.unit == other.unit)
            and (not self.thing or self.thing == other.thing)
            and (self.part_id is None or self.part_id == other.part_id)
            and (not self.device_kind or self.device_kind == other.device_kind)
        )

    @property
    def weight(self) -> int:
        """How specific it is: a unit before a part before a kind of device."""
        return 4 * bool(self.thing) + 2 * (self.part_id is not None) + bool(self.device_kind)


def most_specific(scopes: Sequence[Scope], measured: Scope) -> int | None:
    """Return the place of the scope that counts for a metric; ``None`` if none covers it."""
    covering = [place for place, scope in enumerate(scopes) if scope.covers(measured)]
    return max(covering, key=lambda place: scopes[place].weight, default=None)
