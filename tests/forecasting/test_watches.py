"""Own thresholds on changes of demand and capacity (FC-16): private, one exception per object."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from collab.events.bus import publish
from collab.events.relay import work_off
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.work.models import Alert
from forecasting.events import SchedulesPublished
from forecasting.models import DemandSeries, PlanWatch
from forecasting.services.capacity import (
    GroupInput,
    LinkInput,
    WeekFigure,
    set_figures,
    state_group,
)
from forecasting.services.watches import WatchInput, remove_watch, set_watch
from tests.conftest import ClientFor
from tests.forecasting.builders import a_series, release
from tests.forecasting.plans import this_week
from tests.harness.cast import Cast

THIS_WEEK = this_week()


@pytest.fixture
def series(cast: Cast) -> DemandSeries:
    """Avalon's harness from Brasov."""
    return a_series(cast.avalon, cast.brasov)


def publish_demand(series: DemandSeries, *quantities: float) -> None:
    schedule = release(
        series, *quantities, first_week=THIS_WEEK, published_at=datetime.now(UTC), is_heard=False
    )
    with acting_for(series.owner_id):
        publish(
            SchedulesPublished(
                change_id=str(uuid4()),
                batch_id=str(schedule.batch_id),
                supplier_id=series.counterparty_id,
                schedule_ids=[str(schedule.pk)],
                series_ids=[str(series.pk)],
            )
        )
    work_off()


def a_watch(owner: Organisation, **changes: Any) -> PlanWatch:
    values = {"name": "Big swings", "scope": "all", "limit": "0.1", **changes}
    with acting_for(owner):
        return set_watch(WatchInput(**values))


def fired(viewer: Organisation) -> list[bool]:
    with acting_for(viewer):
        rows = Alert.objects.filter(type="forecasting.watch_fired").order_by("pk")
        return list(rows.values_list("is_open", flat=True))


def test_a_rise_by_the_limit_fires_for_its_owner_alone_and_closes(
    series: DemandSeries, cast: Cast
) -> None:
    a_watch(cast.brasov)
    publish_demand(series, 100, 100)
    publish_demand(series, 109, 100)
    assert fired(cast.brasov) == []
    publish_demand(series, 120, 100)  # 120 - 109 >= 10 % of 109
    assert fired(cast.brasov) == [True]
    assert fired(cast.avalon) == []  # nobody else sees another's threshold
    publish_demand(series, 121, 100)
    assert fired(cast.brasov) == [False]


def test_a_fall_in_capacity_is_seen_by_the_customer_that_watches(
    series: DemandSeries, cast: Cast
) -> None:
    publish_demand(series, 100)
    a_watch(cast.avalon, scope="capacities", limit="-0.2")
    with acting_for(cast.brasov):
        group, _is_new = state_group(
            GroupInput(
                counterparty=cast.avalon.bpn,
                name="Line",
                first_week=THIS_WEEK,
                actual=[1000],
                maximum=[1200],
                links=[LinkInput(series_id=series.pk)],
            )
        )
        set_figures(group.pk, [WeekFigure(THIS_WEEK, "actual", Decimal(850))])
    work_off()
    assert fired(cast.avalon) == []
    with acting_for(cast.brasov):
        set_figures(group.pk, [WeekFigure(THIS_WEEK, "actual", Decimal(600))])
    work_off()
    assert fired(cast.avalon) == [True]


def test_a_watch_that_goes_takes_its_exceptions_along(series: DemandSeries, cast: Cast) -> None:
    row = a_watch(cast.avalon, scope="chosen", object_ids=[series.pk], is_relative=False, limit=5)
    publish_demand(series, 100)
    publish_demand(series, 105)
    assert fired(cast.avalon) == [True]
    with acting_for(cast.avalon):
        remove_watch(row.pk)
    assert fired(cast.avalon) == [False]


def test_a_limit_of_nothing_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="other than 0"):
        a_watch(cast.avalon, limit=0)
    with pytest.raises(Refused, match="at least one"):
        a_watch(cast.avalon, scope="chosen")


def test_to_dos_and_thresholds_have_a_page(
    series: DemandSeries, cast: Cast, client_for: ClientFor
) -> None:
    publish_demand(series, 0, 0)
    planner, clerk = client_for(cast.avalon), client_for(cast.brasov, "clerk")
    path = "forecasts/thresholds/"
    assert str(series.pk) in planner.get(f"/t/avalon/{path}").content.decode()
    other = a_series(cast.avalon, cast.brasov, "AM-701", theirs="BH-101")
    publish_demand(other, 10)
    with acting_for(cast.brasov):
        state_group(
            GroupInput(
                counterparty=cast.avalon.bpn,
                name="Line",
                first_week=THIS_WEEK,
                actual=[10],
                maximum=[10],
                links=[LinkInput(series_id=series.pk)],
            )
        )
    seen = clerk.get(f"/t/brasov/{path}").content.decode()
    assert str(other.pk) in seen  # nothing takes it yet
    assert f"series={series.pk}" not in seen
    form = {"name": "Swings", "scope": "all", "limit": "10", "unit": "share"}
    assert clerk.post(f"/t/brasov/{path}", form).status_code == 302
    with acting_for(cast.brasov):
        row = PlanWatch.objects.get()
        assert (row.limit, row.is_relative) == (Decimal("0.1"), True)
    assert "Swings" not in planner.get(f"/t/avalon/{path}").content.decode()
    assert clerk.post(f"/t/brasov/{path}{row.pk}/remove").status_code == 302
