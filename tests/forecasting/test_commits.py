"""Commits: opened by a release, given as is or by week, judged by both sides (FC-07, 09, 10)."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from collab.events.bus import publish
from collab.events.models import Event
from collab.events.relay import work_off
from collab.live.models import FeedFrame
from collab.masterdata.models import CalendarException, WorkingCalendar
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from collab.work.models import Alert
from forecasting.events import SchedulesPublished
from forecasting.models import Commit, CommitTask, DemandSeries
from forecasting.queries.commits import CommitFilter, by_partner, task_rows, tasks
from forecasting.queries.positions import Position, position_of
from forecasting.services.autocommit import judge_all
from forecasting.services.commit_reviews import review_commit
from forecasting.services.commit_tasks import judge_committed, open_tasks
from forecasting.services.commits import (
    CommitAnswer,
    CommitCell,
    commit_as_is,
    commit_many,
    commit_one,
)
from tests.forecasting.builders import PUBLISHED, a_series, days_later, decimals, release, week
from tests.harness.cast import Cast


@pytest.fixture
def series(cast: Cast) -> DemandSeries:
    """Avalon's harness from Brasov."""
    return a_series(cast.avalon, cast.brasov)


def cell(number: int, quantity: object, reason: str = "", weeks: int = 1) -> CommitCell:
    return CommitCell(week=week(number), quantity=quantity, reason=reason, weeks=weeks)  # type: ignore[arg-type]


def give(series: DemandSeries, *cells: CommitCell, **changes: object) -> Position:
    """Commit cells for the supplier, a day after the release."""
    with acting_for(series.counterparty_id):
        answer = CommitAnswer(series_id=series.pk, cells=cells, **changes)  # type: ignore[arg-type]
        result = commit_one(answer, origin="manual", as_of=days_later(1))
        assert result.position is not None
        return result.position


def alerts(viewer: object) -> dict[str, bool]:
    """Return the exceptions that somebody owns: type and whether it is open."""
    with acting_for(viewer):  # type: ignore[arg-type]
        rows = Alert.objects.filter(owner=viewer)
        return {row.type.partition(".")[2]: row.is_open for row in rows}


def test_a_release_opens_one_task_due_in_the_suppliers_working_days(
    series: DemandSeries, cast: Cast
) -> None:
    with acting_for(cast.brasov):
        site = Site.objects.get(owner=cast.brasov)
        calendar = WorkingCalendar.objects.create(name="Brasov", site=site)
        CalendarException.objects.create(
            calendar=calendar, on=datetime(2026, 11, 30, tzinfo=UTC).date(), name="St Andrew"
        )
    schedule = release(series, 100, 100)
    with acting_for(cast.brasov):
        assert open_tasks([schedule.pk]) == 0  # hearing twice opens once
        task = CommitTask.objects.get()
        # Monday + 5 working days is Monday; that one is a holiday, so Tuesday, same time of day
        assert task.due_at == datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
        assert (task.state, task.part_number, task.supplier_part_number) == (
            "open", "AM-700", "BH-100",
        )  # fmt: skip


def test_commit_as_is_in_one_action(series: DemandSeries, cast: Cast) -> None:
    release(series, 100, None, 120)
    other = a_series(cast.avalon, cast.brasov, "AM-701")
    release(other, 5, 5)
    with acting_for(cast.brasov):
        done = commit_as_is([series.pk, other.pk], as_of=days_later(1))
        assert [each.state for each in done] == ["applied", "applied"]
        again = commit_as_is([series.pk, other.pk], as_of=days_later(2))
        assert [each.state for each in again] == ["unchanged", "unchanged"]
        commit = Commit.objects.get(series_id=series.pk)
        # The withdrawn week stays without a figure: null is never zero
        assert commit.quantities == decimals(100, None, 120)
        assert commit.states == ["committed", "", "committed"]
        assert commit.origin == "as_is"
        assert set(CommitTask.objects.values_list("state", flat=True)) == {"committed"}
        assert Event.objects.filter(kind="forecasting.Committed").count() == 1


def test_less_than_asked_needs_a_reason_and_a_bad_cell_keeps_the_old_value(
    series: DemandSeries, cast: Cast
) -> None:
    release(series, 100, 100, 100)
    with pytest.raises(Refused, match="a reason among"):
        give(series, cell(0, 80))
    seen = give(series, cell(0, 80, "capacity"), cell(1, 98, "labour"), cell(2, 130))
    # tolerance 5 %: 80 is an exception, 98 still partial, more than asked is committed
    assert seen.states == ["exception", "partial", "committed"]
    assert seen.reasons == {week(0).isoformat(): "capacity", week(1).isoformat(): "labour"}
    with acting_for(cast.brasov):
        assert CommitTask.objects.get().state == "exception"
        bad = [cell(9, 1), CommitCell(week=week(1), quantity="1,5"), cell(1, -1)]
        answers = [CommitAnswer(series_id=series.pk, cells=[each]) for each in bad]
        results = commit_many(answers, origin="manual", as_of=days_later(1))
        assert [each.state for each in results] == ["refused"] * 3
        assert Commit.objects.count() == 1


def test_versions_within_a_cycle_keep_the_other_weeks(series: DemandSeries, cast: Cast) -> None:
    release(series, 100, 100)
    give(series, cell(0, 100))
    seen = give(series, cell(1, 110))
    assert seen.committed == decimals(100, 110)
    with acting_for(cast.brasov):
        first, second = Commit.objects.order_by("number")
        assert (first.is_current, second.is_current) == (False, True)
        assert first.quantities == decimals(100, None)  # a version is never changed


def test_a_stale_writer_is_told_and_overwrites_nothing(series: DemandSeries, cast: Cast) -> None:
    release(series, 100)
    give(series, cell(0, 100))
    with acting_for(cast.brasov):
        stale = CommitAnswer(series_id=series.pk, cells=[cell(0, 70, "other")], version=1)
        (result,) = commit_many([stale], origin="manual", as_of=days_later(1))
        assert result.state == "conflict"
        assert result.position is not None
        assert result.position.committed == decimals(100)


def test_a_new_release_rolls_over(series: DemandSeries, cast: Cast) -> None:
    release(series, 100, 100, 100)
    give(series, cell(0, 90, "capacity"), cell(1, 100))
    release(series, 100, 140, 100, 80, first_week=week(1), published_at=days_later(7))
    with acting_for(cast.brasov):
        seen = position_of(series.pk)
        assert seen is not None
        assert seen.weeks == [week(1), week(2), week(3), week(4)]
        assert seen.previous_forecast == decimals(100, 100, None, None)
        assert seen.committed == decimals(None, None, None, None)  # open again
        assert seen.previous_committed == decimals(100, None, None, None)
        states = CommitTask.objects.order_by("schedule_number").values_list("state", flat=True)
        assert list(states) == ["replaced", "open"]


def test_a_coarser_commit_sets_the_finer_ones_to_zero(series: DemandSeries) -> None:
    release(series, 100, 100, 100, 100, 100)
    give(series, cell(1, 100))
    seen = give(series, cell(1, 390, "material", weeks=4))
    assert seen.committed == decimals(None, 0, 0, 0, 0)
    assert [(each.first, each.weeks, each.quantity) for each in seen.buckets] == [
        (week(1), 4, Decimal(390))
    ]
    assert seen.states == ["open", "partial", "partial", "partial", "partial"]  # 390 of 400
    assert seen.gap(PUBLISHED.date()) == 10
    finer = give(series, cell(2, 100))
    assert finer.committed == decimals(None, None, 100, None, None)
    assert finer.buckets == []


def test_consensus_upside_and_on_hand(series: DemandSeries) -> None:
    release(series, 100, 100, 100)
    seen = give(
        series,
        cell(0, 100),
        cell(1, 90, "capacity"),
        upside={week(0): 20},
        on_hand=55,
    )
    # equal: the mean; ten apart at tolerance 0: still open; one side empty: zero (FC-10)
    assert seen.consensus == decimals(100, None, 0)
    assert seen.upside == decimals(20, None, None)
    assert seen.commit is not None
    assert seen.commit.on_hand == 55


def test_the_buyer_owns_the_gap_until_it_accepts(series: DemandSeries, cast: Cast) -> None:
    release(series, 100, 100)
    give(series, cell(0, 60, "capacity"), cell(1, 100))
    with acting_for(cast.avalon):
        judge_committed([series.pk], as_of=days_later(1))
    assert alerts(cast.avalon) == {"commit_below_forecast": True}
    with acting_for(cast.avalon):
        commit = Commit.objects.get(is_current=True)
        with pytest.raises(Refused, match="a note"):
            review_commit(commit.pk, verdict="challenged")
        _review, is_new = review_commit(commit.pk, verdict="accepted", as_of=days_later(2))
        assert is_new
        assert not review_commit(commit.pk, verdict="accepted", as_of=days_later(2))[1]
    assert alerts(cast.avalon) == {"commit_below_forecast": False}


def test_a_challenge_reaches_the_supplier_and_its_next_commit_answers_it(
    series: DemandSeries, cast: Cast
) -> None:
    release(series, 100, 100)
    give(series, cell(0, 60, "capacity"), cell(1, 100))
    with acting_for(cast.avalon):
        commit = Commit.objects.get(is_current=True)
        review_commit(commit.pk, verdict="challenged", note="80 at least", as_of=days_later(2))
    work_off()
    assert alerts(cast.brasov)["commit_challenged"]
    give(series, cell(0, 85, "capacity"))
    assert not alerts(cast.brasov)["commit_challenged"]


def test_silence_is_told_and_a_changed_forecast_asks_the_supplier(
    series: DemandSeries, cast: Cast
) -> None:
    release(series, 100, 100)
    schedule = release(series, 100, 150, published_at=days_later(1))
    assert alerts(cast.brasov) == {"forecast_changed": True}
    with acting_for(cast.brasov):
        judge_all(as_of=days_later(7))
    assert alerts(cast.brasov) == {"forecast_changed": True, "no_commit": True}
    with acting_for(cast.brasov):
        commit_as_is([schedule.series_id], as_of=days_later(7))
    assert alerts(cast.brasov) == {"forecast_changed": False, "no_commit": False}


def test_a_commit_of_a_past_week_that_did_not_arrive_is_past_due(
    series: DemandSeries, cast: Cast
) -> None:
    release(series, 100, 100, received_cumulative=Decimal(1000))
    give(series, cell(0, 100), cell(1, 100))
    release(
        series, 100, 100, published_at=days_later(7), received_cumulative=Decimal(1070)
    )  # fmt: skip
    with acting_for(cast.brasov):
        commit_as_is([series.pk], as_of=days_later(7))
        judge_all(as_of=days_later(7))
    # 70 of the 100 committed for the first week came between the two releases
    assert alerts(cast.brasov)["commit_past_due"]
    with acting_for(cast.brasov):
        alert = Alert.objects.get(type="forecasting.commit_past_due")
        assert alert.title_params["difference"] == "30"


def test_through_the_outbox_both_sides_follow_and_rivals_see_nothing(
    series: DemandSeries, cast: Cast
) -> None:
    schedule = release(series, 100, 100, published_at=datetime.now(UTC), is_heard=False)
    with acting_for(cast.avalon):
        publish(
            SchedulesPublished(
                change_id=str(uuid4()),
                batch_id=str(schedule.batch_id),
                supplier_id=cast.brasov.pk,
                schedule_ids=[str(schedule.pk)],
                series_ids=[str(series.pk)],
            )
        )
    work_off()
    with acting_for(cast.brasov):
        (row,) = task_rows(tasks(CommitFilter(view="todo")))
        assert (row.number, row.partner.short) == ("BH-100", "Avalon")
        cells = [CommitCell(week=schedule.first_week, quantity=1, reason="capacity")]
        if schedule.first_week < datetime.now(UTC).date():
            cells = []
        commit_one(CommitAnswer(series_id=series.pk, cells=cells, is_as_is=True), origin="manual")
    work_off()
    with acting_for(cast.avalon):
        (row,) = task_rows(tasks(), with_positions=True)
        assert row.partner.short == "Brasov"
        (line,) = by_partner()
        assert line.series == 1
        frames = FeedFrame.objects.filter(topic="forecasting.commit")
        (told,) = [each.frames["en"] for each in frames if "BH-100" not in str(each.frames)]
        assert "AM-700" in told["html"]
        cells = told["data"]["rows"][0]["cells"]
        assert {each["line"] for each in cells} == {"commit", "consensus"}
    for rival in (cast.porto, cast.kestrel, cast.silesia):
        with acting_for(rival):
            assert not FeedFrame.objects.exists()
            assert not tasks().exists()
            assert not Commit.objects.exists()
            assert position_of(series.pk) is None
            refused = commit_many([CommitAnswer(series_id=series.pk, is_as_is=True)], origin="api")
            assert [each.state for each in refused] == ["refused"]
