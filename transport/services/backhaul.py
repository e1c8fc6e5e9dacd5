"""Trucks that would go home empty, and waiting orders they could take along (TR-08)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from transport.models import Load, Stop, TransportOrder, VehicleType
from transport.rules.empty_running import (
    Backhaul,
    EmptyLeg,
    EmptyShare,
    Run,
    WaitingLoad,
    empty_shares,
    match,
)
from transport.rules.road import Matrix
from transport.services.distances import road
from transport.services.figures import amounts_of, capacity_from
from transport.services.places import Place

HANDLING = timedelta(minutes=45)
PATIENCE = timedelta(hours=24)
AHEAD = timedelta(days=14)
MOST = 120
TAKEN = ("planned", "accepted", "slot_booked", "at_pickup", "in_transit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """A match in the planner's words, with what it saves."""

    load: Load
    order: TransportOrder
    found: Backhaul
    currency: str

    @property
    def saved(self) -> Decimal:
        """What it saves in the currency's main unit."""
        return Decimal(self.found.saved_cents) / 100


def backhauls(*, now: datetime) -> list[Returning]:
    """Return matches of trucks going back with waiting orders, the greatest saving first.

    A truck is free after its last stop and wanted at its first one a day later than the way
    takes. Without the match an order costs the truck's own rate there and back. Vehicle types
    without a rate make no match.
    """
    own = acting_organisation_id()
    types = {each.code: each for each in VehicleType.objects.all()}
    loads = {
        each.number: each
        for each in Load.objects.filter(
            owner_id=own, state__in=TAKEN, ends_at__gte=now, ends_at__lte=now + AHEAD
        ).order_by("ends_at")[:MOST]
        if each.vehicle_type in types
    }
    orders = {
        each.number: each
        for each in TransportOrder.objects.filter(
            owner_id=own, state="open", pickup_until__gte=now, pickup_from__lte=now + AHEAD
        ).order_by("pickup_from")[:MOST]
    }
    if not loads or not orders:
        return []
    ends = _ends([each.pk for each in loads.values()])
    places = {place["code"]: place for pair in ends.values() for place in pair}
    for order in orders.values():
        places |= {order.origin_code: order.origin, order.destination_code: order.destination}
    matrix = road(list(places.values()))
    legs = [
        leg
        for load in loads.values()
        if (leg := _leg(load, ends[str(load.pk)], types[load.vehicle_type], matrix)) is not None
    ]
    rate = min((leg.cents_per_km for leg in legs), default=0.0)
    waiting = [_waiting(order, matrix, rate) for order in orders.values()]
    return [
        Returning(
            load=loads[each.leg],
            order=orders[each.load],
            found=each,
            currency=loads[each.leg].currency,
        )
        for each in match(legs, waiting, matrix.hop)
    ]


def shares(*, since: datetime, until: datetime) -> tuple[EmptyShare, ...]:
    """Return empty ÷ all kilometres by lane and carrier of the loads that start in a time.

    Ways between stops with nothing on board are empty; ways to the first and from the last stop
    are the carrier's own and not known here.
    """
    loads = {
        each.pk: each
        for each in Load.objects.filter(
            owner_id=acting_organisation_id(), starts_at__gte=since, starts_at__lt=until
        ).exclude(state__in=["draft", "cancelled"])
    }
    names = names_of({each.counterparty_id for each in loads.values()})
    runs: list[Run] = []
    lanes: dict[object, str] = {}
    before: Stop | None = None
    rows = Stop.objects.filter(load_id__in=list(loads)).order_by("load_id", "sequence")
    every = list(rows)
    for stop in every:
        countries = lanes.get(stop.load_id, stop.place["country"]).split(" – ")
        lanes[stop.load_id] = f"{countries[0]} – {stop.place['country']}"
    for stop in every:
        if before is not None and before.load_id == stop.load_id and stop.leg_km:
            load = loads[stop.load_id]
            is_out = load.counterparty_id != load.owner_id
            carrier = names.get(load.counterparty_id, NOBODY).short if is_out else ""
            is_empty = Decimal(before.load_after.get("kg", "0")) == 0
            runs.append(Run(lanes[stop.load_id], carrier, float(stop.leg_km), is_empty))
        before = stop
    return empty_shares(runs)


def _ends(load_ids: Sequence[UUID]) -> Mapping[str, tuple[Place, Place]]:
    """Return first and last place of each load; one query."""
    found: dict[str, tuple[Place, Place]] = {}
    for stop in Stop.objects.filter(load_id__in=load_ids).order_by("load_id", "sequence"):
        key = str(stop.load_id)
        first = found[key][0] if key in found else stop.place
        found[key] = (first, stop.place)
    return found


def _leg(
    load: Load, ends: tuple[Place, Place], vehicle: VehicleType, matrix: Matrix
) -> EmptyLeg | None:
    home, last = ends[0]["code"], ends[1]["code"]
    capacity = capacity_from(load.capacity)
    if capacity is None or home == last or not vehicle.per_km_minor:
        return None
    back = timedelta(minutes=matrix.hop(last, home).minutes)
    return EmptyLeg(
        name=load.number,
        origin=last,
        destination=home,
        free_at=load.ends_at,
        due_at=load.ends_at + back + PATIENCE,
        capacity=capacity,
        cents_per_km=float(vehicle.per_km_minor),
        kg_per_km=float(vehicle.emissions_empty_kg_per_km),
    )


def _waiting(order: TransportOrder, matrix: Matrix, cents_per_km: float) -> WaitingLoad:
    km = 2 * matrix.hop(order.origin_code, order.destination_code).km
    return WaitingLoad(
        name=order.number,
        origin=order.origin_code,
        destination=order.destination_code,
        ready_at=order.pickup_from,
        pickup_until=order.pickup_until,
        deliver_from=order.delivery_from,
        deliver_until=order.delivery_until,
        amounts=amounts_of(order),
        handling=HANDLING,
        alternative_cents=round(km * cents_per_km),
        alternative_km=km,
    )
