"""The laws of the tree of packs, held against brute force, and suggestions that keep them."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.handling_units import (
    Content,
    Kind,
    Packing,
    Unit,
    contents_within,
    faults_of,
    fills,
    kinds_of,
    suggest,
    tree_faults,
)

D = Decimal
quantities = st.decimals(min_value="0.001", max_value=5000, places=3)


@st.composite
def packings(draw: st.DrawFn) -> list[Packing]:
    lines = draw(st.integers(1, 4))
    return [
        Packing(
            line=line,
            quantity=D(draw(st.integers(1, 600))),
            per_pack=D(draw(st.integers(1, 60))),
            pack_type="KLT",
            packs_per_load_unit=draw(st.integers(1, 12)),
            piece_kg=draw(st.sampled_from([None, D("0.5")])),
            pack_kg=D(1),
        )
        for line in range(1, lines + 1)
    ]


@given(packings(), st.booleans())
def test_a_suggestion_keeps_every_law(lines: list[Packing], mix: bool) -> None:
    units = suggest(lines, mix_rests=mix)
    totals = {each.line: each.quantity for each in lines}
    assert faults_of(units, totals) == []
    within = contents_within(units)
    roots = [unit.key for unit in units if not unit.parent]
    for line, total in totals.items():
        assert sum((within[key].get(line, D(0)) for key in roots), D(0)) == total
    sizes = {each.line: each.packs_per_load_unit for each in lines}
    for unit in units:
        boxes = [each for each in units if each.parent == unit.key]
        shares = sum((D(1) / sizes[each.contents[0].line] for each in boxes), D(0))
        assert shares <= 1 + D("1e-20")


@given(packings())
def test_mixing_rests_never_needs_more_pallets(lines: list[Packing]) -> None:
    apart, together = suggest(lines), suggest(lines, mix_rests=True)
    assert sum(not u.parent for u in together) <= sum(not u.parent for u in apart)
    assert len([u for u in together if u.contents]) == len([u for u in apart if u.contents])


@given(packings(), st.data())
def test_whatever_is_broken_is_found(lines: list[Packing], data: st.DataObject) -> None:
    units = suggest(lines)
    totals = {each.line: each.quantity for each in lines}
    place = data.draw(st.integers(0, len(units) - 1))
    unit = units[place]
    leaf = next(each for each in units if each.contents)
    broken = {
        "parent": [*units[:place], replace(unit, parent="nowhere"), *units[place + 1 :]],
        "cycle": [*units[:place], replace(unit, parent=unit.key), *units[place + 1 :]],
        "key": [*units, unit],
        "plate": [replace(leaf, key="a", plate="UN1"), replace(leaf, key="b", plate="UN1")],
        "contents": [*units, Unit(key="empty", pack_type="KLT")],
        "line": [*units, Unit(key="x", pack_type="KLT", contents=(Content(99, D(1)),))],
        "quantity": [each for each in units if each is not leaf],
    }
    for code, tree in broken.items():
        if code == "quantity" and not any(each.contents for each in tree):
            continue
        assert code in {fault.code for fault in faults_of(tree, totals)}, code


@given(st.lists(st.integers(-1, 7), max_size=8))
def test_cycles_are_those_that_walking_finds(parents: list[int]) -> None:
    nodes = [(str(n), "" if p < 0 else str(p)) for n, p in enumerate(parents)]
    known = dict(nodes)
    lost = set()
    for key in known:
        at, steps = key, 0
        while at in known and steps <= len(known):
            at, steps = known[at], steps + 1
        if steps > len(known):
            lost.add(key)
    assert {fault.unit for fault in tree_faults(nodes) if fault.code == "cycle"} == lost


def test_a_message_has_exactly_one_root() -> None:
    assert tree_faults([("1", ""), ("2", "1")], one_root=True) == []
    for nodes in ([], [("1", ""), ("2", "")]):
        assert [fault.code for fault in tree_faults(nodes, one_root=True)] == ["root"]


@given(st.integers(1, 60), quantities, quantities)
def test_packs_are_full_but_perhaps_the_last(count: int, per_pack: Decimal, total: Decimal) -> None:
    found = fills(count, per_pack, total)
    fits = per_pack * (count - 1) < total <= per_pack * count
    assert (found is not None) is fits
    if found is not None:
        assert len(found) == count
        assert sum(found) == total
        assert set(found[:-1]) <= {per_pack}


def test_the_sample_of_the_standard_adds_up() -> None:
    assert fills(10, D(48), D(480)) == (D(48),) * 10
    assert fills(10, D(48), D(432)) is None  # nine boxes are enough


def test_the_kind_follows_from_what_is_inside() -> None:
    units = [
        Unit(key="pallet", pack_type="P"),
        Unit(key="a", parent="pallet", pack_type="K", contents=(Content(1, D(1)),)),
        Unit(key="b", parent="pallet", pack_type="K", contents=(Content(1, D(1)),)),
        Unit(key="both", pack_type="K", contents=(Content(1, D(1)), Content(2, D(1)))),
    ]
    assert kinds_of(units) == {
        "pallet": Kind.MASTER, "a": Kind.SINGLE, "b": Kind.SINGLE, "both": Kind.MIXED,
    }  # fmt: skip
    assert kinds_of([*units, replace(units[1], key="c", contents=(Content(2, D(1)),))])[
        "pallet"
    ] == (Kind.MIXED)


def test_net_is_at_most_gross_and_units_weigh_no_more_than_all() -> None:
    box = Unit(key="1", pack_type="K", contents=(Content(1, D(1)),), gross_kg=D(10))
    told = {1: D(1)}
    assert faults_of([box], told, gross_kg=D(10), net_kg=D(10)) == []
    for gross, net in ((D(10), D(11)), (D(9), D(1)), (D(-1), None)):
        assert [f.code for f in faults_of([box], told, gross_kg=gross, net_kg=net)][:1] == [
            "weight"
        ]


@pytest.mark.parametrize("per_pack", ["0", "-1"])
def test_a_box_holds_something(per_pack: str) -> None:
    with pytest.raises(ValueError, match="above 0"):
        suggest([Packing(line=1, quantity=D(1), per_pack=D(per_pack), pack_type="K")])
