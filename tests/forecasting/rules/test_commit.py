"""Commits: what a supplier answers, what its silence means, and who must look at it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecasting.engine.working_days import WorkingCalendar
from forecasting.rules.commit import (
    Bucket,
    CommitAlertKind,
    CommitOrigin,
    CommitState,
    CommitWeek,
    Side,
    auto_commit,
    commit_alerts,
    commit_as_is,
    commit_bucket,
    commit_due_at,
    commit_silence,
    commit_state,
    consensus,
    give_commit,
    overall_state,
    roll_over,
)

W48 = date(2026, 11, 23)
BUDAPEST = ZoneInfo("Europe/Budapest")
quantities = st.integers(0, 5000).map(Decimal)
maybe = st.none() | quantities


def week(forecast: int, commit: int | None = None, previous: int | None = None) -> CommitWeek:
    return CommitWeek(
        forecast=Decimal(forecast),
        commit=None if commit is None else Decimal(commit),
        previous_commit=None if previous is None else Decimal(previous),
    )


@pytest.mark.parametrize(
    ("forecast", "commit", "state"),
    [
        (1000, None, CommitState.OPEN),
        (1000, 1000, CommitState.COMMITTED),
        (1000, 1200, CommitState.COMMITTED),  # upside
        (1000, 999, CommitState.PARTIAL),
        (1000, 950, CommitState.PARTIAL),  # exactly at the tolerance of 5 %
        (1000, 949, CommitState.EXCEPTION),
        (0, 0, CommitState.COMMITTED),
    ],
)
def test_the_state_of_a_week(forecast: int, commit: int | None, state: CommitState) -> None:
    found = commit_state(
        Decimal(forecast),
        None if commit is None else Decimal(commit),
        tolerance=Decimal("0.05"),
    )
    assert found == state


@pytest.mark.parametrize(
    ("weeks", "state"),
    [
        ([], CommitState.OPEN),
        ([CommitState.OPEN] * 2, CommitState.OPEN),
        ([CommitState.COMMITTED] * 2, CommitState.COMMITTED),
        ([CommitState.OPEN, CommitState.COMMITTED], CommitState.PARTIAL),
        ([CommitState.OPEN, CommitState.EXCEPTION], CommitState.EXCEPTION),
    ],
)
def test_the_state_of_a_part(weeks: list[CommitState], state: CommitState) -> None:
    assert overall_state(weeks) == state


def test_a_commit_below_the_forecast_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="expected a reason for a commit below 1000"):
        give_commit(week(1000), Decimal(900))
    assert give_commit(week(1000), Decimal(900), reason="tool repair").commit == 900


def test_commit_as_is_keeps_what_was_given() -> None:
    found = commit_as_is([week(1000), week(1100, commit=1050)])
    assert [each.commit for each in found] == [1000, 1050]


@pytest.mark.parametrize(
    ("published", "days", "holidays", "due"),
    [
        # WE-9: Monday 2 November 2026, five working days
        (datetime(2026, 11, 2, 8), 5, [], datetime(2026, 11, 9, 8)),
        (datetime(2026, 11, 2, 8), 5, [date(2026, 11, 4)], datetime(2026, 11, 10, 8)),
        (datetime(2026, 11, 7, 8), 1, [], datetime(2026, 11, 9, 8)),  # told on a Saturday
        (datetime(2026, 11, 2, 8), 0, [], datetime(2026, 11, 2, 8)),
        (datetime(2026, 10, 23, 8), 1, [], datetime(2026, 10, 26, 8)),  # clocks change between
    ],
)
def test_when_the_answer_is_due(
    published: datetime, days: int, holidays: list[date], due: datetime
) -> None:
    calendar = WorkingCalendar(holidays=frozenset(holidays))
    found = commit_due_at(published.replace(tzinfo=BUDAPEST), working_days=days, calendar=calendar)
    assert found == due.replace(tzinfo=BUDAPEST)


def test_a_calendar_without_working_days_is_refused() -> None:
    with pytest.raises(ValueError, match="expected working days after 2026-11-02"):
        commit_due_at(
            datetime(2026, 11, 2, tzinfo=UTC),
            working_days=1,
            calendar=WorkingCalendar(weekdays=frozenset()),
        )


def test_silence_commits_the_previous_figure_or_a_share_never_above_the_forecast() -> None:
    weeks = [week(1000, previous=950), week(1100, previous=1000), week(900),
             week(1200, previous=1300)]  # fmt: skip
    found = commit_silence(weeks, share=Decimal("0.8"), horizon_weeks=4)
    assert [each.commit for each in found] == [950, 1000, 720, 1200]
    assert {each.origin for each in found} == {CommitOrigin.AUTO}
    states = [commit_state(each.forecast, each.commit, tolerance=Decimal("0.05")) for each in found]
    assert [at for at, state in enumerate(states) if state == CommitState.EXCEPTION] == [1, 2]


def test_silence_ends_at_the_commit_horizon_and_leaves_what_was_given() -> None:
    found = commit_silence(
        [week(100, commit=120), week(100), week(100)], share=Decimal(1), horizon_weeks=2
    )
    assert [each.commit for each in found] == [120, 100, None]


@given(quantities, maybe, st.integers(0, 100))
def test_silence_never_promises_more_than_the_forecast(
    forecast: Decimal, previous: Decimal | None, percent: int
) -> None:
    found = auto_commit(
        CommitWeek(forecast=forecast, previous_commit=previous), share=Decimal(percent) / 100
    )
    assert 0 <= found <= forecast


def test_a_forecast_version_rolls_current_to_previous() -> None:
    first = roll_over(week(1000, commit=950), Decimal(1100))
    assert (first.forecast_delta, first.previous_commit, first.commit) == (100, 950, None)
    answered = give_commit(first, Decimal(1100))
    assert answered.commit_delta == 150
    silent = roll_over(first, Decimal(1200))  # nobody answered: the older promise still stands
    assert silent.previous_commit == 950


def alerts_of(**figures: object) -> list[tuple[str, tuple[Side, ...]]]:
    found = commit_alerts(
        {W48: CommitWeek(**figures)},
        as_of=W48 + timedelta(days=7),
        released_on=W48 - timedelta(days=21),
        silent_days=5,
        tolerance=Decimal("0.05"),
        received={W48: Decimal(900)},
    )
    return [(each.kind.value, each.owners) for each in found]


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"forecast": 900, "commit": 900}, []),
        ({"forecast": 900}, [("no_commit", (Side.BUYER, Side.SUPPLIER))]),
        ({"forecast": 1000, "commit": 900}, [("below_forecast", (Side.BUYER,))]),
        ({"forecast": 900, "commit": 900, "previous_commit": 800}, [("changed", (Side.BUYER,))]),
        ({"forecast": 940, "commit": 940}, [("past_due", (Side.SUPPLIER,))]),  # 40 not received
        (
            {"forecast": 900, "commit": 900, "previous_forecast": 800},
            [("forecast_changed", (Side.SUPPLIER,))],
        ),
        ({"forecast": 900, "commit": 900, "previous_forecast": 860}, []),  # inside 5 %
    ],
)
def test_who_must_look_at_it(
    figures: dict[str, int], expected: list[tuple[str, tuple[Side, ...]]]
) -> None:
    assert alerts_of(**{name: Decimal(value) for name, value in figures.items()}) == expected


def test_a_running_week_is_not_past_due() -> None:
    on_sunday, on_monday = (
        commit_alerts(
            {W48: week(900, commit=900)},
            as_of=W48 + timedelta(days=days),
            released_on=W48,
            silent_days=5,
        )
        for days in (6, 7)
    )
    assert on_sunday == ()
    assert [each.kind for each in on_monday] == [CommitAlertKind.PAST_DUE]


def test_nobody_is_reminded_before_the_time() -> None:
    released_on = W48 - timedelta(days=21)
    early, late = (
        commit_alerts(
            {W48: week(900)},
            as_of=released_on + timedelta(days=days),
            released_on=released_on,
            silent_days=5,
        )
        for days in (4, 5)
    )
    assert early == ()
    assert [each.kind for each in late] == [CommitAlertKind.NO_COMMIT]


@pytest.mark.parametrize(
    ("customer", "supplier", "percent", "expected"),
    [
        (1000, 1000, 0, 1000),
        (1000, 999, 0, None),  # no tolerance: open
        (1000, 960, 5, 980),
        (1000, 1050, 5, 1025),
        (1000, 949, 5, None),
        (1000, None, 5, 0),  # one side empty
        (None, 1000, 5, 0),
        (0, 1, 5, None),
    ],
)
def test_consensus(
    customer: int | None, supplier: int | None, percent: int, expected: int | None
) -> None:
    given_figures = (None if each is None else Decimal(each) for each in (customer, supplier))
    assert consensus(*given_figures, tolerance=Decimal(percent) / 100) == expected


@given(quantities, quantities, st.integers(0, 100))
def test_consensus_lies_between_the_two(customer: Decimal, supplier: Decimal, percent: int) -> None:
    found = consensus(customer, supplier, tolerance=Decimal(percent) / 100)
    assert found is None or min(customer, supplier) <= found <= max(customer, supplier)


def test_a_commit_for_the_month_clears_its_weeks() -> None:
    month = Bucket(date(2026, 11, 1), 30)
    inside, across = Bucket(date(2026, 11, 23), 7), Bucket(date(2026, 11, 30), 7)
    found = commit_bucket({inside: Decimal(400), across: Decimal(300)}, month, Decimal(1500))
    assert found == {inside: 0, across: 300, month: 1500}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 500)), max_size=6), quantities)
def test_after_a_coarse_commit_its_time_holds_exactly_that(
    finer: list[tuple[int, int]], quantity: Decimal
) -> None:
    month = Bucket(W48, 28)
    weeks = {Bucket(W48 + timedelta(weeks=at), 7): Decimal(each) for at, each in finer}
    assert sum(commit_bucket(weeks, month, quantity).values()) == quantity
