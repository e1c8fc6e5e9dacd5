"""Driving and rest times: what is refused and where, and that inserted breaks always hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.driver import (
    Activity,
    DriverRules,
    Kind,
    PlanRefused,
    Rule,
    check,
    insert_breaks,
    violations,
)


def drive(minutes: float, to: str = "Plant") -> Activity:
    return Activity(Kind.DRIVE, minutes, to)


def pause(minutes: float) -> Activity:
    return Activity(Kind.BREAK, minutes, "car park")


def work(minutes: float) -> Activity:
    return Activity(Kind.WORK, minutes, "Supplier")


@pytest.mark.parametrize(
    "timetable",
    [
        [drive(270)],
        [drive(270), pause(45), drive(270)],
        [drive(120), pause(15), drive(150), pause(30), drive(270)],  # split 15 + 30
        [drive(100), pause(30), drive(170), pause(30), drive(1)],  # 30 serves as the first part
        [drive(270), pause(45), drive(270), Activity(Kind.REST, 660, "yard"), drive(270)],
    ],
)
def test_lawful_days(timetable: list[Activity]) -> None:
    check(timetable)


@pytest.mark.parametrize(
    ("timetable", "rule", "place", "minute"),
    [
        ([drive(271, "Cluj")], Rule.BREAK, "Cluj", 270),
        ([drive(200), work(60), drive(100, "Sibiu")], Rule.BREAK, "Sibiu", 330),  # work is no break
        ([drive(200), pause(30), drive(70), pause(15), drive(1)], Rule.BREAK, "Plant", 315),
        ([drive(270), pause(44), drive(1)], Rule.BREAK, "Plant", 314),
        (
            [drive(270), pause(45), drive(270), pause(45), drive(10, "Arad")],
            Rule.DAY_DRIVING, "Arad", 630,
        ),
        ([drive(60), work(700), drive(60, "Deva")], Rule.DAILY_REST, "Deva", 780),
    ],
)  # fmt: skip
def test_a_refusal_names_place_and_minute(
    timetable: list[Activity], rule: Rule, place: str, minute: float
) -> None:
    with pytest.raises(PlanRefused, match=f"at {place}, minute {minute}") as refused:
        check(timetable)
    found = refused.value.violation
    assert (found.rule, found.place, found.minute) == (rule, place, minute)


def test_ten_hours_are_lawful_twice_a_week() -> None:
    long_day = [drive(270), pause(45), drive(270), pause(45), drive(60)]
    assert violations(long_day)
    assert not violations(long_day, DriverRules(long_days_left=1))
    night = Activity(Kind.REST, 660, "yard")
    assert not violations([*long_day, night, *long_day], DriverRules(long_days_left=2))
    assert violations([*long_day, night, *long_day], DriverRules(long_days_left=1))


def test_a_break_is_put_where_it_falls_due() -> None:
    plan = insert_breaks([drive(200, "Supplier"), work(30), drive(180)])
    assert [(each.kind, each.minutes) for each in plan] == [
        (Kind.DRIVE, 200), (Kind.WORK, 30), (Kind.DRIVE, 70), (Kind.BREAK, 45), (Kind.DRIVE, 110),
    ]  # fmt: skip
    # with a first part of 15 min taken, 30 are enough
    plan = insert_breaks([drive(200), pause(15), drive(180)])
    assert [each.minutes for each in plan] == [200, 15, 70, 30, 110]


def test_too_long_a_day_is_refused_unless_nights_are_planned() -> None:
    with pytest.raises(PlanRefused, match="9 h of driving a day: at Plant, minute 585"):
        insert_breaks([drive(600)])
    plan = insert_breaks([drive(1200)], overnight=True)
    assert sum(each.kind == Kind.REST for each in plan) == 2
    check(plan)


@given(
    st.lists(
        st.one_of(
            st.integers(1, 900).map(drive),
            st.integers(1, 300).map(work),
            st.integers(10, 60).map(pause),
        ),
        max_size=8,
    )
)
def test_inserted_breaks_hold_and_no_minute_is_lost(timetable: list[Activity]) -> None:
    plan = insert_breaks(timetable, overnight=True)
    assert violations(plan) == ()
    for kind in (Kind.DRIVE, Kind.WORK):
        before = sum(each.minutes for each in timetable if each.kind == kind)
        assert sum(each.minutes for each in plan if each.kind == kind) == before
    assert insert_breaks(plan, overnight=True) == plan  # twice is once
