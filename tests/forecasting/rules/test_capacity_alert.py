"""Capacity alerts, a user's own thresholds and the to-dos of both sides."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.rules.capacity import LinkedDemand, MatchingStatus
from forecasting.rules.capacity_alert import (
    CapacityAlert,
    Scope,
    StatusChange,
    Threshold,
    capacity_alerts,
    is_all_zero,
    status_change,
    unlinked,
)

weeks = st.lists(st.integers(0, 200).map(Decimal), min_size=20, max_size=20)


def test_one_full_week_can_be_levelled() -> None:
    demand = [Decimal(90)] * 11 + [Decimal(150)]
    found = capacity_alerts(demand, [Decimal(100)] * 12)
    assert found == (CapacityAlert(11, 1, Decimal(50)),)  # the others have 110 to spare
    assert not found[0].is_critical


def test_a_quarter_above_capacity_cannot() -> None:
    demand = [Decimal(101)] + [Decimal(100)] * 11
    simple, critical = capacity_alerts(demand, [Decimal(100)] * 12)
    assert simple == CapacityAlert(0, 1, Decimal(1))
    assert critical == CapacityAlert(0, 12, Decimal(1))
    assert critical.is_critical


def test_a_breakdown_is_a_temporary_deviation() -> None:
    found = capacity_alerts([Decimal(90)] * 3, [Decimal(100)] * 3, deviations={1: Decimal(60)})
    assert found == (CapacityAlert(1, 1, Decimal(30)),)


@given(weeks, weeks)
def test_critical_means_some_week_is_simple(demand: list[Decimal], planned: list[Decimal]) -> None:
    found = capacity_alerts(demand, planned)
    simple = {each.first_week for each in found if not each.is_critical}
    assert simple == {at for at in range(20) if demand[at] > planned[at]}
    for each in found:
        window = range(each.first_week, each.first_week + each.weeks)
        assert each.missing == sum(demand[at] - planned[at] for at in window) > 0
        assert simple & set(window)


@pytest.mark.parametrize(
    ("limit", "is_relative", "old", "new", "fires"),
    [
        ("0.1", True, 1000, 1100, True),  # exactly at it
        ("0.1", True, 1000, 1099, False),
        ("0.1", True, 1000, 900, False),  # watches rises only
        ("-0.1", True, 1000, 900, True),
        ("-0.1", True, 1000, 1200, False),
        ("0.1", True, 0, 1, True),  # from nothing
        ("0.1", True, 0, 0, False),  # no change never fires
        ("50", False, 1000, 1050, True),
        ("-50", False, 1000, 960, False),
    ],
)
def test_own_thresholds(limit: str, is_relative: bool, old: int, new: int, fires: bool) -> None:
    threshold = Threshold(limit=Decimal(limit), is_relative=is_relative)
    assert threshold.fires(Decimal(old), Decimal(new)) is fires


def test_a_threshold_watches_its_scope() -> None:
    everything = Threshold(limit=Decimal(1))
    demands = Threshold(limit=Decimal(1), scope=Scope.DEMANDS)
    chosen = Threshold(limit=Decimal(1), scope=Scope.CHOSEN, chosen=frozenset({"press"}))
    names = [("seat", Scope.DEMANDS), ("press", Scope.CAPACITIES)]
    watched = [[each.watches(*name) for name in names] for each in (everything, demands, chosen)]
    assert watched == [[True, True], [True, False], [False, True]]


def test_to_dos_of_customer_and_supplier() -> None:
    empty = LinkedDemand(series="a", weeks=(Decimal(0),) * 3)
    asked = LinkedDemand(series="b", weeks=(Decimal(0), Decimal(1)))
    assert [is_all_zero(each) for each in (empty, asked)] == [True, False]
    assert unlinked(["a", "b", "c"], [empty, asked]) == ("c",)


def test_colours_count_from_the_third_week_on() -> None:
    green, orange, red = (
        MatchingStatus.SURPLUS, MatchingStatus.FLEXIBLE, MatchingStatus.BOTTLENECK,
    )  # fmt: skip
    before = [green, green, red, orange, green, green]
    after = [red, red, orange, red, green, MatchingStatus.ZERO_DEVIATION]
    assert status_change(before, after) == StatusChange(improved=1, degraded=1)
    assert status_change(before, after, first_week=0) == StatusChange(improved=1, degraded=3)
