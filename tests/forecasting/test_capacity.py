"""Capacity groups: shared demand on the sum, statuses, pools, what-if, volatility (FC-11 to 18)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from collab.events.bus import publish
from collab.events.models import Event
from collab.events.relay import work_off
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_for
from collab.work.models import Alert
from forecasting.events import SchedulesPublished
from forecasting.models import CapacityGroup, CapacityMatch, DemandSeries
from forecasting.queries.capacity import CapacityFilter, group_of, group_rows, groups, series_loads
from forecasting.services.capacity import (
    GroupInput,
    LinkInput,
    WeekFigure,
    set_active,
    set_figures,
    set_links,
    state_group,
    what_if,
)
from forecasting.services.matching import match_series
from forecasting.week_figures import WEEK
from tests.forecasting.builders import a_series, decimals, release
from tests.forecasting.plans import this_week
from tests.harness.cast import Cast, give

THIS_WEEK = this_week()


@pytest.fixture
def series(cast: Cast) -> DemandSeries:
    """Avalon's harness from Brasov."""
    return a_series(cast.avalon, cast.brasov)


def group(cast: Cast, *links: LinkInput, **changes: Any) -> CapacityGroup:
    """Let Brasov state a group for Avalon: five weeks of 1000, at most 1200."""
    values: dict[str, Any] = {
        "counterparty": cast.avalon.bpn,
        "name": "Crimping line 2",
        "first_week": THIS_WEEK,
        "actual": [1000] * 5,
        "maximum": [1200] * 5,
        "links": links,
        **changes,
    }
    with acting_for(cast.brasov):
        return state_group(GroupInput(**values))[0]


def need(series: DemandSeries, *quantities: float | None) -> None:
    """Release demand from this week on, and let the supplier match it."""
    release(series, *quantities, first_week=THIS_WEEK, published_at=datetime.now(UTC))
    with acting_for(series.counterparty_id):
        match_series([series.pk])


def match_of(row: CapacityGroup, cast: Cast) -> CapacityMatch:
    with acting_for(cast.brasov):
        return CapacityMatch.objects.get(group=row)


def test_the_five_statuses_of_we_2(series: DemandSeries, cast: Cast) -> None:
    need(series, 1000, 900, 1150, 1200, 1201)
    row = group(cast, LinkInput(series_id=series.pk))
    match = match_of(row, cast)
    assert match.status == ["zero", "surplus", "flex", "flex", "bottleneck"]
    assert match.demand == decimals(1000, 900, 1150, 1200, 1201)
    assert match.worst == "bottleneck"
    # without flexible capacity any excess is red: D 1001, A = M = 1000
    rigid = group(
        cast, LinkInput(series_id=series.pk), name="Rigid", maximum=[1000] * 5
    )  # fmt: skip
    assert match_of(rigid, cast).status[2] == "bottleneck"


def test_a_shared_group_is_matched_on_the_sum_with_load_factors(cast: Cast) -> None:
    one, other = (a_series(cast.avalon, cast.brasov, number) for number in ("AM-1", "AM-2"))
    need(one, 600)
    need(other, 300)
    row = group(
        cast,
        LinkInput(series_id=one.pk, load_factor="1.5"),
        LinkInput(series_id=other.pk, load_factor="0.9"),
        actual=[1000],
        maximum=[1200],
    )
    match = match_of(row, cast)
    assert (match.demand, match.status) == ([Decimal(1170)], ["flex"])
    with pytest.raises(Refused, match="for all series or for none"):
        group(
            cast,
            LinkInput(series_id=one.pk, load_factor="1.5"),
            LinkInput(series_id=other.pk),
        )


def test_delta_production_changes_what_is_compared_and_never_the_demand(
    series: DemandSeries, cast: Cast
) -> None:
    need(series, 950, 1250)
    row = group(
        cast, LinkInput(series_id=series.pk), actual=[1000] * 2, maximum=[1200] * 2, delta=[50, -50]
    )
    match = match_of(row, cast)
    assert match.status == ["zero", "flex"]
    assert match.demand == decimals(950, 1250)


def test_a_missing_week_has_no_status_and_an_inactive_series_no_weight(
    series: DemandSeries, cast: Cast
) -> None:
    need(series, 900, None)
    row = group(cast, LinkInput(series_id=series.pk))
    assert match_of(row, cast).status == ["surplus", "none", "none", "none", "none"]
    with acting_for(cast.avalon):
        DemandSeries.objects.filter(pk=series.pk).update(is_active=False)
    need(series, 5000)
    assert match_of(row, cast).status[0] == "none"


def test_a_ring_is_refused_by_name(series: DemandSeries, cast: Cast) -> None:
    need(series, 10)
    inner = group(cast, LinkInput(series_id=series.pk), name="Inner")
    outer = group(cast, LinkInput(group_id=inner.pk), name="Outer")
    with (
        acting_for(cast.brasov),
        pytest.raises(Refused, match=r"Inner > Outer|Outer > Inner"),
    ):
        set_links(inner.pk, [LinkInput(group_id=outer.pk)])
    with acting_for(cast.brasov), pytest.raises(Refused, match="at least one"):
        set_links(inner.pk, [])


def test_a_pool_sums_two_customers_and_nobody_else_sees_it(
    series: DemandSeries, cast: Cast
) -> None:
    give(cast.kestrel, cast.brasov, cast.brasov, "forecasting.demand")
    give(cast.brasov, cast.kestrel, cast.kestrel, "forecasting.capacity")
    rival = a_series(cast.kestrel, cast.brasov, "KM-9")
    need(series, 700)
    need(rival, 600)
    for_avalon = group(cast, LinkInput(series_id=series.pk), actual=[1000], maximum=[1200])
    pool = group(
        cast,
        LinkInput(group_id=for_avalon.pk),
        LinkInput(series_id=rival.pk),
        counterparty=cast.brasov.bpn,
        name="Whole plant",
        actual=[1000],
        maximum=[1200],
    )
    assert match_of(pool, cast).demand == [Decimal(1300)]
    assert match_of(pool, cast).status == ["bottleneck"]
    with pytest.raises(Refused, match="series of this group's customer"):
        group(cast, LinkInput(series_id=rival.pk))  # Avalon's group takes no series of Kestrel's
    with pytest.raises(Refused, match="for the same customer"):
        group(cast, LinkInput(group_id=pool.pk))
    work_off()
    for customer in (cast.avalon, cast.kestrel, cast.porto):
        with acting_for(customer):
            seen = {row.name for row in group_rows(groups())}
            assert "Whole plant" not in seen
            assert not CapacityMatch.objects.filter(group_id=pool.pk).exists()
            assert group_of(pool.pk) is None
    with acting_for(cast.avalon):
        (row,) = group_rows(groups())
        assert (row.name, row.partner.short, row.is_pool) == ("Crimping line 2", "Brasov", False)
        assert row.status == ["surplus"]


def test_new_demand_is_heard_and_matched_and_more_demand_turns_it_red(
    series: DemandSeries, cast: Cast
) -> None:
    need(series, 900)
    row = group(cast, LinkInput(series_id=series.pk), actual=[1000], maximum=[1200])
    schedule = release(
        series, 1300, first_week=THIS_WEEK, published_at=datetime.now(UTC), is_heard=False
    )
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
    assert match_of(row, cast).status == ["bottleneck"]
    with acting_for(cast.brasov):
        alert = Alert.objects.get(type="forecasting.capacity_short")
        assert (alert.is_open, alert.severity) == (True, "critical")
        events = Event.objects.filter(kind="forecasting.CapacityStated").count()
        match_series([series.pk])  # twice = once
        assert Event.objects.filter(kind="forecasting.CapacityStated").count() == events
        set_active(row.pk, is_active=False)
        assert not Alert.objects.get(type="forecasting.capacity_short").is_open


def test_twelve_weeks_over_capacity_in_sum_are_critical(series: DemandSeries, cast: Cast) -> None:
    need(series, *[1100] * 12)
    row = group(
        cast, LinkInput(series_id=series.pk), actual=[1000] * 12, maximum=[1200] * 12
    )  # fmt: skip
    match = match_of(row, cast)
    assert match.cumulative_gap[0] == 1200  # 12 x 100
    with acting_for(cast.brasov):
        types = set(Alert.objects.values_list("type", flat=True))
        assert types == {"forecasting.capacity_short", "forecasting.capacity_short_for_weeks"}


def test_the_what_if_of_fc_17(series: DemandSeries, cast: Cast) -> None:
    need(series, 1150)
    row = group(cast, LinkInput(series_id=series.pk), actual=[1000], maximum=[1200])
    with acting_for(cast.brasov):
        (enough,) = what_if(row.pk, group_percent=Decimal(15))
        (short,) = what_if(row.pk, group_percent=Decimal(10), customer_percent=Decimal(50))
        assert (enough.left, short.left) == (0, -50)
        (wider,) = what_if(row.pk, customer_percent=Decimal(15), supplier_percent=Decimal(1))
        assert wider.left == 0


def test_single_figures_change_with_their_version(series: DemandSeries, cast: Cast) -> None:
    need(series, 1000, 1000)
    row = group(cast, LinkInput(series_id=series.pk), actual=[1000] * 2, maximum=[1200] * 2)
    later = THIS_WEEK + WEEK
    with acting_for(cast.brasov):
        with pytest.raises(Refused, match="at least the actual"):
            set_figures(row.pk, [WeekFigure(later, "actual", 1300)])
        changed = set_figures(row.pk, [WeekFigure(later, "actual", 800)], version=row.version)
        assert changed.actual == decimals(1000, 800)
        with pytest.raises(VersionConflict):
            set_figures(row.pk, [WeekFigure(later, "actual", 700)], version=row.version)
    assert match_of(row, cast).status == ["zero", "flex"]
    assert match_of(row, cast).change is not None


def test_demand_that_leaves_its_corridor_is_told(series: DemandSeries, cast: Cast) -> None:
    horizon = [
        {"weeks": 2, "relative_up": 0.1, "relative_down": 0.1},
    ]
    volatility = {
        "starts_on": THIS_WEEK.isoformat(), "interval_weeks": 4, "sub_horizons": horizon,
    }  # fmt: skip
    need(series, 400, 400)
    row = group(
        cast,
        LinkInput(series_id=series.pk),
        actual=[1000] * 2,
        maximum=[1200] * 2,
        volatility=volatility,
    )
    need(series, 420, 400)
    swing = match_of(row, cast).volatility
    assert swing is not None
    assert (Decimal(swing["absolute"]), swing["relative"], swing["breaches"]) == (
        20, "0.025000", [],
    )  # fmt: skip
    need(series, 450, 400)
    swing = match_of(row, cast).volatility
    assert swing is not None
    assert swing["breaches"] == [
        {"week": THIS_WEEK.isoformat(), "state": "above", "beyond": 10.0}
    ]  # fmt: skip
    with acting_for(cast.brasov):
        assert Alert.objects.get(type="forecasting.demand_volatile").is_open
        with pytest.raises(Refused, match="a new start for a new interval"):
            state_group(
                GroupInput(
                    counterparty=cast.avalon.bpn,
                    name="x",
                    first_week=THIS_WEEK,
                    actual=[1],
                    maximum=[1],
                    links=[LinkInput(series_id=series.pk)],
                    volatility={**volatility, "interval_weeks": 2},
                ),
                group_id=row.pk,
            )


def test_the_series_shows_the_worst_of_its_groups(series: DemandSeries, cast: Cast) -> None:
    need(series, 1100, 1300)
    group(cast, LinkInput(series_id=series.pk), actual=[1200] * 2, maximum=[1250] * 2)
    group(
        cast,
        LinkInput(series_id=series.pk),
        name="Test bench",
        actual=[1000] * 2,
        maximum=[1150] * 2,
    )
    with acting_for(cast.avalon):
        loads = series_loads([series.pk], [THIS_WEEK, THIS_WEEK + timedelta(weeks=1)])
        assert list(loads[series.pk].status) == ["flex", "bottleneck"]
        assert groups(CapacityFilter(view="short")).count() == 2


def test_the_senders_own_key_finds_its_group(series: DemandSeries, cast: Cast) -> None:
    link = LinkInput(series_id=series.pk)
    first = group(cast, link, external_id="CG-1")
    again = group(cast, link, external_id="CG-1", name="Renamed")
    assert first.pk == again.pk
    with acting_for(cast.brasov):
        assert CapacityGroup.objects.get().name == "Renamed"
