"""Plays happenings at a pace, hands reports to a sender, and says what each day brought."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from collab.demo.simulator.happenings import (
    Consumed,
    DemandChanged,
    Happening,
    ReportMissed,
    ScenarioTurned,
    Shipped,
    StockCounted,
)

if TYPE_CHECKING:
    from collab.demo.simulator.senders import Sender

HOURS_PER_DAY = 24
MOVED = "positions"


@dataclass(slots=True)
class Pace:
    """Simulated hours on the real clock: ``speed`` > 0 simulated seconds in each real one."""

    speed: float
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _began: float | None = None

    def wait_for(self, at_hours: float) -> float:
        """Sleep until the hour has come; return by how much it is past already [real s]."""
        if self._began is None:
            self._began = self.now()
        due = self._began + at_hours * 3600 / self.speed
        if (left := due - self.now()) > 0:
            self.sleep(left)
            return 0.0
        return -left


@dataclass(slots=True)
class Player:
    """Hands what happens to ``sender`` at ``pace``; ``say`` gets a line for each simulated day."""

    sender: "Sender"
    pace: Pace
    say: Callable[[str], None]
    _tally: Counter[str] = field(default_factory=Counter)
    _refusals: list[str] = field(default_factory=list)
    _day: int = 0
    _behind_s: float = 0.0

    def play(self, happenings: Iterable[Happening]) -> None:
        """Play all of them; each instant goes out whole before the next one."""
        for at_hours, instant in groupby(happenings, key=attrgetter("at_hours")):
            if (day := int(at_hours // HOURS_PER_DAY)) != self._day:
                self.end_day()
                self._day = day
            self._behind_s = self.pace.wait_for(at_hours)
            self._send(list(instant))
            if moved := self.sender.drive():
                self._tally[MOVED] += moved
        self.end_day()

    def end_day(self) -> None:
        """Say what the running day brought; nothing if nothing happened since the last line."""
        if self._tally:
            self.say(self._line())
        if self._refusals:
            self.say(f"  {len(self._refusals)} reports refused, first: {self._refusals[0]}")
        self._tally.clear()
        self._refusals.clear()

    def _send(self, instant: list[Happening]) -> None:
        counts: dict[str, list[StockCounted]] = defaultdict(list)
        changes: dict[str, list[DemandChanged]] = defaultdict(list)
        for each in instant:
            self._note(each)
            if isinstance(each, StockCounted):
                counts[each.holder].append(each)
            elif isinstance(each, DemandChanged):
                changes[each.customer].append(each)
            elif isinstance(each, ScenarioTurned):
                turn = "begins" if each.begins else "ends"
                self.say(f"  {each.name} {turn}: {', '.join(each.companies)}")
        for own in counts.values():
            self._tally["holders"] += 1
            self._tally["late"] += own[0].late_hours > 0
            self._refusals += self.sender.report(own)
        for schedules in changes.values():
            if not self.sender.change_demand(schedules):
                self._tally["unsent"] += len(schedules)

    def _note(self, each: Happening) -> None:
        self._tally[each.kind] += 1
        if isinstance(each, Consumed) and each.missing:
            self._tally["short"] += 1

    def _line(self) -> str:
        tally = self._tally
        words = [
            f"{tally['holders']} companies reported {tally[StockCounted.kind]} stocks"
            f" ({tally['late']} late, {tally[ReportMissed.kind]} missed)",
            f"{tally[Shipped.kind]} loads shipped",
            f"{tally[DemandChanged.kind]} schedules changed"
            + (f" ({tally['unsent']} kept inside)" if tally["unsent"] else ""),
            f"{tally['short']} parts short at a line",
            f"{tally[MOVED]} positions of trucks",
        ]
        if self._behind_s >= 1:
            words.append(f"{self._behind_s:.0f} s behind the pace")
        return f"Day {self._day + 1}: {', '.join(words)}."
