"""TR-22: what happens on the road changes the rest of the day, and only that."""

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.transport.running_day import SIX, Running, proposed, running_day
from transport.models import (
    Leg,
    Load,
    LoadState,
    Notice,
    Replan,
    Shipment,
    Stop,
    TransportOrder,
    Visit,
)
from transport.services.loads import mark_stop, move_load
from transport.services.replan import accept_replan, ask_replan, reject_replan
from transport.services.replan_asked import Asked

MIN = timedelta(minutes=1)


@pytest.fixture
def day(cast: Cast) -> Running:
    return running_day(cast)


def places(load: Load) -> list[str]:
    rows = Stop.objects.filter(load_id=load.pk).order_by("sequence")
    return [f"{each.purpose} {each.place_code.partition('/')[2]}" for each in rows]


def drive_to_augsburg(day: Running) -> Stop:
    """Let load one leave the plant and be loaded at its first supplier."""
    first = Stop.objects.get(load_id=day.one.pk, sequence=2)
    move_load(day.one.pk, LoadState.AT_PICKUP, by="carrier", happened_at=first.planned_arrival)
    return first


def test_without_cause_only_what_is_cheaper_is_proposed(cast: Cast, day: Running) -> None:
    row = proposed(cast, day.one, Asked(), SIX - 60 * MIN)
    assert row.state == "proposed"
    assert row.figures["after"]["late_min"] == 0
    assert row.figures["after"]["cost"] <= row.figures["before"]["cost"] + 0.01
    for key, each in row.answer["stops"].items():
        assert abs(each["held_min"] - row.day["halts"][key]["told_min"]) <= 2, "as it was told"
        assert each["vehicle"] is not None


def test_a_broken_truck_leaves_its_suppliers_to_the_other(cast: Cast, day: Running) -> None:
    asked = Asked(broken={day.one.number: 120})
    row = proposed(cast, day.one, asked, SIX - 60 * MIN)
    assert row.figures["before"]["missed"] == 2
    with acting_for(cast.avalon):
        numbers = {each.order_id: each.number for each in Shipment.objects.all()}
        loads = accept_replan(row.pk, as_of=SIX - 50 * MIN)
        again = accept_replan(row.pk, as_of=SIX - 50 * MIN)
        assert [each.pk for each in again] == [each.pk for each in loads], "twice is once"
        one = Load.objects.get(pk=day.one.pk)
        assert one.state == LoadState.CANCELLED
        assert {each.order_id: each.number for each in Shipment.objects.all()} == numbers
        for slug in day.week.suppliers:
            assert TransportOrder.objects.get(pk=day.order(slug).pk).state == "planned"
        served = {place for each in loads for place in places(each)}
        assert {"pickup AUG1", "pickup ING1", "pickup LAN1"} <= served
    with acting_for(day.week.suppliers["augsburg"]):
        visit = Visit.objects.exclude(load_state="cancelled").get()
        assert visit.load_number != day.one.number
        told = set(Notice.objects.values_list("load_number", "code"))
        assert {(day.one.number, "stop_removed"), (visit.load_number, "stop_added")} <= told
        assert not Replan.objects.exists()
        assert not Visit.objects.exclude(place__site_code="AUG1").exists()


def test_driven_stops_stay_and_the_carrier_sees_the_rest_change(cast: Cast, day: Running) -> None:
    with acting_for(cast.avalon):
        first = drive_to_augsburg(day)
        at = first.planned_departure + 5 * MIN
        move_load(day.one.pk, LoadState.IN_TRANSIT, by="carrier", happened_at=at)
        before = places(day.one)
        urgent = _urgent(day, cast)
    asked = Asked(orders=[urgent.pk], delays={day.one.number: 90})
    row = proposed(cast, day.one, asked, at)
    halts = row.day["halts"]
    assert halts[f"{day.one.number}/2"]["why_fixed"] == "driven"
    assert halts[f"{day.one.number}/3"]["why_fixed"] == "ahead"
    with acting_for(cast.avalon):
        loads = accept_replan(row.pk, as_of=at + MIN)
        assert places(day.one)[:3] == before[:3]
        assert Stop.objects.get(load_id=day.one.pk, sequence=2).arrived_at == first.planned_arrival
        assert TransportOrder.objects.get(pk=urgent.pk).state == "planned"
        taken = Leg.objects.get(shipment__order_id=urgent.pk).load_id
        assert taken in {each.pk for each in loads}
    with acting_for(cast.fjord):
        seen = set(Notice.objects.filter(load_id=day.one.pk).values_list("code", flat=True))
        assert "stop_moved" in seen, "the plant's stop comes later"


def _urgent(day: Running, cast: Cast) -> TransportOrder:
    """Return a second order of Landshut's that came in this morning."""
    fresh = day.order("landshut")
    fresh.pk, fresh._state.adding = uuid7(), True
    fresh.number, fresh.source_key = "TO-URGENT", "urgent"
    fresh.state, fresh.is_urgent = "open", True
    fresh.save()
    return fresh


def test_a_cancelled_supplier_and_fewer_pallets(cast: Cast, day: Running) -> None:
    asked = Asked(
        cancelled=[f"{day.one.number}/3"], volumes={f"{day.one.number}/2": 5}, is_alone=True
    )
    row = proposed(cast, day.one, asked, SIX - 60 * MIN)
    assert row.figures["after"]["km"] < row.figures["before"]["km"]
    with acting_for(cast.avalon):
        accept_replan(row.pk, as_of=SIX - 59 * MIN)
        assert places(day.one) == ["start AVA1", "pickup AUG1", "delivery AVA1"]
        assert TransportOrder.objects.get(pk=day.order("ingolstadt").pk).state == "open"
        augsburg = TransportOrder.objects.get(pk=day.order("augsburg").pk)
        assert (augsburg.pallets, augsburg.weight_kg) == (5, 2500)
        assert places(day.two) == ["start AVA1", "pickup LAN1", "delivery AVA1"]


def test_a_truck_that_drove_on_makes_the_proposal_stale(cast: Cast, day: Running) -> None:
    row = proposed(cast, day.one, Asked(broken={day.two.number: 60}), SIX - 60 * MIN)
    with acting_for(cast.avalon):
        drive_to_augsburg(day)
        with pytest.raises(Refused, match="has driven on meanwhile"):
            accept_replan(row.pk, as_of=SIX)
        assert Replan.objects.get(pk=row.pk).state == "proposed"
        assert reject_replan(row.pk).state == "rejected"
        with pytest.raises(Refused, match="waits for its answer"):
            accept_replan(row.pk, as_of=SIX)


def test_what_cannot_be_kept_is_named(cast: Cast, day: Running) -> None:
    with acting_for(cast.avalon):
        Stop.objects.filter(load_id=day.one.pk, sequence=3).update(is_frozen=True)
    row = proposed(cast, day.one, Asked(delays={day.one.number: 900}), SIX - 60 * MIN)
    assert row.state == "infeasible"
    assert f"{day.one.number}/3" in row.conflicts[0]["stops"]


def test_questions_that_make_no_sense_are_refused(cast: Cast, day: Running) -> None:
    with acting_for(cast.avalon):
        for asked, field in (
            (Asked(delays={"LD-X": 5}), "delays"),
            (Asked(cancelled=["LD-X/2"]), "cancelled"),
            (Asked(volumes={f"{day.one.number}/2": 0}), "volumes"),
            (Asked(orders=[day.order("landshut").pk]), "orders"),
            (Asked(seconds=0), "seconds"),
        ):
            with pytest.raises(Refused) as refused:
                ask_replan(day.one.pk, asked, as_of=SIX)
            assert refused.value.field == field
        mark_stop(day.two.pk, 2, arrived_at=SIX)
        assert not Replan.objects.exists()
    with acting_for(cast.porto), pytest.raises(Load.DoesNotExist):
        ask_replan(day.one.pk, Asked(), as_of=SIX)
