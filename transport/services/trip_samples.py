"""A finished trip as samples, and samples as the compact JSON that is stored (TR-13).

Nothing here reads or writes tables. No position is kept: kilometres, minutes and clock times.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from transport.models import DrivenTrip, Stop
from transport.rules.driven import (
    Stretch,
    break_samples,
    drive_samples,
    driven_minutes,
    stretches,
    unseen_share,
)
from transport.rules.eta_fit import BreakSample, DriveSample, DwellSample, Observation
from transport.rules.eta_model import Ahead, EtaModel, Remaining
from transport.rules.tracking import Ping
from transport.services.arrivals import left_to, planned_dwell, ways_ahead, winding_to, zone_of

LEAST_PINGS = 4
MOST_UNSEEN = 0.25
MOST_OBSERVATIONS = 40
LONGEST_DWELL_MIN = 720.0  # a trailer left overnight is no handling


@dataclass(frozen=True, slots=True)
class Samples:
    """What one trip teaches, as ``transport.rules.eta_check.PastTrip`` wants it."""

    arrived_at: datetime
    drives: tuple[DriveSample, ...]
    dwells: tuple[DwellSample, ...]
    short_breaks: tuple[BreakSample, ...]
    long_breaks: tuple[float, ...]
    observations: tuple[Observation, ...]


def samples_of(stops: Sequence[Stop], pings: Sequence[Ping], model: EtaModel) -> Samples | None:
    """Return the samples of a trip whose ``stops`` (by sequence) are all reached.

    ``None`` where too little was seen: fewer than four positions, or a quarter of the time dark.
    """
    arrived_at = stops[-1].arrived_at
    if arrived_at is None:
        return None
    seen = [each for each in pings if each.at <= arrived_at]
    found = stretches(seen)
    if len(seen) < LEAST_PINGS or unseen_share(found) > MOST_UNSEEN:
        return None
    short, long = break_samples(found, at_stops=[_is_at_stop(each, stops) for each in found])
    return Samples(
        arrived_at=arrived_at,
        drives=_drives(found, stops),
        dwells=_dwells(stops),
        short_breaks=short,
        long_breaks=long,
        observations=_observations(stops, seen, found, model),
    )


def _drives(found: Sequence[Stretch], stops: Sequence[Stop]) -> tuple[DriveSample, ...]:
    samples: list[DriveSample] = []
    for before, stop in zip([None, *stops[:-1]], stops, strict=True):
        begins = before.departed_at if before is not None else None
        if before is not None and begins is None:  # passed unseen: nobody knows from where
            continue
        own = [
            each
            for each in found
            if (begins is None or each.begins.at >= begins)
            and stop.arrived_at is not None
            and each.ends.at <= stop.arrived_at
        ]
        zone = zone_of(stop.place)
        samples += drive_samples(
            own,
            hours=[each.begins.at.astimezone(zone).hour for each in own],
            left_km=[left_to(each.ends, stop, before) for each in own],
            winding=winding_to(stop, before),
        )
    return tuple(samples)


def _dwells(stops: Sequence[Stop]) -> tuple[DwellSample, ...]:
    found = []
    for stop in stops[:-1]:
        if stop.arrived_at is None or stop.departed_at is None:
            continue
        minutes = (stop.departed_at - stop.arrived_at) / timedelta(minutes=1)
        if planned_dwell(stop) > 0 and 0 < minutes <= LONGEST_DWELL_MIN:
            found.append(DwellSample(planned_dwell(stop), minutes))
    return tuple(found)


def _is_at_stop(each: Stretch, stops: Sequence[Stop]) -> bool:
    return any(
        stop.arrived_at is not None
        and stop.arrived_at <= each.ends.at
        and (stop.departed_at is None or each.begins.at <= stop.departed_at)
        for stop in stops
    )


def _observations(
    stops: Sequence[Stop], seen: Sequence[Ping], found: Sequence[Stretch], model: EtaModel
) -> tuple[Observation, ...]:
    """Return what lay ahead at positions evenly apart: only what was known then counts."""
    arrived_at = stops[-1].arrived_at
    step = max(1, -(-len(seen) // MOST_OBSERVATIONS))
    observed = []
    for place in range(0, len(seen) - 1, step):
        at = seen[place].at
        ways = ways_ahead([_as_at(each, at) for each in stops], seen[: place + 1], model)
        if ways and arrived_at is not None and at < arrived_at:
            minutes = driven_minutes(found, after=at)
            observed.append(Observation(ways[-1].remaining, minutes, arrived_at))
    return tuple(observed)


def _as_at(stop: Stop, at: datetime) -> Stop:
    """Return the stop as it stood at an instant."""
    then = copy(stop)
    if then.arrived_at is not None and then.arrived_at > at:
        then.arrived_at = None
    if then.departed_at is not None and then.departed_at > at:
        then.departed_at = None
    return then


def as_json(samples: Samples) -> dict[str, Any]:
    """Return samples as lists of numbers; ``from_row`` reads them."""
    return {
        "drives": [
            [each.hour, round(each.km, 2), round(each.minutes, 2), int(each.is_near)]
            for each in samples.drives
        ],
        "dwells": [[round(d.planned_min, 2), round(d.minutes, 2)] for d in samples.dwells],
        "short": [[round(b.driven_min, 1), round(b.minutes, 1)] for b in samples.short_breaks],
        "long": [round(minutes, 1) for minutes in samples.long_breaks],
        "seen": [_seen(each) for each in samples.observations],
    }


def _seen(each: Observation) -> list[Any]:
    ahead = each.remaining
    clock = [ahead.since_break_min, ahead.today_min, ahead.duty_min, ahead.rested_min]
    return [
        ahead.at.isoformat(),
        [[round(way.km, 2), round(way.dwell_min, 1)] for way in ahead.ways],
        [round(minutes, 1) for minutes in clock],
        round(each.drive_min, 1),
    ]


def from_row(row: DrivenTrip) -> Samples:
    """Return the samples of a stored trip."""
    kept = row.samples
    return Samples(
        arrived_at=row.arrived_at,
        drives=tuple(DriveSample(h, km, m, bool(near)) for h, km, m, near in kept["drives"]),
        dwells=tuple(DwellSample(*each) for each in kept["dwells"]),
        short_breaks=tuple(BreakSample(*each) for each in kept["short"]),
        long_breaks=tuple(kept["long"]),
        observations=tuple(_observation(each, row) for each in kept["seen"]),
    )


def _observation(kept: Sequence[Any], row: DrivenTrip) -> Observation:
    at, ways, clock, drive_min = kept
    since_break, today, duty, rested = clock
    remaining = Remaining(
        at=datetime.fromisoformat(at),
        ways=tuple(Ahead(*way) for way in ways),
        since_break_min=since_break,
        today_min=today,
        duty_min=duty,
        rested_min=rested,
        lane=row.lane,
    )
    return Observation(remaining, drive_min, row.arrived_at)
