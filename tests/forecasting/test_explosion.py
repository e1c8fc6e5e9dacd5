"""The explosion of a bill of material: a harness worked by hand, then pegging and conservation."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from collab.masterdata.rules.bill_of_material import BillOfMaterialCycle, BomLine
from forecasting.engine.explosion import Peg, Structure, explode, pegging, structure, structure_of

MONDAY = date(2026, 11, 2)
Floats = NDArray[np.float64]


def line(parent: str, component: str, usage: str, **more: object) -> BomLine:
    return BomLine(parent=parent, component=component, usage=Decimal(usage), **more)


def needed(bom: Structure, demand: dict[str, list[float]]) -> dict[str, list[float]]:
    return dict(zip(bom.nodes, explode(bom, grid(bom, demand)).tolist(), strict=True))


def grid(bom: Structure, demand: dict[str, list[float]]) -> Floats:
    found = np.zeros((len(bom.nodes), bom.n_weeks))
    for name, weeks in demand.items():
        found[bom.nodes.index(name)] = weeks
    return found


HARNESS = [
    line("car", "door harness", "4"),
    line("car", "tow harness", "1", take_rate=Decimal("0.25")),  # an option
    line("door harness", "copper", "2", scrap=Decimal("0.05")),  # metres, 5 % cut off
    line("tow harness", "copper", "8"),
]


def test_usage_take_rate_and_scrap_over_two_levels() -> None:
    found = needed(structure_of(HARNESS, first_monday=MONDAY, n_weeks=1), {"car": [100]})
    assert found["door harness"] == [400]
    assert found["tow harness"] == [25]
    assert found["copper"] == pytest.approx([400 * 2 * 1.05 + 25 * 8])  # used at both: 840 + 200


def test_a_spare_part_is_added_to_what_cars_need() -> None:
    bom = structure_of(HARNESS, first_monday=MONDAY, n_weeks=1)
    found = needed(bom, {"car": [100], "door harness": [10]})
    assert found["door harness"] == [410]
    assert found["copper"] == pytest.approx([410 * 2.1 + 200])


def test_a_change_of_connector_takes_effect_on_a_monday() -> None:
    change = MONDAY + timedelta(weeks=2)
    bom = structure_of(
        [
            line("harness", "old connector", "2", effective_until=change),
            line("harness", "new connector", "3", effective_from=change),
        ],
        first_monday=MONDAY,
        n_weeks=4,
    )
    found = needed(bom, {"harness": [10, 10, 10, 10]})
    assert found["old connector"] == [20, 20, 0, 0]
    assert found["new connector"] == [0, 0, 30, 30]


@pytest.mark.parametrize(
    ("day", "weeks"),
    [
        (MONDAY - timedelta(weeks=9), [1, 1, 1]),  # long since effective
        (MONDAY, [1, 1, 1]),
        (MONDAY + timedelta(days=1), [0, 1, 1]),  # from Tuesday on: from the next week on
        (MONDAY + timedelta(weeks=9), [0, 0, 0]),
    ],
)
def test_a_week_counts_as_its_monday_does(day: date, weeks: list[float]) -> None:
    lines = [line("a", "b", "1", effective_from=day)]
    bom = structure_of(lines, first_monday=MONDAY, n_weeks=3)
    assert needed(bom, {"a": [1, 1, 1]})["b"] == weeks


def test_lead_time_moves_the_need_earlier_and_loses_nothing() -> None:
    bom = structure_of(
        [line("a", "b", "1"), line("b", "c", "1")],
        first_monday=MONDAY,
        n_weeks=4,
        lead_weeks={"b": 1, "c": 2},
    )
    found = needed(bom, {"a": [1, 10, 100, 1000]})
    assert found["b"] == [11, 100, 1000, 0]  # week 0 holds what is late already
    assert found["c"] == [1111, 0, 0, 0]


def test_pegging_names_whose_demand_it_is() -> None:
    bom = structure_of(
        [line("estate", "seat", "2"), line("van", "seat", "1"), line("seat", "foam", "3")],
        first_monday=MONDAY,
        n_weeks=2,
        lead_weeks={"seat": 1},
    )
    demand = grid(bom, {"estate": [0, 10], "van": [5, 4]})
    assert pegging(bom, demand, node="foam", week=0) == (
        Peg("estate", 1, 60.0),
        Peg("van", 0, 15.0),
        Peg("van", 1, 12.0),
    )
    assert explode(bom, demand)[bom.nodes.index("foam"), 0] == 87


def test_a_ring_is_named() -> None:
    lines = [line("top", "a", "1"), line("a", "b", "1"), line("b", "c", "1"), line("c", "a", "1")]
    with pytest.raises(BillOfMaterialCycle) as ring:
        structure_of(lines, first_monday=MONDAY, n_weeks=1)
    parts = ring.value.parts
    assert parts[0] == parts[-1]
    assert sorted(parts[1:]) == ["a", "b", "c"]
    assert all(pair in {("a", "b"), ("b", "c"), ("c", "a")} for pair in pairwise(parts))


@st.composite
def structures(draw: st.DrawFn) -> Structure:
    """Up to eight nodes; a line always leads to a node further on, so there is no ring."""
    n_nodes, n_weeks = draw(st.integers(2, 8)), draw(st.integers(1, 5))
    ends = st.tuples(st.integers(0, n_nodes - 1), st.integers(0, n_nodes - 1))
    pairs = draw(st.lists(ends.filter(lambda pair: pair[0] < pair[1]), max_size=14))
    weeks = [sorted(draw(st.tuples(*[st.integers(0, n_weeks)] * 2))) for _ in pairs]
    shuffled = draw(st.permutations(range(n_nodes)))
    columns = {"parent": [each[0] for each in pairs], "component": [each[1] for each in pairs]}
    places = {name: np.array([shuffled[at] for at in column], np.intp)
              for name, column in columns.items()}  # fmt: skip
    return structure(
        [f"N{at}" for at in range(n_nodes)],
        n_weeks=n_weeks,
        quantity=np.array([draw(st.integers(1, 4)) for _ in pairs], np.float64),
        first_week=np.array([each[0] for each in weeks], np.intp),
        end_week=np.array([each[1] for each in weeks], np.intp),
        lead_weeks=np.array([draw(st.integers(0, 6)) for _ in range(n_nodes)], np.intp),
        **places,
    )


@given(structures(), st.integers(0, 10_000))
def test_pegs_add_up_to_the_need(bom: Structure, seed: int) -> None:
    demand = np.random.default_rng(seed).integers(0, 9, (len(bom.nodes), bom.n_weeks)) * 1.0
    need = explode(bom, demand)
    for at, name in enumerate(bom.nodes):
        for week in range(bom.n_weeks):
            pegs = pegging(bom, demand, node=name, week=week)
            assert sum(peg.quantity for peg in pegs) == pytest.approx(need[at, week], rel=1e-9)


@given(structures(), st.integers(0, 10_000))
def test_the_need_adds_up_over_demands(bom: Structure, seed: int) -> None:
    random = np.random.default_rng(seed)
    one, other = (random.gamma(1, 9, (len(bom.nodes), bom.n_weeks)) for _ in range(2))
    both = explode(bom, one + other)
    assert both == pytest.approx(explode(bom, one) + explode(bom, other), rel=1e-9)
    assert (both >= one + other - 1e-9).all()


def test_refuses_a_demand_that_is_none() -> None:
    bom = structure_of(HARNESS, first_monday=MONDAY, n_weeks=1)
    with pytest.raises(ValueError, match="expected finite demand"):
        explode(bom, grid(bom, {"car": [-1]}))
    with pytest.raises(ValueError, match="expected demand of shape"):
        explode(bom, np.zeros((1, 1)))
