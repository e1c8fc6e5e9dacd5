"""From the reads of an RFID reader to passages: what went by, when, and in which direction.

A tag in the field of an antenna is read many times, also through walls and by chance. It counts as
there once it was read ``least_reads`` times within ``window`` with at least ``least_rssi_dbm``; a
passage ends when it was not read for a window. Antennas of one gate stand in order from outside to
inside, so the order in which they saw the tag tells whether it came or went.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Way(StrEnum):
    """Which way a tag went through a gate."""

    IN = "in"
    OUT = "out"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Read:
    """One read of a tag: at which antenna, when, how strong [dBm], how often it stands for."""

    tag: str
    antenna: int
    read_at: datetime
    rssi_dbm: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class Antenna:
    """How an antenna judges its reads; ``order`` counts from outside to inside of the gate."""

    number: int
    order: int
    least_rssi_dbm: float
    least_reads: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Passage:
    """A tag went by: from the first to the last read, ``antenna`` the last one that saw it."""

    tag: str
    began_at: datetime
    ended_at: datetime
    antenna: int
    way: Way
    reads: int


def passages(reads: Iterable[Read], antennas: Mapping[int, Antenna]) -> list[Passage]:
    """Return the passages among ``reads``, by their first read; reads of others are left out.

    The order of ``reads`` does not matter, and a read that came twice counts once.
    """
    by_tag: dict[str, list[Read]] = defaultdict(list)
    for read in set(reads):
        antenna = antennas.get(read.antenna)
        if antenna is not None and read.rssi_dbm >= antenna.least_rssi_dbm:
            by_tag[read.tag].append(read)
    found = [
        passage
        for heard in by_tag.values()
        for stay in _stays(sorted(heard, key=_when), antennas)
        if (passage := _passage(stay, antennas)) is not None
    ]
    return sorted(found, key=lambda each: (each.began_at, each.tag))


def _when(read: Read) -> tuple[datetime, int, float, int]:
    return read.read_at, read.antenna, read.rssi_dbm, read.count


def _stays(heard: Sequence[Read], antennas: Mapping[int, Antenna]) -> Iterable[list[Read]]:
    """Yield reads of one tag that follow each other within the longest window of the gate."""
    window = max(antenna.window for antenna in antennas.values())
    stay: list[Read] = []
    for read in heard:
        if stay and read.read_at - stay[-1].read_at > window:
            yield stay
            stay = []
        stay.append(read)
    if stay:
        yield stay


def _passage(stay: Sequence[Read], antennas: Mapping[int, Antenna]) -> Passage | None:
    """Return the passage of one stay, ``None`` where no antenna is sure of the tag."""
    sure: list[tuple[datetime, int]] = []
    for number, antenna in antennas.items():
        mine = [read for read in stay if read.antenna == number]
        at = _sure_at(mine, antenna)
        if at is not None:
            sure.append((at, number))
    if not sure:
        return None
    first, last = min(sure), max(sure)
    steps = antennas[last[1]].order - antennas[first[1]].order
    return Passage(
        tag=stay[0].tag,
        began_at=stay[0].read_at,
        ended_at=stay[-1].read_at,
        antenna=last[1],
        way=Way.IN if steps > 0 else Way.OUT if steps < 0 else Way.NONE,
        reads=sum(read.count for read in stay),
    )


def _sure_at(mine: Sequence[Read], antenna: Antenna) -> datetime | None:
    """Return when an antenna had read the tag often enough within its window, if ever."""
    start, count = 0, 0
    for read in mine:
        count += read.count
        while read.read_at - mine[start].read_at > antenna.window:
            count -= mine[start].count
            start += 1
        if count >= antenna.least_reads:
            return read.read_at
    return None
