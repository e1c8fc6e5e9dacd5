"""The delivery schedule: cumulative figures, and the way there and back."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.rules.schedule import (
    Commitment,
    Release,
    ScheduleLine,
    natural_key,
    to_cumulative,
    to_discrete,
)

MONDAY = date(2026, 1, 5)


def lines(*quantities: tuple[int, int]) -> tuple[ScheduleLine, ...]:
    return tuple(
        ScheduleLine(due_on=MONDAY + timedelta(days=day), quantity=Decimal(quantity))
        for day, quantity in quantities
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (-1, 100),  # before the first line: what was received
        (0, 400),  # the due day itself counts
        (6, 400),  # between two lines
        (7, 900),  # two lines of one day are one quantity
    ],
)
def test_the_cumulative_requirement(day: int, expected: int) -> None:
    release = Release(
        number="R1",
        issued_at=datetime(2026, 1, 5, tzinfo=UTC),
        received=Decimal(100),
        lines=lines((0, 300), (7, 200), (7, 300)),
    )
    assert release.cumulative(MONDAY + timedelta(days=day)) == expected


def test_backlog_binds_and_a_forecast_does_not() -> None:
    release = Release(
        number="R1",
        issued_at=datetime(2026, 1, 5, tzinfo=UTC),
        received=Decimal(100),
        lines=tuple(
            ScheduleLine(due_on=MONDAY, quantity=Decimal(quantity), commitment=commitment)
            for quantity, commitment in zip((10, 20, 40), Commitment, strict=True)
        ),
    )
    assert [each.value for each in Commitment] == ["firm", "forecast", "backlog"]
    assert release.firm_cumulative() == 100 + 10 + 40


@given(
    st.integers(0, 10_000),
    st.dictionaries(st.integers(0, 90), st.integers(0, 5000), max_size=12),
)
def test_discrete_and_cumulative_form_say_the_same(received: int, due: dict[int, int]) -> None:
    total = Decimal(received)
    discrete = to_discrete(total, to_cumulative(total, lines(*due.items())))
    assert dict(discrete) == {MONDAY + timedelta(days=day): due[day] for day in due}


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([(0, 90)], "expected a cumulative quantity >= 100, got 90"),
        ([(0, 200), (1, 150)], "expected a cumulative quantity >= 200, got 150"),
        ([(1, 200), (1, 300)], "expected ascending days"),
    ],
)
def test_refuses_a_falling_total(points: list[tuple[int, int]], message: str) -> None:
    given_points = [(MONDAY + timedelta(days=day), Decimal(total)) for day, total in points]
    with pytest.raises(ValueError, match=message):
        to_discrete(Decimal(100), given_points)


@pytest.mark.parametrize("bad", ["-1", "NaN", "Infinity"])
def test_refuses_impossible_quantities(bad: str) -> None:
    with pytest.raises(ValueError, match="expected finite line quantity >= 0"):
        ScheduleLine(due_on=MONDAY, quantity=Decimal(bad))


def test_numbers_sort_as_people_count() -> None:
    assert sorted(["A10", "A9", "B1", "A"], key=natural_key) == ["A", "A9", "A10", "B1"]
