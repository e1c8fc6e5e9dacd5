"""What silence commits: the worked example WE-9 of FC-08, visible to both, once."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from forecasting.models import Commit, CommitTask, DemandSeries
from forecasting.queries.positions import position_of
from forecasting.rules.commit import CommitAlertKind, commit_alerts
from forecasting.services.autocommit import settle_silence
from forecasting.services.commits import CommitAnswer, CommitCell, commit_one
from forecasting.services.terms import agree_terms
from tests.forecasting.builders import a_series, decimals, release
from tests.harness.cast import Cast

# Monday 2 November 2026, 08:00 in Brasov; the weeks of the example are W48 to W51
PUBLISHED = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
FIRST = datetime(2026, 11, 23, tzinfo=UTC).date()
BEFORE = datetime(2026, 10, 26, 6, 0, tzinfo=UTC)


@pytest.fixture
def series(cast: Cast) -> DemandSeries:
    """The example's series, with its previous cycle: committed 950, 1000, nothing, 1300."""
    with acting_for(cast.brasov):
        Organisation.objects.filter(pk=cast.brasov.pk).update(timezone="Europe/Bucharest")
    series = a_series(cast.avalon, cast.brasov)
    release(series, 1000, 1000, 900, 1400, first_week=FIRST, published_at=BEFORE)
    given = {0: 950, 1: 1000, 3: 1300}
    cells = [
        CommitCell(week=FIRST.fromordinal(FIRST.toordinal() + 7 * k), quantity=v, reason="labour")
        for k, v in given.items()
    ]
    with acting_for(cast.brasov):
        commit_one(CommitAnswer(series_id=series.pk, cells=cells), origin="manual", as_of=BEFORE)
    release(series, 1000, 1100, 900, 1200, first_week=FIRST, published_at=PUBLISHED)
    return series


def silence(cast: Cast, at: datetime) -> int:
    with acting_for(cast.brasov):
        return settle_silence(as_of=at)


def test_we_9(series: DemandSeries, cast: Cast) -> None:
    due_at = datetime(2026, 11, 9, 6, 0, tzinfo=UTC)
    with acting_for(cast.brasov):
        task = CommitTask.objects.exclude(state="replaced").get()
        assert task.due_at == due_at
    assert silence(cast, datetime(2026, 11, 9, 5, 59, tzinfo=UTC)) == 0
    assert silence(cast, due_at) == 1
    assert silence(cast, due_at) == 0  # twice = once
    with acting_for(cast.avalon):  # both see what it is and who made it
        commit = Commit.objects.get(is_current=True)
        assert commit.origin == "auto"
        assert commit.quantities == decimals(950, 1000, 720, 1200)
        assert set(commit.reasons.values()) == {"auto"}
        seen = position_of(series.pk)
        assert seen is not None
        alerts = commit_alerts(
            seen.commit_weeks(),
            as_of=due_at.date(),
            released_on=PUBLISHED.date(),
            silent_days=99,
            tolerance=Decimal("0.05"),
        )
        below = [each.week for each in alerts if each.kind == CommitAlertKind.BELOW_FORECAST]
        assert [week.isocalendar().week for week in below] == [49, 50]


def test_what_was_answered_stays_and_the_horizon_limits_it(
    series: DemandSeries, cast: Cast
) -> None:
    with acting_for(cast.avalon):
        agree_terms(
            supplier=cast.brasov.bpn,
            terms={"commit_horizon_weeks": 5, "auto_share": "0.5"},
            valid_from=BEFORE.date(),
        )
    with acting_for(cast.brasov):
        commit_one(
            CommitAnswer(series_id=series.pk, cells=[CommitCell(week=FIRST, quantity=1000)]),
            origin="manual",
            as_of=PUBLISHED,
        )
    silence(cast, datetime(2026, 11, 9, 6, 0, tzinfo=UTC))
    with acting_for(cast.brasov):
        commit = Commit.objects.get(is_current=True)
        # five weeks from W45: W48 was answered, W49 is filled, W50 and W51 lie beyond
        assert commit.quantities == decimals(1000, 1000, None, None)


def test_without_the_agreement_nothing_is_committed(series: DemandSeries, cast: Cast) -> None:
    with acting_for(cast.avalon):
        agree_terms(
            supplier=cast.brasov.bpn, terms={"is_auto_commit": False}, valid_from=BEFORE.date()
        )
    assert silence(cast, datetime(2026, 11, 20, tzinfo=UTC)) == 0
