"""What a load will cost by the agreed tariffs, and each shipment's share of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from uuid import UUID

from collab.organisations.clock import own_day
from collab.organisations.context import acting
from transport.models import Leg, Load, LoadState, ShipmentCost, Stop
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
        day=own_day(load.starts_at),
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
    keys = [each.shipment_id for each in legs]
    costs = _elsewhere(load, keys)
    if found is not None:
        for key, share in shares_of(found[1].cents, legs).items():
            costs[key] = costs.get(key, 0) + share
    _keep_costs(load, keys, costs)


def shares_of(cents: int, legs: Sequence[Leg]) -> dict[UUID, int]:
    """Return each shipment's share of what a load costs; together they are ``cents``."""
    weights = {
        each.shipment_id: from_json(each.figures).kg * max(each.distance_km or NO_KM, NO_KM)
        for each in legs
    }
    total = sum(weights.values(), Decimal(0))
    if not total:
        return {}
    shares = {key: int(cents * weight / total) for key, weight in weights.items()}
    largest = max(weights, key=lambda key: (weights[key], str(key)))
    shares[largest] += cents - sum(shares.values())
    return shares


def _elsewhere(load: Load, keys: Sequence[UUID]) -> dict[UUID, int]:
    """Return the shares of these shipments in other loads: before or behind a cross-dock."""
    other = Leg.objects.filter(owner_id=load.owner_id, shipment_id__in=keys).exclude(load=load)
    carrying = set(other.values_list("load_id", flat=True))
    if not carrying:
        return {}
    legs: dict[UUID, list[Leg]] = {}
    for leg in Leg.objects.filter(owner_id=load.owner_id, load_id__in=carrying).select_related(
        "load"
    ):
        legs.setdefault(leg.load_id, []).append(leg)
    found: dict[UUID, int] = {}
    for rows in legs.values():
        cents = rows[0].load.expected_cost_minor
        if cents is None or rows[0].load.state == LoadState.CANCELLED:
            continue
        for key, share in shares_of(cents, rows).items():
            if key in keys:
                found[key] = found.get(key, 0) + share
    return found


def _keep_costs(load: Load, keys: Sequence[UUID], costs: Mapping[UUID, int]) -> None:
    """Write what each shipment is expected to cost; forget it where no tariff says so."""
    unknown = [key for key in keys if key not in costs]
    if unknown:
        ShipmentCost.objects.filter(shipment_id__in=unknown, actual_minor__isnull=True).delete()
    ShipmentCost.objects.bulk_create(
        [
            ShipmentCost(
                owner_id=load.owner_id,
                shipment_id=key,
                expected_minor=cents,
                currency=load.currency,
            )
            for key, cents in costs.items()
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
