"""Full truck, milk run, part load over a cross-dock or parcel: one pricing function (TR-02)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from uuid import UUID

from collab.organisations.clock import own_day
from collab.organisations.models import Site
from transport.models import Departure, TransportOrder
from transport.queries.tariffs import CarrierTariff
from transport.rules.load import Amounts
from transport.rules.modes import Leg, Option, Verdict, compare
from transport.rules.tariff import Mode, Movement, Tariff, TariffGap, price
from transport.services.arrivals import zone_of
from transport.services.building import chosen_orders
from transport.services.departures import departures_by_carrier, timetable_of, unloaded
from transport.services.distances import way
from transport.services.figures import total_of
from transport.services.orders import travel_minutes
from transport.services.places import Place, organisation_of, place_of
from transport.services.pricing import movement_of, tariffs_on, zones_tried

HANDLING = timedelta(hours=2)
LOOKED_AHEAD = timedelta(days=30)
MOST_DOCKS = 6
BY_MODE = {
    Mode.DIRECT: "full_truck",
    Mode.MILK_RUN: "milk_run",
    Mode.PART_LOAD: "cross_dock",
    Mode.PARCEL: "parcel",
}
"""How a load is called that was priced by a tariff of a mode."""


def options_for(order_ids: Sequence[UUID]) -> dict[str, tuple[Verdict, ...]]:
    """Return the ways to move orders of one lane, by currency, possible and cheap ones first.

    Orders between other places than the first one's are no part of the comparison. Every tariff
    in force makes an option of its mode; a part load goes straight or over each cross-dock of a
    partner that is a tariff's carrier, by the carrier's fixed departures where there are any.
    """
    orders = chosen_orders(order_ids)
    first = orders[0]
    lane = [
        each
        for each in orders
        if (each.origin_code, each.destination_code) == (first.origin_code, first.destination_code)
    ]
    day = own_day(first.pickup_from)
    found: dict[str, list[Option]] = {}
    amounts = total_of(lane)
    timetables = departures_by_carrier()
    for each in tariffs_on(day):
        known = timetables.get(each.carrier_id, [])
        for option in _options(each, first, amounts, day, known):
            found.setdefault(each.tariff.currency, []).append(option)
    return {
        currency: compare(
            options,
            ready_at=max(order.pickup_from for order in lane),
            due_at=min(order.delivery_until for order in lane),
        )
        for currency, options in sorted(found.items())
    }


def _options(
    offered: CarrierTariff,
    order: TransportOrder,
    amounts: Amounts,
    day: date,
    departures: Sequence[Departure],
) -> list[Option]:
    tariff = offered.tariff

    def leg(origin: Place, destination: Place) -> Leg:
        return _leg(tariff, origin, destination, amounts, day=day, departures=departures)

    straight = leg(order.origin, order.destination)
    options = [Option(tariff.name, tariff.mode, (straight,))]
    if tariff.mode == Mode.PART_LOAD:
        for dock in _docks(offered.carrier_id):
            legs = (leg(order.origin, dock), leg(dock, order.destination))
            options.append(Option(f"{tariff.name} · {dock['name']}", tariff.mode, legs))
    return options


def _leg(
    tariff: Tariff,
    origin: Place,
    destination: Place,
    amounts: Amounts,
    *,
    day: date,
    departures: Sequence[Departure],
) -> Leg:
    """Return one leg with its fixed departures, if part loads have any between these places."""
    known = departures if tariff.mode == Mode.PART_LOAD else ()
    begins = datetime.combine(day, time(), tzinfo=zone_of(origin)) - timedelta(days=1)
    found = timetable_of(known, origin, destination, since=begins, until=begins + LOOKED_AHEAD)
    km = Decimal(way(origin, destination).km).quantize(Decimal("0.01"))
    movement = movement_of(tariff.mode, origin, destination, day=day, km=km, amounts=amounts)
    minutes = travel_minutes(origin, destination)
    return Leg(
        movement=_fitted(movement, tariff),
        tariff=tariff,
        duration=timedelta(minutes=minutes) + HANDLING,
        runs=unloaded(found, HANDLING),
    )


def _fitted(movement: Movement, tariff: Tariff) -> Movement:
    """Return the movement in the narrowest zones that the tariff prices."""
    for origin, destination in product(
        zones_tried(movement.origin_zone), zones_tried(movement.destination_zone)
    ):
        tried = replace(movement, origin_zone=origin, destination_zone=destination)
        try:
            price(tried, tariff)
        except TariffGap:
            continue
        return tried
    return movement


def _docks(carrier_id: int) -> list[Place]:
    rows = Site.visible.filter(owner_id=carrier_id).exclude(kind=Site.Kind.OFFICE)
    found = [place_of(each) for each in rows.order_by("code")[:MOST_DOCKS]]
    return [each for each in found if organisation_of(each) == carrier_id]
