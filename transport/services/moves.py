"""The life cycle of a load: the one place where its state changes (TR-01)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, VersionConflict, clean_text
from collab.organisations.context import acting_organisation_id
from transport.events import LoadChanged
from transport.models import Leg, Load, LoadState, Stop, TransportOrder
from transport.rules.states import Actor, State, TransitionRefused, move
from transport.services.notices import shipments_on, tell
from transport.services.partners import sync_partners
from transport.services.places import act_at, site_of_role

Purpose = Stop.Purpose
CODES: Mapping[tuple[str, str], str] = {
    ("tendered", "accepted"): "tender_accepted",
    ("slot_booked", "accepted"): "slot_reopened",
    ("accepted", "planned"): "carrier_changed",
    ("slot_booked", "planned"): "carrier_changed",
    ("at_pickup", "in_transit"): "departed_pickup",
    ("at_cross_dock", "in_transit"): "departed_cross_dock",
}
"""Event of a step, where it depends on the state before."""
CODES_TO: Mapping[str, str] = {
    "tendered": "load_tendered",
    "rejected": "tender_rejected",
    "slot_booked": "slot_booked",
    "at_pickup": "arrived_at_pickup",
    "at_cross_dock": "arrived_at_cross_dock",
    "arrived": "arrived_at_destination",
    "unloaded": "unloaded",
    "settled": "load_settled",
}
PER_SHIPMENT: Mapping[str, str] = {
    "planned": "order_planned",
    "proof_of_delivery": "proof_of_delivery",
    "cancelled": "order_cancelled",
}
"""Events told shipment by shipment."""
ARRIVING: Mapping[str, tuple[str, ...]] = {
    "at_pickup": (Purpose.PICKUP, Purpose.EMPTIES),
    "at_cross_dock": (Purpose.CROSS_DOCK,),
    "arrived": (Purpose.DELIVERY, Purpose.CROSS_DOCK, Purpose.EMPTIES),
}
OF_PLANNER_ONLY = frozenset({"planned", "rejected", "tendered"})
"""States in which no carrier has the load."""
SLOT_OPEN_AGAIN = frozenset({"accepted", "planned", "rejected"})


@transaction.atomic
def move_load(
    load_id: UUID,
    to: str,
    *,
    by: str,
    happened_at: datetime,
    facts: Mapping[str, Any] | None = None,
    version: int | None = None,
) -> Load:
    """Move a load on in its life cycle; the one place that changes its state.

    Parameters
    ----------
    by
        planner, carrier, supplier, plant or system: ``rules.states`` says who may do what.
    facts
        Plain JSON that everybody told may read. ``stop`` (sequence) names the stop it happened
        at; without it the next one of its kind is meant. ``reason`` is kept when cancelling.

    Raises
    ------
    Refused
        Field ``state`` with the reason, if the life cycle does not allow it; no such stop.
    VersionConflict
        If ``version`` is given and the load has moved on.
    """
    load = locked_load(load_id, version)
    told = dict(facts or {})
    try:
        move(State(load.state), State(to), Actor(by))
    except TransitionRefused as refused:
        raise Refused("state", refused.reason, load.state) from None
    stop = _stop_meant(load, to, told)
    if to == LoadState.CANCELLED:
        load.cancelled_reason = clean_text("reason", str(told.get("reason", "")), 400)
    enter(load, to, happened_at=happened_at, facts=told, stop=stop)
    load.version += 1
    load.save()
    sync_partners(load)
    announce(load)
    return load


def enter(
    load: Load, to: str, *, happened_at: datetime, facts: Mapping[str, Any], stop: Stop | None
) -> None:
    """Let a load be in state ``to``: mark the stop, tell who is concerned; the caller saves."""
    before, load.state = load.state, to
    _mark(load, to, stop, happened_at)
    code = CODES.get((before, to)) or CODES_TO.get(to)
    key = f"{happened_at.isoformat()}/{stop.sequence if stop else 0}"
    if code is not None:
        tell(load, code, stop=stop, facts=facts, happened_at=happened_at, key=key)
    if to in PER_SHIPMENT and (to != "planned" or before == "draft"):
        sync_partners(load)  # so that partners may see what they are told of
        for shipment in shipments_on(load.pk):
            each = f"{shipment.number}/{happened_at.isoformat()}"
            tell(load, PER_SHIPMENT[to], shipment=shipment, facts=facts, happened_at=happened_at,
                 key=each)  # fmt: skip
    if to in OF_PLANNER_ONLY:
        load.counterparty_id, load.plate, load.driver_name = load.owner_id, "", ""
    if to == LoadState.CANCELLED:
        _open_orders(load)
    if (
        to in {LoadState.ACCEPTED, LoadState.PLANNED, LoadState.REJECTED}
        and before == "slot_booked"
    ):
        Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk).update(
            slot_from=None, slot_until=None
        )


@transaction.atomic
def mark_stop(
    load_id: UUID,
    sequence: int,
    *,
    arrived_at: datetime | None = None,
    departed_at: datetime | None = None,
) -> Load:
    """Note when a vehicle was at a stop that no state stands for: a first of two deliveries.

    Raises ``Refused`` for a stop the load does not have, or a departure before the arrival.
    """
    load = locked_load(load_id)
    stop = Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk, sequence=sequence).first()
    if stop is None:
        raise Refused("stop", "a stop of the load", sequence)
    stop.arrived_at = arrived_at or stop.arrived_at
    stop.departed_at = departed_at or stop.departed_at
    if stop.departed_at and stop.arrived_at and stop.departed_at < stop.arrived_at:
        raise Refused("departed_at", "a departure after the arrival", stop.departed_at)
    stop.save(update_fields=["arrived_at", "departed_at"])
    load.next_stop = _next_stop(load)
    load.version += 1
    load.save()
    sync_partners(load)
    announce(load)
    return load


def locked_load(load_id: UUID, version: int | None = None) -> Load:
    """Return an own load locked; raise ``VersionConflict`` if it has moved on."""
    rows = Load.objects.filter(owner_id=acting_organisation_id())
    load: Load = rows.select_for_update(of=("self",)).get(pk=load_id)
    if version is not None and version != load.version:
        raise VersionConflict(load.version, version)
    if site_of_role():
        stops = Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk)
        act_at(stops.values_list("place", flat=True))
    return load


def announce(load: Load) -> None:
    """Publish that a load changed."""
    publish(
        LoadChanged(
            change_id=str(uuid7()),
            load_id=str(load.pk),
            carrier_id=load.counterparty_id,
            state=load.state,
            plan_version=load.plan_version,
        )
    )


def _stop_meant(load: Load, to: str, facts: Mapping[str, Any]) -> Stop | None:
    """Return the stop a step happens at; ``None`` for steps that happen nowhere."""
    stops = list(Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk).order_by("sequence"))
    if "stop" in facts:
        found = next((each for each in stops if each.sequence == facts["stop"]), None)
        if found is None:
            raise Refused("stop", "a stop of the load", facts["stop"])
        return found
    if to in ARRIVING:
        waiting = [s for s in stops if s.arrived_at is None and _is_place_for(to, s)]
        if not waiting:
            raise Refused("state", f"a stop ahead where it can be {State(to).words}", load.state)
        return waiting[-1] if to == LoadState.ARRIVED else waiting[0]
    if to == LoadState.IN_TRANSIT:
        return _last(stops, lambda each: each.arrived_at and not each.departed_at)
    if to in {LoadState.UNLOADED, LoadState.SLOT_BOOKED}:
        return _last(stops, lambda each: each.purpose in ARRIVING["arrived"])
    return None


def _is_place_for(to: str, stop: Stop) -> bool:
    """Say whether a load can be in a state at a stop; a run from a cross-dock is loaded there."""
    is_start = stop.sequence == 1 and stop.purpose == Purpose.CROSS_DOCK
    return stop.purpose in ARRIVING[to] or (to == LoadState.AT_PICKUP and is_start)


def _last(stops: Sequence[Stop], holds: Any) -> Stop | None:
    return next((each for each in reversed(stops) if holds(each)), None)


def _mark(load: Load, to: str, stop: Stop | None, at: datetime) -> None:
    """Write into the stop what a step says about it, and which one comes next."""
    if stop is None:
        return
    if to in ARRIVING and stop.arrived_at is None:
        stop.arrived_at = at
    elif to in {LoadState.IN_TRANSIT, LoadState.UNLOADED} and stop.departed_at is None:
        stop.departed_at = max(at, stop.arrived_at or at)
    else:
        return
    stop.save(update_fields=["arrived_at", "departed_at"])
    load.next_stop = _next_stop(load)


def _next_stop(load: Load) -> int | None:
    ahead = Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk, arrived_at__isnull=True)
    found: int | None = ahead.order_by("sequence").values_list("sequence", flat=True).first()
    return found


def _open_orders(load: Load) -> None:
    """Let the orders of a cancelled load wait for another one."""
    legs = Leg.objects.filter(owner_id=load.owner_id, load_id=load.pk)
    TransportOrder.objects.filter(pk__in=legs.values("shipment__order_id"), state="planned").update(
        state="open", version=F("version") + 1
    )
