"""TR-03 to TR-06, TR-09: a week of milk runs from data, solved, changed, compared."""

from datetime import timedelta

import pytest

from collab.jobs.run import Cancelled
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.transport.moving import site_of
from tests.transport.week import (
    MONDAY,
    NOW,
    Week,
    cancelled_after,
    found_week,
    run_job,
    scenario_of,
    solved,
)
from transport.models import MilkRunScenario, Tariff, TransportOrder
from transport.queries.scenario_compare import compared
from transport.queries.studio import studio_of
from transport.services.scenario_options import forbidden, limited, pinned, repeated, without
from transport.services.scenarios import DataMissing, ScenarioPlan, discard, new_scenario, vary


@pytest.fixture
def week(cast: Cast) -> Week:
    return found_week(cast)


def test_the_problem_holds_the_weeks_orders_and_says_what_it_assumed(
    cast: Cast, week: Week
) -> None:
    scenario = scenario_of(cast)
    assert len(scenario.problem["suppliers"]) == 3
    first = scenario.problem["suppliers"][0]
    assert set(first["volume"]) == {"1", "2", "3", "4", "5"}
    assert first["volume"]["1"] == {"kg": 5500.0, "m3": 17.0, "pallets": 11.0, "ldm": 4.4}
    notes = " ".join(scenario.problem["x_notes"])
    assert "No calendar" in notes
    assert "12 of 12 distances are estimated" in notes


def test_what_is_missing_is_named_by_supplier_and_nothing_is_made(cast: Cast, week: Week) -> None:
    with acting_for(cast.avalon):
        order = TransportOrder.objects.get(pk=week.orders[0].pk)
        order.pallets = None
        order.save()
        plan = ScenarioPlan(plant=site_of(cast.avalon)["site_code"], first_week=MONDAY)
        with pytest.raises(DataMissing, match="Augsburg Augsburg: the pallet places of TO-"):
            new_scenario(plan, as_of=NOW)
        order.pallets = 6
        order.save()
        Tariff.objects.update(is_active=False)
    with acting_for(cast.avalon):
        with pytest.raises(DataMissing) as missing:
            new_scenario(plan, as_of=NOW)
        assert len(missing.value.lacks) == 3
        assert "tariff of mode direct" in missing.value.lacks[0].what
        with pytest.raises(Refused, match="Monday"):
            new_scenario(
                ScenarioPlan(plant=plan.plant, first_week=MONDAY + timedelta(days=1)), as_of=NOW
            )
        assert not MilkRunScenario.objects.exists()


def test_the_job_solves_and_the_evaluator_accepts(cast: Cast, week: Week) -> None:
    scenario = run_job(cast, scenario_of(cast))
    assert scenario.state == "solved"
    assert scenario.plan is not None
    assert scenario.plan["cost"]["total"] < scenario.plan["baseline"]["cost"]
    assert set(scenario.explanation) == {week.code(slug) for slug in week.suppliers}
    prices = [each["price"] for each in scenario.sweep]
    kilograms = [each["kg"] for each in scenario.sweep]
    assert prices == sorted(prices)
    assert kilograms == sorted(kilograms, reverse=True), "a dearer tonne never emits more"


def test_a_cancelled_job_keeps_the_best_plan_so_far(cast: Cast, week: Week) -> None:
    scenario = scenario_of(cast)
    with cancelled_after(scenario.pk), pytest.raises(Cancelled):
        run_job(cast, scenario)
    with acting_for(cast.avalon):
        kept = MilkRunScenario.objects.get(pk=scenario.pk)
    assert kept.state == "solved"
    assert kept.plan is not None


def test_pins_pairs_and_patterns_make_children_that_are_compared(cast: Cast, week: Week) -> None:
    parent = solved(cast, scenario_of(cast))
    augsburg, landshut = week.code("augsburg"), week.code("landshut")
    with acting_for(cast.avalon):
        options = pinned(parent.options, augsburg, mode="direct")
        options = repeated(options, landshut, days=[2, 4])
        options = forbidden(options, landshut, week.code("ingolstadt"))
        child = vary(parent.pk, limited(options, 1, ["SEMI"]), co2_price_minor=20_000)
        with pytest.raises(Refused):
            vary(parent.pk, pinned({}, "nobody", mode="direct"))
    child = solved(cast, child)
    assert child.plan is not None
    assert child.plan["suppliers"][augsburg]["mode"] == "direct"
    assert child.plan["suppliers"][landshut]["pattern"] == [2, 4]
    with acting_for(cast.avalon):
        found = compared(parent, child)
        assert found.rows[0].left < found.rows[0].right, "what is fixed cannot be cheaper"
        assert augsburg in {each.code for each in found.moved}
        fewer = without(child.options, "pinned", 0)
        assert fewer["pinned"] == []
        view = studio_of(child, day=2)
    assert {each.code for each in view.suppliers} == {week.code(slug) for slug in week.suppliers}
    assert all(0 <= bar.left <= 100 for lane in view.lanes for bar in lane.bars)


def test_an_infeasible_week_names_suppliers_and_constraint(cast: Cast, week: Week) -> None:
    scenario = scenario_of(cast)
    augsburg = week.code("augsburg")
    with acting_for(cast.avalon):
        options = repeated(scenario.options, augsburg, days=[1])
        impossible = vary(scenario.pk, pinned(options, augsburg, mode="milkrun", day=3))
    found = solved(cast, impossible)
    assert found.state == "infeasible"
    assert found.conflicts[0]["suppliers"] == [augsburg]
    with acting_for(cast.avalon):
        assert discard(found.pk).state == "discarded"
