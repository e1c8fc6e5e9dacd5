"""WE-7 to the gram, scopes that never mix, and shares that sum to the trip."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.factors import shipped
from transport.rules.emissions import (
    Consignment,
    DistanceBasis,
    Emission,
    FactorUnit,
    MixedScopes,
    Scope,
    activity_km,
    fuel_emission,
    grams_per_part,
    hub_emission,
    leg_emission,
    own_trip_factor,
    total,
    trip_shares,
)
from transport.rules.factors import select

DAY = date(2026, 11, 9)
TRUCK = select(shipped(), mode="road", vehicle="articulated_33", scope=Scope.WTW, on=DAY)
DIESEL = select(
    shipped(), mode="fuel", vehicle="any", fuel="diesel", scope=Scope.WTW, on=DAY,
    unit=FactorUnit.KG_PER_L,
)  # fmt: skip
HUB = replace(TRUCK, id="hub", unit=FactorUnit.KG_PER_T, value=Decimal("1.2"))
RUN = [
    Consignment("A", Decimal(6000), Decimal(180)),
    Consignment("B", Decimal(4000), Decimal(120)),
    Consignment("C", Decimal(2000), Decimal(60)),
]
masses = st.integers(0, 30000).map(Decimal)
consignments = st.lists(
    st.builds(Consignment, st.text("abcdef", min_size=1, max_size=3), masses, masses),
    min_size=1, max_size=8, unique_by=lambda each: each.name,
)  # fmt: skip


def test_we_7_leg() -> None:
    kg = 480 * Decimal("1.2")
    leg = leg_emission(kg, Decimal(420), TRUCK)
    assert round(leg.kg, 2) == Decimal("24.85")
    assert leg.factors == (TRUCK.id,)
    per_part = grams_per_part(Decimal(leg.grams), kg, Decimal("1.2"))
    assert round(per_part, 1) == Decimal("51.8")


def test_we_7_milk_run() -> None:
    trip = fuel_emission(Decimal(95), DIESEL)
    assert trip.kg == Decimal("307.80")
    shares = trip_shares(trip.grams, RUN)
    assert sum(shares.values()) == 307_800
    assert {name: round(Decimal(grams) / 1000, 2) for name, grams in shares.items()} == {
        "A": Decimal("197.87"), "B": Decimal("87.94"), "C": Decimal("21.99"),
    }  # fmt: skip
    per_part = grams_per_part(Decimal(shares["A"]), Decimal(6000), Decimal("2.5"))
    assert round(per_part, 1) == Decimal("82.4")
    own = own_trip_factor(trip, RUN, name="run 7", on=DAY, source="own trip")
    assert round(own.value, 5) == Decimal("0.18321")
    # the factor of the trip gives back the trip
    again = total([leg_emission(each.kg, each.km, own) for each in RUN])
    assert again.grams == trip.grams


def test_scopes_never_mix() -> None:
    burnt = leg_emission(Decimal(1000), Decimal(100), replace(TRUCK, scope=Scope.TTW))
    whole = leg_emission(Decimal(1000), Decimal(100), TRUCK)
    with pytest.raises(MixedScopes, match="got WTW and TTW"):
        total([whole, burnt])
    assert total([whole, hub_emission(Decimal(1000), HUB)]).kg == Decimal("11.473")


@pytest.mark.parametrize(
    ("basis", "of_factor", "km"),
    [
        (DistanceBasis.PLANNED, DistanceBasis.PLANNED, 100),
        (DistanceBasis.GREAT_CIRCLE, DistanceBasis.GREAT_CIRCLE, 100),
        (DistanceBasis.ACTUAL, DistanceBasis.PLANNED, 95),
        (DistanceBasis.PLANNED, DistanceBasis.ACTUAL, 125),  # adjustment .8
    ],
)
def test_kilometres_are_brought_to_the_basis_of_the_factor(
    basis: DistanceBasis, of_factor: DistanceBasis, km: int
) -> None:
    factor = replace(TRUCK, basis=of_factor, distance_adjustment=Decimal("0.8"))
    assert activity_km(Decimal(100), basis, factor) == km


@pytest.mark.parametrize(
    ("basis", "changes"),
    [
        (DistanceBasis.GREAT_CIRCLE, {}),
        (DistanceBasis.ACTUAL, {"mode": "sea"}),
        (DistanceBasis.PLANNED, {"basis": DistanceBasis.ACTUAL}),  # adjustment unknown
    ],
)
def test_kilometres_that_do_not_compare_are_refused(
    basis: DistanceBasis, changes: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="kilometres for"):
        leg_emission(Decimal(1), Decimal(100), replace(TRUCK, **changes), basis)


def test_a_factor_of_another_unit_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a factor in kg/t-km, got kg/l"):
        leg_emission(Decimal(1), Decimal(1), DIESEL)


def test_an_empty_trip_has_nobody_to_bear_it() -> None:
    with pytest.raises(ValueError, match="expected goods on the trip"):
        trip_shares(1, [Consignment("A", Decimal(0), Decimal(10))])
    assert trip_shares(0, [Consignment("A", Decimal(0), Decimal(10))]) == {"A": 0}


@given(st.integers(0, 10**7), consignments)
def test_shares_sum_to_the_trip_and_lie_within_a_gram(grams: int, run: list[Consignment]) -> None:
    activity = sum(each.weight for each in run)
    if not activity:
        return
    shares = trip_shares(grams, run)
    assert sum(shares.values()) == grams
    for each in run:
        assert abs(shares[each.name] - grams * each.weight / activity) < 1
        assert shares[each.name] == 0 or each.weight > 0  # zero mass costs nothing
    doubled = [replace(each, kg=2 * each.kg) for each in run]
    assert trip_shares(grams, doubled) == shares
    assert trip_shares(grams, run[::-1]) == shares


@given(masses, masses, st.integers(0, 3000).map(Decimal))
def test_emission_is_additive_in_mass(one: Decimal, other: Decimal, km: Decimal) -> None:
    apart = leg_emission(one, km, TRUCK) + leg_emission(other, km, TRUCK)
    assert apart == leg_emission(one + other, km, TRUCK)
    assert leg_emission(Decimal(0), km, TRUCK).kg == 0


@pytest.mark.parametrize("bad", ["-1", "NaN", "Infinity"])
def test_impossible_figures_are_refused(bad: str) -> None:
    value = Decimal(bad)
    for call in (
        lambda: leg_emission(value, Decimal(1), TRUCK),
        lambda: leg_emission(Decimal(1), value, TRUCK),
        lambda: fuel_emission(value, DIESEL),
        lambda: Consignment("A", value, Decimal(1)),
        lambda: replace(TRUCK, value=value),
    ):
        with pytest.raises(ValueError, match="expected"):
            call()


def test_an_emission_names_each_factor_once() -> None:
    leg = Emission(Decimal(1), Scope.WTW, ("a",))
    assert (leg + leg + Emission(Decimal(1), Scope.WTW, ("b",))).factors == ("a", "b")
