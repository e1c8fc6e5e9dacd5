"""Where a load halts and what gets on and off: from a plan to stops, shipments and legs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, Subquery

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from transport.models import (
    Leg,
    Load,
    LoadState,
    OrderItem,
    Shipment,
    Stop,
    TransportOrder,
)
from transport.rules.load import Amounts, fill, overloads
from transport.services.distances import road
from transport.services.figures import amounts_of, as_json, capacity_from, from_json, needed_of
from transport.services.numbers import next_numbers
from transport.services.places import Place, act_at

KM = Decimal("0.01")
SHARE = Decimal("0.0001")
NOTHING = Amounts()


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPlan:
    """One halt: orders (by key) that get ``on`` and ``off``; times are instants."""

    purpose: str
    place: Place
    window_from: datetime
    window_until: datetime
    planned_arrival: datetime
    planned_departure: datetime
    dock: str = ""
    on: Sequence[UUID] = ()
    off: Sequence[UUID] = ()
    is_frozen: bool = False


@dataclass(frozen=True, slots=True)
class Ride:
    """An order on a load: from one stop (sequence) to a later one."""

    order_id: UUID
    from_sequence: int
    to_sequence: int


def rides_of(stops: Sequence[StopPlan]) -> list[Ride]:
    """Return who rides from where to where.

    Raises ``Refused`` if an order gets on twice, never gets off, or off before on.
    """
    started: dict[UUID, int] = {}
    rides: dict[UUID, Ride] = {}
    for sequence, stop in enumerate(stops, start=1):
        for key in stop.off:
            if key not in started or key in rides:
                raise Refused("stops", f"goods picked up before {stop.place['name']}", key)
            rides[key] = Ride(key, started[key], sequence)
        for key in stop.on:
            if key in started:
                raise Refused("stops", f"each order once, {stop.place['name']} has it again", key)
            started[key] = sequence
    if left := started.keys() - rides.keys():
        raise Refused("stops", "a stop where all goods get off", min(map(str, left)))
    return sorted(rides.values(), key=lambda each: (each.from_sequence, str(each.order_id)))


def check_times(stops: Sequence[StopPlan]) -> None:
    """Raise ``Refused`` if there are fewer than two stops or their times go backwards."""
    if len(stops) < 2:
        raise Refused("stops", "at least two stops", len(stops))
    before: StopPlan | None = None
    for stop in stops:
        place = stop.place["name"]
        if stop.planned_departure < stop.planned_arrival:
            raise Refused(
                "stops", f"a departure from {place} after the arrival", stop.planned_departure
            )
        if stop.window_until < stop.window_from:
            raise Refused(
                "stops", f"the window at {place} to close after it opens", stop.window_until
            )
        if before is not None and stop.planned_arrival < before.planned_departure:
            raise Refused(
                "stops",
                f"an arrival at {place} after leaving {before.place['name']}",
                stop.planned_arrival,
            )
        before = stop


def stop_rows(load: Load, stops: Sequence[StopPlan], *, first: int = 1) -> list[Stop]:
    """Return unsaved stops of a load, numbered from ``first`` on."""
    return [
        Stop(
            owner_id=load.owner_id,
            counterparty_id=load.counterparty_id,
            load=load,
            sequence=sequence,
            purpose=stop.purpose,
            place=stop.place,
            place_code=stop.place["code"],
            dock=stop.dock,
            window_from=stop.window_from,
            window_until=stop.window_until,
            planned_arrival=stop.planned_arrival,
            planned_departure=stop.planned_departure,
            is_frozen=stop.is_frozen,
        )
        for sequence, stop in enumerate(stops, start=first)
    ]


def plan_of(load_id: UUID) -> list[StopPlan]:
    """Return the plan of a load as it stands; two queries."""
    owner = acting_organisation_id()
    stops = Stop.objects.filter(owner_id=owner, load_id=load_id).order_by("sequence")
    legs = list(
        Leg.objects.filter(owner_id=owner, load_id=load_id).values_list(
            "shipment__order_id", "from_sequence", "to_sequence"
        )
    )
    return [
        StopPlan(
            purpose=stop.purpose,
            place=stop.place,
            window_from=stop.window_from,
            window_until=stop.window_until,
            planned_arrival=stop.planned_arrival,
            planned_departure=stop.planned_departure,
            dock=stop.dock,
            on=tuple(order for order, start, _end in legs if start == stop.sequence),
            off=tuple(order for order, _start, end in legs if end == stop.sequence),
            is_frozen=stop.is_frozen,
        )
        for stop in stops
    ]


def put_on(load: Load, stops: Sequence[Stop], rides: Sequence[Ride]) -> list[Shipment]:
    """Bring shipments and legs of a load into line with ``rides``; return its shipments.

    Orders new to it get a shipment, or ride on with the one that came over a cross-dock. What is
    no longer on it and on no other load loses its shipment and is open again.
    """
    owner = acting_organisation_id()
    orders = _orders(rides)
    by_sequence = {each.sequence: each for each in stops}
    legs = list(Leg.objects.filter(owner_id=owner, load_id=load.pk).select_related("shipment"))
    here = {each.shipment.order_id: each for each in legs}
    _take_off(load, [leg for key, leg in here.items() if key not in orders])
    known = _riding_on([each for each in rides if each.order_id not in here], by_sequence)
    missing = [orders[each.order_id] for each in rides if each.order_id not in {*here, *known}]
    made = _new_shipments(load, missing, rides, by_sequence)
    found: list[Shipment] = []
    new_legs: list[Leg] = []
    for ride in rides:
        leg = here.get(ride.order_id)
        if leg is None:
            shipment = known.get(ride.order_id) or made[ride.order_id]
            leg = Leg(owner_id=owner, load=load, shipment=shipment, shipment_number=shipment.number)
            leg.position = _next_position(shipment) if ride.order_id in known else 1
            new_legs.append(leg)
        leg.counterparty_id = load.counterparty_id
        leg.from_sequence, leg.to_sequence = ride.from_sequence, ride.to_sequence
        leg.figures = as_json(amounts_of(orders[ride.order_id]))
        found.append(leg.shipment)
    Leg.objects.bulk_create(new_legs)
    kept = [leg for key, leg in here.items() if key in orders]
    Leg.objects.bulk_update(kept, ["from_sequence", "to_sequence", "figures", "counterparty"])
    TransportOrder.objects.filter(pk__in=list(orders), state="open").update(state="planned")
    return found


def reckon(load: Load, stops: Sequence[Stop], legs: Sequence[Leg]) -> None:
    """Work out kilometres, fill and what is on board after each stop; the caller saves.

    Empty kilometres are those between two stops with nothing on board. Raises ``Refused`` if the
    vehicle cannot take what is on it at any time.
    """
    matrix = road([each.place for each in stops])
    total = empty = Decimal(0)
    on_board: dict[UUID, Amounts] = {}
    boards: list[Amounts] = []
    for before, stop in zip([None, *stops], stops, strict=False):
        if before is not None:
            hop = matrix.hop(before.place_code, stop.place_code)
            stop.leg_km = Decimal(hop.km).quantize(KM)
            total += stop.leg_km
            empty += Decimal(0) if on_board else stop.leg_km
        for leg in legs:
            if leg.to_sequence == stop.sequence:
                on_board.pop(leg.shipment_id, None)
            if leg.from_sequence == stop.sequence:
                on_board[leg.shipment_id] = from_json(leg.figures)
        boards.append(sum(on_board.values(), NOTHING))
        stop.load_after = as_json(boards[-1])
    load.distance_km, load.empty_km = total, empty
    load.starts_at, load.ends_at = stops[0].planned_arrival, stops[-1].planned_departure
    _fill(load, stops, boards)
    for leg in legs:
        between = [each for each in stops if leg.from_sequence < each.sequence <= leg.to_sequence]
        leg.distance_km = sum((each.leg_km or Decimal(0) for each in between), Decimal(0))


def _fill(load: Load, stops: Sequence[Stop], boards: Sequence[Amounts]) -> None:
    """Write how full the load is where it is fullest; refuse what does not fit."""
    capacity = capacity_from(load.capacity)
    load.fill, load.limiting = None, ""
    if capacity is None:
        return
    for stop, board in zip(stops, boards, strict=True):
        if too_much := overloads(board, capacity):
            raise Refused(
                "orders", f"goods that fit after {stop.place['name']}", "; ".join(too_much)
            )
    fullest = max((fill(board, capacity) for board in boards), key=lambda each: each.share)
    load.fill, load.limiting = fullest.share.quantize(SHARE), fullest.limiting.value


def _orders(rides: Iterable[Ride]) -> dict[UUID, TransportOrder]:
    """Return the orders locked; raise ``Refused`` for what is not there, done or cancelled."""
    wanted = [each.order_id for each in rides]
    rows = TransportOrder.objects.filter(owner_id=acting_organisation_id(), pk__in=wanted)
    found = {each.pk: each for each in rows.select_for_update(of=("self",))}
    for key in wanted:
        order = found.get(key)
        if order is None or order.state in {"done", "cancelled"}:
            raise Refused("orders", "orders of yours that still have to be moved", key)
        act_at([order.origin, order.destination], field="orders")
    return {key: found[key] for key in wanted}


def _take_off(load: Load, legs: Sequence[Leg]) -> None:
    """Take shipments off a load; those on no other one go, and their orders are open again."""
    if not legs:
        return
    shipments = [each.shipment_id for each in legs]
    Leg.objects.filter(pk__in=[each.pk for each in legs]).delete()
    riding = set(
        Leg.objects.filter(owner_id=load.owner_id, shipment_id__in=shipments).values_list(
            "shipment_id", flat=True
        )
    )
    gone = [each.shipment for each in legs if each.shipment_id not in riding]
    TransportOrder.objects.filter(
        owner_id=load.owner_id, pk__in=[each.order_id for each in gone]
    ).update(state="open")
    Shipment.objects.filter(pk__in=[each.pk for each in gone]).delete()


def _riding_on(rides: Sequence[Ride], stops: Mapping[int, Stop]) -> dict[UUID, Shipment]:
    """Return shipments of orders that another load brings to where this one picks them up.

    Raises ``Refused`` for an order that another load carries elsewhere.
    """
    owner = acting_organisation_id()
    starts = {each.order_id: stops[each.from_sequence].place_code for each in rides}
    rows = Shipment.objects.filter(owner_id=owner, order_id__in=list(starts))
    found = {each.pk: each for each in rows.exclude(state=LoadState.CANCELLED)}
    if not found:
        return {}
    ends: dict[UUID, tuple[str, str]] = {}
    last = Leg.objects.filter(owner_id=owner, shipment_id__in=list(found)).order_by("position")
    places = Stop.objects.filter(
        owner_id=owner, load_id=OuterRef("load_id"), sequence=OuterRef("to_sequence")
    )
    for key, number, place in last.annotate(
        end=Subquery(places.values("place_code")[:1])
    ).values_list("shipment_id", "load__number", "end"):
        ends[key] = (number, place)
    for shipment in found.values():
        number, place = ends.get(shipment.pk, ("", starts[shipment.order_id]))
        if place != starts[shipment.order_id]:
            raise Refused(
                "orders", f"orders that are not on load {number} already", shipment.number
            )
    return {each.order_id: each for each in found.values()}


def _next_position(shipment: Shipment) -> int:
    return Leg.objects.filter(owner_id=shipment.owner_id, shipment_id=shipment.pk).count() + 1


def _new_shipments(
    load: Load,
    orders: Sequence[TransportOrder],
    rides: Sequence[Ride],
    stops: Mapping[int, Stop],
) -> dict[UUID, Shipment]:
    """Make a shipment for each order; hidden from the partner until the load is planned."""
    by_order = {each.order_id: each for each in rides}
    made = {}
    items = _items([each.pk for each in orders])
    for order, number in zip(orders, next_numbers("shipment", len(orders)), strict=True):
        ride = by_order[order.pk]
        needed = needed_of(order)
        made[order.pk] = Shipment(
            owner_id=order.owner_id,
            counterparty_id=order.owner_id,
            order=order,
            number=number,
            state=LoadState.DRAFT,
            mode=load.mode,
            is_inbound=order.is_inbound,
            origin=order.origin,
            destination=order.destination,
            items=items.get(order.pk, []),
            planned_pickup=stops[ride.from_sequence].planned_arrival,
            planned_delivery=stops[ride.to_sequence].planned_arrival,
            **needed.columns(),
        )
    Shipment.objects.bulk_create(made.values())
    return made


def _items(order_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, object]]]:
    """Return the items of orders as shipments keep them."""
    found: dict[UUID, list[dict[str, object]]] = {}
    rows = OrderItem.objects.filter(order_id__in=list(order_ids)).order_by("order_id", "position")
    for row in rows:
        found.setdefault(row.order_id, []).append(
            {
                "position": row.position,
                "part_number": row.part_number,
                "partner_part_number": row.partner_part_number,
                "name": row.name,
                "quantity": f"{row.quantity:f}",
                "unit": row.unit,
            }
        )
    return found
