"""TR-18, TR-19, KP-09: what a load emitted, for each shipment and part, with its method (WE-7)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from collab.organisations.context import acting_for
from collab.organisations.models import Organisation, Site
from collab.work.models import Alert
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from transport.events import LoadChanged
from transport.listeners.emissions import follow_load
from transport.models import (
    CarrierReport,
    Leg,
    Load,
    LoadState,
    PartEmission,
    Shipment,
    Stop,
    TransportOrder,
    VehicleType,
)
from transport.queries.emissions import EmissionFilter, by_part, shipment_emissions, totals
from transport.rules.factors import NoFactor
from transport.services.emissions import account_load
from transport.services.factors import add_factor
from transport.services.places import Place, place_of

MORNING = datetime(2026, 11, 23, 6, tzinfo=UTC)
KM_PER_DEGREE = 111.19508
CONSIGNMENTS = ((6000, 180, 2400), (4000, 120, 1600), (2000, 60, 800))  # kg, km, parts


def place_at(site: Site, km: float) -> Place:
    """Return the plant's snapshot moved north: ``km`` of great circle away."""
    place = place_of(site)
    return place | {
        "code": f"{place['code']}-{km}",
        "latitude": float(site.latitude) + km / KM_PER_DEGREE,
    }


def milk_run(owner: Organisation, partner: Organisation, *, vehicle: str = "") -> Load:
    """Three consignments for one plant, picked up one after the other, the farthest first."""
    plant = Site.objects.get()
    load = Load.objects.create(
        counterparty=owner, number="LD-1", mode="milk_run", vehicle_type=vehicle,
        state=LoadState.PROOF_OF_DELIVERY, starts_at=MORNING,
        ends_at=MORNING + timedelta(hours=9),
    )  # fmt: skip
    places = [place_at(plant, km) for _kg, km, _parts in CONSIGNMENTS] + [place_of(plant)]
    for sequence, place in enumerate(places, start=1):
        at = MORNING + timedelta(hours=sequence)
        Stop.objects.create(
            counterparty=owner, load=load, sequence=sequence,
            purpose="delivery" if sequence == len(places) else "pickup",
            place=place, place_code=place["code"], window_from=at, window_until=at,
            planned_arrival=at, planned_departure=at,
            leg_km=None if sequence == 1 else Decimal(60),
        )  # fmt: skip
    for sequence, (kg, _km, parts) in enumerate(CONSIGNMENTS, start=1):
        consign(load, partner, sequence, len(places), kg, parts, places)
    return load


def consign(
    load: Load,
    partner: Organisation,
    start: int,
    end: int,
    kg: int,
    parts: int,
    places: list[Place],
) -> None:
    """Put ``parts`` of 2.5 kg on the load, from one stop to a later one."""
    number = f"SH-{start}"
    ends = {"origin": places[start - 1], "destination": places[end - 1]}
    order = TransportOrder.objects.create(
        counterparty=partner, number=f"TO-{start}", source_key=number, weight_kg=kg,
        origin_code=ends["origin"]["code"], destination_code=ends["destination"]["code"],
        pickup_from=MORNING, pickup_until=MORNING, delivery_from=MORNING,
        delivery_until=MORNING + timedelta(hours=9), **ends,
    )  # fmt: skip
    shipment = Shipment.objects.create(
        counterparty=partner, order=order, number=number, mode="milk_run", weight_kg=kg,
        items=[
            {
                "part_number": f"P-{start}", "quantity": str(parts), "unit": "H87",
                "weight_kg": str(kg),
            }
        ],
        planned_pickup=MORNING, planned_delivery=MORNING + timedelta(hours=9),
        delivered_at=MORNING + timedelta(hours=9), **ends,
    )  # fmt: skip
    Leg.objects.create(
        counterparty=load.owner, shipment=shipment, load=load, from_sequence=start,
        to_sequence=end, shipment_number=number,
    )  # fmt: skip


def kilos() -> list[Decimal]:
    figures = Shipment.objects.order_by("number").values_list("emissions_kg", flat=True)
    return [(kg or Decimal(0)).quantize(Decimal("0.01")) for kg in figures]


def test_reported_fuel_is_shared_by_tonnes_and_direct_distance(cast: Cast) -> None:
    """WE-7: 95 l x 3.24 = 307.8 kg; A 197.87, B 87.94, C 21.99; A's part 82.4 g."""
    with acting_for(cast.avalon):
        load = milk_run(cast.avalon, cast.brasov)
    with acting_for(cast.fjord):
        CarrierReport.objects.create(
            counterparty=cast.avalon, load_id=load.pk, load_number=load.number, kind="document",
            code="fuel", facts={"litres": "95"}, happened_at=MORNING, key="fuel-1",
        )  # fmt: skip
    with acting_for(cast.avalon):
        found = account_load(load.pk, as_of=MORNING)
        assert found is not None
        assert found.emission.kg == Decimal("307.80")
        assert kilos() == [Decimal("197.87"), Decimal("87.94"), Decimal("21.99")]
        assert sum(found.grams.values()) == 307_800
        (first, *_others) = by_part(EmissionFilter(sort="part"))
        assert round(first.grams_each, 1) == Decimal("82.4")
        (evidence,) = shipment_emissions("P-1")
        assert evidence.legs[0]["litres"] == "95"
        assert evidence.legs[0]["factors"] == ["en16258-2012-diesel-wtw"]


def test_accounting_twice_changes_nothing(cast: Cast) -> None:
    with acting_for(cast.avalon):
        load = milk_run(cast.avalon, cast.brasov)
        account_load(load.pk, as_of=MORNING)
        before = (kilos(), PartEmission.objects.count(), totals().kg)
        account_load(load.pk, as_of=MORNING + timedelta(days=1))
        assert (kilos(), PartEmission.objects.count(), totals().kg) == before


def test_without_fuel_the_kilometres_of_the_vehicle_count_with_what_it_carried(cast: Cast) -> None:
    """60 km with 6 t, with 10 t and with 12 t of 24 t: empty .7, full 1.1 kg per km."""
    with acting_for(cast.avalon):
        VehicleType.objects.create(
            code="TRAILER", name="Trailer", capacity_kg=24_000, capacity_m3=90,
            capacity_pallets=34, capacity_load_metres=Decimal("13.6"), fixed_per_day_minor=0,
            per_km_minor=0, per_hour_minor=0, emissions_empty_kg_per_km=Decimal("0.7"),
            emissions_full_kg_per_km=Decimal("1.1"),
        )  # fmt: skip
        load = milk_run(cast.avalon, cast.brasov, vehicle="TRAILER")
        found = account_load(load.pk, as_of=MORNING)
        assert found is not None
        by_hand = 60 * sum(Decimal("0.7") + Decimal("0.4") * t / 24 for t in (6, 10, 12))
        assert found.emission.kg == by_hand
        assert found.method["method"] == "vehicle"


def test_else_the_published_factor_counts_and_an_own_one_goes_before_it(cast: Cast) -> None:
    with acting_for(cast.avalon):
        load = milk_run(cast.avalon, cast.brasov)
        shipped = account_load(load.pk, as_of=MORNING)
        assert shipped is not None
        assert shipped.method["factors"] == ["defra-2012-hgv-wtw"]
        add_factor(
            {
                "code": "ours", "edition": "2026", "mode": "road", "vehicle": "hgv",
                "source": "Own trucks, measured", "scope": "WTW", "unit": "kg/t-km",
                "basis": "planned", "value": "0.05", "valid_from": "2026-01-01",
            }
        )  # fmt: skip
        own = account_load(load.pk, as_of=MORNING)
        assert own is not None
        assert own.method["factors"] == ["ours"]
        assert own.emission.kg < shipped.emission.kg


def test_a_load_before_every_factor_is_refused_not_guessed(cast: Cast) -> None:
    with acting_for(cast.avalon):
        load = milk_run(cast.avalon, cast.brasov)
        Load.objects.filter(pk=load.pk).update(starts_at=datetime(1999, 1, 1, tzinfo=UTC))
        with pytest.raises(NoFactor, match="1999-01-01"):
            account_load(load.pk, as_of=MORNING)


def test_a_load_without_a_factor_asks_its_owner_for_one(cast: Cast) -> None:
    with acting_for(cast.avalon):
        load = milk_run(cast.avalon, cast.brasov)
        Load.objects.filter(pk=load.pk).update(starts_at=datetime(1999, 1, 1, tzinfo=UTC))
        event = LoadChanged(
            change_id="1", load_id=str(load.pk), carrier_id=cast.avalon.pk,
            state="proof_of_delivery", plan_version=1,
        )  # fmt: skip
        follow_load(event)
        assert "1999-01-01" in Alert.objects.get(type="transport.no_factor").title_params["reason"]
        Load.objects.filter(pk=load.pk).update(starts_at=MORNING)
        follow_load(event)
        assert not Alert.objects.filter(type="transport.no_factor", is_open=True).exists()


def test_the_supplier_sees_its_own_parts_and_a_rival_none(
    cast: Cast, client_for: ClientFor
) -> None:
    with acting_for(cast.avalon):
        account_load(milk_run(cast.avalon, cast.brasov).pk, as_of=MORNING)
    with acting_for(cast.brasov):
        assert totals().parts == 3
    rival = client_for(cast.porto)
    answer = rival.get("/api/v1/part-emissions")
    assert answer.json() == {"items": [], "next": None}
    page = rival.get("/t/porto/transport/emissions/?since=2020-01-01&open=P-1").content.decode()
    assert "SH-1" not in page


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"value": "-1"}, "value"),
        ({"scope": "XX"}, "scope"),
        ({"valid_from": "soon"}, "valid_from"),
    ],
)
def test_a_wrong_factor_names_its_field(
    cast: Cast, client_for: ClientFor, changes: dict[str, Any], field: str
) -> None:
    body = {
        "code": "x", "edition": "1", "mode": "road", "vehicle": "hgv", "source": "S",
        "scope": "WTW", "unit": "kg/t-km", "basis": "planned", "value": "1",
        "valid_from": "2026-01-01", **changes,
    }  # fmt: skip
    answer = client_for(cast.avalon).post(
        "/api/v1/emission-factors", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="f"
    )
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_the_tab_of_a_shipment_shows_leg_and_parts(cast: Cast, client_for: ClientFor) -> None:
    with acting_for(cast.avalon):
        account_load(milk_run(cast.avalon, cast.brasov).pk, as_of=MORNING)
        shipment = Shipment.objects.get(number="SH-1")
    for who in (cast.avalon, cast.brasov):
        page = client_for(who).get(f"/t/{who.slug}/transport/shipments/{shipment.pk}/emissions/")
        assert page.status_code == 200
        assert "P-1" in page.content.decode()
    rival = client_for(cast.porto)
    assert rival.get(f"/t/porto/transport/shipments/{shipment.pk}/emissions/").status_code == 404
