"""The shipped factors and the choice among them."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from transport.factors import shipped
from transport.rules.emissions import DistanceBasis, FactorUnit, Scope
from transport.rules.factors import NoFactor, factor_from_row, select

DAY = date(2026, 11, 9)
HGV = {"mode": "road", "vehicle": "hgv", "scope": Scope.WTW, "on": DAY}


def test_every_shipped_row_says_where_it_comes_from() -> None:
    rows = shipped()
    assert len({each.id for each in rows}) == len(rows)
    assert all(each.source and each.edition and not each.is_own for each in rows)
    assert not any("GLEC" in each.source for each in rows)  # loaded by those who hold a licence
    assert {each.id for each in rows if not each.verified} == {
        "air-freighter-wtw", "air-freighter-long-wtw", "air-belly-long-wtw",
        "air-belly-short-wtw", "en16258-2012-diesel-ttw", "en16258-2012-diesel-wtw",
    }  # fmt: skip


def test_well_to_wheel_over_tank_to_wheel_is_one_ratio_in_the_uk_table() -> None:
    by_vehicle: dict[str, dict[Scope, Decimal]] = defaultdict(dict)
    for each in shipped():
        if each.id.startswith("defra-2012"):
            by_vehicle[each.vehicle][each.scope] = each.value
    ratios = {round(pair[Scope.WTW] / pair[Scope.TTW], 4) for pair in by_vehicle.values()}
    assert len(by_vehicle) == 6
    assert ratios == {Decimal("1.2124")}


def test_own_rows_then_region_then_verified_then_newest() -> None:
    base = select(shipped(), **HGV)
    romanian = replace(base, id="ro", region="RO")
    newer = replace(romanian, id="newer", valid_from=date(2025, 1, 1))
    doubtful = replace(romanian, id="doubtful", valid_from=date(2026, 1, 1), verified=False)
    own = replace(base, id="own", is_own=True)
    rows = [base, doubtful, romanian, newer]
    assert select(rows, **HGV).id == base.id  # a foreign region is taken only if named
    assert select(rows, **HGV, regions=("RO",)).id == "newer"
    assert select([*rows, own], **HGV, regions=("RO",)).id == "own"
    on = {**HGV, "on": date(2024, 12, 31)}
    assert select(rows, **on, regions=("RO",)).id == "ro"


@pytest.mark.parametrize(
    "asked",
    [
        {"scope": Scope.WTT},  # no conversion between scopes
        {"vehicle": "drone"},
        {"fuel": "CNG"},
        {"on": date(2011, 12, 31)},
        {"unit": FactorUnit.KG_PER_T},
    ],
)
def test_nothing_fitting_is_said_by_name(asked: dict[str, object]) -> None:
    with pytest.raises(NoFactor, match=r"^no W.. factor in kg/t.* for road"):
        select(shipped(), **{**HGV, **asked})


ROW = {
    "id": "x", "mode": "road", "vehicle": "van", "source": "Carrier", "edition": "2026",
    "scope": "TTW", "unit": "kg/t-km", "basis": "actual", "value": "0.3",
    "valid_from": "2026-01-01", "distance_adjustment": "0.93",
}  # fmt: skip


def test_a_row_is_read_and_a_bad_field_is_named() -> None:
    factor = factor_from_row(ROW, is_own=True)
    assert (factor.basis, factor.value, factor.is_own) == (
        DistanceBasis.ACTUAL, Decimal("0.3"), True,
    )  # fmt: skip
    assert not factor.verified  # unless the row says so
    for name, bad in [
        ("source", ""), ("value", "many"), ("value", 0.3), ("valid_from", "soon"),
        ("verified", "yes"), ("scope", "TTX"), ("value", "-1"), ("distance_adjustment", "1.2"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=r"expected|valid Scope"):
            factor_from_row({**ROW, name: bad}, is_own=True)
