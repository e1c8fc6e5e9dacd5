"""TR-03: a plan becomes fixed routes; partners answer; loads repeat; rivals see nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from collab.events.relay import work_off
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.transport.week import NOW, Week, found_week, scenario_of, solved
from transport.models import (
    Load,
    MilkRunScenario,
    RouteAnswer,
    RouteStop,
    RouteTemplate,
    TransportOrder,
)
from transport.services.occurrences import days_of, number_of, repeat_routes
from transport.services.route_answers import answer_route
from transport.services.routes import preview, publish_scenario

FROM = date(2026, 11, 30)
LATER = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)


@pytest.fixture
def week(cast: Cast) -> Week:
    return found_week(cast)


@pytest.fixture
def scenario(cast: Cast, week: Week) -> MilkRunScenario:
    return solved(cast, scenario_of(cast))


def published(cast: Cast, scenario: MilkRunScenario) -> list[RouteTemplate]:
    with acting_for(cast.avalon):
        return publish_scenario(
            scenario.pk, valid_from=FROM, as_of=NOW, carrier_id=cast.fjord.pk
        )  # fmt: skip


def everybody_accepts(cast: Cast, week: Week) -> None:
    for supplier in week.suppliers.values():
        with acting_for(supplier):
            for stop in RouteStop.objects.all():
                answer_route(stop.pk, verdict="accepted", as_of=NOW)
    with acting_for(cast.fjord):
        for route in RouteTemplate.objects.all():
            answer_route(route.pk, verdict="accepted", as_of=NOW)
    work_off()


def test_routes_repeat_the_plan_and_each_partner_sees_its_own(
    cast: Cast, week: Week, scenario: MilkRunScenario
) -> None:
    routes = published(cast, scenario)
    assert routes
    assert scenario.plan is not None
    days = sum(len(each.weekdays) for each in routes)
    assert days == len(scenario.plan["routes"]), "each vehicle-day belongs to one route"
    with acting_for(cast.fjord):
        assert RouteTemplate.objects.count() == len(routes)
        assert not RouteStop.objects.exists(), "a carrier reads the stops on its route"
    with acting_for(week.suppliers["augsburg"]):
        mine = RouteStop.objects.all()
        assert {each.place["code"] for each in mine} == {week.code("augsburg")}
        assert not RouteTemplate.objects.exists()
    for rival in (cast.porto, cast.kestrel, cast.rhine):
        with acting_for(rival):
            assert not RouteTemplate.objects.exists()
            assert not RouteStop.objects.exists()
            assert not MilkRunScenario.objects.exists()


def test_publishing_twice_is_once_and_changed_stops_need_notice(
    cast: Cast, scenario: MilkRunScenario
) -> None:
    with acting_for(cast.avalon), pytest.raises(Refused, match="working days of notice"):
        publish_scenario(scenario.pk, valid_from=date(2026, 11, 23), as_of=NOW)
    routes = published(cast, scenario)
    again = published(cast, scenario)
    assert {each.pk for each in again} == {each.pk for each in routes}
    with acting_for(cast.avalon):
        found = preview(
            MilkRunScenario.objects.get(pk=scenario.pk),
            today=NOW.date(),
            carrier_id=cast.fjord.pk,
        )
        assert (found.fresh, found.ended, found.changes) == ([], [], [])


def test_all_accept_then_loads_come_once_with_the_orders_of_their_day(
    cast: Cast, week: Week, scenario: MilkRunScenario
) -> None:
    published(cast, scenario)
    with acting_for(cast.avalon):
        assert not repeat_routes(as_of=LATER).made, "nobody has accepted"
    everybody_accepts(cast, week)
    with acting_for(cast.avalon):
        routes = list(RouteTemplate.objects.all())
        assert {each.state for each in routes} == {"active"}
        done = repeat_routes(as_of=LATER, weeks=1)
        assert done.made
        assert not done.refused
        assert not repeat_routes(as_of=LATER, weeks=1).made, "twice is once"
        planned = TransportOrder.objects.filter(state="planned").count()
        assert planned + len({each.order_id for each in done.left}) >= len(done.made)
        clocks = {(each.route_template_id, f"{each.starts_at:%H:%M}") for each in done.made}
        assert len(clocks) == len({each.route_template_id for each in done.made})
        load = done.made[0]
        day = days_of(routes[0], FROM, FROM + timedelta(days=6))[0]
        assert Load.objects.filter(number=number_of(routes[0], day)).count() == 1
    with acting_for(cast.fjord):
        assert Load.objects.get(pk=load.pk).state == "accepted"


def test_a_wish_reaches_the_planner_and_holds_the_route_back(
    cast: Cast, week: Week, scenario: MilkRunScenario
) -> None:
    published(cast, scenario)
    everybody_accepts(cast, week)
    augsburg = week.suppliers["augsburg"]
    with acting_for(augsburg):
        stop = RouteStop.objects.first()
        if stop is None:
            pytest.skip("the plan sends nobody to Augsburg")
        with pytest.raises(Refused):
            answer_route(stop.pk, verdict="change", as_of=NOW)
        answer_route(stop.pk, verdict="change", wish="After 10:00 please", as_of=NOW)
        _again, is_new = answer_route(
            stop.pk, verdict="change", wish="After 10:00 please", as_of=NOW
        )
        assert not is_new
    work_off()
    with acting_for(cast.avalon):
        assert RouteTemplate.objects.get(pk=stop.route_id).state == "accepted"
        assert RouteAnswer.objects.get(subject_id=stop.pk).wish == "After 10:00 please"
    with acting_for(cast.porto), pytest.raises(RouteTemplate.DoesNotExist):
        answer_route(stop.pk, verdict="accepted", as_of=NOW)


def test_the_pages_of_planner_supplier_and_carrier(
    cast: Cast, week: Week, scenario: MilkRunScenario, client_for: ClientFor
) -> None:
    planner: Client = client_for(cast.avalon)
    base = "/t/avalon/transport"
    for view in ("plan", "suppliers", "docks", "options", "publish"):
        page = planner.get(f"{base}/milkruns/{scenario.pk}/?view={view}")
        assert page.status_code == 200, view
    listed = planner.get(f"{base}/milkruns/")
    assert scenario.name in listed.content.decode()
    assert planner.get(f"{base}/milkruns/{scenario.pk}/?export=csv").status_code == 200
    assert planner.get(f"{base}/milkruns/new/").status_code == 200
    form = {"do": "repeat", "supplier": week.code("augsburg"), "times": "2"}
    assert planner.post(f"{base}/milkruns/{scenario.pk}/vary", form).status_code == 302
    routes = published(cast, scenario)
    assert planner.get(f"{base}/routes/{routes[0].pk}/").status_code == 200
    supplier = client_for(week.suppliers["augsburg"], role="clerk")
    assert "Avalon" in supplier.get("/t/augsburg/transport/routes/").content.decode()
    carrier = client_for(cast.fjord, role="dispatcher")
    answer = {"verdict": "accepted"}
    path = f"/t/fjord/transport/routes/{routes[0].pk}"
    assert carrier.post(f"{path}/answer", answer).status_code == 302
    assert "Accepted" in carrier.get(f"{path}/").content.decode()
    rival = client_for(cast.porto)
    assert rival.get(f"/t/porto/transport/routes/{routes[0].pk}/").status_code == 404
    assert rival.get(f"/t/porto/transport/milkruns/{scenario.pk}/").status_code == 404
