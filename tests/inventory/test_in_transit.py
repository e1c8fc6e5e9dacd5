"""IN-04, IN-06, IN-09: what is on its way lifts the projection, and how urgent cover is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from collab.events.relay import work_off
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from collab.work.models import Alert
from collab.work.queries import QueueFilter, exceptions
from forecasting.models import DailyDemand, DemandSeries
from inventory.in_transit import InTransit, OnTheWay
from inventory.models import Coverage, CoverageTarget
from inventory.projections import level_of
from inventory.services.reports import Report, record_stock_count
from inventory.services.targets import refresh_all
from tests.harness.cast import Cast
from tests.harness.clock import ZONE, today_here
from tests.inventory.conftest import NOON, Goods
from tests.inventory.test_receipts import Sent, sent

__all__ = ["sent"]
D = Decimal
TODAY = date(2026, 6, 3)


def due(day: date, quantity: int) -> OnTheWay:
    return OnTheWay(D(quantity), datetime(day.year, day.month, day.day, 12, tzinfo=UTC))


def test_arrivals_count_on_their_day_and_late_ones_tomorrow() -> None:
    goods = InTransit(
        incoming=[
            due(TODAY - timedelta(days=2), 7),
            due(TODAY, 11),
            due(TODAY + timedelta(days=3), 13),
        ]
    )
    tomorrow = TODAY + timedelta(days=1)
    assert goods.by_day(ZONE, after=TODAY, today=TODAY) == {
        tomorrow: 18,
        TODAY + timedelta(days=3): 13,
    }
    counted_earlier = goods.by_day(ZONE, after=TODAY - timedelta(days=5), today=TODAY)
    assert counted_earlier == {TODAY: 11, tomorrow: 7, TODAY + timedelta(days=3): 13}
    assert goods.quantity == 31


@given(st.lists(st.integers(0, 50), max_size=12), st.lists(st.integers(1, 60), max_size=5))
def test_what_is_under_way_covers_the_earliest_needs(needs: list[int], sent_out: list[int]) -> None:
    days = {TODAY + timedelta(days=at): D(quantity) for at, quantity in enumerate(needs)}
    goods = InTransit(outgoing=[due(TODAY, quantity) for quantity in sent_out])
    left = goods.left_to_send(days, after=TODAY)
    assert set(left) == set(days)
    ahead = [day for day in sorted(days) if day > TODAY]
    total = sum((days[day] for day in ahead), D(0))
    assert sum((left[day] for day in ahead), D(0)) == max(D(0), total - sum(sent_out))
    assert all(0 <= left[day] <= days[day] for day in days)
    touched = [day for day in ahead if left[day] < days[day]]
    assert all(left[day] == 0 for day in touched[:-1])
    assert left.get(TODAY) == days.get(TODAY)


def test_levels_follow_the_agreed_lead_time() -> None:
    """IN-06: 5 and 10 days where nothing is agreed."""
    assert [level_of(D(days), None) for days in (4, 5, 10)] == ["high", "medium", "low"]
    target = CoverageTarget(minimum_days=D(1), lead_days=D(2))
    assert [level_of(D(days), target) for days in (1, 2, 3, 4)] == [
        "high", "medium", "medium", "low",
    ]  # fmt: skip


def test_the_customers_projection_rises_with_the_announced_arrival(sent: Sent, cast: Cast) -> None:
    with acting_for(cast.avalon):
        series = DemandSeries.objects.get(part_number=sent.story.part)
        DailyDemand.objects.filter(series=series).delete()
        today = today_here()
        DailyDemand.objects.bulk_create(
            DailyDemand(
                owner=cast.avalon,
                counterparty=cast.brasov,
                series=series,
                part_number=sent.story.part,
                on=today + timedelta(days=day),
                quantity=D(40),
            )
            for day in range(1, 30)
        )
        record_stock_count(
            Report(
                counterparty=cast.brasov.bpn,
                part_number=sent.story.part,
                site=Site.objects.get().code,
                quantity=100,
                unit="H87",
                counted_at=timezone.now(),
                stage="plant",
            )
        )
        coverage = Coverage.objects.get(owner=cast.avalon)
        assert coverage.in_transit == 480
        assert coverage.next_arrival_at is not None
        assert coverage.days_of_supply == D("2.50")  # what is not here covers nothing
        assert max(coverage.projected_stock) > 300
    sent.take()
    work_off()
    with acting_for(cast.avalon):
        after = Coverage.objects.get(owner=cast.avalon)
        assert (after.in_transit, after.on_hand) == (0, 580)
        assert after.days_of_supply == D("14.50")


def test_doubtful_data_is_told_with_the_exception(goods: Goods, cast: Cast) -> None:
    """IN-24: a short cover that rests on an old count says so, fresh data does not."""
    goods.need([10] * 40)
    goods.agree(3)
    goods.count(12)
    with acting_for(cast.brasov):
        assert "confidence" not in Alert.objects.get().title_params
        refresh_all(as_of=NOON + timedelta(days=2))
        assert Alert.objects.get().title_params["confidence"] == "40"
    with acting_for(cast.avalon):
        (row,) = exceptions(QueueFilter(view="all"))
        assert "confidence 40 %" in row.title
