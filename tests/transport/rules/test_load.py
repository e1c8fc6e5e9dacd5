"""How full a load is, how goods stand, and which axle says no."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.load import (
    Amounts,
    AxleRule,
    Capacity,
    Dimension,
    Goods,
    amounts_of,
    axle_refusals,
    consolidation_hint,
    fill,
    fitting,
    load_metres,
    overloads,
    pallets_on_floor,
    stack_height,
    whole_trucks,
)

TRAILER = Capacity(kg=Decimal(24000), m3=Decimal(90), pallets=Decimal(34), ldm=Decimal("13.6"))
INSIDE = Decimal("2.7")
amounts = st.builds(
    Amounts,
    kg=st.integers(0, 30000).map(Decimal),
    m3=st.integers(0, 100).map(Decimal),
    pallets=st.integers(0, 40).map(Decimal),
    ldm=st.integers(0, 15).map(Decimal),
)


def crates(units: int, **more: object) -> Goods:
    size = {"length_m": Decimal("1.2"), "width_m": Decimal("0.8"), "height_m": Decimal("0.9")}
    return Goods(**{"units": units, "kg": Decimal(300), **size, **more})


@pytest.mark.parametrize(
    ("kg", "m3", "pallets", "ldm", "limiting", "share"),
    [
        ("12000", "30", "10", "4", Dimension.KG, "0.5"),
        ("2400", "81", "30", "10.2", Dimension.M3, "0.9"),
        ("2400", "45", "34", "10.2", Dimension.PALLETS, "1"),
        ("2400", "45", "17", "10.2", Dimension.LDM, "0.75"),
        ("0", "0", "0", "0", Dimension.KG, "0"),
    ],
)
def test_the_fullest_dimension_is_named(
    kg: str, m3: str, pallets: str, ldm: str, limiting: Dimension, share: str
) -> None:
    used = Amounts(kg=Decimal(kg), m3=Decimal(m3), pallets=Decimal(pallets), ldm=Decimal(ldm))
    found = fill(used, TRAILER)
    assert (found.limiting, found.share) == (limiting, Decimal(share))


@given(amounts, amounts)
def test_more_goods_never_fill_less(one: Amounts, other: Amounts) -> None:
    both = fill(one + other, TRAILER)
    assert both.share >= max(fill(one, TRAILER).share, fill(other, TRAILER).share)
    assert both.is_overloaded == bool(overloads(one + other, TRAILER))
    assert whole_trucks(one, TRAILER) >= fill(one, TRAILER).share


@pytest.mark.parametrize(
    ("more", "high"),
    [
        ({}, 1),  # never stacked unless agreed
        ({"stack_limit": 2}, 2),
        ({"stack_limit": 5}, 3),  # 3 x 0.9 m under a roof of 2.7 m
        ({"stack_limit": 3, "bears_kg": Decimal(500)}, 2),  # bears one of 300 kg
        ({"stack_limit": 3, "bears_kg": Decimal(0)}, 1),
    ],
)
def test_stacks_are_as_high_as_agreed_borne_and_roofed(more: dict[str, object], high: int) -> None:
    assert stack_height(crates(10, **more), INSIDE) == high
    assert pallets_on_floor(crates(10, **more), INSIDE) == -(-10 // high)


def test_load_metres_of_a_full_trailer() -> None:
    assert load_metres(34, Decimal("1.2"), Decimal("0.8")) == Decimal("13.6")
    goods = [crates(34, stack_limit=2), crates(17)]
    assert amounts_of(goods, INSIDE) == Amounts(
        kg=Decimal(15300), m3=Decimal("44.064"), pallets=Decimal(34), ldm=Decimal("13.6")
    )


def test_goods_higher_than_the_roof_are_refused() -> None:
    with pytest.raises(ValueError, match=r"got 2\.8 m"):
        stack_height(crates(1, height_m=Decimal("2.8")), INSIDE)


@given(st.integers(0, 200), st.integers(1, 5), st.integers(1, 5))
def test_higher_stacks_never_need_more_floor(units: int, low: int, more: int) -> None:
    flat = pallets_on_floor(crates(units, stack_limit=low), INSIDE)
    assert pallets_on_floor(crates(units, stack_limit=low + more), INSIDE) <= flat


def test_the_lever_rule() -> None:
    rule = AxleRule(
        kingpin_m=Decimal(1), bogie_m=Decimal(9),
        kingpin_limit_kg=Decimal(12000), bogie_limit_kg=Decimal(18000),
    )  # fmt: skip
    spread = [(Decimal(12000), Decimal(3)), (Decimal(12000), Decimal(8))]
    assert axle_refusals(spread, rule) == ()  # 10500 on the kingpin, 13500 behind
    front = [(Decimal(16000), Decimal(2))]
    assert axle_refusals(front, rule) == ("14000 kg on the kingpin of 12000 kg allowed",)
    tail = [(Decimal(18000), Decimal(11))]
    assert axle_refusals(tail, rule) == (
        "the load lifts the kingpin by 4500 kg", "22500 kg on the bogie of 18000 kg allowed",
    )  # fmt: skip


def test_a_half_empty_truck_is_worth_a_hint() -> None:
    used = Amounts(kg=Decimal(9600), m3=Decimal(20), pallets=Decimal(10), ldm=Decimal(4))
    hint = consolidation_hint(used, TRAILER)
    assert hint is not None
    assert (hint.share, hint.spare[Dimension.LDM]) == (Decimal("0.4"), Decimal("9.6"))
    assert consolidation_hint(used, TRAILER, Decimal("0.4")) is None  # at the threshold
    waiting = [
        ("too heavy", Amounts(kg=Decimal(15000))),
        ("fits best", Amounts(kg=Decimal(12000))),
        ("fits too", Amounts(kg=Decimal(2000))),
        ("no room left", Amounts(kg=Decimal(1000))),
    ]
    assert fitting(used, waiting, TRAILER) == ("fits best", "fits too")


@given(amounts, st.lists(amounts, max_size=6))
def test_what_fits_together_is_never_overloaded(used: Amounts, waiting: list[Amounts]) -> None:
    names = [str(i) for i in range(len(waiting))]
    for name in fitting(used, list(zip(names, waiting, strict=True)), TRAILER):
        used += waiting[int(name)]
        assert not fill(used, TRAILER).is_overloaded
