"""What a new release changes, seen by a planner of the supplier."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.rules.release import (
    HoldTolerance,
    Place,
    Version,
    compare_versions,
    hold_reasons,
    in_force,
    release_alerts,
    succession,
)
from forecasting.rules.schedule import Release, ScheduleLine

MONDAY = date(2026, 11, 9)  # W46
WEDNESDAY = datetime(2026, 11, 4, 6, tzinfo=UTC)  # day of issue, in the week before


def release(number: str = "R1", weeks: tuple[int, ...] = (), **more: Any) -> Release:
    more.setdefault("received", Decimal(0))
    more.setdefault("issued_at", WEDNESDAY)
    lines = tuple(
        ScheduleLine(due_on=MONDAY + timedelta(weeks=week, days=2), quantity=Decimal(quantity))
        for week, quantity in enumerate(weeks)
    )
    return Release(number=number, lines=lines, **more)


@pytest.mark.parametrize(
    ("last", "number", "previous", "place", "missing"),
    [
        (None, "R7", None, Place.FIRST, ()),
        ("R1", "R2", None, Place.NEXT, ()),
        ("R1", "R2", "R1", Place.NEXT, ()),
        ("R9", "R10", None, Place.NEXT, ()),  # not as text: "R10" < "R9"
        ("R10", "R20", "R10", Place.NEXT, ()),  # this customer counts in tens
        ("R999", "R1", "R999", Place.NEXT, ()),  # and this one starts again
        ("R002", "R004", "R003", Place.GAP, ("R003",)),
        ("R002", "R005", None, Place.GAP, ("R003", "R004")),
        ("R10", "R30", "R20", Place.GAP, ("R20",)),  # only what is certain is named
        ("R4", "R4", "R3", Place.EQUAL, ()),
        ("R4", "R2", "R1", Place.OLD, ()),
        ("2026-52", "2027-01", None, Place.NEXT, ()),  # no telling what lies between
    ],
)
def test_the_place_in_the_sequence(
    last: str | None, number: str, previous: str | None, place: Place, missing: tuple[str, ...]
) -> None:
    found = succession(last, number, previous=previous)
    assert (found.place, found.missing) == (place, missing)
    assert place.replaces == (place in {Place.FIRST, Place.NEXT, Place.GAP})


def test_a_release_replaces_wholly_and_an_old_one_never() -> None:
    first, second = release("R1", (100, 100)), release("R2", (50,))
    assert in_force([first, second, first]) is second
    assert in_force([second]) is second
    assert in_force([]) is None


@given(st.permutations(range(1, 6)))
def test_the_highest_number_wins_in_any_order(numbers: list[int]) -> None:
    found = in_force(release(f"R{number}") for number in numbers)
    assert found is not None
    assert found.number == "R5"


@pytest.mark.parametrize(
    ("last", "new", "expected"),
    [
        (None, release("R1"), ["new_release:R1"]),
        (release("R1"), release("R1"), ["duplicate_ignored"]),
        (release("R2"), release("R1"), ["superseded_ignored"]),
        (release("R1"), release("R3"), ["new_release:R3", "missing_release:R2"]),
        (
            release("R1", unloading_point="HALL 4"),
            release("R2", unloading_point="HALL 5"),
            ["new_release:R2", "unloading_point_changed:HALL 4->HALL 5"],
        ),
        (
            release("R1", received=Decimal(698)),
            release("R2", (10,), received=Decimal(688)),
            ["new_release:R2", "received_cum_decreased:698->688"],
        ),
        (  # bound to take 300, then to take 250
            release("R1", (300,)),
            release("R2", (250,)),
            ["new_release:R2", "firm_decreased:300->250"],
        ),
        (  # of another period nothing compares
            release("R1", (300,), received=Decimal(9000)),
            release("R2", (300,), counted_since=date(2027, 1, 1)),
            ["new_release:R2", "cumulative_reset:2027-01-01"],
        ),
    ],
)
def test_what_the_supplier_should_notice(
    last: Release | None, new: Release, expected: list[str]
) -> None:
    assert [str(alert) for alert in release_alerts(last, new)] == expected


def test_what_cannot_be_covered_inside_the_lead_time() -> None:
    # 150 on the road or finished; 100 due in W46, 80 more in W47, 500 later than it takes to make
    found = release_alerts(
        None,
        release("R1", (100, 80, 500)),
        available=Decimal(150),
        covered_until=MONDAY + timedelta(days=13),
    )
    assert [str(alert) for alert in found] == ["new_release:R1", "not_coverable:2026-11-18 30"]


@pytest.mark.parametrize(
    ("production", "material", "expected"),
    [
        (None, None, []),  # no go-ahead is no limit
        (300, 500, []),
        (300, 300, []),  # equal is enough
        (290, 500, ["go_ahead_order:firm 300 > production 290"]),
        (400, 350, ["go_ahead_order:production 400 > material 350"]),
        (None, 250, ["go_ahead_order:firm 300 > material 250"]),
    ],
)
def test_firm_up_to_production_up_to_material(
    production: int | None, material: int | None, expected: list[str]
) -> None:
    found = release_alerts(
        None,
        release(
            "R1",
            (200,),
            received=Decimal(100),
            production_go_ahead=None if production is None else Decimal(production),
            material_go_ahead=None if material is None else Decimal(material),
        ),
    )
    assert [str(alert) for alert in found[1:]] == expected


NEAR = HoldTolerance(first_week=0, last_week=1, quantity_share=Decimal("0.1"))
FAR = HoldTolerance(first_week=2, last_week=3, total_share=Decimal("0.2"))


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        ((100, 100, 100, 100), (100, 100, 100, 100), []),
        ((100, 100, 100, 100), (110, 90, 100, 100), []),  # exactly at 10 %
        ((100, 100, 100, 100), (111, 100, 100, 100), [(0, 100, 111, 10)]),
        ((100, 100, 100, 100), (100, 100, 50, 150), []),  # far weeks: only their sum counts
        ((100, 100, 100, 100), (100, 100, 150, 91), [(None, 200, 241, 40)]),
        ((0, 100, 100, 100), (1, 100, 100, 100), [(0, 0, 1, 0)]),  # from nothing
        ((100, 100, 100, 100), (100,), [(1, 100, 0, 10), (None, 200, 0, 40)]),  # cut off
    ],
)
def test_when_a_release_is_held(
    before: tuple[int, ...],
    after: tuple[int, ...],
    reasons: list[tuple[int | None, int, int, int]],
) -> None:
    found = hold_reasons(release("R1", before), release("R2", after), [NEAR, FAR])
    assert [(each.week, each.before, each.after, each.allowed) for each in found] == [
        (None if week is None else MONDAY + timedelta(weeks=week), *figures)
        for week, *figures in reasons
    ]


def test_the_running_week_is_partly_delivered_and_not_compared() -> None:
    tuesday = datetime(2026, 11, 10, tzinfo=UTC)
    old, new = release("R1", (100, 100)), release("R2", (20, 100), issued_at=tuesday)
    assert hold_reasons(old, new, [NEAR]) == ()


def test_a_release_of_a_monday_is_compared_from_that_week_on() -> None:
    monday = datetime(2026, 11, 9, 6, tzinfo=UTC)
    old, new = release("R1", (100, 100)), release("R2", (20, 100), issued_at=monday)
    assert [each.week for each in hold_reasons(old, new, [NEAR])] == [MONDAY]


@given(st.lists(st.integers(0, 500), min_size=4, max_size=4), st.integers(1, 5))
def test_the_same_release_is_never_held(weeks: list[int], shares: int) -> None:
    tolerance = HoldTolerance(first_week=0, last_week=3, quantity_share=Decimal(0),
                              total_share=Decimal(0))  # fmt: skip
    old = release("R1", tuple(weeks))
    assert hold_reasons(old, old, [tolerance]) == ()


def test_three_versions_beside_what_was_received() -> None:
    w46, w47, w48 = (MONDAY + timedelta(weeks=week) for week in range(3))
    versions = [
        Version(name="W44", quantities={w46: Decimal(100), w47: Decimal(200)}),
        Version(name="W45", quantities={w46: Decimal(110), w48: Decimal(90)}),
        Version(name="W46", quantities={w46: Decimal(120), w47: Decimal(170), w48: Decimal(99)}),
    ]
    first, second, third = compare_versions(versions, received={w46: Decimal(118)})
    assert (first.mean, first.minimum, first.maximum) == (110, 100, 120)
    assert (first.net_change, first.variance_percent, first.received) == (10, 20, 118)
    assert second.quantities == (200, 0, 170)  # left out inside the horizon of W45: zero
    assert (second.net_change, second.variance_percent) == (170, -15)
    assert third.quantities == (None, 90, 99)  # behind the end of W44: no statement
    assert (third.mean, third.net_change, third.variance_percent) == (Decimal("94.5"), 9, 10)


def test_one_version_has_nothing_to_be_compared_with() -> None:
    (only,) = compare_versions([Version(name="W44", quantities={MONDAY: Decimal(5)})])
    assert (only.mean, only.net_change, only.variance_percent) == (5, None, None)


@given(
    st.lists(
        st.dictionaries(st.integers(0, 6), st.integers(0, 1000), max_size=6), min_size=1, max_size=4
    )
)
def test_the_mean_lies_between_the_extremes(drawn: list[dict[int, int]]) -> None:
    versions = [
        Version(
            name=str(at),
            quantities={
                MONDAY + timedelta(weeks=week): Decimal(each) for week, each in one.items()
            },
        )
        for at, one in enumerate(drawn)
    ]
    for each in compare_versions(versions):
        assert each.minimum <= each.mean <= each.maximum
        assert len(each.quantities) == len(versions)
