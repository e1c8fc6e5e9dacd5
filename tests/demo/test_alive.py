"""The demo network is alive on both sides: plans, measures, loads, trucks, dispatch advices."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest

from collab.demo.loader.network import load
from collab.demo.network import DemoNetwork, build, day_of
from collab.demo.simulator.drivers import Trucks
from collab.events.models import Errand
from collab.events.transparency.models import LogLeaf
from collab.events.transparency.services import SEAL
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.work.models import Alert
from collab.work.queries import QueueFilter, exceptions
from forecasting.models import (
    AccuracyFigure,
    BullwhipFigure,
    CapacityGroup,
    CapacityMatch,
    Commit,
    CommitTask,
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
    LifeCycle,
    MarketSignal,
    Pegging,
    PlanComment,
    Succession,
)
from forecasting.queries.bullwhip import tiers
from forecasting.queries.capacity import group_rows, groups
from forecasting.queries.commits import by_partner
from forecasting.queries.measures import AccuracyFilter, step_summaries, worth_of_steps
from forecasting.services.measures import measure_all
from inventory.models import (
    CaptureJob,
    LatestReading,
    QuotedConsumption,
    Seal,
    StockMovement,
    StockPosition,
    TrackingCorrection,
    TrackingEvent,
    UnitState,
    VmiBand,
    VmiReceipt,
)
from inventory.queries.cumulative import StandingFilter, standing_list
from inventory.queries.deliveries import deliveries
from inventory.queries.receipts import ReceiptFilter, receipt_list
from inventory.queries.refreshes import RefreshFilter, refresh_list
from inventory.services.expected_units import UNIT_MISSING
from inventory.vmi_alerts import UNDER_RUN
from tests.harness.servers import empty_all_tables
from transport.models import (
    DispatchAdvice,
    EstimatedArrival,
    Load,
    Shipment,
    TransportOrder,
    VehicleType,
    Visit,
)
from transport.queries.advices import AdviceFilter, advice_list, units_of
from transport.queries.tracking import active_loads, points


@dataclass(frozen=True, slots=True)
class Demo:
    """A small demo network as it was loaded at ``now``; organisations by slug."""

    network: DemoNetwork
    organisations: dict[str, Organisation]
    now: datetime


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[Demo]:
    """Load the network once for all of this file, its past measured; it is really committed."""
    from django.db import connection

    now = datetime.now(UTC)
    network = build(seed=1, suppliers=6, parts=120, today=day_of(now))
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        try:
            organisations = load(network, as_of=now).organisations
            for slug in ("avalon", "kestrel", "brasov", "silesia"):
                with acting_for(organisations[slug]):
                    measure_all(as_of=now)
            yield Demo(network, organisations, now)
        finally:
            connection.close()
            empty_all_tables()


def test_most_releases_are_committed_and_some_wait(demo: Demo) -> None:
    states: Counter[str] = Counter()
    worst: Counter[str] = Counter()
    comments = 0
    for slug in dict.fromkeys(supply.supplier for supply in demo.network.supplies):
        with acting_for(demo.organisations[slug]):
            own = demo.organisations[slug]
            states.update(CommitTask.objects.filter(owner=own).values_list("state", flat=True))
            matches = CapacityMatch.objects.filter(owner=own)
            worst.update(matches.values_list("worst", flat=True))
            comments += PlanComment.objects.filter(owner=own).count()
    assert states["committed"] > sum(states.values()) / 2
    assert {"open", "partial", "exception"} <= set(states)
    assert worst["bottleneck"] + worst["flex"] > 0
    assert comments > 0
    brasov = demo.organisations["brasov"]
    with acting_for(brasov):
        assert CapacityGroup.objects.filter(owner=brasov, counterparty=brasov).count() == 1
    with acting_for(demo.organisations["avalon"]):
        assert not any(row.is_pool for row in group_rows(groups()))
        assert not CapacityGroup.objects.filter(counterparty=brasov).exists()
        assert sum(each.series for each in by_partner()) > 0
        assert Commit.objects.exists()


def ratios(demo: Demo, slug: str) -> Sequence[float]:
    organisation = demo.organisations[slug]
    with acting_for(organisation):
        rows = BullwhipFigure.objects.filter(owner=organisation, ratio__isnull=False)
        return list(rows.values_list("ratio", flat=True))


def test_every_step_of_the_past_is_measured(demo: Demo) -> None:
    avalon, brasov = demo.organisations["avalon"], demo.organisations["brasov"]
    with acting_for(avalon):
        steps = {each.step for each in step_summaries(AccuracyFilter())}
        assert {"statistics", "planner", "release", "commit", "consensus", "zero", "naive"} <= steps
        n_series, worth = worth_of_steps(AccuracyFilter())
        assert n_series > 0
        assert worth[0].name == "statistics"
        assert MarketSignal.objects.get(state="accepted").added_value is not None
        assert (Succession.objects.count(), LifeCycle.objects.count()) == (1, 1)
        assert AccuracyFigure.objects.filter(step="override").exists()
    with acting_for(brasov):
        seen = AccuracyFigure.objects.exclude(owner=brasov).values_list("step", flat=True)
        assert set(seen) == {"release", "commit", "consensus", "zero", "naive"}
        assert [each for each in tiers() if each.product]


def test_calls_swing_more_from_tier_to_tier(demo: Demo) -> None:
    swing = [mean(ratios(demo, slug)) for slug in ("avalon", "brasov", "silesia")]
    assert 1 < swing[0] < swing[1] < swing[2]


def test_versions_are_numbered_in_the_order_in_which_they_were_made(
    demo: Demo,
) -> None:
    with acting_for(demo.organisations["avalon"]):
        for series in DemandSeries.objects.filter(owner=demo.organisations["avalon"]):
            made = list(
                DemandVersion.objects.filter(series=series)
                .order_by("number")
                .values_list("created_at", flat=True)
            )
            assert made == sorted(made)


def test_the_third_tier_has_a_release_that_the_chain_caused(
    demo: Demo,
) -> None:
    with acting_for(demo.organisations["lubin"]):
        current = DeliverySchedule.objects.get(is_current=True)
        assert current.origin == "chain"
        assert sum(each or 0 for each in current.quantities) > 0
        assert not Pegging.objects.exists()


def test_loads_are_before_on_and_after_the_road(demo: Demo) -> None:
    with acting_for(demo.organisations["avalon"]):
        states = Counter(Load.objects.values_list("state", flat=True))
        assert {"draft", "planned", "accepted", "slot_booked", "settled"} <= set(states)
        assert VehicleType.objects.count() >= 3
        assert TransportOrder.objects.filter(source="call", state="open").exists()
        assert not Load.objects.filter(fill__isnull=True).exists()
    with acting_for(demo.organisations["brasov"]):
        own = demo.organisations["brasov"]
        assert Visit.objects.filter(counterparty=own).exists()
        assert not Shipment.objects.exclude(owner=own).exclude(counterparty=own).exists()
    with acting_for(demo.organisations["porto"]):
        assert not Load.objects.exists()


def test_suppliers_of_the_demo_have_sent(demo: Demo) -> None:
    with acting_for(demo.organisations["avalon"]):
        rows = advice_list(AdviceFilter(view="all"))
        states = Counter(row.state for row in rows)
        assert states["discrepancy"] == 1
        assert states["sent"] + states["accepted"] >= 1
        assert all(units_of(row.id) for row in rows)
    brasov = demo.organisations["brasov"]
    with acting_for(brasov):
        assert DispatchAdvice.objects.filter(owner=brasov).exists()


def test_customers_of_the_demo_received_and_used(demo: Demo) -> None:
    avalon, brasov = demo.organisations["avalon"], demo.organisations["brasov"]
    with acting_for(avalon):
        rows = receipt_list(ReceiptFilter(view="all"))
        assert {row.is_different for row in rows} == {True, False}
        assert standing_list(StandingFilter(view="road"))
        assert deliveries()
        kinds = set(StockMovement.objects.values_list("kind", flat=True))
        assert {"count", "receipt", "issue", "scrap"} <= kinds
    with acting_for(brasov):
        assert any(row.may_answer for row in receipt_list(ReceiptFilter(view="open")))
        assert standing_list()


def test_deliveries_were_read_on_their_way_and_one_pack_was_not(demo: Demo) -> None:
    avalon, rhine = demo.organisations["avalon"], demo.organisations["rhine"]
    for each in demo.organisations.values():
        with acting_for(each):
            own = TrackingEvent.objects.filter(owner=each).count()
            assert LogLeaf.objects.filter(owner=each).count() == own
            assert not CaptureJob.objects.filter(is_success=False).exists()
    with acting_for(avalon):
        steps = set(TrackingEvent.objects.values_list("biz_step", flat=True))
        assert {"packing", "shipping", "arriving", "departing", "receiving"} <= steps
        waiting = TrackingCorrection.objects.filter(settled_at__isnull=True)
        assert set(waiting.values_list("reason", flat=True)) == {"read_point", "product"}
        missing = Alert.objects.get(type=UNIT_MISSING)
        assert (missing.site_code, missing.title_params["gap"]) == ("DUI", "left_unread")
        assert Errand.objects.filter(name=SEAL).exists()
    with acting_for(rhine):
        assert TrackingEvent.objects.filter(biz_step="departing").count() == 1


def test_trucks_are_on_the_road_and_drive_on(demo: Demo) -> None:
    avalon, porto = demo.organisations["avalon"], demo.organisations["porto"]
    with acting_for(avalon):
        states = Counter(active_loads().values_list("state", flat=True))
        before = {point[0]: point for point in points()}
        assert states["in_transit"] >= 3
        assert EstimatedArrival.objects.exists()
        kinds = Counter(row.values.get("type") for row in exceptions(QueueFilter(view="all")))
        assert kinds["transport.late"] >= 1
        numbers = {str(point[1]) for point in before.values()}
    with acting_for(porto):
        assert not Load.objects.filter(number__in=numbers, owner=avalon).exists()
    trucks = Trucks(demo.network)
    moved = trucks.drive(now=demo.now + timedelta(minutes=20))
    assert moved >= len(before) - 4
    assert trucks.drive(now=demo.now + timedelta(minutes=20)) == 0


def test_one_pallet_on_its_way_is_too_warm_and_all_seals_are_closed(demo: Demo) -> None:
    for slug in ("brasov", "avalon"):
        with acting_for(demo.organisations[slug]):
            [warm] = LatestReading.objects.filter(is_breached=True)
            assert (warm.metric, warm.side) == ("temperature", "high")
            alert = Alert.objects.get(type="inventory.sensor_limit")
            assert alert.is_open
            assert (
                alert.object_id
                == UnitState.objects.get(owner=demo.organisations["brasov"], thing=warm.thing).pk
            )
            assert {seal.lane for seal in Seal.objects.all()} == {"green"}
    with acting_for(avalon := demo.organisations["avalon"]):
        assert set(Seal.objects.values_list("state", flat=True)) == {"closed", "released"}
        own = LatestReading.objects.filter(owner=avalon)
        assert set(own.values_list("metric", flat=True)) == {"temperature", "humidity", "battery"}
    with acting_for(demo.organisations["kestrel"]):
        assert not LatestReading.objects.exists()
        assert not Seal.objects.exists()


def test_partners_run_stock_together_and_ask_each_other(demo: Demo) -> None:
    avalon, brasov = demo.organisations["avalon"], demo.organisations["brasov"]
    with acting_for(avalon):
        staged = StockPosition.objects.values_list("stage", flat=True)
        assert {"plant", "line_side", "cross_dock", "supplier_warehouse"} <= set(staged)
        assert {row.partner.short for row in refresh_list(RefreshFilter(), limit=20)} == {
            "Brasov",
            "Porto",
        }
        assert VmiBand.objects.filter(owner=avalon).count() == 3
        # What a Monday called is due from Tuesday on, whatever becomes of the band.
        told = Alert.objects.filter(owner=avalon, type__startswith="inventory.vmi")
        left = told.filter(is_open=True).exclude(type=UNDER_RUN).values("object_id")
        assert left.distinct().count() <= 1  # one of a few pieces may be full on some day
        assert QuotedConsumption.objects.exists()
    with acting_for(brasov):
        asked = Counter(row.is_own for row in refresh_list(RefreshFilter(view="all"), limit=20))
        assert asked[False] == 4
        assert asked[True]
        assert VmiReceipt.objects.filter(owner=brasov).exists()
        assert not StockPosition.objects.filter(stage="cross_dock").exists()
    with acting_for(demo.organisations["kestrel"]):
        assert not VmiBand.objects.exists()
        assert not refresh_list(RefreshFilter(view="all"), limit=20)
