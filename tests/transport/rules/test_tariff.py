"""Freight prices: lines in whole cents, and gaps named instead of guessed."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.tariff import (
    Basis,
    ChargeCode,
    Mode,
    Movement,
    Rate,
    Tariff,
    TariffGap,
    chargeable_kg,
    cheapest,
    price,
)

MONDAY = date(2026, 11, 9)
TRIP = Movement(
    mode=Mode.DIRECT, origin_zone="DE-70", destination_zone="RO-50", day=date(2026, 11, 12),
    km=Decimal(420), kg=Decimal(5750), m3=Decimal(20), pallets=Decimal(12), ldm=Decimal("4.8"),
    extra_stops=2,
)  # fmt: skip


def tariff(*rates: Rate, **more: object) -> Tariff:
    terms = {
        "name": "Carrier 1", "mode": Mode.DIRECT, "currency": "EUR",
        "valid_from": date(2026, 1, 1), "rates": rates,
    }  # fmt: skip
    return Tariff(**{**terms, **more})


PER_KM = Rate(basis=Basis.KM, price=Decimal("131.5"), fixed_cents=9000)


def test_the_lines_of_a_truck_by_km() -> None:
    found = price(TRIP, tariff(PER_KM, stop_cents=4500, fuel={MONDAY: Decimal("0.125")}))
    assert [(line.code, line.cents) for line in found.lines] == [
        (ChargeCode.FREIGHT, 64230),  # 90.00 + 420 x 1.315
        (ChargeCode.STOPS, 9000),
        (ChargeCode.FUEL, 8029),  # 12.5 % of 642.30 = 80.2875
    ]
    assert found.cents == 81259


def test_weight_is_charged_by_started_100_kg_and_by_room() -> None:
    by_weight = Rate(basis=Basis.KG_100, price=Decimal(850))
    assert price(TRIP, tariff(by_weight)).lines[0].quantity == 58
    bulky = tariff(by_weight, kg_per_m3=Decimal(333), kg_per_ldm=Decimal(1650))
    assert chargeable_kg(TRIP, bulky) == 7920  # 4.8 m x 1650 kg weigh more than 20 m3 x 333 kg
    assert price(TRIP, bulky).cents == 80 * 850


def test_a_short_trip_pays_the_minimum_and_fuel_on_it() -> None:
    near = replace(TRIP, km=Decimal(10), extra_stops=0)
    terms = tariff(PER_KM, minimum_cents=25000, fuel={MONDAY: Decimal("0.10")})
    lines = {line.code: line.cents for line in price(near, terms).lines}
    assert lines == {
        ChargeCode.FREIGHT: 10315, ChargeCode.MINIMUM: 14685, ChargeCode.FUEL: 2500,
    }  # fmt: skip


def test_the_most_special_row_holds() -> None:
    def flat(cents: int, **more: object) -> Rate:
        return Rate(basis=Basis.FLAT, fixed_cents=cents, **more)

    rows = [
        flat(1),
        flat(2, origin_zone="DE-70"),
        flat(3, origin_zone="DE-70", destination_zone="RO-50", max_pallets=Decimal(33)),
        flat(4, origin_zone="DE-70", destination_zone="RO-50", max_pallets=Decimal(12)),
        flat(5, origin_zone="DE-70", destination_zone="RO-50", max_pallets=Decimal(11)),
        flat(6, origin_zone="FR-10", destination_zone="RO-50"),
    ]
    assert price(TRIP, tariff(*rows)).cents == 4
    assert price(TRIP, tariff(*reversed(rows))).cents == 4


@pytest.mark.parametrize(
    ("terms", "missing"),
    [
        ({"mode": Mode.PARCEL}, "prices parcel, not direct"),
        ({"valid_to": date(2026, 11, 11)}, "until 2026-11-11, not on 2026-11-12"),
        (
            {"rates": (Rate(basis=Basis.FLAT, origin_zone="FR-10"),)},
            "no rate for the lane DE-70 to RO-50",
        ),
        (
            {"rates": (Rate(basis=Basis.FLAT, max_km=Decimal(400)),)},
            "no band for 420 km on DE-70 to RO-50: the last ends at 400",
        ),
        (
            {"rates": (Rate(basis=Basis.FLAT, max_pallets=Decimal(10)),)},
            "no band for 12 pallets",
        ),
        (
            {"fuel": {date(2026, 11, 2): Decimal("0.1")}},
            "no fuel surcharge for the week of 2026-11-09",
        ),
    ],
)
def test_a_gap_names_what_is_missing(terms: dict[str, object], missing: str) -> None:
    with pytest.raises(TariffGap, match=missing) as gap:
        price(TRIP, tariff(**{"rates": (PER_KM,), **terms}))
    assert gap.value.tariff == "Carrier 1"


def test_the_cheapest_of_those_that_cover() -> None:
    dear = tariff(PER_KM, name="dear", minimum_cents=10**6)
    gap = tariff(name="gap")
    assert cheapest(TRIP, [dear, gap, tariff(PER_KM, name="cheap")]).tariff == "cheap"
    with pytest.raises(TariffGap, match="gap: no rate"):
        cheapest(TRIP, [gap])
    with pytest.raises(ValueError, match="one currency"):
        cheapest(TRIP, [dear, tariff(PER_KM, currency="RON")])


@given(st.integers(0, 3000), st.integers(0, 500), st.decimals(0, 1, places=4))
def test_further_is_never_cheaper_and_lines_add_up(km: int, more: int, fuel: Decimal) -> None:
    terms = tariff(PER_KM, minimum_cents=20000, stop_cents=10, fuel={MONDAY: fuel})
    near, far = (price(replace(TRIP, km=Decimal(each)), terms) for each in (km, km + more))
    assert near.cents <= far.cents
    assert near.cents == sum(line.cents for line in near.lines) >= 20000
