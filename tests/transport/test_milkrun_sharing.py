"""What a shared run costs each: the laws of the Shapley value and the cap at going alone."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transport.milkrun_cases import SMALL, changed, planned, small, small_plan
from transport.engine.milkrun.shapley import capped, paying_more, shapley, to_cents

WORKED = {"A": 300, "B": 260, "C": 200, "AB": 420, "AC": 380, "BC": 340, "ABC": 480}


def test_three_customers_share_a_run_as_worked_out_by_hand() -> None:
    """WE-12."""
    names = "ABC"
    shares = shapley(3, lambda group: WORKED["".join(names[each] for each in group)])
    assert shares == pytest.approx([203.33, 163.33, 113.33], abs=0.005)
    alone = {
        frozenset(group): float(WORKED["".join(group)])
        for size in (1, 2, 3)
        for group in combinations(names, size)
    }
    assert paying_more(dict(zip(names, shares, strict=True)), alone) == []
    alone[frozenset("AB")] = 350.0
    assert paying_more(dict(zip(names, shares, strict=True)), alone) == [frozenset("AB")]


def test_two_players_against_the_formula() -> None:
    cost = {(0,): 90.0, (1,): 60.0, (0, 1): 100.0}
    assert shapley(2, cost.__getitem__) == pytest.approx([(90 + 100 - 60) / 2, (60 + 100 - 90) / 2])


@given(st.lists(st.floats(1, 100), min_size=1, max_size=6), st.floats(0, 50))
@settings(max_examples=40)
def test_the_laws(lengths: list[float], fixed: float) -> None:
    """A run to the farthest stop of a group: what is charged sums up, equals pay alike."""

    def cost(group: tuple[int, ...]) -> float:
        return fixed + max(lengths[each] for each in group)

    shares = shapley(len(lengths), cost)
    assert sum(shares) == pytest.approx(fixed + max(lengths))
    for one, two in combinations(range(len(lengths)), 2):
        if lengths[one] == lengths[two]:
            assert shares[one] == pytest.approx(shares[two])
    assert all(
        share <= fixed + length + 1e-9 for share, length in zip(shares, lengths, strict=True)
    )


def test_who_adds_nothing_pays_nothing() -> None:
    assert shapley(3, lambda group: float(len([each for each in group if each != 1])))[1] == 0


def test_many_players_are_sampled_and_still_sum_up() -> None:
    shares = shapley(12, lambda group: 10.0 + sum(group), seed=3)
    assert sum(shares) == pytest.approx(10 + sum(range(12)))
    assert shares == shapley(12, lambda group: 10.0 + sum(group), seed=3)
    assert shares[11] == pytest.approx(11 + 10 / 12, abs=0.5)


@given(
    st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), min_size=1, max_size=8),
)
@settings(max_examples=60)
def test_nobody_pays_more_than_alone(pairs: list[tuple[float, float]]) -> None:
    charges, alone = [a for a, _b in pairs], [b for _a, b in pairs]
    found = capped(charges, alone)
    assert sum(found) == pytest.approx(sum(charges))
    if sum(charges) <= sum(alone):
        assert all(own <= most + 1e-6 for own, most in zip(found, alone, strict=True))


def test_cents_sum_up_to_the_total() -> None:
    assert to_cents([10 / 3] * 3, [4.0] * 3) == [3.34, 3.33, 3.33]


def test_a_plan_is_charged_to_the_cent() -> None:
    plan = small_plan()
    assert sum(each.allocated_cost for each in plan.allocation) == pytest.approx(
        plan.cost.total, abs=0.006
    )
    for each in plan.allocation:
        assert each.allocated_cost <= each.baseline_cost + 0.01


def test_equal_suppliers_pay_alike_and_one_without_volume_nothing() -> None:
    def twins(data) -> None:
        first, second, third = data["suppliers"][:3]
        second.update({key: value for key, value in first.items() if key != "id"})
        first["patterns"] = second["patterns"] = [[1, 2, 3, 4, 5]]
        third["volume"] = {}
        data["suppliers"] = [first, second, third]
        data["driver"] = None

    plan = planned(changed(SMALL, twins))
    first, second, third = plan.allocation
    assert first.allocated_cost == pytest.approx(second.allocated_cost, abs=0.011)
    assert (third.allocated_cost, third.saving) == (0.0, 0.0)
    assert replace(plan).choices.keys() == {small().suppliers[0].id, small().suppliers[1].id}
