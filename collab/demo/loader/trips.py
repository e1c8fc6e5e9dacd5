"""Trucks on the road: loads that carriers have accepted, and the positions they sent so far."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from collab.demo.facts import DemoSupply
from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.demo.roads import LEAST_MINUTES, Road, way_of
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from transport.models import Load, LoadState, Stop, VehicleType
from transport.services.figures import Needed
from transport.services.following import follow
from transport.services.links import keep_links
from transport.services.loads import StopPlan, assign_carrier, make_load, move_load
from transport.services.orders import Item, OrderPlan, Window, place_order, travel_minutes
from transport.services.places import Place, place_named
from transport.services.positions import MOST, PositionReport, record_positions

PER_CUSTOMER = {"avalon": 14, "kestrel": 8, "brasov": 1}
OWN_WAY = ("silesia", "brasov")  # fetched with a truck of one's own
PING_EVERY = timedelta(minutes=30)
SEEN_BACK = timedelta(hours=20)
NEWEST = timedelta(minutes=10)
LOADING = timedelta(hours=1)
LATE_BY = {2: timedelta(minutes=90), 6: timedelta(hours=5)}  # by place in a customer's list
SILENT = 4  # never sent a position
LOST = 9  # fell silent three hours ago
OWN_SHARE = 0.7
OWN_SPARE = timedelta(minutes=15)
OWN_SEEN = timedelta(minutes=100)
"""A truck of one's own is just in time, and its last position some time ago."""
TRUCK = {
    "name": "Semi-trailer, 13.6 m",
    "capacity_kg": 24_000,
    "capacity_m3": 90,
    "capacity_pallets": 34,
    "capacity_load_metres": Decimal("13.6"),
    "fixed_per_day_minor": 25_000,
    "per_km_minor": 110,
    "per_hour_minor": 3_500,
    "emissions_empty_kg_per_km": Decimal("0.6"),
    "emissions_full_kg_per_km": Decimal("0.9"),
}


@dataclass(frozen=True, slots=True)
class _Trip:
    """One truck: what it carries, for whom, by whom, and how far it has come."""

    supply: DemoSupply
    carrier: str
    place: int
    share: float
    weight_kg: int
    pallets: int

    @property
    def is_own(self) -> bool:
        """Whether the customer drives itself."""
        return self.carrier == self.supply.customer


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Put trucks on the road of the car makers, and on that of Brasov's own fleet."""
    rng = np.random.default_rng([network.seed, 23])
    for customer, wanted in PER_CUSTOMER.items():
        for trip in _trips(network, customer, wanted, rng):
            _drive(trip, network, directory, as_of)


def _trips(
    network: DemoNetwork, customer: str, wanted: int, rng: np.random.Generator
) -> Iterator[_Trip]:
    """Yield a trip for each way of the customer, carriers in turn."""
    movers = {each.slug for each in network.organisations if each.kind in {"carrier", "logistics"}}
    carriers = [
        edge.supplier
        for edge in network.partnerships
        if edge.customer == customer and edge.supplier in movers
    ] or [customer]
    ways = {
        (one.supplier, one.ship_from, one.ship_to): one
        for one in network.supplies
        if one.customer == customer
        and (customer != OWN_WAY[1] or (one.supplier, one.customer) == OWN_WAY)
    }
    for place, supply in enumerate(list(ways.values())[:wanted]):
        yield _Trip(
            supply=supply,
            carrier=carriers[place % len(carriers)],
            place=place,
            share=OWN_SHARE if carriers == [customer] else float(rng.uniform(0.08, 0.92)),
            weight_kg=int(rng.integers(4_000, 21_000)),
            pallets=int(rng.integers(8, 33)),
        )


def _drive(trip: _Trip, network: DemoNetwork, directory: Directory, as_of: datetime) -> None:
    bpns = {each.slug: each.bpn for each in network.organisations}
    customer = directory.organisations[trip.supply.customer]
    carrier = directory.organisations[trip.carrier]
    with acting_for(customer):
        origin = place_named(f"{bpns[trip.supply.supplier]}/{trip.supply.ship_from}")
        target = place_named(f"{bpns[trip.supply.customer]}/{trip.supply.ship_to}")
        road = way_of(origin, target)
        if road.minutes < LEAST_MINUTES:
            return
        left_at = as_of - timedelta(minutes=road.elapsed(trip.share))
        load = _load(trip, origin, target, left_at)
        assign_carrier(load.pk, carrier_id=carrier.pk, plate=_plate(trip))
        move_load(load.pk, LoadState.ACCEPTED, by="carrier", happened_at=left_at - 2 * LOADING)
    if trip.place == SILENT:
        with acting_for(carrier):
            keep_links([load.pk], now=as_of)
        return
    quiet = OWN_SEEN if trip.is_own else timedelta(hours=3) if trip.place == LOST else NEWEST
    be_seen(load, road, left_at, carrier=carrier, until=as_of - quiet, as_of=as_of)


def be_seen(
    load: Load,
    road: Road,
    left_at: datetime,
    *,
    carrier: Organisation,
    until: datetime,
    as_of: datetime,
) -> None:
    """Let the carrier send where it was until ``until``, and the load's owner follow it."""
    with acting_for(carrier):
        keep_links([load.pk], now=as_of)
        reports = list(_reports(load, road, left_at, until))
        for start in range(0, len(reports), MOST):
            record_positions(reports[start : start + MOST], received_at=as_of)
    with acting_for(load.owner_id):
        follow([load.pk], now=as_of)


def _load(trip: _Trip, origin: Place, target: Place, left_at: datetime) -> Load:
    """Make the load with one order, planned so that it is on time, late, or just in time."""
    late = LATE_BY.get(trip.place, timedelta())
    spare = timedelta(hours=1) if late else timedelta(hours=5)
    if trip.is_own:
        late, spare = timedelta(), OWN_SPARE
    planned = left_at - LOADING - late
    closes = left_at - late + timedelta(minutes=travel_minutes(origin, target)) + spare
    order = place_order(
        OrderPlan(
            origin=origin,
            destination=target,
            pickup=Window(planned, planned + 4 * LOADING),
            delivery=Window(closes - timedelta(hours=4), closes),
            needed=_needed(trip),
            items=(_item(trip),),
            source_key=f"demo-trip:{trip.supply.supplier}:{trip.place}",
        )
    ).order
    vehicle, _is_new = VehicleType.objects.get_or_create(code="SEMI", defaults=TRUCK)
    load = make_load(
        mode="full_truck",
        vehicle_type=vehicle,
        state=LoadState.PLANNED,
        made_at=planned - timedelta(days=2),
        stops=[
            _halt(Stop.Purpose.PICKUP, origin, planned, planned + 4 * LOADING, on=[order.pk]),
            _halt(
                Stop.Purpose.DELIVERY,
                target,
                closes - timedelta(hours=4),
                closes,
                off=[order.pk],
            ),
        ],
    )
    happened_at = planned - timedelta(days=1)
    return move_load(load.pk, LoadState.TENDERED, by="planner", happened_at=happened_at)


def _needed(trip: _Trip) -> Needed:
    return Needed(
        weight_kg=Decimal(trip.weight_kg),
        volume_m3=Decimal(trip.pallets) * Decimal("1.9"),
        pallets=Decimal(trip.pallets),
        load_metres=Decimal(trip.pallets) * Decimal("0.4"),
    )


def _item(trip: _Trip) -> Item:
    return Item(
        part_number=trip.supply.customer_number,
        partner_part_number=trip.supply.supplier_number,
        quantity=Decimal(trip.pallets * 24),
        unit=trip.supply.unit,
        name=trip.supply.name,
    )


def _halt(purpose: str, place: Place, opens: datetime, closes: datetime, **goods: Any) -> StopPlan:
    arrival = opens if purpose == Stop.Purpose.PICKUP else closes - LOADING
    return StopPlan(
        purpose=purpose,
        place=place,
        window_from=opens,
        window_until=closes,
        planned_arrival=arrival,
        planned_departure=arrival + LOADING,
        **goods,
    )


def _reports(load: Load, road: Road, left_at: datetime, last: datetime) -> Iterator[PositionReport]:
    """Yield what the truck sent: at the pick-up, then every half-hour of its way until last."""
    first = max(left_at, last - SEEN_BACK)
    at = [left_at - LOADING / 2]
    while first < last:
        first += PING_EVERY
        at.append(min(first, last))
    for moment in at:
        share = road.share_at(max(0.0, (moment - left_at) / timedelta(minutes=1)))
        latitude, longitude = road.at(share)
        yield PositionReport(
            load=str(load.pk),
            latitude=latitude,
            longitude=longitude,
            recorded_at=moment,
            speed_kmh=road.speed_kmh if share > 0 else 0.0,
        )


def _plate(trip: _Trip) -> str:
    return f"{trip.carrier[:2].upper()} {trip.supply.customer[:1].upper()}{100 + trip.place}"
