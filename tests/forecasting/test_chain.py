"""FC-21: what the car maker releases reaches the third tier; nobody sees whose car it is for."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from collab.events.relay import work_off
from collab.live.models import FeedFrame
from collab.masterdata.models import BomLine, Part, PartAlias
from collab.masterdata.rules.part_numbers import compare_key
from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from forecasting.models import (
    DeliverySchedule,
    DemandSeries,
    DemandVersion,
    HeardStock,
    Pegging,
    ReleaseDraft,
    Step,
)
from forecasting.queries.own_stock import stock_place
from forecasting.services.actuals import hear_stock
from forecasting.services.propagation import plan_part, plan_series, propagate_demand
from forecasting.services.publishing import publish_drafts, publish_releases
from forecasting.services.releases import prepare_releases
from forecasting.services.versions import NewVersion, add_version
from forecasting.week_figures import Weekly, monday_of
from tests.conftest import ClientFor
from tests.harness.cast import PLAN_ANSWERS, PLAN_NEEDS, Cast, found_organisation, give, partner
from tests.harness.clock import today_here
from tests.integration.machines import machine

WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Chain:
    """Avalon's harness, Brasov's wire for it, Silesia's copper for that, Lubin's cathode."""

    cast: Cast
    lubin: Organisation
    harness: DemandSeries
    wire: DemandSeries
    copper: DemandSeries

    @property
    def first_week(self) -> date:
        """The week after the next: behind every lead time."""
        return monday_of(today_here()) + 4 * WEEK

    def release(self, *quantities: int) -> None:
        """Let Avalon release the harness, and everybody hear what follows."""
        with acting_for(self.cast.avalon):
            add_version(
                NewVersion(
                    series_id=self.harness.pk,
                    step=Step.PLANNER.value,
                    likely=Weekly(self.first_week, tuple(map(Decimal, quantities))),
                    changed_at=timezone.now(),
                )
            )
            drafts = prepare_releases(series_ids=[self.harness.pk])
            ReleaseDraft.objects.filter(pk__in=[each.pk for each in drafts]).update(state="draft")
            publish_drafts(
                [each.pk for each in drafts], batch_id=drafts[0].pk, as_of=timezone.now()
            )
        work_off()


def part(number: str) -> Part:
    return Part.objects.create(
        number=number,
        compare_key=compare_key(number),
        name=number,
        kind="component",
        base_unit="H87",
    )


def series(of: Part, supplier: Organisation, theirs: str) -> DemandSeries:
    return DemandSeries.objects.create(
        counterparty=supplier, part=of, part_number=of.number, supplier_part_number=theirs
    )


def made_of(own: str, component: str, usage: str, scrap: str = "0") -> Part:
    """Enter a part with what it is made of; return the component."""
    below = part(component)
    BomLine.objects.create(
        parent=part(own), component=below, quantity=usage, unit="H87", scrap_rate=scrap
    )
    return below


@pytest.fixture
def chain(cast: Cast) -> Chain:
    lubin = found_organisation(20, "lubin", "Lubin Cathode", "supplier", "PL", "Lubin", 51.4, 16.2)
    partner(cast.silesia, lubin)
    for topic in PLAN_NEEDS:
        give(cast.silesia, lubin, lubin, topic)
    for topic in PLAN_ANSWERS:
        give(lubin, cast.silesia, cast.silesia, topic)
    with acting_for(cast.avalon):
        harness = series(part("AM-700"), cast.brasov, "BH-100")
    with acting_for(cast.brasov):
        wire = series(made_of("BH-100", "BW-7", "2"), cast.silesia, "SC-1")
    with acting_for(cast.silesia):
        copper = series(made_of("SC-1", "SK-3", "0.5", scrap="0.1"), lubin, "LC-9")
    return Chain(cast, lubin, harness, wire, copper)


def current(owner: Organisation, of: DemandSeries) -> DemandVersion:
    with acting_for(owner):
        return DemandVersion.objects.get(series=of, is_current=True)


def test_the_car_makers_release_reaches_the_third_tier(chain: Chain) -> None:
    for owner, of in [(chain.cast.brasov, chain.wire), (chain.cast.silesia, chain.copper)]:
        with acting_for(owner):
            plan_series(series_id=of.pk, is_released_alone=True)
    chain.release(100, 200)
    wire = current(chain.cast.brasov, chain.wire)
    assert (wire.step, sum(wire.quantities)) == ("chain", 600)  # 2 wires a harness
    copper = current(chain.cast.silesia, chain.copper)
    assert sum(copper.quantities) == Decimal("330.000")  # 0.5 a wire, 10 % scrap
    with acting_for(chain.lubin):
        (seen,) = DeliverySchedule.objects.all()
        assert (seen.part_number, seen.supplier_part_number) == ("SK-3", "LC-9")
        assert sum(seen.quantities) == Decimal("330.000")


def test_the_need_is_a_lead_time_earlier(chain: Chain) -> None:
    with acting_for(chain.cast.brasov):
        plan_part(part_id=Part.objects.get(number="BH-100").pk, lead_time_days=10)
    chain.release(100)
    with acting_for(chain.cast.brasov):
        wire = DemandVersion.objects.get(series=chain.wire, is_current=True)
    needed = [wire.first_week + place * WEEK for place, each in enumerate(wire.quantities) if each]
    assert needed == [chain.first_week - 2 * WEEK]  # ten working days before that Monday


def test_without_leave_the_next_tier_gets_a_draft_and_no_release(chain: Chain) -> None:
    chain.release(100)
    with acting_for(chain.cast.brasov):
        (draft,) = ReleaseDraft.objects.filter(series=chain.wire)
        assert (draft.state, draft.origin) == ("draft", "chain")
    with acting_for(chain.cast.silesia):
        assert not DeliverySchedule.objects.exists()
    with acting_for(chain.cast.brasov):
        publish_releases(draft_ids=[draft.pk])
    work_off()
    with acting_for(chain.cast.silesia):
        assert DeliverySchedule.objects.count() == 1


def test_tier_two_sees_a_quantity_and_never_whose_car(chain: Chain) -> None:
    with acting_for(chain.cast.brasov):
        plan_series(series_id=chain.wire.pk, is_released_alone=True)
    chain.release(100)
    with acting_for(chain.cast.brasov):
        peg = Pegging.objects.get()
        assert (peg.customer_id, peg.customer_part_number) == (chain.cast.avalon.pk, "AM-700")
    with acting_for(chain.cast.silesia):
        told = str([vars(each) for each in DeliverySchedule.objects.all()])
        told += str([frame.frames for frame in FeedFrame.objects.all()])
        assert "BW-7" in told
        for secret in ("AM-700", "BH-100", "Avalon", chain.cast.avalon.bpn, str(chain.harness.pk)):
            assert secret not in told
        assert {each.customer_id for each in Pegging.objects.all()} == {chain.cast.brasov.pk}
    for outsider in (chain.cast.porto, chain.cast.kestrel):
        with acting_for(outsider):
            assert not DeliverySchedule.objects.exists()


def test_two_customers_are_summed_before_it_moves_on(chain: Chain) -> None:
    with acting_for(chain.cast.kestrel):
        give(chain.cast.kestrel, chain.cast.brasov, chain.cast.brasov, "forecasting.demand")
        other = series(part("KM-1"), chain.cast.brasov, "")
    with acting_for(chain.cast.brasov):  # known by Kestrel's own number
        PartAlias.objects.create(
            part=Part.objects.get(number="BH-100"),
            partner=chain.cast.kestrel,
            partner_number="KM-1",
            compare_key="KM1",
            valid_from=date(2026, 1, 1),
        )
    chain.release(100)
    with acting_for(chain.cast.kestrel):
        add_version(
            NewVersion(
                series_id=other.pk,
                step=Step.PLANNER.value,
                likely=Weekly(chain.first_week, (Decimal(50),)),
                changed_at=timezone.now(),
            )
        )
        drafts = prepare_releases(series_ids=[other.pk])
        publish_drafts([each.pk for each in drafts], batch_id=other.pk)
    work_off()
    assert sum(current(chain.cast.brasov, chain.wire).quantities) == 300
    with acting_for(chain.cast.brasov):
        caused = {each.customer_id: sum(each.quantities) for each in Pegging.objects.all()}
    assert caused == {chain.cast.avalon.pk: 200, chain.cast.kestrel.pk: 100}


def test_own_stock_is_netted_and_shares_split_the_need(chain: Chain) -> None:
    with acting_for(chain.cast.brasov):
        HeardStock.objects.create(
            part_id=chain.wire.part_id, place="BRA1", quantity=50, observed_at=timezone.now()
        )
        second = series(Part.objects.get(number="BW-7"), chain.cast.porto, "")
        plan_series(series_id=chain.wire.pk, share=Decimal("0.8"))
    chain.release(100)
    assert sum(current(chain.cast.brasov, chain.wire).quantities) == 120  # 80 % of 2 x 100 - 50
    assert sum(current(chain.cast.brasov, second).quantities) == 30


def test_finished_stock_stated_to_one_customer_serves_no_other(chain: Chain) -> None:
    with acting_for(chain.cast.kestrel):
        give(chain.cast.kestrel, chain.cast.brasov, chain.cast.brasov, "forecasting.demand")
        series(part("KM-1"), chain.cast.brasov, "BH-100")
    with acting_for(chain.cast.brasov):
        finished = Part.objects.get(number="BH-100")
        for customer, pieces in ((chain.cast.avalon, 40), (chain.cast.kestrel, 500)):
            hear_stock(
                part_id=finished.pk,
                place=stock_place("BRA1", customer.pk),
                on_hand=Decimal(pieces),
                known_at=timezone.now(),
            )
    chain.release(100)
    assert sum(current(chain.cast.brasov, chain.wire).quantities) == 2 * (100 - 40)


def test_again_changes_nothing_and_no_demand_means_none(chain: Chain) -> None:
    chain.release(100)
    with acting_for(chain.cast.brasov):
        again = propagate_demand()
        assert (again.series_changed, again.drafted) == (0, 0)
    chain.release(0)
    assert set(current(chain.cast.brasov, chain.wire).quantities) == {0}


def test_a_number_that_means_nothing_here_is_named(chain: Chain) -> None:
    with acting_for(chain.cast.avalon):
        DemandSeries.objects.filter(pk=chain.harness.pk).update(supplier_part_number="??")
    chain.release(100)
    with acting_for(chain.cast.brasov):
        assert propagate_demand().unresolved == ["AM-700"]
        assert not DemandVersion.objects.exists()


def test_the_page_and_the_interface_show_who_causes_what(
    chain: Chain, client_for: ClientFor
) -> None:
    with acting_for(chain.cast.brasov):
        plan_series(series_id=chain.wire.pk, is_released_alone=True)
    chain.release(100)
    client = client_for(chain.cast.brasov)
    shown = client.get("/t/brasov/forecasts/chain/").content.decode()
    assert "BW-7" in shown
    assert "AM-700" in shown
    url = f"/t/brasov/forecasts/chain/series/{chain.wire.pk}"
    assert client.post(url, {"share": "80", "alone": "on"}).status_code == 302
    erp = machine(chain.cast.brasov)
    (need,) = erp.get("pegged-needs").json()["items"]
    assert (need["total"], need["share"], need["is_released_alone"]) == (
        "200.000",
        "0.800000",
        True,
    )
    assert need["causes"] == [{"customer": "Avalon", "part_number": "AM-700", "total": "200.000"}]
    assert erp.post("propagations", {}).json()["series_changed"] == 0  # one supplier: still all
    stranger = machine(chain.cast.silesia)
    (theirs,) = stranger.get("pegged-needs").json()["items"]
    assert "AM-700" not in str(theirs)
    assert client_for(chain.cast.porto).post(url.replace("brasov", "porto")).status_code == 404
