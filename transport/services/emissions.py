"""What a load emitted, shared out to its shipments and their parts (TR-18, TR-19).

One method per load, disclosed with the result: the fuel that the carrier reported; else the
kilometres of the vehicle type with its own factors, the load of each leg weighed in; else the
published factor of that kind of vehicle for each consignment. A trip of the first two methods
is shared by tonnes and direct distance, so nobody pays for another's detour.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from collab.events.bus import publish
from collab.organisations.clock import own_day
from collab.work.models import Alert
from collab.work.services import Concern, raise_alert
from collab.work.titles import name_type
from transport.events import ShipmentsChanged
from transport.models import (
    CarrierReport,
    Leg,
    Load,
    PartEmission,
    Shipment,
    Stop,
    VehicleType,
)
from transport.rules.emissions import (
    Consignment,
    DistanceBasis,
    Emission,
    Factor,
    FactorUnit,
    Scope,
    fuel_emission,
    leg_emission,
    total,
    trip_shares,
)
from transport.rules.factors import NoFactor, select
from transport.rules.road import great_circle_km
from transport.services.distances import road
from transport.services.factors import known_factors

SCOPE = Scope.WTW
KG_PLACES, PART_PLACES = Decimal("0.001"), Decimal("0.000001")
FUEL = "fuel"
NO_FACTOR, LOAD = "transport.no_factor", "transport.load"
USUAL_VEHICLE = "hgv"


@dataclass(frozen=True, slots=True)
class Account:
    """What a load emitted [kg CO2e], its shares in grams by shipment, and how it was found."""

    emission: Emission
    grams: Mapping[UUID, int]
    method: Mapping[str, Any]


@transaction.atomic
def account_load(load_id: UUID, *, as_of: datetime) -> Account | None:
    """Compute and keep the emissions of a load's shipments and parts; ``None`` without goods.

    Runs acting for the load's owner. The same facts give the same rows: doing it twice changes
    nothing. Raises ``NoFactor`` if no factor fits, never falling back on a figure of its own.
    """
    load = Load.objects.select_for_update(of=("self",)).get(pk=load_id)
    goods = _goods(load)
    if not goods:
        return None
    found = account_of(load, goods, factors=known_factors())
    load.emissions_kg = found.emission.kg.quantize(KG_PLACES)
    load.emissions_basis = dict(found.method)
    load.save(update_fields=["emissions_kg", "emissions_basis"])
    changed: dict[int, list[str]] = {}
    for each in goods:
        _keep(each, Decimal(found.grams[each.shipment.pk]) / 1000, found.method, as_of)
        changed.setdefault(each.shipment.counterparty_id, []).append(str(each.shipment.pk))
    for partner_id, keys in changed.items():
        publish(
            ShipmentsChanged(
                change_id=str(uuid4()),
                partner_id=partner_id,
                shipment_ids=keys,
                visit_ids=[],
                late_ids=[],
            )
        )
    return found


def ask_for_factor(load_id: UUID, missing: NoFactor, *, as_of: datetime) -> None:
    """Raise an exception for the load's owner alone: no factor fits."""
    load = Load.objects.get(pk=load_id)
    raise_alert(
        type=NO_FACTOR,
        object_kind=LOAD,
        object_id=load.pk,
        concern=Concern(
            severity=Alert.Severity.INFO.value,
            counterparty_id=load.owner_id,
            title_params={"load": load.number, "reason": str(missing)},
        ),
        at=as_of,
    )


def name_types() -> None:
    """Give the alert type its texts, fullest first."""
    name_type(
        NO_FACTOR,
        _("Emissions of load %(load)s: %(reason)s"),
        _("The emissions of a load cannot be computed"),
    )


@dataclass(frozen=True, slots=True)
class Goods:
    """A leg of a shipment on a load: its mass and how far its two stops are apart.

    ``direct_km`` is the great circle, ``planned_km`` the shortest way by road: never the detour.
    """

    shipment: Shipment
    position: int
    kg: Decimal
    direct_km: Decimal
    planned_km: Decimal
    from_sequence: int
    to_sequence: int


def account_of(load: Load, goods: Sequence[Goods], *, factors: Sequence[Factor]) -> Account:
    """Return the account of a load from what is known of it; writes nothing."""
    on = own_day(load.starts_at)
    method: dict[str, Any]
    if (litres := _fuel(load)) is not None:
        factor = select(
            factors, mode="fuel", vehicle="any", fuel="diesel", scope=SCOPE, on=on,
            unit=FactorUnit.KG_PER_L,
        )  # fmt: skip
        trip = fuel_emission(litres, factor)
        method = {"method": FUEL, "litres": str(litres), "factors": list(trip.factors)}
    elif (trip_and_km := _driven(load, goods)) is not None:
        trip, km = trip_and_km
        method = {"method": "vehicle", "km": str(km), "factors": list(trip.factors)}
    else:
        return _published(goods, _factor(load, factors, on), on)
    consignments = [Consignment(str(each.shipment.pk), each.kg, each.direct_km) for each in goods]
    shares = trip_shares(trip.grams, consignments)
    method |= {"scope": SCOPE.value, "share": "t-km", "distance": DistanceBasis.GREAT_CIRCLE.value}
    return Account(trip, {UUID(name): grams for name, grams in shares.items()}, method)


def _published(goods: Sequence[Goods], factor: Factor, on: date) -> Account:
    """Account each consignment with the published factor of the kind of vehicle."""
    each_one = {each.shipment.pk: leg_emission(each.kg, each.planned_km, factor) for each in goods}
    method = {
        "method": "factor", "factors": [factor.id], "value": str(factor.value),
        "source": factor.source, "edition": factor.edition, "scope": factor.scope.value,
        "distance": DistanceBasis.PLANNED.value, "on": on.isoformat(),
    }  # fmt: skip
    return Account(
        total(list(each_one.values())), {key: one.grams for key, one in each_one.items()}, method
    )


def _factor(load: Load, factors: Sequence[Factor], on: date) -> Factor:
    kind = VehicleType.objects.filter(code=load.vehicle_type).first()
    vehicle = kind.emission_class if kind is not None and kind.emission_class else USUAL_VEHICLE
    return select(factors, mode="road", vehicle=vehicle, scope=SCOPE, on=on)


def _driven(load: Load, goods: Sequence[Goods]) -> tuple[Emission, Decimal] | None:
    """Return the emission of the kilometres between the stops, where the vehicle has factors."""
    kind = VehicleType.objects.filter(code=load.vehicle_type).first()
    stops = list(Stop.objects.filter(load_id=load.pk).order_by("sequence"))
    if kind is None or not kind.emissions_full_kg_per_km or len(stops) < 2:
        return None
    if any(stop.leg_km is None for stop in stops[1:]):
        return None
    kg = km = Decimal(0)
    empty = kind.emissions_empty_kg_per_km
    for before, stop in pairwise(stops):
        aboard = sum(
            (each.kg for each in goods if each.from_sequence <= before.sequence < each.to_sequence),
            Decimal(0),
        )
        share = min(aboard / kind.capacity_kg, Decimal(1))
        leg = stop.leg_km or Decimal(0)
        kg += leg * (empty + (kind.emissions_full_kg_per_km - empty) * share)
        km += leg
    return Emission(kg, SCOPE, (f"vehicle-type:{kind.code}:{kind.version}",)), km


def _fuel(load: Load) -> Decimal | None:
    """Return the litres that the carrier reported for the load, the latest report first."""
    report = (
        CarrierReport.objects.filter(load_id=load.pk, code=FUEL).order_by("-happened_at").first()
    )
    litres = None if report is None else report.facts.get("litres")
    return None if litres is None else Decimal(str(litres))


def _goods(load: Load) -> list[Goods]:
    legs = Leg.objects.filter(load_id=load.pk).select_related("shipment").order_by("position", "pk")
    stops = {stop.sequence: stop for stop in Stop.objects.filter(load_id=load.pk)}
    loaded = [leg for leg in legs if leg.shipment.weight_kg]
    if not loaded:
        return []
    matrix = road([stop.place for stop in stops.values()])
    return [
        Goods(
            shipment=leg.shipment,
            position=leg.position,
            kg=leg.shipment.weight_kg or Decimal(0),
            direct_km=_direct(stops[leg.from_sequence], stops[leg.to_sequence]),
            planned_km=_km(
                matrix.hop(
                    stops[leg.from_sequence].place_code, stops[leg.to_sequence].place_code
                ).km
            ),
            from_sequence=leg.from_sequence,
            to_sequence=leg.to_sequence,
        )
        for leg in loaded
    ]


def _direct(origin: Stop, destination: Stop) -> Decimal:
    ends = [
        (float(at.place["latitude"]), float(at.place["longitude"])) for at in (origin, destination)
    ]
    return _km(great_circle_km(*ends[0], *ends[1]))


def _km(figure: float) -> Decimal:
    return Decimal(str(figure)).quantize(KG_PLACES)


def _keep(goods: Goods, leg_kg: Decimal, method: Mapping[str, Any], as_of: datetime) -> None:
    """Write a shipment's emissions over all its legs, and each part's by its share of weight."""
    shipment = goods.shipment
    legs = dict(shipment.emissions_basis.get("legs", {}))
    legs[str(goods.position)] = {**method, "kg": str(leg_kg), "km": str(goods.direct_km)}
    kg = sum((Decimal(leg["kg"]) for leg in legs.values()), Decimal(0))
    shipment.emissions_kg, shipment.emissions_basis = kg, {"scope": SCOPE.value, "legs": legs}
    shipment.version += 1
    shipment.save(update_fields=["emissions_kg", "emissions_basis", "version"])
    weights = [Decimal(str(item.get("weight_kg") or 0)) for item in shipment.items]
    whole = sum(weights, Decimal(0))
    if not whole:
        return
    merged: dict[str, dict[str, Any]] = {}
    for item, weight in zip(shipment.items, weights, strict=True):
        row = merged.setdefault(
            item["part_number"],
            {
                "partner_part_number": item.get("partner_part_number", ""),
                "quantity": Decimal(0),
                "unit": item["unit"],
                "weight_kg": Decimal(0),
            },
        )
        row["quantity"] += Decimal(str(item["quantity"]))
        row["weight_kg"] += weight
    for number, row in merged.items():
        PartEmission.objects.update_or_create(
            owner_id=shipment.owner_id,
            shipment_id=shipment.pk,
            part_number=number,
            defaults={
                **row,
                "counterparty_id": shipment.counterparty_id,
                "emissions_kg": (kg * row["weight_kg"] / whole).quantize(PART_PLACES),
                "method": shipment.emissions_basis,
                "moved_on": (shipment.delivered_at or shipment.planned_delivery).date(),
                "calculated_at": as_of,
            },
        )


__all__ = [
    "LOAD",
    "NO_FACTOR",
    "Account",
    "Goods",
    "NoFactor",
    "account_load",
    "account_of",
    "ask_for_factor",
    "name_types",
]
