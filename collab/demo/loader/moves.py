"""Vehicle types, orders from firm calls, and loads before and after the road."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from collab.demo.loader.directory import Directory
from collab.demo.network import DemoNetwork
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_for, acting_organisation_id
from collab.organisations.models import Organisation
from transport.models import Load, LoadState, Stop, TransportOrder, VehicleType
from transport.services.building import plan_stops
from transport.services.calls import place_orders_from_calls
from transport.services.figures import needed_of
from transport.services.loads import StopPlan, make_load
from transport.services.notices import tell
from transport.services.orders import OrderPlan, Window, place_orders
from transport.services.partners import sync_partners

CUSTOMERS = ("avalon", "kestrel")
CALLED_DAYS = 13  # two Mondays, whatever day it is: what is called for a week is due from its first
COMING, PAST = 9, 9  # loads per customer
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
COMING_STATES = (
    LoadState.DRAFT, LoadState.PLANNED, LoadState.ACCEPTED, LoadState.SLOT_BOOKED,
    LoadState.PLANNED,
)  # fmt: skip
PAST_STATES = (LoadState.UNLOADED, LoadState.PROOF_OF_DELIVERY, LoadState.SETTLED)
TYPES: tuple[dict[str, Any], ...] = (
    {
        "code": "MEGA", "name": "Mega trailer, 13.6 m", "capacity_kg": 24_500,
        "capacity_m3": 100, "capacity_pallets": 34, "capacity_load_metres": Decimal("13.6"),
        "capabilities": ["side"], "fixed_per_day_minor": 26_500, "per_km_minor": 115,
        "per_hour_minor": 3_500, "emissions_empty_kg_per_km": Decimal("0.62"),
        "emissions_full_kg_per_km": Decimal("0.93"),
    },
    {
        "code": "RIGID12", "name": "Rigid truck, 12 t", "capacity_kg": 6_000, "capacity_m3": 42,
        "capacity_pallets": 18, "capacity_load_metres": Decimal("7.2"),
        "capabilities": ["dock"], "fixed_per_day_minor": 18_000, "per_km_minor": 88,
        "per_hour_minor": 3_200, "emissions_empty_kg_per_km": Decimal("0.41"),
        "emissions_full_kg_per_km": Decimal("0.55"),
    },
    {
        "code": "VAN", "name": "Van, 3.5 t", "capacity_kg": 1_200, "capacity_m3": 14,
        "capacity_pallets": 5, "capacity_load_metres": Decimal("4.2"), "capabilities": [],
        "fixed_per_day_minor": 9_000, "per_km_minor": 62, "per_hour_minor": 2_800,
        "emissions_empty_kg_per_km": Decimal("0.21"),
        "emissions_full_kg_per_km": Decimal("0.27"),
    },
)  # fmt: skip


def write(network: DemoNetwork, directory: Directory, *, as_of: datetime) -> None:
    """Write what each car maker has planned, and what came in the days before."""
    for customer in CUSTOMERS:
        carriers = carriers_of(network, directory, customer)
        with acting_for(directory.organisations[customer]):
            vehicle = vehicle_types()
            until = own_day(as_of) + CALLED_DAYS * DAY
            place_orders_from_calls(until=until, as_of=as_of)
            waiting = _fitting(vehicle)
            _coming(waiting, vehicle, carriers, as_of)
            _past(waiting, vehicle, carriers, as_of)


def carriers_of(
    network: DemoNetwork, directory: Directory, customer: str
) -> Sequence[Organisation]:
    """Return those who carry for a customer, in the order of the network."""
    partners = [
        directory.organisations[edge.supplier]
        for edge in network.partnerships
        if edge.customer == customer
    ]
    return [each for each in partners if each.kind == Organisation.Kind.CARRIER]


def vehicle_types() -> VehicleType:
    """Write the acting organisation's vehicle types; return the largest."""
    made = [
        VehicleType.objects.get_or_create(
            owner_id=acting_organisation_id(), code=each["code"], defaults=each
        )[0]
        for each in TYPES
    ]
    return made[0]


def _fitting(vehicle: VehicleType) -> list[TransportOrder]:
    """Return the waiting orders that one vehicle takes, the first pick-up first."""
    rows = TransportOrder.objects.filter(
        owner_id=acting_organisation_id(),
        state="open",
        weight_kg__lte=vehicle.capacity_kg,
        pallets__lte=vehicle.capacity_pallets,
        load_metres__lte=vehicle.capacity_load_metres,
    )
    return list(rows.order_by("pickup_from", "number"))


def _coming(
    waiting: Sequence[TransportOrder],
    vehicle: VehicleType,
    carriers: Sequence[Organisation],
    as_of: datetime,
) -> None:
    """Plan every other waiting order, until there are enough loads; some have a carrier."""
    made = 0
    for order in waiting[::2]:
        if made == COMING:
            return
        state = COMING_STATES[made % len(COMING_STATES)]
        try:
            stops = plan_stops([order], now=as_of)
        except Refused:
            continue  # too late for this one: it stays with the planner
        load = make_load(mode="full_truck", stops=stops, vehicle_type=vehicle)
        load.state = state
        if state in {LoadState.ACCEPTED, LoadState.SLOT_BOOKED}:
            _give(load, carriers[made % len(carriers)], made)
            if state == LoadState.SLOT_BOOKED:
                _book(load)
            _settle(load, "tender_accepted", as_of - 20 * HOUR)
        elif state == LoadState.PLANNED:
            _settle(load, "order_planned", as_of - DAY)
        made += 1


def _past(
    waiting: Sequence[TransportOrder],
    vehicle: VehicleType,
    carriers: Sequence[Organisation],
    as_of: datetime,
) -> None:
    """Write loads that came in the last days, like the waiting ones but a week or so earlier."""
    plans = [
        _earlier(order, shift=(order.delivery_until - as_of) + (1 + place) * 10 * HOUR)
        for place, order in enumerate(islice(waiting, PAST))
    ]
    for place, placed in enumerate(place_orders(plans)):
        order = placed.order
        load = make_load(mode="full_truck", stops=_both_ends(order), vehicle_type=vehicle)
        _give(load, carriers[place % len(carriers)], place)
        load.state = PAST_STATES[min(place // 2, len(PAST_STATES) - 1)]
        stops = list(Stop.objects.filter(load=load).order_by("sequence"))
        for stop in stops:
            stop.arrived_at = stop.planned_arrival + (place % 4) * timedelta(minutes=11)
            stop.departed_at = stop.planned_departure + (place % 4) * timedelta(minutes=11)
        Stop.objects.bulk_update(stops, ["arrived_at", "departed_at"])
        _settle(load, "unloaded", stops[-1].departed_at or as_of)


def _earlier(order: TransportOrder, *, shift: timedelta) -> OrderPlan:
    """Return an order for the same goods some time before."""
    return OrderPlan(
        origin=order.origin,
        destination=order.destination,
        pickup=Window(order.pickup_from - shift, order.pickup_until - shift),
        delivery=Window(order.delivery_from - shift, order.delivery_until - shift),
        needed=needed_of(order),
        source_key=f"demo/{order.number}",
    )


def _both_ends(order: TransportOrder) -> list[StopPlan]:
    """Return pick-up and delivery in the first hours of their windows."""
    pickup = StopPlan(
        purpose="pickup",
        place=order.origin,
        window_from=order.pickup_from,
        window_until=order.pickup_until,
        planned_arrival=order.pickup_from,
        planned_departure=order.pickup_from + HOUR,
        on=(order.pk,),
    )
    arrival = max(order.delivery_from, order.delivery_until - 4 * HOUR)
    return [
        pickup,
        replace(
            pickup,
            purpose="delivery",
            place=order.destination,
            window_from=order.delivery_from,
            window_until=order.delivery_until,
            planned_arrival=arrival,
            planned_departure=arrival + HOUR,
            on=(),
            off=(order.pk,),
        ),
    ]


def _give(load: Load, carrier: Organisation, place: int) -> None:
    load.counterparty_id = carrier.pk
    load.plate = f"{carrier.country}-{carrier.short_name[:2].upper()} {4100 + 7 * place}"


def _book(load: Load) -> None:
    last = Stop.objects.filter(load=load).order_by("-sequence").first()
    if last is not None:
        last.slot_from, last.slot_until = last.planned_arrival, last.planned_arrival + HOUR
        last.save(update_fields=["slot_from", "slot_until"])


def _settle(load: Load, code: str, at: datetime) -> None:
    """Save a load as it was brought to its state, and what partners see of it."""
    load.version += 1
    load.save()
    sync_partners(load)
    tell(load, code, happened_at=at, key=at.isoformat())
