"""A delivery to Avalon that changes trucks at the cross-dock of the demo and has left it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from collab.demo.loader.advices import calls_due, send
from collab.demo.loader.directory import Directory
from collab.demo.loader.trips import NEWEST, TRUCK, be_seen
from collab.demo.network import DemoNetwork
from collab.demo.roads import way_of
from collab.organisations.context import acting_for
from forecasting.queries.calls import CallRow
from transport.models import Load, LoadState, Shipment, Stop, VehicleType
from transport.services.figures import Needed
from transport.services.loads import StopPlan, assign_carrier, make_load, move_load
from transport.services.orders import Item, OrderPlan, Window, place_order
from transport.services.places import Place, place_named

CUSTOMER, CARRIER, HUB = "avalon", "fjord", "rhine"
STORY = frozenset({"brasov", "porto"})  # their deliveries are on the road already
HOUR = timedelta(hours=1)
LEFT, AT_HUB, LEFT_HUB, DUE = -40 * HOUR, -15 * HOUR, -9 * HOUR, 26 * HOUR
FIRST_WAY = LoadState.AT_PICKUP, LoadState.IN_TRANSIT, LoadState.ARRIVED
SECOND_WAY = LoadState.AT_PICKUP, LoadState.IN_TRANSIT
PLATE_SUFFIX = 40


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Let the first supplier with calls at hand send over the cross-dock."""
    customer = directory.organisations[CUSTOMER]
    sellers = dict.fromkeys(each.supplier for each in network.supplies if each.customer == CUSTOMER)
    for slug in sellers:
        supplier = directory.organisations[slug]
        if slug in STORY:
            continue
        with acting_for(supplier):
            calls = calls_due(customer.pk, supplier.pk, as_of)
        if not calls or not calls[0].site_code:
            continue
        origin = next(each.ship_from for each in network.supplies if each.supplier == slug)
        with acting_for(customer):
            target = place_named(f"{customer.bpn}/{calls[0].site_code}")
            shipment, load = _drive(
                calls, place_named(f"{supplier.bpn}/{origin}"), target, directory, as_of
            )
            road = way_of(_dock(directory), target)
        be_seen(
            load,
            road,
            as_of + LEFT_HUB,
            carrier=directory.organisations[CARRIER],
            until=as_of - NEWEST,
            as_of=as_of,
        )
        with acting_for(supplier):
            send(calls, as_of + LEFT, PLATE_SUFFIX, shipment=shipment)
        return


def _drive(
    calls: Sequence[CallRow], origin: Place, target: Place, directory: Directory, as_of: datetime
) -> tuple[Shipment, Load]:
    """Make the two loads of the way and drive them; return the second, still on the road."""
    dock = _dock(directory)
    order = place_order(_order(calls, origin, target, as_of)).order
    at, on = (as_of + each for each in (AT_HUB, LEFT_HUB))
    ways = (
        (
            [
                _halt(Stop.Purpose.PICKUP, origin, as_of + LEFT - HOUR, on=[order.pk]),
                _halt(Stop.Purpose.CROSS_DOCK, dock, at, off=[order.pk]),
            ],
            [*zip(FIRST_WAY, (as_of + LEFT - HOUR, as_of + LEFT, at), strict=True)],
        ),
        (
            [
                _halt(Stop.Purpose.CROSS_DOCK, dock, on - HOUR, on=[order.pk]),
                _halt(Stop.Purpose.DELIVERY, target, as_of + DUE, off=[order.pk]),
            ],
            [*zip(SECOND_WAY, (on - HOUR, on), strict=True)],
        ),
    )
    vehicle, _is_new = VehicleType.objects.get_or_create(code="SEMI", defaults=TRUCK)
    made_at = as_of + LEFT - timedelta(days=2)
    loads = [
        make_load(
            mode="cross_dock",
            vehicle_type=vehicle,
            state=LoadState.PLANNED,
            made_at=made_at,
            stops=stops,
        )
        for stops, _moves in ways
    ]
    for load, (_stops, moves) in zip(loads, ways, strict=True):
        move_load(load.pk, LoadState.TENDERED, by="planner", happened_at=made_at)
        assign_carrier(
            load.pk, carrier_id=directory.organisations[CARRIER].pk, plate=f"FJ {load.number[-3:]}"
        )
        move_load(load.pk, LoadState.ACCEPTED, by="carrier", happened_at=made_at + HOUR)
        for state, happened_at in moves:
            move_load(load.pk, state, by="carrier", happened_at=happened_at)
    return Shipment.objects.get(order_id=order.pk), loads[-1]


def _dock(directory: Directory) -> Place:
    return place_named(f"{directory.organisations[HUB].bpn}/DUI")


def _order(calls: Sequence[CallRow], origin: Place, target: Place, as_of: datetime) -> OrderPlan:
    return OrderPlan(
        origin=origin,
        destination=target,
        pickup=Window(as_of + LEFT - 2 * HOUR, as_of + LEFT + 2 * HOUR),
        delivery=Window(as_of + DUE - 2 * HOUR, as_of + DUE + 2 * HOUR),
        needed=Needed(
            weight_kg=Decimal(3_600),
            volume_m3=Decimal(12),
            pallets=Decimal(6),
            load_metres=Decimal("2.4"),
        ),
        items=tuple(
            Item(
                part_number=call.part_number,
                partner_part_number=call.part_number,
                quantity=call.quantity,
                unit=call.unit,
                name=call.part_number,
            )
            for call in calls
        ),
        source_key="demo-hub",
    )


def _halt(purpose: str, place: Place, arrival: datetime, **goods: Any) -> StopPlan:
    return StopPlan(
        purpose=purpose,
        place=place,
        planned_arrival=arrival,
        planned_departure=arrival + HOUR,
        window_from=arrival - HOUR,
        window_until=arrival + 2 * HOUR,
        **goods,
    )
