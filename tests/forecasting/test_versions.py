"""FC-02, FC-23: every version is kept; statistics become weeks; planners overrule."""

from datetime import date, timedelta
from decimal import Decimal
from math import sqrt

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from forecasting.models import DemandVersion, ForecastRun, SeriesForecast, Step
from forecasting.services.versions import current_version, override, versions_from_run
from forecasting.week_figures import Weekly, monday_of, weeks_from_buckets
from tests.forecasting.plans import make_plan, this_week, week
from tests.harness.cast import Cast
from tests.harness.clock import today_here

MONDAY = date(2026, 11, 2)


def working_days(first: date, last: date) -> list[date]:
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    return [day for day in days if day.weekday() < 5]


def test_every_version_is_kept_and_the_newest_counts(cast: Cast) -> None:
    plan = make_plan(cast.avalon, cast.brasov)
    plan.say([10, 20, None, 40])
    plan.say([11, 21, 31, 41], step=Step.SIGNAL.value)
    with acting_for(cast.avalon):
        first, second = DemandVersion.objects.order_by("number")
        assert (first.number, first.is_current, first.step) == (1, False, "statistics")
        assert first.quantities[2] is None  # missing is not zero
        assert (second.number, second.is_current) == (2, True)
    with acting_for(cast.brasov):
        assert not DemandVersion.objects.exists()  # inside the customer until released


def test_a_planner_overrules_a_week_with_a_reason(cast: Cast) -> None:
    plan = make_plan(cast.avalon, cast.brasov)
    plan.say(
        [10, 20, 30],
        low=Weekly(this_week(), (Decimal(5), Decimal(15), Decimal(25))),
        high=Weekly(this_week(), (Decimal(15), Decimal(25), Decimal(35))),
    )
    with acting_for(cast.avalon):
        made = override(
            plan.series_id, cells={week(1): "26"}, reasons={week(1): "launch"}, number=1
        )
        assert made.quantities == [Decimal(10), Decimal(26), Decimal(30)]
        assert made.low == [Decimal(5), None, Decimal(25)]  # an overruled week has no range
        assert made.reasons == {week(1).isoformat(): "launch"}
        assert (made.step, made.number) == (Step.PLANNER, 2)
        again = override(plan.series_id, cells={week(1): "26"}, reasons={})
        assert again.pk == made.pk  # said again changes nothing
        longer = override(plan.series_id, cells={week(5): "7"}, reasons={week(5): "late"})
        assert longer.quantities[3:] == [None, None, Decimal(7)]
        gone = override(plan.series_id, cells={week(5): None}, reasons={week(5): "withdrawn"})
        assert gone.quantities[5] is None


@pytest.mark.parametrize(
    ("cells", "reasons"),
    [
        ({week(1): "26"}, {}),  # no reason
        ({week(-1): "26"}, {week(-1): "x"}),  # past
        ({week(1) + timedelta(days=1): "26"}, {}),  # a Tuesday
        ({week(1): "-1"}, {week(1): "x"}),
        ({week(1): "1.2345"}, {week(1): "x"}),  # nothing is rounded
        ({week(1): "much"}, {week(1): "x"}),
    ],
)
def test_a_bad_cell_changes_nothing(
    cast: Cast, cells: dict[date, str], reasons: dict[date, str]
) -> None:
    plan = make_plan(cast.avalon, cast.brasov)
    plan.say([10, 20, 30])
    with acting_for(cast.avalon):
        with pytest.raises(Refused):
            override(plan.series_id, cells=cells, reasons=reasons)
        assert DemandVersion.objects.count() == 1


def test_who_has_not_read_the_newest_version_is_told(cast: Cast) -> None:
    plan = make_plan(cast.avalon, cast.brasov)
    plan.say([10])
    plan.say([12])
    with acting_for(cast.avalon), pytest.raises(VersionConflict):
        override(plan.series_id, cells={week(0): "9"}, reasons={week(0): "x"}, number=1)


def test_a_finished_run_becomes_weeks_with_ranges(cast: Cast) -> None:
    plan = make_plan(cast.avalon, cast.brasov)
    first = today_here().replace(day=1)
    with acting_for(cast.avalon):
        run = ForecastRun.objects.create(
            owner_id=cast.avalon.pk, frequency="M", horizon=3, first_period=first
        )
        SeriesForecast.objects.create(
            owner_id=cast.avalon.pk,
            run=run,
            series_id=plan.series_id,
            method="ses",
            demand_class="smooth",
            mean=[220.0, 210.0, 230.0],
            quantiles={"0.1": [180.0, 170.0, 190.0], "0.9": [260.0, 250.0, 270.0]},
        )
        with pytest.raises(Refused):
            versions_from_run(run.pk)  # not ended
        run.finished_at = timezone.now()
        run.save()
        assert versions_from_run(run.pk) == 1
        assert versions_from_run(run.pk) == 0  # twice = once
        made = current_version(plan.series_id)
        assert made is not None
        assert made.first_week == monday_of(today_here())
        assert all(
            low <= likely <= high
            for low, likely, high in zip(made.low, made.quantities, made.high, strict=True)
        )
        assert 40 < made.quantities[2] < 60  # about a quarter of a month
        assert made.source_id == run.pk


def test_a_run_does_not_overrule_a_planner_until_it_is_adopted(cast: Cast) -> None:
    plan = make_plan(cast.avalon, cast.brasov)
    plan.say([7] * 20, step=Step.PLANNER.value)
    with acting_for(cast.avalon):
        run = ForecastRun.objects.create(
            owner_id=cast.avalon.pk,
            frequency="W",
            horizon=4,
            first_period=this_week(),
            finished_at=timezone.now(),
        )
        SeriesForecast.objects.create(
            owner_id=cast.avalon.pk,
            run=run,
            series_id=plan.series_id,
            method="ses",
            demand_class="smooth",
            mean=[20.0] * 4,
            quantiles={"0.1": [15.0] * 4, "0.9": [25.0] * 4},
        )
        assert versions_from_run(run.pk) == 1
        standing = current_version(plan.series_id)
        assert standing is not None
        assert standing.step == Step.PLANNER  # kept beside it, to be measured and blended
        assert versions_from_run(run.pk, is_adopted=True) == 0
        adopted = current_version(plan.series_id)
        assert adopted is not None
        assert (adopted.step, adopted.quantities) == (Step.STATISTICS, [Decimal(20)] * 4)
        assert DemandVersion.objects.filter(is_current=True).count() == 1


def test_a_month_of_four_weeks_gives_each_half_of_its_scatter() -> None:
    # November 2027 starts on a Monday: 22 working days; the week of the 8th holds 5 of them.
    days = working_days(date(2027, 11, 1), date(2027, 11, 30))
    found = weeks_from_buckets(
        [(days, 220.0, 198.0, 264.0)], first=date(2027, 11, 1), last=date(2027, 11, 22)
    )
    share = 5 / 22
    assert found.likely.at(date(2027, 11, 8)) == Decimal("50.0")
    assert found.low.at(date(2027, 11, 8)) == Decimal(str(round(50 - 22 * sqrt(share), 3)))
    assert found.high.at(date(2027, 11, 8)) == Decimal(str(round(50 + 44 * sqrt(share), 3)))


def test_a_shut_down_asks_for_nothing_and_an_unreached_week_is_missing() -> None:
    days = working_days(MONDAY, MONDAY + timedelta(days=4))
    found = weeks_from_buckets(
        [(days, 50.0, 40.0, 60.0), ([], 70.0, 60.0, 80.0)],
        first=MONDAY,
        last=MONDAY + timedelta(weeks=1),
    )
    assert found.likely.quantities == (Decimal("50.0"), None)


@given(
    means=st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=6),
    shut=st.sets(st.integers(min_value=0, max_value=20), max_size=15),
)
def test_weeks_add_up_to_their_buckets(means: list[float], shut: set[int]) -> None:
    buckets, first, worked_sum = [], MONDAY, 0.0
    for mean in means:
        days = [first + timedelta(days=place) for place in range(21) if place not in shut]
        buckets.append((days, mean, mean * 0.8, mean * 1.2))
        worked_sum += mean if days else 0
        first += timedelta(days=21)
    found = weeks_from_buckets(buckets, first=MONDAY, last=first - timedelta(days=7))
    total = sum(each for each in found.likely.quantities if each is not None)
    assert (
        abs(float(total) - worked_sum) <= 0.001 * len(found.likely.quantities) + 1e-6 * worked_sum
    )
