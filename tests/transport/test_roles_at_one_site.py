"""OR-07: whoever's role is at one site plans, moves and announces goods of that site alone."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.utils import timezone

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Organisation, Site
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.transport.goods_on_the_way import make_story
from tests.transport.moving import direct_load, direct_stops, order_plan, truck
from tests.transport.week import MONDAY, NOW, found_week, scenario_of
from transport.models import Load, TransportOrder
from transport.services.advice_answers import answer_advice
from transport.services.advices import cancel_advice, send_advice
from transport.services.drafts import open_draft
from transport.services.loads import change_stops, make_load, move_load
from transport.services.merging import add_orders
from transport.services.orders import OrderPlan, cancel_order, place_order
from transport.services.places import place_of
from transport.services.routes import publish_scenario
from transport.services.scenarios import ScenarioPlan, discard, new_scenario, vary

THEIRS_ALONE = "site that your role is at"


def sites_of(organisation: Organisation) -> tuple[Site, Site]:
    """Return the organisation's site, and another that it opens."""
    with acting_for(organisation):
        home = Site.objects.get(owner=organisation)
        place = {"country": "DE", "city": "Ulm", "latitude": 48.4, "longitude": 10.0}
        return home, Site.objects.create(code="NEW", name="New", kind=home.kind, **place)


def plan_of(cast: Cast) -> OrderPlan:
    with acting_for(cast.avalon):
        return order_plan(cast.brasov, cast.avalon)


def refused(doing: Callable[[], object]) -> None:
    with pytest.raises(Refused, match=THEIRS_ALONE):
        doing()


def test_orders_and_loads_of_another_site_are_out_of_reach(cast: Cast) -> None:
    plan = plan_of(cast)
    home, other = sites_of(cast.avalon)
    with acting_for(cast.avalon, site_id=home.pk):
        order, waiting = place_order(plan).order, place_order(plan).order
        load, stops, semi = direct_load(order), direct_stops(waiting), truck()
    with acting_for(cast.avalon, site_id=other.pk):
        refused(lambda: place_order(plan))
        refused(lambda: cancel_order(waiting.pk, reason="not needed"))
        refused(lambda: make_load(mode="full_truck", stops=stops, vehicle_type=semi))
        refused(lambda: add_orders(load.pk, [waiting.pk], now=NOW))
        refused(lambda: change_stops(load.pk, direct_stops(order)))
        refused(lambda: move_load(load.pk, "draft", by="planner", happened_at=NOW))
    with acting_for(cast.avalon, site_id=home.pk):
        assert (Load.objects.get().state, TransportOrder.objects.count()) == ("planned", 2)
        assert cancel_order(waiting.pk, reason="not needed").state == "cancelled"
        assert move_load(load.pk, "draft", by="planner", happened_at=NOW).state == "draft"


def test_goods_between_two_sites_of_ours_are_the_business_of_both(cast: Cast) -> None:
    plan = plan_of(cast)
    home, other = sites_of(cast.avalon)
    for site in (home, other):
        with acting_for(cast.avalon, site_id=site.pk):
            between = replace(plan, origin=place_of(home), destination=place_of(other))
            assert place_order(between).is_new


def test_a_clerk_announces_what_leaves_the_own_site_and_answers_what_comes_to_it(
    cast: Cast,
) -> None:
    story = make_story(cast)
    told, (call, *_) = story.consignment(), story.calls()
    home, other = sites_of(cast.brasov)
    with acting_for(cast.brasov, site_id=other.pk):
        refused(lambda: send_advice(told))
    with acting_for(cast.brasov, site_id=home.pk):
        advice = send_advice(told).advice
    with acting_for(cast.brasov, site_id=other.pk):
        refused(lambda: cancel_advice(advice.pk))
        draft = open_draft({call.line_id: None}, as_of=timezone.now())
        assert draft.document["ship_from"] == f"{cast.brasov.bpn}/NEW"
    home, other = sites_of(cast.avalon)
    with acting_for(cast.avalon, site_id=other.pk):
        refused(lambda: answer_advice(advice.pk, verdict="accepted", as_of=timezone.now()))
    with acting_for(cast.avalon, site_id=home.pk):
        assert answer_advice(advice.pk, verdict="accepted", as_of=timezone.now())[1]


def test_milk_runs_are_planned_for_the_own_plant(cast: Cast) -> None:
    found_week(cast)
    scenario = scenario_of(cast)
    home, other = sites_of(cast.avalon)
    plan = ScenarioPlan(plant=home.code, first_week=MONDAY)
    with acting_for(cast.avalon, site_id=other.pk):
        refused(lambda: new_scenario(plan, as_of=NOW))
        refused(lambda: vary(scenario.pk, scenario.options))
        refused(lambda: publish_scenario(scenario.pk, valid_from=MONDAY, as_of=NOW))
        refused(lambda: discard(scenario.pk))
    with acting_for(cast.avalon, site_id=home.pk):
        assert discard(scenario.pk).state == "discarded"


def test_the_page_says_why_an_order_of_another_site_is_not_placed(
    cast: Cast, client_for: ClientFor
) -> None:
    plan = plan_of(cast)
    home, other = sites_of(cast.avalon)
    browser = client_for(cast.avalon)
    with acting_for(cast.avalon):
        order = place_order(plan).order
        Membership.objects.filter(role="planner").update(site=other)
    page = f"/t/avalon/transport/orders/{order.pk}/cancel"
    answer = browser.post(page, {"reason": "not needed"})
    assert THEIRS_ALONE in answer.content.decode()
    with acting_for(cast.avalon):
        assert TransportOrder.objects.get().state == "open"
        assert home.code != other.code
