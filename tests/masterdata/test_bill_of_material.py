"""Explosion, pegging and cycles of the bill of material."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.masterdata.rules.bill_of_material import (
    BillOfMaterialCycle,
    BomLine,
    check_acyclic,
    explode,
    where_used,
)

TODAY = date(2026, 11, 2)


def line(parent: str, component: str, usage: str = "1", **other: Any) -> BomLine:
    rates: dict[str, Any] = {
        name: Decimal(value) if isinstance(value, str) else value for name, value in other.items()
    }
    return BomLine(parent=parent, component=component, usage=Decimal(usage), **rates)


CAR = [
    line("car", "door", "4"),
    line("car", "sunroof", "1", take_rate="0.25"),
    line("door", "harness", "1"),
    line("sunroof", "harness", "2"),
    line("harness", "wire", "12.5", scrap="0.04"),
]


def test_three_levels_by_hand() -> None:
    needs = explode(CAR, {"car": Decimal(100)}, on=TODAY)
    assert {part: need.quantity for part, need in needs.items()} == {
        "car": 100,
        "door": 400,
        "sunroof": 25,  # one car in four
        "harness": 450,  # 400 in doors, 50 in sunroofs
        "wire": 5850,  # 450 x 12.5 m, 4 % added for scrap
    }
    assert needs["harness"].by_parent == {"door": 400, "sunroof": 50}


def test_needs_stay_pegged_to_their_origin() -> None:
    needs = explode(CAR, {"car": Decimal(10), "harness": Decimal(5)}, on=TODAY)
    assert needs["harness"].independent == 5  # spare parts
    assert needs["wire"].by_origin == {"car": Decimal(585), "harness": Decimal(65)}


def test_only_effective_lines_count() -> None:
    change = date(2026, 12, 1)
    lines = [
        line("door", "old", effective_until=change),
        line("door", "new", effective_from=change),
    ]
    before = explode(lines, {"door": Decimal(3)}, on=date(2026, 11, 30))
    after = explode(lines, {"door": Decimal(3)}, on=change)
    assert set(before) == {"door", "old"}
    assert set(after) == {"door", "new"}


def test_a_cycle_is_named() -> None:
    ring = [line("car", "a"), line("a", "b"), line("b", "c"), line("c", "a")]
    with pytest.raises(BillOfMaterialCycle, match="a > b > c > a") as refused:
        check_acyclic(ring)
    assert refused.value.parts == ("a", "b", "c", "a")
    with pytest.raises(BillOfMaterialCycle, match="x > x"):
        explode([line("x", "x")], {"x": Decimal(1)}, on=TODAY)


def test_a_deep_bill_is_no_matter() -> None:
    deep = [line(str(level), str(level + 1)) for level in range(5000)]
    check_acyclic(deep)
    assert explode(deep, {"0": Decimal(2)}, on=TODAY)["5000"].quantity == 2


def test_where_used_goes_up_all_levels() -> None:
    assert where_used(CAR, "wire") == ("harness", "door", "sunroof", "car")
    assert where_used(CAR, "car") == ()


@st.composite
def bills(draw: st.DrawFn) -> list[BomLine]:
    pairs = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] < pair[1])
    usages = st.decimals(min_value=Decimal("0.1"), max_value=9, places=1)
    return [
        BomLine(parent=str(parent), component=str(component), usage=draw(usages))
        for parent, component in draw(st.lists(pairs, max_size=15))
    ]


amounts = st.decimals(min_value=0, max_value=1000, places=1)


@given(bills(), amounts, amounts)
def test_explosion_adds_up(bill: list[BomLine], one: Decimal, other: Decimal) -> None:
    apart = [explode(bill, {"0": one}, on=TODAY), explode(bill, {"1": other}, on=TODAY)]
    together = explode(bill, {"0": one, "1": other}, on=TODAY)
    for part, need in together.items():
        assert need.quantity == sum(needs[part].quantity for needs in apart if part in needs)


@given(bills(), amounts)
def test_pegging_accounts_for_everything(bill: list[BomLine], amount: Decimal) -> None:
    for need in explode(bill, {"0": amount, "3": amount}, on=TODAY).values():
        assert sum(need.by_origin.values()) == need.quantity
        assert need.independent + sum(need.by_parent.values()) == need.quantity


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"usage": "0"}, "expected a finite usage > 0 for b in a, got 0"),
        ({"take_rate": "1.1"}, r"expected a take rate in \(0, 1\] for b in a, got 1.1"),
        ({"scrap": "-0.1"}, "expected a finite scrap >= 0 for b in a, got -0.1"),
        (
            {"effective_from": TODAY, "effective_until": TODAY},
            "expected effective_from before 2026-11-02",
        ),
    ],
)
def test_refuses_impossible_lines(values: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        line("a", "b", **values)


def test_refuses_negative_demand() -> None:
    with pytest.raises(ValueError, match="expected finite demand >= 0, got -1 for car"):
        explode(CAR, {"car": Decimal(-1)}, on=TODAY)
