"""When a vehicle-day starts, waits, pauses and ends: the least time paid, found exactly."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from transport.engine.milkrun.problem import DriverRule, Window

GRID_MIN = 1e-4
MOST_PLACEMENTS = 10
_EPSILON = 1e-9


class Leg(NamedTuple):
    """A drive and what happens at its end.

    ``before_min`` passes before it (loading), ``service_min`` after it, from the time on when one
    of ``windows`` is open.
    """

    before_min: float
    drive_min: float
    windows: tuple[Window, ...]
    service_min: float


@dataclass(frozen=True, slots=True)
class Shift:
    """When a vehicle may start and end [min], and for how long."""

    start_min: float
    end_min: float
    max_duty_min: float


class Timing(NamedTuple):
    """Start and end of a vehicle-day [min], and the legs on which a break is taken."""

    start_min: float
    end_min: float
    breaks: frozenset[int]


def fastest(legs: Sequence[Leg], shift: Shift, driver: DriverRule | None) -> Timing | None:
    """Return the timing of least duration, as early as that goes; None if there is none.

    Leaving late costs nothing where a vehicle would wait otherwise: the start moves until the
    first wait is gone or a window would be missed.
    """
    if driver is None:
        return _timing(legs, shift, frozenset(), 0.0)
    drives = [leg.drive_min for leg in legs]
    driven = sum(drives)
    if driven > driver.max_driving_min + _EPSILON:
        return None
    without = _timing(legs, shift, frozenset(), 0.0)
    if without is None or driven <= driver.break_after_min:
        return without
    least = max(without.end_min - without.start_min, _least_duty(legs) + driver.break_min)
    if least > shift.max_duty_min + GRID_MIN:
        return None
    best: Timing | None = None
    best_duty = float("inf")
    for tried, breaks in enumerate(break_sets(drives, driver, 0, 0.0), 1):
        found = _timing(legs, shift, breaks, driver.break_min)
        if found is not None and (duty := found.end_min - found.start_min) < best_duty - GRID_MIN:
            best, best_duty = found, duty
        if tried >= MOST_PLACEMENTS or best_duty <= least + GRID_MIN:
            break
    return best


def _least_duty(legs: Sequence[Leg]) -> float:
    """Return the duration without any wait or break."""
    return sum([before + drive + service for before, drive, _windows, service in legs])


def _placed(
    drives: Sequence[float], after: Sequence[float], most: float, at: tuple[int, float, int]
) -> Iterator[tuple[int, ...]]:
    """Yield where up to so many breaks go; ``at``: first leg, minutes since a break, how many."""
    leg, since, left = at
    if since + after[leg] <= most + _EPSILON:
        yield ()
        return
    if since + after[leg] > (left + 1) * (most + _EPSILON):
        return
    ends = leg
    while ends + 1 < len(drives) and since + after[leg] - after[ends + 1] <= most + _EPSILON:
        ends += 1
    for last in range(ends, leg - 1, -1):
        before = since + after[leg] - after[last]
        rest = drives[last] - min(drives[last], most - before)
        if rest <= most + _EPSILON:
            for others in _placed(drives, after, most, (last + 1, rest, left - 1)):
                yield (last, *others)


def break_sets(
    drives: Sequence[float], driver: DriverRule, leg: int, since: float
) -> Iterator[frozenset[int]]:
    """Yield the smallest sets of breaks from ``leg`` on that keep the rule, late breaks first.

    ``since`` minutes were driven since the last break before. A break on a leg splits it: as much
    of it as the rule leaves is driven before, the rest after.
    """
    after = [0.0]
    for drive in reversed(drives):
        after.append(after[-1] + drive)
    after.reverse()  # driving from that leg on
    for count in range(len(drives) + 1 - leg):
        found = False
        for legs in _placed(drives, after, driver.break_after_min, (leg, since, count)):
            found = True
            yield frozenset(legs)
        if found:
            return


def _timing(
    legs: Sequence[Leg], shift: Shift, breaks: frozenset[int], pause: float
) -> Timing | None:
    for leg in legs:
        if len(leg.windows) > 1:
            return _of_many_windows(legs, shift, breaks, pause)
    clock = shift.start_min
    waited, slack = 0.0, float("inf")
    for place, (before, drive, windows, service) in enumerate(legs):
        clock += before + drive
        if place in breaks:
            clock += pause
        opens, closes = windows[0]
        if clock < opens:
            waited += opens - clock
            clock = opens
        elif clock > closes + _EPSILON:
            return None
        room = waited + closes - clock
        if room < slack:  # noqa: PLR1730  # min() is slower
            slack = room
        clock += service
    return _checked(shift, shift.start_min + min(slack, waited), clock, breaks)


def _checked(shift: Shift, start: float, end: float, breaks: frozenset[int]) -> Timing | None:
    """Return the timing unless it ends or lasts too long; the start moves down to the grid."""
    start = max(shift.start_min, start // GRID_MIN * GRID_MIN)
    if end > shift.end_min + _EPSILON or end - start > shift.max_duty_min + GRID_MIN:
        return None
    return Timing(start, end, breaks)


def _of_many_windows(
    legs: Sequence[Leg], shift: Shift, breaks: frozenset[int], pause: float
) -> Timing | None:
    """Try every start that reaches some window just when it opens; between them nothing is won."""
    offset, starts = 0.0, {shift.start_min}
    for place, leg in enumerate(legs):
        offset += leg.before_min + leg.drive_min + (pause if place in breaks else 0.0)
        starts.update(opens - offset for opens, _closes in leg.windows)
        offset += leg.service_min
    best: Timing | None = None
    for start in sorted(starts):
        if start < shift.start_min:
            continue
        end = end_of(legs, start, breaks, pause)
        found = None if end is None else _checked(shift, start, end, breaks)
        if found is not None and (
            best is None
            or found.end_min - found.start_min < best.end_min - best.start_min - GRID_MIN
        ):
            best = found
    return best


def end_of(legs: Sequence[Leg], start: float, breaks: frozenset[int], pause: float) -> float | None:
    """Return when a vehicle that starts then is done; None where it misses a last window."""
    clock = start
    for place, leg in enumerate(legs):
        clock += leg.before_min + leg.drive_min + (pause if place in breaks else 0.0)
        for opens, closes in leg.windows:
            if clock <= closes + _EPSILON:
                clock = max(clock, opens)
                break
        else:
            return None
        clock += leg.service_min
    return clock
