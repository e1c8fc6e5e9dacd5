"""Transport orders: from firm calls, from systems, from files; each need once."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from collab.integration.imports import RowRefused, UndoConflict
from collab.masterdata.models import Packaging, Part
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.work.models import Alert
from forecasting.models import DemandSeries
from tests.forecasting.plans import THEIRS, Plan, make_plan, this_week, week
from tests.harness.cast import Cast
from tests.harness.clock import today_here
from tests.integration.machines import machine
from tests.transport.moving import DAY, direct_load, order_plan, site_of
from transport.imports import distances as distance_import
from transport.imports import orders as order_import
from transport.models import OrderItem, RoadDistance, TransportOrder
from transport.services.calls import FromCalls, place_orders_from_calls
from transport.services.distances import road
from transport.services.figures import Needed
from transport.services.orders import Window, cancel_order, place_order


@pytest.fixture
def plan(cast: Cast) -> Plan:
    """Avalon's need of a harness from Brasov at the plant in Munich, firm for four weeks."""
    found = make_plan(cast.avalon, cast.brasov)
    with acting_for(cast.avalon):
        DemandSeries.objects.filter(pk=found.series_id).update(site_code="AVA1")
    return found


def weigh_part() -> None:
    """Say what a harness weighs and how it is packed; acts for Avalon."""
    Part.objects.filter(number=THEIRS).update(gross_weight_g=Decimal(2500))
    Packaging.objects.create(
        part=Part.objects.get(number=THEIRS),
        code="KLT-1",
        quantity=10,
        tare_weight_kg=Decimal("1.5"),
        length_mm=600,
        width_mm=400,
        height_mm=280,
        packs_per_load_unit=16,
    )


def run(plan: Plan) -> FromCalls:
    """Make orders of what is due in the next three weeks."""
    with acting_for(plan.customer):
        until = this_week() + timedelta(days=27)
        return place_orders_from_calls(until=until, as_of=timezone.now())


def placed_for(found: FromCalls, day: date) -> UUID:
    """Return the key of the order that delivers on a day."""
    return next(e.order.pk for e in found.placed if e.order.delivery_from.date() == day)


def test_what_cannot_be_weighed_is_refused_with_what_is_missing(plan: Plan) -> None:
    plan.release([400] * 8)
    found = run(plan)
    assert not found.placed
    (first, *_more) = found.missing
    assert first.call.part_number == THEIRS
    assert first.what == ("the gross weight of the part", "the packaging")


def test_firm_calls_become_orders_once_and_follow_the_next_release(plan: Plan) -> None:
    with acting_for(plan.customer):
        weigh_part()
    plan.release([400] * 8)
    first = run(plan)
    assert first.new == len(first.placed) >= 3
    again = run(plan)
    assert (again.new, again.changed, len(again.cancelled)) == (0, 0, 0)
    with acting_for(plan.customer):
        order = TransportOrder.objects.get(pk=placed_for(first, week(2)))
        # 400 harnesses of 2.5 kg in 40 packs of 1.5 kg on 3 pallets of 25 kg
        assert order.weight_kg == 1000 + 60 + 75
        assert order.pallets == 3
        assert OrderItem.objects.get(order=order).packs == 40
        assert order.pickup_until < order.delivery_from
        assert order.counterparty_id == plan.supplier.pk
        assert order.is_inbound
        load = direct_load(TransportOrder.objects.get(pk=placed_for(first, week(3))))
    plan.release([*[400] * 4, *[500] * 4])
    same = run(plan)
    assert (same.new, same.changed, list(same.differing)) == (0, 0, [])
    plan.release([400, 400, 900, 900, *[400] * 4])
    changed = run(plan)
    assert changed.new == 0
    assert changed.changed == 1
    with acting_for(plan.customer):
        order.refresh_from_db()
        assert OrderItem.objects.get(order=order).quantity == 900
        assert [each.state for each in changed.differing] == ["planned"]
        alert = Alert.objects.get(type="transport.call_changed", is_open=True)
        assert alert.object_id == changed.differing[0].pk
        assert load.number
    plan.release([400, 400, 0, *[400] * 5])
    gone = run(plan)
    assert [each.pk for each in gone.cancelled] == [order.pk]
    with acting_for(plan.customer):
        assert not Alert.objects.filter(type="transport.call_changed", is_open=True).exists()
    plan.release([400] * 8)
    assert run(plan).new == 1  # wanted again: a new order
    with acting_for(plan.supplier):
        assert TransportOrder.objects.count() >= 3


def test_bad_orders_are_refused_in_the_planners_words(cast: Cast) -> None:
    with acting_for(cast.avalon):
        good = order_plan(cast.brasov, cast.avalon)
        for bad, words in (
            (replace(good, needed=Needed(weight_kg=Decimal(0))), "gross weight from Brasov"),
            (replace(good, delivery=Window(*reversed(good.delivery))), "window at Avalon Munich"),
            (replace(good, delivery=good.pickup), "h from the pick-up at Brasov"),
            (replace(good, destination=good.origin), "another place than Brasov"),
            (replace(good, items=(replace(good.items[0], unit=""),)), "unit of H-1"),
        ):
            with pytest.raises(Refused, match=words):
                place_order(bad)
        assert not TransportOrder.objects.exists()


def test_a_system_states_orders_and_the_same_reference_is_one_order(cast: Cast) -> None:
    erp = machine(cast.avalon)
    body = {
        "reference": "TA-1",
        "origin": f"{cast.brasov.bpn}/BRA1",
        "destination": "AVA1",
        "pickup_from": "2026-12-01T08:00:00Z",
        "pickup_until": "2026-12-01T16:00:00Z",
        "delivery_from": "2026-12-04T06:00:00Z",
        "delivery_until": "2026-12-04T20:00:00Z",
        "weight_kg": "4200",
        "items": [{"part_number": "H-1", "quantity": "10", "unit": "H87"}],
    }
    first = erp.post("transport-orders", body)
    assert first.status_code == 201, first.content
    assert erp.post("transport-orders", body).json()["is_new"] is False
    assert erp.post("transport-orders", body | {"weight_kg": "5000"}).json()["is_changed"] is True
    many = erp.post(
        "transport-orders",
        [body | {"reference": "TA-2"}, body | {"reference": "TA-3", "origin": "BPNL9/XX"}, {}],
    )
    rows = many.json()["rows"]
    assert [row["status"] for row in rows] == [201, 422, 422]
    assert rows[1]["errors"][0]["field"] == "origin"
    missing = erp.post("transport-orders", {k: v for k, v in body.items() if k != "weight_kg"})
    assert "gross weight from Brasov" in str(missing.content)
    page = erp.get("transport-orders?state=open").json()
    assert len(page["items"]) == 2
    assert "organisation_id" not in str(page)
    key = first.json()["id"]
    one = erp.get(f"transport-orders/{key}")
    assert one.json()["items"][0]["quantity"] == "10.000"
    gone = erp.post(
        f"transport-orders/{key}/cancellation", {"reason": "no need"},
        **{"If-Match": one["ETag"]},
    )  # fmt: skip
    assert gone.json()["state"] == "cancelled"
    assert machine(cast.kestrel).get(f"transport-orders/{key}").status_code == 404
    theirs = machine(cast.brasov).get(f"transport-orders/{key}")
    assert theirs.status_code == 200
    assert theirs.json()["owner"] == cast.avalon.bpn


def test_orders_come_from_files_and_go_with_them(cast: Cast) -> None:
    today = today_here()
    values = {
        "reference": "F-1",
        "origin": f"{cast.brasov.bpn}/BRA1",
        "destination": "AVA1",
        "pickup_on": today + 3 * DAY,
        "delivery_on": today + 7 * DAY,
        "weight_kg": Decimal(900),
        "part_number": "H-1",
        "quantity": Decimal(5),
        "unit": "H87",
    }
    with acting_for(cast.avalon):
        assert order_import.validate_row(values, None).outcome == "new"
        assert not TransportOrder.objects.exists()
        applied = order_import.apply_row(values, None)
        assert order_import.validate_row(values, None).outcome == "unchanged"
        with pytest.raises(RowRefused, match="08:00"):
            order_import.validate_row(values | {"pickup_from": "8 o'clock"}, None)
        order_import.undo_row(applied)
        order = TransportOrder.objects.get()
        assert order.state == "cancelled"
        again = order_import.apply_row(values, None)
        direct_load(TransportOrder.objects.get(pk=again["order"]))
        with pytest.raises(UndoConflict):
            order_import.undo_row(again)


def test_road_distances_from_a_file_beat_the_great_circle(cast: Cast) -> None:
    with acting_for(cast.avalon):
        places = [site_of(cast.brasov), site_of(cast.avalon)]
        pair = tuple(each["code"] for each in places)
        estimate = road(places).hop(*pair)
        values = {"from": pair[0], "to": "AVA1", "km": Decimal(1480), "min": Decimal(1010)}
        assert distance_import.validate_row(values, None).outcome == "new"
        applied = distance_import.apply_row(values, None)
        assert road(places).hop(*pair).km == 1480
        assert road(places).hop(pair[1], pair[0]).km == pytest.approx(estimate.km)
        with pytest.raises(RowRefused, match="site of yours"):
            distance_import.validate_row(values | {"to": "NOWHERE"}, None)
        distance_import.undo_row(applied)
        assert not RoadDistance.objects.exists()


def test_an_order_on_a_load_is_not_cancelled(cast: Cast) -> None:
    with acting_for(cast.avalon):
        order = place_order(order_plan(cast.brasov, cast.avalon)).order
        direct_load(order)
        with pytest.raises(Refused, match="on no load"):
            cancel_order(order.pk, reason="not needed")


def test_five_hundred_orders_take_as_many_statements_as_two(cast: Cast) -> None:
    erp = machine(cast.avalon)
    body = {
        "origin": f"{cast.brasov.bpn}/BRA1",
        "destination": "AVA1",
        "pickup_from": "2026-12-01T08:00:00Z",
        "pickup_until": "2026-12-01T16:00:00Z",
        "delivery_from": "2026-12-04T06:00:00Z",
        "delivery_until": "2026-12-04T20:00:00Z",
        "weight_kg": "4200",
        "items": [{"part_number": "H-1", "quantity": "10", "unit": "H87"}],
    }

    def statements(rows: list[dict[str, Any]], taken: int) -> int:
        with CaptureQueriesContext(connection) as seen:
            answer = erp.post("transport-orders", rows)
        assert answer.status_code == 207, answer.content
        assert answer.json()["taken"] == taken
        return len(seen)

    def many(name: str, count: int) -> list[dict[str, Any]]:
        return [body | {"reference": f"{name}-{place}"} for place in range(count)]

    statements(many("warm", 1), 1)
    few = statements(many("few", 2), 2)
    assert statements(many("some", 200), 200) == few
    more = statements(many("all", 500), 500) - few
    assert more <= 20, "one more event for each 200 orders of a partner, nothing for each order"

    again = many("some", 200)
    again[7] |= {"weight_kg": "5000"}
    again[8] |= {"origin": "BPNL9/XX"}
    again[9] |= {"weight_kg": None}
    again.append(again[7] | {"weight_kg": "6000"})
    assert statements(again, 199) <= few + 10
    twice = [body | {"reference": "twice"}, body | {"reference": "twice", "weight_kg": "7"}]
    found = erp.post("transport-orders", twice).json()["rows"]
    assert [row["status"] for row in found] == [201, 200]
    assert found[0]["id"] == found[1]["id"]
    with acting_for(cast.avalon):
        order = TransportOrder.objects.get(pk=found[0]["id"])
        assert order.weight_kg == 7
        assert OrderItem.objects.filter(order=order).count() == 1
        assert TransportOrder.objects.filter(weight_kg=6000).count() == 1
        assert TransportOrder.objects.count() == 1 + 2 + 200 + 500 + 1
