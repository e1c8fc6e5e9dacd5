"""What a load will cost by the agreed tariffs, and each shipment's share of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

from django.utils import timezone

from collab.organisations.context import acting
from transport.models import Leg, Load, ShipmentCost, Stop
from transport.models import Mode as LoadMode
from transport.queries.tariffs import CarrierTariff, carrier_tariffs
from transport.rules.load import Amounts
from transport.rules.tariff import Mode, Movement, Price, Tariff, TariffGap, price
from transport.services.figures import from_json
from transport.services.places import Place, zones_of

MODES = {
    LoadMode.FULL_TRUCK: Mode.DIRECT,
    LoadMode.MILK_RUN: Mode.MILK_RUN,
    LoadMode.CROSS_DOCK: Mode.PART_LOAD,
    LoadMode.PARCEL: Mode.PARCEL,
    LoadMode.PREMIUM: Mode.DIRECT,
}
"""Which tariffs price a load of a mode."""
NO_KM = Decimal("0.01")


def movement_of(
    mode: Mode,
    origin: Place,
    destination: Place,
    *,
    day: date,
    km: Decimal,
    amounts: Amounts,
    extra_stops: int = 0,
) -> Movement:
    """Return a movement between two places, in their narrower zones."""
    return Movement(
        mode=mode,
        origin_zone=zones_of(origin)[0],
        destination_zone=zones_of(destination)[0],
        day=day,
        km=km,
        kg=amounts.kg,
        m3=amounts.m3,
        pallets=amounts.pallets,
        ldm=amounts.ldm,
        extra_stops=extra_stops,
    )


def price_between(movement: Movement, tariff: Tariff) -> Price:
    """Return the price with the narrowest zones the tariff knows: places first, then countries.

    Raises ``TariffGap`` as ``rules.tariff.price`` does, for the narrowest zones.
    """
    first: TariffGap | None = None
    for origin, destination in product(
        zones_tried(movement.origin_zone), zones_tried(movement.destination_zone)
    ):
        try:
            return price(_between(movement, origin, destination), tariff)
        except TariffGap as gap:
            first = first or gap
    raise first or TariffGap(tariff.name, f"no zones for {movement.lane}")


def cheapest_of(
    movement: Movement, tariffs: Sequence[CarrierTariff], *, currency: str, vehicle_type: str = ""
) -> tuple[CarrierTariff, Price] | None:
    """Return the cheapest tariff in the currency that covers the movement, with its price.

    A tariff for another vehicle type is passed over.
    """
    found: list[tuple[CarrierTariff, Price]] = []
    for each in tariffs:
        if each.vehicle_type not in {"", vehicle_type} or each.tariff.currency != currency:
            continue
        try:
            found.append((each, price_between(movement, each.tariff)))
        except TariffGap:
            continue
    return min(found, key=lambda pair: (pair[1].cents, pair[0].rank)) if found else None


def tariffs_on(day: date) -> list[CarrierTariff]:
    """Return the tariffs in force; read once per unit of work and day."""
    memo = acting().memo.setdefault("transport.tariffs", {})
    if day not in memo:
        memo[day] = carrier_tariffs(day)
    found: list[CarrierTariff] = memo[day]
    return found


def movement_of_load(load: Load, stops: Sequence[Stop], legs: Sequence[Leg]) -> Movement:
    """Return what a load is as a movement: first pick-up to last stop, all goods, stops between."""
    first, last = stops[0], stops[-1]
    amounts = sum((from_json(each.figures) for each in legs), Amounts())
    return movement_of(
        MODES[LoadMode(load.mode)],
        first.place,
        last.place,
        day=timezone.localdate(load.starts_at),
        km=load.distance_km or Decimal(0),
        amounts=amounts,
        extra_stops=max(0, len(stops) - 2),
    )


def price_load(load: Load, stops: Sequence[Stop], legs: Sequence[Leg]) -> None:
    """Write the expected cost of a load and the shares of its shipments; the caller saves it.

    The cheapest tariff that covers it counts; none leaves the cost unknown. Shares go by tonne
    kilometres of each leg, the last cent to the largest.
    """
    movement = movement_of_load(load, stops, legs)
    found = cheapest_of(
        movement, tariffs_on(movement.day), currency=load.currency, vehicle_type=load.vehicle_type
    )
    load.expected_cost_minor = found[1].cents if found else None
    if found is not None:
        _share_out(load, legs, found[1].cents)


def _share_out(load: Load, legs: Sequence[Leg], cents: int) -> None:
    weights = {
        each.shipment_id: from_json(each.figures).kg * max(each.distance_km or NO_KM, NO_KM)
        for each in legs
    }
    total = sum(weights.values(), Decimal(0))
    if not total:
        return
    shares = {key: int(cents * weight / total) for key, weight in weights.items()}
    largest = max(weights, key=lambda key: (weights[key], str(key)))
    shares[largest] += cents - sum(shares.values())
    ShipmentCost.objects.bulk_create(
        [
            ShipmentCost(
                owner_id=load.owner_id,
                shipment_id=key,
                expected_minor=share,
                currency=load.currency,
            )
            for key, share in shares.items()
        ],
        update_conflicts=True,
        unique_fields=["owner", "shipment"],
        update_fields=["expected_minor", "currency"],
    )


def zones_tried(zone: str) -> tuple[str, str]:
    """Return the zones a tariff is asked for, the narrower first: RO-Brasov, RO."""
    return zone, zone.partition("-")[0]


def _between(movement: Movement, origin: str, destination: str) -> Movement:
    return replace(movement, origin_zone=origin, destination_zone=destination)
