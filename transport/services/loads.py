"""Make loads, change their stops, give them to a carrier; ``moves`` holds their life cycle."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.masterdata.refusals import Refused, clean_text
from collab.organisations.context import acting_organisation_id
from transport.models import Leg, Load, LoadState, Mode, Stop, VehicleType
from transport.rules.states import OVER
from transport.services.layout import (
    StopPlan,
    check_times,
    plan_of,
    put_on,
    reckon,
    rides_of,
    stop_rows,
)
from transport.services.moves import announce, enter, locked_load, mark_stop, move_load
from transport.services.notices import tell
from transport.services.numbers import next_number
from transport.services.partners import sync_partners
from transport.services.pricing import price_load

__all__ = [
    "Slot",
    "StopPlan",
    "assign_carrier",
    "change_stops",
    "hand_on",
    "locked_load",
    "make_load",
    "mark_stop",
    "move_load",
    "plan_of",
    "sync_partners",
]

STOP_FIELDS = ("sequence", "leg_km", "load_after")
LEG_FIELDS = ("distance_km",)
TOLD_WITHIN = timedelta(minutes=15)
"""A stop that moves by less is no news."""


class Slot(NamedTuple):
    """An appointment at a dock."""

    opens: datetime
    closes: datetime
    dock: str = ""


@transaction.atomic
def make_load(
    *,
    mode: str,
    stops: Sequence[StopPlan],
    vehicle_type: VehicleType | None = None,
    state: LoadState = LoadState.DRAFT,
    route_template_id: UUID | None = None,
    number: str = "",
    made_at: datetime | None = None,
) -> Load:
    """Make a load from a plan of stops, each with the orders that get on and off there.

    ``state`` is draft (only the owner sees it) or planned. Kilometres, fill, and the expected
    cost where a tariff covers it are worked out here. Raises ``Refused`` if times go backwards,
    goods never get off, an order is on another load already, or the vehicle cannot take it all.
    """
    if mode not in Mode.values:
        raise Refused("mode", f"one of {', '.join(Mode.values)}", mode)
    if state not in {LoadState.DRAFT, LoadState.PLANNED}:
        raise Refused("state", "draft or planned", state)
    check_times(stops)
    rides = rides_of(stops)
    owner = acting_organisation_id()
    load = Load(
        owner_id=owner,
        counterparty_id=owner,
        number=number or next_number("load"),
        mode=mode,
        route_template_id=route_template_id,
        vehicle_type=vehicle_type.code if vehicle_type else "",
        capacity=capacity_of(vehicle_type),
        currency=vehicle_type.currency if vehicle_type else "EUR",
        starts_at=stops[0].planned_arrival,
        ends_at=stops[-1].planned_departure,
    )
    load.save()
    rows = Stop.objects.bulk_create(stop_rows(load, stops))
    put_on(load, rows, rides)
    _work_out(load, rows)
    if state == LoadState.PLANNED:
        enter(load, LoadState.PLANNED, happened_at=made_at or timezone.now(), facts={}, stop=None)
    load.save()
    sync_partners(load)
    announce(load)
    return load


@transaction.atomic
def change_stops(
    load_id: UUID,
    stops: Sequence[StopPlan],
    *,
    happened_at: datetime | None = None,
    version: int | None = None,
) -> Load:
    """Replace the stops of a load that have not been driven; a booked slot is open again.

    ``stops`` is the whole plan: it begins with the driven stops and keeps frozen ones as they
    are. Partners whose stop is new, gone or moved by more than a quarter of an hour are told.

    Raises ``Refused`` if driven or frozen stops would change, or as ``make_load`` does.
    """
    at = happened_at or timezone.now()
    load = locked_load(load_id, version)
    if load.state in OVER or load.state in {LoadState.ARRIVED, LoadState.UNLOADED}:
        raise Refused("state", "a load that is still on its way", load.state)
    check_times(stops)
    rides = rides_of(stops)
    before = list(Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk).order_by("sequence"))
    driven = before[: 1 + max((n for n, s in enumerate(before) if s.arrived_at), default=-1)]
    _check_kept(before, driven, stops)
    load.plan_version += 1
    key = f"v{load.plan_version}"
    added, removed = _differences(before, stops)
    for stop in removed:
        tell(load, "stop_removed", stop=stop, happened_at=at, key=f"{key}/{stop.sequence}",
             facts={"place": stop.place["name"]})  # fmt: skip
    Stop.objects.filter(pk__in=[each.pk for each in before[len(driven) :]]).delete()
    slots = {(each.place_code, each.purpose): each for each in before[len(driven) :]}
    fresh = stop_rows(load, stops[len(driven) :], first=len(driven) + 1)
    if not (added or removed):
        _keep_slots(fresh, slots)
    rows = [*driven, *Stop.objects.bulk_create(fresh)]
    put_on(load, rows, rides)
    _work_out(load, rows)
    if load.state == LoadState.SLOT_BOOKED and (added or removed):
        enter(load, LoadState.ACCEPTED, happened_at=at, facts={}, stop=None)
    for stop in rows:
        if (stop.place_code, stop.purpose) in added:
            tell(load, "stop_added", stop=stop, happened_at=at, key=f"{key}/{stop.sequence}",
                 facts={"place": stop.place["name"]})  # fmt: skip
    _tell_moved(load, before[len(driven) :], fresh, at=at, key=key)
    load.version += 1
    load.save()
    sync_partners(load)
    announce(load)
    return load


@transaction.atomic
def hand_on(
    load_id: UUID, giving: Mapping[UUID, UUID], *, happened_at: datetime | None = None
) -> None:
    """Let orders (keys) ride with another own load (key) from now on; their shipments stay.

    Those at their stops are told that this load does not come. In the same transaction the caller
    changes the stops of both loads: the other one has to place what it is given.
    """
    load = locked_load(load_id)
    legs = Leg.objects.filter(
        owner_id=load.owner_id, load_id=load.pk, shipment__order_id__in=list(giving)
    )
    left = set(legs.values_list("from_sequence", flat=True))
    rows = Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk, sequence__in=left)
    for stop in rows.order_by("sequence"):
        key = f"v{load.plan_version + 1}/{stop.sequence}"
        tell(load, "stop_removed", stop=stop, happened_at=happened_at or timezone.now(), key=key,
             facts={"place": stop.place["name"]})  # fmt: skip
    for order_id, other_id in giving.items():
        legs.filter(shipment__order_id=order_id).update(load_id=other_id)


def _tell_moved(
    load: Load, before: Sequence[Stop], fresh: Sequence[Stop], *, at: datetime, key: str
) -> None:
    """Tell whose stop comes earlier or later than it was told."""
    known: dict[tuple[str, str], list[Stop]] = {}
    for stop in before:
        known.setdefault((stop.place_code, stop.purpose), []).append(stop)
    for stop in fresh:
        same = known.get((stop.place_code, stop.purpose))
        old = same.pop(0) if same else None
        if old is None or abs(old.planned_arrival - stop.planned_arrival) <= TOLD_WITHIN:
            continue
        facts = {
            "place": stop.place["name"],
            "before": old.planned_arrival.isoformat(),
            "planned": stop.planned_arrival.isoformat(),
        }
        tell(load, "stop_moved", stop=stop, happened_at=at, key=f"{key}/{stop.sequence}",
             facts=facts)  # fmt: skip


@transaction.atomic
def assign_carrier(
    load_id: UUID, *, carrier_id: int, slot: Slot | None = None, plate: str = ""
) -> Load:
    """Give a load to a carrier, with the slot it picked at the last delivery; no state changes.

    From now on the carrier sees the load. Move it to accepted and slot booked with ``move_load``.
    """
    load = locked_load(load_id)
    if load.state in OVER:
        raise Refused("state", "a load that is not over", load.state)
    load.counterparty_id = carrier_id
    load.plate = clean_text("plate", plate, 20, required=False) or load.plate
    load.version += 1
    load.save()
    if slot is not None:
        book_slot(load, slot)
    sync_partners(load)
    announce(load)
    return load


def book_slot(load: Load, slot: Slot) -> Stop | None:
    """Write the appointment at the last delivery of a load; ``None`` if it delivers nowhere."""
    if slot.closes < slot.opens:
        raise Refused("slot", "a slot that closes after it opens", slot.closes)
    stop = (
        Stop.objects.filter(
            owner_id=load.owner_id,
            load_id=load.pk,
            purpose__in=[Stop.Purpose.DELIVERY, Stop.Purpose.CROSS_DOCK],
        )
        .order_by("-sequence")
        .first()
    )
    if stop is not None:
        stop.slot_from, stop.slot_until = slot.opens, slot.closes
        stop.dock = slot.dock or stop.dock
        stop.save(update_fields=["slot_from", "slot_until", "dock"])
    return stop


def capacity_of(vehicle_type: VehicleType | None) -> dict[str, str]:
    """Return what a vehicle takes as loads keep it."""
    if vehicle_type is None:
        return {}
    return {
        "kg": f"{vehicle_type.capacity_kg:f}",
        "m3": f"{vehicle_type.capacity_m3:f}",
        "pallets": f"{vehicle_type.capacity_pallets:f}",
        "ldm": f"{vehicle_type.capacity_load_metres:f}",
    }


def _work_out(load: Load, stops: Sequence[Stop]) -> None:
    legs = list(Leg.objects.filter(owner_id=load.owner_id, load_id=load.pk))
    reckon(load, stops, legs)
    Stop.objects.bulk_update(stops, STOP_FIELDS)
    Leg.objects.bulk_update(legs, LEG_FIELDS)
    price_load(load, stops, legs)


def _check_kept(before: Sequence[Stop], driven: Sequence[Stop], stops: Sequence[StopPlan]) -> None:
    """Raise ``Refused`` if a driven stop would change, or a frozen one would go or move."""
    for old, new in zip(driven, stops, strict=False):
        if (old.place_code, old.purpose) != (new.place["code"], new.purpose):
            raise Refused("stops", f"{old.place['name']} first: it is driven", new.place["name"])
    if len(stops) < len(driven):
        raise Refused("stops", "all stops that are driven", len(stops))
    planned = {(each.place["code"], each.purpose): each for each in stops}
    for old in before[len(driven) :]:
        if old.is_frozen:
            kept = planned.get((old.place_code, old.purpose))
            if kept is None or kept.planned_arrival != old.planned_arrival:
                raise Refused("stops", f"{old.place['name']} as it was: it is frozen", "")


def _differences(
    before: Sequence[Stop], stops: Sequence[StopPlan]
) -> tuple[set[tuple[str, str]], list[Stop]]:
    """Return which halts (place, purpose) are new, and which stops go."""
    old = {(each.place_code, each.purpose): each for each in before}
    new = {(each.place["code"], str(each.purpose)) for each in stops}
    return new - old.keys(), [each for pair, each in old.items() if pair not in new]


def _keep_slots(fresh: Sequence[Stop], slots: dict[tuple[str, str], Stop]) -> None:
    for stop in fresh:
        old = slots.get((stop.place_code, stop.purpose))
        if old is not None:
            stop.slot_from, stop.slot_until, stop.dock = old.slot_from, old.slot_until, old.dock
            stop.eta = old.eta
