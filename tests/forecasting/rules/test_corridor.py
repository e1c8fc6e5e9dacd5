"""The corridor: the published example, then agreement with a cell-by-cell reading of the rule."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forecasting.rules.corridor import (
    Corridor,
    CorridorState,
    SubHorizon,
    compare,
    compare_cumulative,
)

MONDAY = date(2026, 11, 2)
INSIDE, ABOVE, BELOW = CorridorState.INSIDE, CorridorState.ABOVE, CorridorState.BELOW
NO_REFERENCE = CorridorState.NO_REFERENCE
VECTOR = SubHorizon(
    weeks=104, relative_up=0.2, relative_down=0.3, absolute_up=150, absolute_down=400
)


def corridor(*sub_horizons: SubHorizon, **more: int) -> Corridor:
    return Corridor(starts_on=MONDAY, sub_horizons=sub_horizons, **more)


def row(*weeks: float) -> NDArray[np.float64]:
    return np.array([weeks], np.float64)


@pytest.mark.parametrize(
    ("reference", "current", "state", "beyond"),
    [
        (1000, 1000, INSIDE, 0),
        (1000, 1150, INSIDE, 0),  # absolute 150 is narrower than 20 %
        (1000, 1160, ABOVE, 10),
        (1000, 700, INSIDE, 0),  # 30 % is narrower than absolute 400
        (1000, 690, BELOW, 10),
        (100, 121, ABOVE, 1),  # 20 % of a small series
        (0, 0, INSIDE, 0),
        (0, 1, ABOVE, 1),  # a share of nothing is nothing
        (np.nan, 500, NO_REFERENCE, 0),
        (500, np.nan, NO_REFERENCE, 0),
    ],
)
def test_the_published_example(
    reference: float, current: float, state: CorridorState, beyond: float
) -> None:
    found = compare(row(reference), row(current), corridor(VECTOR))
    assert found.state[0, 0] == state
    assert found.beyond[0, 0] == pytest.approx(beyond)


def test_each_week_has_the_limits_of_its_sub_horizon() -> None:
    found = compare(
        row(100, 100, 100, 100),
        row(115, 115, 115, 999),
        corridor(SubHorizon(weeks=1, relative_up=0.1), SubHorizon(weeks=2, relative_up=0.2)),
    )
    assert found.state[0].tolist() == [ABOVE, INSIDE, INSIDE, INSIDE]
    assert found.upper[0] == pytest.approx([110, 120, 120, np.inf])  # nothing agreed behind


def test_the_lower_limit_ends_at_zero() -> None:
    agreed = corridor(SubHorizon(weeks=2, absolute_down=400))
    found = compare(row(100, 1000), row(0, 0), agreed)
    assert found.lower[0].tolist() == [0, 600]
    assert found.state[0].tolist() == [INSIDE, BELOW]
    assert np.isinf(found.upper).all()


def test_a_shift_between_weeks_cancels_out_in_the_sum() -> None:
    agreed = corridor(SubHorizon(weeks=104, relative_up=0.1, relative_down=0.1))
    reference, current = row(100, 100, 100, 100), row(100, 100, 60, 140)
    assert compare(reference, current, agreed).state[0].tolist() == [0, 0, BELOW, ABOVE]
    found = compare_cumulative(reference, current, agreed, firm_weeks=1)
    # weeks 1 to 3 sum to 100, 200, 300 against 100, 160, 300; the firm week is left out
    assert found.state[0].tolist() == [NO_REFERENCE, INSIDE, BELOW, INSIDE]


@pytest.mark.parametrize(
    ("days", "measured"),
    [
        (-1, None),  # the agreement has not begun
        (0, 0),
        (27, 0),
        (28, 28),  # every four weeks
        (100, 84),
    ],
)
def test_the_last_measurement(days: int, measured: int | None) -> None:
    found = corridor(VECTOR).measured_on(MONDAY + timedelta(days=days))
    assert found == (None if measured is None else MONDAY + timedelta(days=measured))


def test_another_interval_needs_another_start() -> None:
    old = corridor(VECTOR)
    moved = Corridor(starts_on=MONDAY + timedelta(7), sub_horizons=(VECTOR,), interval_weeks=2)
    assert not old.change_is_allowed(corridor(VECTOR, interval_weeks=2), as_of=MONDAY)
    assert old.change_is_allowed(moved, as_of=MONDAY)
    assert not old.change_is_allowed(moved, as_of=moved.starts_on)  # not from today on
    assert old.change_is_allowed(corridor(SubHorizon(weeks=1)), as_of=moved.starts_on)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: SubHorizon(weeks=0), "expected 1 to 104 weeks"),
        (lambda: SubHorizon(weeks=1, relative_down=1.1), "expected relative_down <= 1"),
        (lambda: SubHorizon(weeks=1, absolute_up=-1), "expected a finite absolute_up >= 0"),
        (lambda: corridor(VECTOR, interval_weeks=0), "expected an interval of 1 to 999"),
        (corridor, "expected 1 to 104 sub-horizons"),
        (lambda: Corridor(starts_on=MONDAY + timedelta(1), sub_horizons=(VECTOR,)), "a Monday"),
        (lambda: compare(row(-1), row(1), corridor(VECTOR)), "finite reference >= 0, got -1"),
        (lambda: compare(row(1), row(np.inf), corridor(VECTOR)), "finite current >= 0, got inf"),
        (lambda: compare(row(1), row(1, 2), corridor(VECTOR)), "expected equal shapes"),
    ],
)
def test_refuses_what_is_no_corridor(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


limits = st.none() | st.floats(0, 1)
amounts = st.none() | st.integers(0, 500).map(float)
sub_horizons = st.builds(
    SubHorizon,
    weeks=st.integers(1, 4),
    relative_up=limits,
    relative_down=limits,
    absolute_up=amounts,
    absolute_down=amounts,
)
corridors = st.lists(sub_horizons, min_size=1, max_size=4).map(lambda each: corridor(*each))
grids = st.integers(0, 10_000).map(
    lambda seed: np.random.default_rng(seed).integers(0, 1000, (2, 3, 9)).astype(np.float64)
)


@given(corridors, grids)
def test_agrees_with_a_reading_cell_by_cell(agreed: Corridor, grid: NDArray[np.float64]) -> None:
    reference, current = grid
    found = compare(reference, current, agreed)
    of_week = [each for each in agreed.sub_horizons for _ in range(each.weeks)]
    for (series, week), old in np.ndenumerate(reference):
        limit = of_week[week] if week < len(of_week) else SubHorizon(weeks=1)
        ups = [old * limit.relative_up] if limit.relative_up is not None else []
        ups += [limit.absolute_up] if limit.absolute_up is not None else []
        downs = [old * limit.relative_down] if limit.relative_down is not None else []
        downs += [limit.absolute_down] if limit.absolute_down is not None else []
        new = current[series, week]
        over = new - (old + min(ups, default=np.inf))
        under = max(old - min(downs, default=np.inf), 0) - new
        state = ABOVE if over > 1e-6 else BELOW if under > 1e-6 else INSIDE
        assert found.state[series, week] == state
        assert found.beyond[series, week] == pytest.approx(max(over, under, 0), abs=1e-6)


@given(corridors, grids)
def test_the_reference_itself_is_always_inside(agreed: Corridor, grid: NDArray[np.float64]) -> None:
    assert not compare(grid[0], grid[0], agreed).state.any()


@given(grids, st.floats(0.01, 100))
def test_a_relative_corridor_knows_no_scale(grid: NDArray[np.float64], scale: float) -> None:
    agreed = corridor(SubHorizon(weeks=9, relative_up=0.123456, relative_down=0.234567))
    reference, current = grid
    one = compare(reference, current, agreed)
    other = compare(reference * scale, current * scale, agreed)
    assert np.array_equal(one.state, other.state)
