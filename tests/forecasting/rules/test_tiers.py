"""FC-21: one tier's levels: usage, take rate, scrap, lead time, own stock, and who causes what."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.masterdata.rules.bill_of_material import BillOfMaterialCycle, BomLine
from forecasting.engine.working_days import WorkingCalendar
from forecasting.rules.propagation import ComponentDemand, ParentDemand
from forecasting.rules.tiers import OwnStock, by_week, needs_on_all_levels, shares

MONDAY = date(2026, 11, 30)
FRIDAY = MONDAY + timedelta(days=4)


def asks(customer: str, parent: str, quantity: int, due_on: date = FRIDAY) -> ParentDemand:
    return ParentDemand(customer=customer, parent=parent, due_on=due_on, quantity=Decimal(quantity))


def line(parent: str, component: str, usage: str, **more: str) -> BomLine:
    rates = {name: Decimal(value) for name, value in more.items()}
    return BomLine(parent=parent, component=component, usage=Decimal(usage), **rates)  # type: ignore[arg-type]


def explode(
    demands: list[ParentDemand],
    lines: list[BomLine],
    lead: dict[str, int] | None = None,
    stock: dict[str, int] | None = None,
) -> dict[str, tuple[ComponentDemand, ...]]:
    return needs_on_all_levels(
        demands,
        lines,
        calendar=WorkingCalendar(),
        lead_time_days=lead or {},
        stock={part: OwnStock(free=Decimal(quantity)) for part, quantity in (stock or {}).items()},
    )


def test_two_car_makers_harnesses_need_one_copper_wire() -> None:
    needs = explode(
        [asks("avalon", "HARNESS", 100), asks("kestrel", "HARNESS-K", 50)],
        [
            line("HARNESS", "STRAND", "2"),
            line("HARNESS-K", "STRAND", "4", take_rate="0.5"),  # every second one has it
            line("STRAND", "COPPER", "0.3", scrap="0.1"),
        ],
    )
    (strand,) = needs["STRAND"]
    assert strand.net == 100 * 2 + 50 * 4 * Decimal("0.5")
    (copper,) = needs["COPPER"]
    assert copper.net == 300 * Decimal("0.33")
    assert {peg.customer: peg.quantity for peg in copper.pegs} == {
        "avalon": 200 * Decimal("0.33"),
        "kestrel": 100 * Decimal("0.33"),
    }


def test_each_level_begins_its_own_lead_time_earlier() -> None:
    needs = explode(
        [asks("avalon", "A", 1)], [line("A", "B", "1"), line("B", "C", "1")], lead={"A": 2, "B": 3}
    )
    assert needs["B"][0].needed_on == FRIDAY - timedelta(days=2)  # Wednesday
    assert needs["C"][0].needed_on == MONDAY - timedelta(days=3)  # Friday before: no weekend


def test_stock_on_each_level_is_used_once_and_first_for_what_is_due_first() -> None:
    needs = explode(
        [asks("avalon", "A", 10), asks("avalon", "A", 10, FRIDAY + timedelta(weeks=1))],
        [line("A", "B", "2")],
        stock={"A": 5, "B": 4},
    )
    assert [need.net for need in needs["A"]] == [5, 10]  # five are finished already
    assert [need.net for need in needs["B"]] == [6, 20]  # 2 x 5 - 4, then 2 x 10


def test_a_component_of_two_levels_is_netted_over_both() -> None:
    """BOLT goes into the car and into its door: its stock counts once."""
    needs = explode(
        [asks("avalon", "CAR", 10)],
        [line("CAR", "DOOR", "1"), line("CAR", "BOLT", "1"), line("DOOR", "BOLT", "2")],
        stock={"BOLT": 25},
    )
    assert sum(need.net for need in needs["BOLT"]) == 10 + 20 - 25


def test_a_ring_is_named() -> None:
    with pytest.raises(BillOfMaterialCycle, match="A > B > A"):
        explode([asks("avalon", "A", 1)], [line("A", "B", "1"), line("B", "A", "1")])


def test_weeks_gather_days_and_what_is_late_is_due_now() -> None:
    needs = explode(
        [
            asks("avalon", "A", 3, MONDAY - timedelta(weeks=2)),
            asks("kestrel", "A", 4),
            asks("avalon", "A", 5, FRIDAY + timedelta(weeks=2)),
        ],
        [],
    )
    found = by_week(needs["A"], first_week=MONDAY)
    assert found is not None
    assert found.quantities == (7, 0, 5)
    assert found.causes == {"avalon": (3, 0, 5), "kestrel": (4, 0, 0)}
    assert by_week([], first_week=MONDAY) is None


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"a": None}, {"a": "1"}),
        ({"a": None, "b": None}, {"a": "0.5", "b": "0.5"}),
        ({"a": "0.7", "b": None}, {"a": "0.7", "b": "0.3"}),
        ({"a": "0.6", "b": "0.2"}, {"a": "0.75", "b": "0.25"}),  # scaled to the whole
        ({"a": "0", "b": "0"}, {"a": "0.5", "b": "0.5"}),
        ({"a": "1", "b": "1", "c": None}, {"a": "0.5", "b": "0.5", "c": "0"}),
    ],
)
def test_shares_of_several_suppliers_make_a_whole(
    stated: dict[str, str | None], expected: dict[str, str]
) -> None:
    found = shares({key: None if each is None else Decimal(each) for key, each in stated.items()})
    assert found == {key: Decimal(each) for key, each in expected.items()}


quantities = st.integers(0, 500)


@given(
    asked=st.lists(
        st.tuples(st.sampled_from(["a1", "a2", "k1"]), st.integers(0, 4), quantities), max_size=8
    ),
    kept=st.dictionaries(st.sampled_from(["avalon", "kestrel"]), quantities),
    free=quantities,
)
def test_stock_kept_for_a_customer_serves_no_other(
    asked: list[tuple[str, int, int]], kept: dict[str, int], free: int
) -> None:
    """Brute force, piece by piece: own stock first, then the free stock, the earliest day first."""
    customer_of = {"a1": "avalon", "a2": "avalon", "k1": "kestrel"}
    needs = needs_on_all_levels(
        [asks(cause, "X", pieces, MONDAY + timedelta(days=day)) for cause, day, pieces in asked],
        [],
        calendar=WorkingCalendar(),
        lead_time_days={},
        stock={"X": OwnStock(Decimal(free), {name: Decimal(left) for name, left in kept.items()})},
        customer_of=customer_of,
    ).get("X", ())
    left, free_left = dict(kept), free
    expected: dict[date, int] = {}
    for day in sorted({day for _cause, day, _pieces in asked}):
        open_pieces = 0
        for cause, on, pieces in asked:
            if on == day:
                used = min(pieces, left.get(customer_of[cause], 0))
                left[customer_of[cause]] = left.get(customer_of[cause], 0) - used
                open_pieces += pieces - used
        used = min(open_pieces, free_left)
        free_left -= used
        expected[MONDAY + timedelta(days=day)] = open_pieces - used
    assert {need.needed_on: need.net for need in needs} == expected


@given(
    tops=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("XY"), quantities), max_size=6),
    stock=st.dictionaries(st.sampled_from(["X", "Y", "M", "N"]), quantities, max_size=4),
)
def test_conservation_with_brute_force(
    tops: list[tuple[str, str, int]], stock: dict[str, int]
) -> None:
    """What is bought is what the levels above did not have; causes add up to the week."""
    lines = [line("X", "M", "2"), line("Y", "M", "1"), line("M", "N", "3"), line("Y", "N", "1")]
    needs = explode([asks(*each) for each in tops], lines, stock=stock)
    net = {}
    for part, direct in [
        ("X", sum(q for _c, p, q in tops if p == "X")),
        ("Y", sum(q for _c, p, q in tops if p == "Y")),
    ]:
        net[part] = max(0, direct - stock.get(part, 0))
    net["M"] = max(0, 2 * net["X"] + net["Y"] - stock.get("M", 0))
    net["N"] = max(0, 3 * net["M"] + net["Y"] - stock.get("N", 0))
    for part, expected in net.items():
        assert sum(need.net for need in needs.get(part, ())) == expected
        weekly = by_week(needs.get(part, ()), first_week=MONDAY)
        if weekly is not None:
            caused = [sum(column) for column in zip(*weekly.causes.values(), strict=True)]
            assert caused == list(weekly.quantities)
