"""Demand against capacity: the colours of a week, load factors, shared and nested groups."""

from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.rules.capacity import (
    CapacityCycle,
    CapacityGroup,
    LinkedDemand,
    MatchingStatus,
    WeekCapacity,
    flex_percent,
    flex_result,
    match,
    matching_status,
    volatility,
)

ZERO_DEVIATION, SURPLUS = MatchingStatus.ZERO_DEVIATION, MatchingStatus.SURPLUS
FLEXIBLE, BOTTLENECK = MatchingStatus.FLEXIBLE, MatchingStatus.BOTTLENECK
quantities = st.integers(0, 3000).map(Decimal)


def capacity(actual: int, maximum: int, delta: int = 0) -> WeekCapacity:
    return WeekCapacity(actual=Decimal(actual), maximum=Decimal(maximum), delta=Decimal(delta))


def demand(series: str, *weeks: int, load: str | None = None, active: bool = True) -> LinkedDemand:
    return LinkedDemand(
        series=series,
        weeks=tuple(map(Decimal, weeks)),
        load_factor=None if load is None else Decimal(load),
        is_active=active,
    )


def group(name: str, *weeks: WeekCapacity, **more: object) -> CapacityGroup:
    return CapacityGroup(name=name, weeks=weeks, **more)


@pytest.mark.parametrize(
    ("asked", "actual", "maximum", "status"),
    [
        (1000, 1000, 1200, ZERO_DEVIATION),
        (900, 1000, 1200, SURPLUS),
        (1150, 1000, 1200, FLEXIBLE),
        (1200, 1000, 1200, FLEXIBLE),  # flexibility used to the last piece
        (1201, 1000, 1200, BOTTLENECK),
        (1001, 1000, 1000, BOTTLENECK),  # no flexibility agreed
    ],
)
def test_the_colour_of_a_week(
    asked: int, actual: int, maximum: int, status: MatchingStatus
) -> None:
    assert matching_status(Decimal(asked), Decimal(actual), Decimal(maximum)) == status


def test_load_factors_are_matched_on_the_sum() -> None:
    # 600 x 1.5 + 300 x 0.9 = 1170, although each series alone is below 1000
    shared = group(
        "press", capacity(1000, 1200),
        demands=(demand("bracket", 600, load="1.5"), demand("clip", 300, load="0.9")),
    )  # fmt: skip
    (week,) = match([shared])["press"]
    assert (week.demand, week.gap, week.status) == (1170, 170, FLEXIBLE)


def test_delta_production_moves_the_comparison_and_never_the_demand() -> None:
    ahead = group(
        "line", capacity(1000, 1200, delta=50), capacity(1000, 1200, delta=-50),
        demands=(demand("seat", 950, 1250),),
    )  # fmt: skip
    first, second = match([ahead])["line"]
    assert (first.demand, first.compared, first.status) == (950, 1000, ZERO_DEVIATION)
    assert (second.demand, second.compared, second.status) == (1250, 1200, FLEXIBLE)


def test_a_load_factor_for_one_series_is_asked_of_all() -> None:
    with pytest.raises(ValueError, match="for all series of press or none, got none for clip"):
        group("press", demands=(demand("bracket", load="1.5"), demand("clip")))


def test_a_load_is_never_rounded() -> None:
    # more digits than decimals keep unless told to
    clip = LinkedDemand(
        series="clip",
        weeks=(Decimal("123456789012345.123"),),
        load_factor=Decimal("0.333333333333333"),
    )
    exact = Decimal(123456789012345123 * 333333333333333).scaleb(-18, Context(prec=40))
    assert clip.load == (exact,)
    (week,) = match([group("press", capacity(0, 0), demands=(clip,))])["press"]
    assert (week.demand, week.gap) == (exact, exact)


def test_what_is_inactive_is_left_out() -> None:
    found = match([
        group("on", capacity(10, 10), demands=(demand("a", 4), demand("b", 9, active=False))),
        group("off", capacity(10, 10), demands=(demand("a", 4),), is_active=False),
    ])  # fmt: skip
    assert list(found) == ["on"]
    assert found["on"][0].demand == 4


def test_a_nested_group_counts_each_series_once() -> None:
    # the plant bears what its lines bear; "shared" is linked to both lines
    found = match([
        group("plant", capacity(300, 300), groups=("line 1", "line 2")),
        group("line 1", capacity(200, 200), demands=(demand("a", 100), demand("shared", 50))),
        group("line 2", capacity(200, 200), demands=(demand("b", 120), demand("shared", 50))),
    ])  # fmt: skip
    assert {name: weeks[0].demand for name, weeks in found.items()} == {
        "plant": 270, "line 1": 150, "line 2": 170,
    }  # fmt: skip


def test_the_nearest_load_factor_counts() -> None:
    found = match([
        group("plant", capacity(99, 99), groups=("line",), demands=(demand("a", 10, load="3"),)),
        group("line", capacity(99, 99), demands=(demand("a", 10, load="2"),)),
    ])  # fmt: skip
    assert [weeks[0].demand for weeks in found.values()] == [30, 20]


def test_an_inactive_group_hands_nothing_up() -> None:
    found = match([
        group("plant", capacity(9, 9), groups=("closed line",)),
        group("closed line", capacity(9, 9), demands=(demand("a", 10),), is_active=False),
    ])  # fmt: skip
    assert found["plant"][0].demand == 0


@pytest.mark.parametrize(
    ("links", "ring"),
    [
        ({"A": ("A",)}, ("A", "A")),
        ({"A": ("B",), "B": ("C",), "C": ("B",)}, ("B", "C", "B")),
        ({"A": ("B", "C"), "B": ("C",), "C": ("A",)}, ("A", "B", "C", "A")),
    ],
)
def test_a_ring_of_groups_is_named(
    links: dict[str, tuple[str, ...]], ring: tuple[str, ...]
) -> None:
    with pytest.raises(CapacityCycle) as found:
        match([group(name, groups=linked) for name, linked in links.items()])
    assert found.value.groups == ring


def test_a_group_used_twice_is_no_ring() -> None:
    found = match([
        group("A", capacity(9, 9), groups=("B", "C")),
        group("B", capacity(9, 9), groups=("C",)),
        group("C", capacity(9, 9), demands=(demand("x", 5),)),
    ])  # fmt: skip
    assert [weeks[0].demand for weeks in found.values()] == [5, 5, 5]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([{"name": "A", "groups": ("B",)}], "expected known capacity groups, got B linked to A"),
        ([{"name": "A", "groups": ("A",)}] * 2, "expected each capacity group once"),
        (
            [{"name": "A", "weeks": (capacity(1, 1),) * 2, "demands": (demand("x", 1),)}],
            "expected 2 weeks of demand for A, got 1 of x",
        ),
    ],
)
def test_refuses_what_does_not_fit(groups: list[dict[str, object]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        match([CapacityGroup(**{"weeks": (), **each}) for each in groups])


def test_refuses_a_maximum_below_the_actual_and_a_group_of_nothing() -> None:
    with pytest.raises(ValueError, match="expected maximum >= actual 10, got 9"):
        capacity(10, 9)
    with pytest.raises(ValueError, match="expected at least one series or group linked to A"):
        group("A")


@given(quantities, quantities, quantities)
def test_more_demand_is_never_milder(one: Decimal, other: Decimal, actual: Decimal) -> None:
    less, more = sorted([one, other])
    mild, severe = (matching_status(each, actual, actual + 100) for each in (less, more))
    assert mild.severity <= severe.severity


@given(st.lists(st.tuples(quantities, st.integers(0, 30)), min_size=1, max_size=6))
def test_the_sum_is_that_of_a_loop(series: list[tuple[Decimal, int]]) -> None:
    demands = tuple(
        LinkedDemand(series=str(at), weeks=(asked,), load_factor=Decimal(factor) / 10)
        for at, (asked, factor) in enumerate(series)
    )
    (week,) = match([group("press", capacity(1000, 1000), demands=demands)])["press"]
    assert week.demand * 10 == sum(asked * factor for asked, factor in series)


@pytest.mark.parametrize(
    ("previous", "latest", "absolute", "relative"),
    [
        ([100] * 4, [105] * 4, 20, "0.05"),  # 400 to 420
        ([100] * 4, [90, 110, 100, 100], 0, "0"),  # a shift is no volatility
        ([0, 0], [3, 4], 7, None),  # from nothing
    ],
)
def test_volatility(
    previous: list[int], latest: list[int], absolute: int, relative: str | None
) -> None:
    found = volatility([*map(Decimal, previous)], [*map(Decimal, latest)])
    assert found.absolute == absolute
    assert found.relative == (None if relative is None else Decimal(relative))


@pytest.mark.parametrize(("percent", "left"), [(15, 0), (10, -50), (0, -150)])
def test_what_more_flexibility_would_do(percent: int, left: int) -> None:
    assert flex_result(Decimal(1000), Decimal(1150), Decimal(percent)) == left


def test_the_nearest_flexibility_counts() -> None:
    fifteen, ten, five = Decimal(15), Decimal(10), Decimal(5)
    assert flex_percent(group=fifteen, customer=ten, supplier=five) == 15
    assert flex_percent(customer=ten, supplier=five) == 10
    assert flex_percent(supplier=five) == 5
    assert flex_percent() == 0
    assert flex_percent(group=Decimal(0), customer=ten) == 0  # none is an answer
