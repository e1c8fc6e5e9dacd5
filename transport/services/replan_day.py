"""A plant's day as it stands: vehicles on milk runs, their stops, how far each has come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from transport.models import Leg, Load, LoadState, Mode, Stop, TransportOrder, VehicleType
from transport.rules.load import Amounts
from transport.services.distances import way
from transport.services.figures import from_json
from transport.services.places import Place

CHANGEABLE = (
    LoadState.PLANNED, LoadState.ACCEPTED, LoadState.SLOT_BOOKED, LoadState.AT_PICKUP,
    LoadState.IN_TRANSIT,
)  # fmt: skip
UNDER_WAY = frozenset({LoadState.AT_PICKUP, LoadState.IN_TRANSIT})
MOST_LOADS = 30
LONGEST_DAY = timedelta(hours=36)
"""A day's trucks may come home in the night; after that nothing is left to plan."""
MINUTE = timedelta(minutes=1)
AT_PLANT = frozenset({Stop.Purpose.START, Stop.Purpose.DELIVERY, Stop.Purpose.END})


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A pick-up on a load; ``amounts`` of the orders that get on, ``due`` when they must arrive.

    ``why_fixed``: driven, ahead (the vehicle is on its way there), promised (frozen), or empty.
    ``expected`` is when the vehicle arrives there, where that is known or follows from what is.
    """

    key: str
    sequence: int
    place: Place
    orders: tuple[UUID, ...]
    amounts: Amounts
    opens: datetime
    closes: datetime
    arrive: datetime
    depart: datetime
    due: datetime
    arrived: datetime | None = None
    departed: datetime | None = None
    expected: datetime | None = None
    why_fixed: str = ""

    @property
    def service(self) -> timedelta:
        """How long the vehicle stands there once the door is open."""
        return max(timedelta(minutes=5), self.depart - max(self.arrive, self.opens))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One vehicle's day: trips of halts, each trip ending at a delivery at the plant."""

    load: Load
    vehicle: VehicleType
    trips: tuple[tuple[Halt, ...], ...]
    deliveries: tuple[Stop, ...]
    leaves: datetime
    is_under_way: bool

    @property
    def halts(self) -> list[Halt]:
        """All halts in their order."""
        return [halt for trip in self.trips for halt in trip]

    @property
    def fixed(self) -> list[Halt]:
        """The halts up to the last one that stays."""
        found = self.halts
        last = max((n for n, halt in enumerate(found) if halt.why_fixed), default=-1)
        return found[: last + 1]

    @property
    def mark(self) -> dict[str, object]:
        """How far the vehicle is: a proposal made at another mark is stale."""
        return {
            "plan_version": self.load.plan_version,
            "fixed": [[halt.key, halt.why_fixed] for halt in self.fixed],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The runs of one day to one plant; ``left_out`` names loads that cannot take part, and why."""

    plant: Place
    on: date
    now: datetime
    runs: tuple[Run, ...]
    left_out: tuple[tuple[str, str], ...] = field(default=())

    @property
    def midnight(self) -> datetime:
        """When the plant's day begins."""
        return datetime.combine(self.on, time(0), ZoneInfo(str(self.plant["timezone"])))

    def minute(self, at: datetime) -> float:
        """Return an instant in minutes of the plant's day."""
        return (at - self.midnight) / MINUTE

    def instant(self, minute: float) -> datetime:
        """Return a minute of the plant's day as an instant, to the full minute."""
        return (self.midnight + round(minute) * MINUTE).astimezone(UTC)


def day_of(load_id: UUID, *, now: datetime) -> Day:
    """Return the day of an own load's plant, the load's run first; seven queries.

    Raises ``Refused`` for a load that is not on a milk run to one plant, or is there already;
    ``Load.DoesNotExist`` for a missing or foreign one.
    """
    load: Load = Load.objects.get(owner_id=acting_organisation_id(), pk=load_id)
    if load.state not in CHANGEABLE:
        raise Refused(
            "load", "a load that is planned or on its way to the plant", load.get_state_display()
        )
    if load.mode != Mode.MILK_RUN:
        raise Refused("load", "a milk run", load.get_mode_display())
    last = _stops([load]).filter(purpose=Stop.Purpose.DELIVERY).order_by("-sequence").first()
    if last is None:
        raise Refused("load", "a run that picks up at suppliers and brings it to a plant", "")
    plant: Place = last.place
    zone = ZoneInfo(str(plant["timezone"]))
    on = timezone.localdate(load.starts_at, zone)
    if now - datetime.combine(on, time(0), zone) > LONGEST_DAY:
        raise Refused("load", "a load of today or of days to come", on)
    loads = [load, *_others(load, plant, on, zone)]
    runs, left_out = [], []
    reader = _Reader(loads, plant, now)
    for each in loads:
        try:
            runs.append(reader.run(each))
        except Refused as refused:
            if each is load:
                raise
            left_out.append((each.number, refused.expected))
    return Day(plant=plant, on=on, now=now, runs=tuple(runs), left_out=tuple(left_out))


def _others(load: Load, plant: Place, on: date, zone: ZoneInfo) -> list[Load]:
    """Return the day's other loads that come to the plant."""
    opens = datetime.combine(on, time(0), zone)
    coming = Stop.objects.filter(
        owner_id=load.owner_id, purpose=Stop.Purpose.DELIVERY, place_code=plant["code"]
    )
    rows = Load.objects.filter(
        owner_id=load.owner_id,
        state__in=CHANGEABLE,
        mode=Mode.MILK_RUN,
        currency=load.currency,
        starts_at__gte=opens,
        starts_at__lt=opens + timedelta(days=1),
        pk__in=coming.values("load_id"),
    )
    return list(rows.exclude(pk=load.pk).order_by("starts_at", "pk")[: MOST_LOADS - 1])


def _stops(loads: Iterable[Load]) -> QuerySet[Stop]:
    return Stop.objects.filter(
        owner_id=acting_organisation_id(), load_id__in=[each.pk for each in loads]
    )


class _Reader:
    """Reads the runs of some loads with a few queries."""

    def __init__(self, loads: Sequence[Load], plant: Place, now: datetime) -> None:
        self._plant, self._now = plant, now
        owner = acting_organisation_id()
        self._stops: dict[UUID, list[Stop]] = {}
        for stop in _stops(loads).order_by("load_id", "sequence"):
            self._stops.setdefault(stop.load_id, []).append(stop)
        legs = Leg.objects.filter(owner_id=owner, load_id__in=list(self._stops))
        self._legs: dict[UUID, list[Leg]] = {}
        for leg in legs.select_related("shipment"):
            self._legs.setdefault(leg.load_id, []).append(leg)
        orders = [leg.shipment.order_id for one in self._legs.values() for leg in one]
        self._due: Mapping[UUID, TransportOrder] = TransportOrder.objects.in_bulk(orders)
        self._vehicles = {each.code: each for each in VehicleType.objects.filter(owner_id=owner)}

    def run(self, load: Load) -> Run:
        """Return a load as a run; raise ``Refused`` with what it would have to be."""
        vehicle = self._vehicles.get(load.vehicle_type)
        if vehicle is None:
            raise Refused("load", _("a vehicle type of yours on it"), load.vehicle_type)
        stops = self._stops.get(load.pk, [])
        trips, deliveries, waiting = [], [], list[Stop]()
        for stop in stops:
            if stop.purpose == Stop.Purpose.PICKUP:
                waiting.append(stop)
            elif stop.purpose not in AT_PLANT or stop.place_code != self._plant["code"]:
                raise Refused("load", _("pick-ups and one plant only"), stop.place["name"])
            elif stop.purpose == Stop.Purpose.DELIVERY and waiting:
                trips.append([self._halt(load, each, stop) for each in waiting])
                deliveries.append(stop)
                waiting = []
        if waiting or not trips:
            raise Refused("load", _("pick-ups that end at the plant"), load.number)
        self._check_legs(load, trips, deliveries)
        leaves = self._leaves(stops, trips[0][0])
        is_under_way = self._is_under_way(load, stops)
        return Run(
            load=load,
            vehicle=vehicle,
            trips=_judged(trips, self._now, leaves if is_under_way else None, self._plant),
            deliveries=tuple(deliveries),
            leaves=leaves,
            is_under_way=is_under_way,
        )

    def _halt(self, load: Load, stop: Stop, delivery: Stop) -> Halt:
        legs = [each for each in self._legs.get(load.pk, []) if each.from_sequence == stop.sequence]
        orders = tuple(each.shipment.order_id for each in legs)
        dues = [self._due[key].delivery_until for key in orders if key in self._due]
        return Halt(
            key=f"{load.number}/{stop.sequence}",
            sequence=stop.sequence,
            place=stop.place,
            orders=orders,
            amounts=sum((from_json(each.figures) for each in legs), Amounts()),
            opens=stop.window_from,
            closes=stop.window_until,
            arrive=stop.planned_arrival,
            depart=stop.planned_departure,
            due=min([*dues, delivery.slot_until or delivery.window_until]),
            arrived=stop.arrived_at,
            departed=stop.departed_at,
            expected=_eta(stop),
            why_fixed="promised" if stop.is_frozen else "",
        )

    def _check_legs(
        self, load: Load, trips: Sequence[Sequence[Halt]], deliveries: Sequence[Stop]
    ) -> None:
        """Raise ``Refused`` unless all goods get off at the end of their trip."""
        ends = {
            halt.sequence: delivery.sequence
            for trip, delivery in zip(trips, deliveries, strict=True)
            for halt in trip
        }
        for leg in self._legs.get(load.pk, []):
            if ends.get(leg.from_sequence) != leg.to_sequence:
                raise Refused("load", _("goods that get off at the next stop at the plant"),
                              leg.shipment_number)  # fmt: skip

    def _leaves(self, stops: Sequence[Stop], first: Halt) -> datetime:
        """Return when the vehicle leaves the plant for its first halt."""
        start = stops[0]
        if start.purpose == Stop.Purpose.START:
            return start.departed_at or start.planned_departure
        return first.arrive - way(self._plant, first.place).minutes * MINUTE

    def _is_under_way(self, load: Load, stops: Sequence[Stop]) -> bool:
        return (
            load.state in UNDER_WAY
            or load.position is not None
            or any(each.arrived_at and each.purpose == Stop.Purpose.PICKUP for each in stops)
            or stops[0].departed_at is not None
        )


def _eta(stop: Stop) -> datetime | None:
    found = (stop.eta or {}).get("p50")
    return datetime.fromisoformat(str(found)) if found else None


def _judged(
    trips: Sequence[Sequence[Halt]], now: datetime, left: datetime | None, plant: Place
) -> tuple[tuple[Halt, ...], ...]:
    """Return the halts with why they stay, and when the one ahead is reached.

    ``left`` is when the vehicle left the plant; ``None`` if it has not.
    """
    halts = [halt for trip in trips for halt in trip]
    done = 1 + max((n for n, halt in enumerate(halts) if halt.arrived), default=-1)
    found = [replace(halt, why_fixed="driven") for halt in halts[:done]] + halts[done:]
    begins = [trip[0].key for trip in trips[1:]]  # those are reached from the plant
    is_next = done < len(halts) and halts[done].key not in begins
    if left is not None and is_next and _is_leaving(found[:done]):
        ahead = found[done]
        before = found[done - 1] if done else None
        gone = (before.departed or before.depart) if before else left
        expected = ahead.expected or gone + _drive(before.place if before else plant, ahead.place)
        found[done] = replace(ahead, why_fixed="ahead", expected=max(now, expected))
    numbered = iter(found)
    return tuple(tuple(next(numbered) for _halt in trip) for trip in trips)


def _drive(origin: Place, target: Place) -> timedelta:
    if origin["code"] == target["code"]:
        return timedelta()
    return way(origin, target).minutes * MINUTE


def _is_leaving(done: Sequence[Halt]) -> bool:
    """Say whether the vehicle has left its last halt."""
    return not done or done[-1].departed is not None
