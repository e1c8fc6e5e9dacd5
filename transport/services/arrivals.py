"""From positions to what they mean for one load: stops reached, arrivals ahead, the colour.

Nothing here reads or writes tables; times of day are those of the next stop's zone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.conf import settings

from transport.models import Stop
from transport.rules.eta import estimate
from transport.rules.eta_colour import Colour, colour
from transport.rules.eta_model import Ahead, Eta, EtaModel, Remaining
from transport.rules.geofence import Geofence, MilestoneKind, milestones
from transport.rules.road import great_circle_km
from transport.rules.tender import Window
from transport.rules.tracking import Ping, speed_kmh
from transport.services.distances import way

DEPOTS = (Stop.Purpose.START, Stop.Purpose.END)
MOVING_KMH = 5.0
UNSEEN_MIN = 60.0
LEAST_REST_MIN, SHORT_BREAK_MIN, LONG_BREAK_MIN = 15.0, 45.0, 540.0
WINDING = (1.0, 3.0)  # road km for each km by air
RANK = {
    Colour.ON_TIME: 0,
    Colour.NO_SIGNAL: 1,
    Colour.LATE: 2,
    Colour.CANNOT_MAKE_IT: 3,
}


@dataclass(frozen=True, slots=True)
class Happened:
    """A stop was reached or left."""

    sequence: int
    kind: MilestoneKind
    at: datetime


@dataclass(frozen=True, slots=True)
class Wheel:
    """Minutes driven since the last break and since the last daily rest, on duty, and resting."""

    since_break: float
    today: float
    duty: float
    rested: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a stop is reached [Eta], how far it still is [km], and how that stands."""

    eta: Eta
    km: float
    colour: Colour


def happenings(stops: Sequence[Stop], pings: Sequence[Ping]) -> list[Happened]:
    """Return what ``pings`` show beyond what ``stops`` know, in order of time.

    A place that the load visits twice counts for the second visit only when all stops between
    are done; a stop that was passed unseen is skipped.
    """
    fences = {
        each.place_code: Geofence(
            site=each.place_code,
            latitude=each.place["latitude"],
            longitude=each.place["longitude"],
        )
        for each in stops
    }
    seen = _Seen(stops)
    return [
        happened
        for each in milestones(pings, list(fences.values()))
        for happened in seen.take(each.site, each.kind, each.at)
    ]


class _Seen:
    """Which stops are done while milestones are read."""

    def __init__(self, stops: Sequence[Stop]) -> None:
        self._stops = sorted(stops, key=lambda each: each.sequence)
        self._arrived = {each.sequence for each in stops if each.arrived_at}
        self._left = {each.sequence for each in stops if each.departed_at}
        self._places = {each.sequence: each.place_code for each in stops}

    def take(self, place: str, kind: MilestoneKind, at: datetime) -> list[Happened]:
        """Return the steps that a milestone at ``place`` means; none if they are known."""
        standing = self._arrived - self._left
        if kind is MilestoneKind.DEPARTED:
            gone = [each for each in sorted(standing) if self._places[each] == place]
            return [self._step(each, kind, at) for each in gone]
        if any(self._places[each] == place for each in standing):
            return []
        done = max(self._arrived | self._left, default=0)
        stop = next(
            (s for s in self._stops if s.sequence > done and s.place_code == place), None
        )  # fmt: skip
        if stop is None or not self._may_be(stop, done):
            return []
        left = [self._step(each, MilestoneKind.DEPARTED, at) for each in sorted(standing)]
        return [*left, self._step(stop.sequence, MilestoneKind.ARRIVED, at)]

    def _may_be(self, stop: Stop, done: int) -> bool:
        was_here = any(
            place == stop.place_code and sequence <= done
            for sequence, place in self._places.items()
        )
        between = [s for s in self._stops if done < s.sequence < stop.sequence]
        return not (was_here and between)

    def _step(self, sequence: int, kind: MilestoneKind, at: datetime) -> Happened:
        (self._arrived if kind is MilestoneKind.ARRIVED else self._left).add(sequence)
        return Happened(sequence, kind, at)


def at_the_wheel(pings: Sequence[Ping], model: EtaModel) -> Wheel:
    """Return the driver's clock as ``pings`` (by time) show it; what they do not show is 0."""
    since = today = duty = rested = 0.0
    for before, ping in pairwise(pings):
        minutes = (ping.at - before.at) / timedelta(minutes=1)
        duty += minutes
        if speed_kmh(before, ping) <= MOVING_KMH:
            rested += minutes
            continue
        if minutes > UNSEEN_MIN:  # nobody saw whether it stood between
            driven = min(minutes, _driving_minutes(before, ping, model))
            rested, minutes = max(rested, minutes - driven), driven
        since, today, duty = _after_rest(since, today, duty, rested)
        rested = 0.0
        since, today = since + minutes, today + minutes
    if rested < LEAST_REST_MIN:
        rested = 0.0
    return Wheel(since, today, duty, rested)


def _driving_minutes(before: Ping, ping: Ping, model: EtaModel) -> float:
    km = great_circle_km(before.latitude, before.longitude, ping.latitude, ping.longitude)
    return km * float(settings.ENVIRONMENT.road_detour) / model.speed_kmh[ping.at.hour] * 60


def _after_rest(
    since: float, today: float, duty: float, rested: float
) -> tuple[float, float, float]:
    if rested >= LONG_BREAK_MIN:
        return 0.0, 0.0, 0.0
    return (0.0 if rested >= SHORT_BREAK_MIN else since), today, duty


@dataclass(frozen=True, slots=True)
class Way:
    """A stop ahead, the road to it [km], and what lies before the truck until then."""

    stop: Stop
    km: float
    remaining: Remaining


def ways_ahead(stops: Sequence[Stop], pings: Sequence[Ping], model: EtaModel) -> list[Way]:
    """Return the stops not yet reached, in their order, as the newest of ``pings`` shows them."""
    last = pings[-1]
    ordered = sorted(stops, key=lambda each: each.sequence)
    done = max(
        (each.sequence for each in ordered if each.arrived_at or each.departed_at), default=0
    )
    ahead = [each for each in ordered if each.sequence > done]
    if not ahead:
        return []
    here = next((s for s in ordered if s.sequence == done and not s.departed_at), None)
    ways: list[Ahead] = []
    if here is not None and here.arrived_at:
        waited = (last.at - here.arrived_at) / timedelta(minutes=1)
        ways.append(Ahead(0.0, max(0.0, planned_dwell(here) - waited)))
    wheel = at_the_wheel(pings, model)
    at = last.at.astimezone(zone_of(ahead[0].place))
    found: list[Way] = []
    driven = 0.0
    for place, stop in enumerate(ahead):
        before = ordered[ordered.index(stop) - 1] if ordered.index(stop) else None
        km = left_to(last, stop, before) if place == 0 else _between(ahead[place - 1], stop)
        driven += km
        ways.append(Ahead(km, planned_dwell(stop)))
        remaining = Remaining(
            at=at,
            ways=tuple(ways),
            since_break_min=wheel.since_break,
            today_min=wheel.today,
            duty_min=wheel.duty,
            rested_min=0.0 if here is not None else wheel.rested,
            lane=lane_of(ordered),
        )
        found.append(Way(stop, driven, remaining))
    return found


def arrivals(
    stops: Sequence[Stop], pings: Sequence[Ping], *, model: EtaModel, now: datetime
) -> dict[int, Arrival]:
    """Return the arrival at each stop ahead by sequence, from the newest of ``pings`` (by time)."""
    found: dict[int, Arrival] = {}
    for each in ways_ahead(stops, pings, model):
        eta = estimate(each.remaining, model)
        found[each.stop.sequence] = Arrival(
            eta, each.km, colour(eta, appointment(each.stop), now)
        )  # fmt: skip
    return found


def lane_of(stops: Sequence[Stop]) -> str:
    """Return the lane of a load's stops (by sequence): first and last place of goods."""
    served = serving(stops) or list(stops)
    return f"{served[0].place_code}>{served[-1].place_code}"


def serving(stops: Sequence[Stop]) -> list[Stop]:
    """Return the stops where something is done: without the depots at both ends."""
    return [each for each in stops if each.purpose not in DEPOTS]


def appointment(stop: Stop) -> Window:
    """Return what a stop's arrival is held against: its slot, else its window."""
    if stop.slot_from is not None and stop.slot_until is not None:
        return Window(stop.slot_from, stop.slot_until)
    return Window(stop.window_from, stop.window_until)


def worst(colours: Sequence[Colour]) -> Colour:
    """Return the colour of a load with stops of these."""
    return max(colours, key=RANK.__getitem__, default=Colour.ON_TIME)


def planned_dwell(stop: Stop) -> float:
    """Return the minutes a stop was planned to take."""
    return max(0.0, (stop.planned_departure - stop.planned_arrival) / timedelta(minutes=1))


def _between(before: Stop, stop: Stop) -> float:
    if stop.leg_km is not None:
        return float(stop.leg_km)
    return way(before.place, stop.place).km


def winding_to(stop: Stop, before: Stop | None) -> float:
    """Return road km for each km by air on the way to ``stop``, between 1 and 3."""
    usual = float(settings.ENVIRONMENT.road_detour)
    if before is None:
        return usual
    whole = great_circle_km(
        before.place["latitude"], before.place["longitude"],
        stop.place["latitude"], stop.place["longitude"],
    )  # fmt: skip
    return min(max(_between(before, stop) / whole, WINDING[0]), WINDING[1]) if whole > 1 else usual


def left_to(ping: Ping, stop: Stop, before: Stop | None) -> float:
    """Return the road left to ``stop`` [km]: by air, as winding as the whole way to it is."""
    left = great_circle_km(
        ping.latitude, ping.longitude, stop.place["latitude"], stop.place["longitude"]
    )
    return left * winding_to(stop, before)


def zone_of(place: Mapping[str, object]) -> ZoneInfo:
    """Return the time zone of a place."""
    return ZoneInfo(str(place.get("timezone") or "UTC"))
