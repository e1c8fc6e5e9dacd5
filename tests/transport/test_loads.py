"""A load from draft to settled: who may move it, and what each partner hears and sees."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from tests.harness.cast import Cast, give
from tests.transport.moving import (
    DAY,
    HOUR,
    NOW,
    direct_load,
    direct_stops,
    halt,
    order_of,
    order_plan,
    shared_load,
    site_of,
    truck,
)
from transport.models import (
    Load,
    LoadState,
    Notice,
    OrderItem,
    Shipment,
    ShipmentCost,
    Stop,
    Tariff,
    Visit,
)
from transport.queries.loads import LoadFilter, loads
from transport.services.loads import (
    Slot,
    assign_carrier,
    change_stops,
    make_load,
    move_load,
    plan_of,
)
from transport.services.merging import add_orders, merge_loads, take_off
from transport.services.order_split import split_order
from transport.services.orders import place_order

LIFE = (
    ("tendered", "planner"),
    ("accepted", "carrier"),
    ("slot_booked", "carrier"),
    ("at_pickup", "carrier"),
    ("in_transit", "supplier"),
    ("arrived", "system"),
    ("unloaded", "plant"),
    ("proof_of_delivery", "carrier"),
    ("settled", "planner"),
)


def live(load: Load, cast: Cast, until: str) -> Load:
    """Move a load on until it is ``until``; the carrier is Fjord."""
    for number, (state, actor) in enumerate(LIFE):
        if state == "accepted":
            slot = Slot(NOW + 4 * DAY, NOW + 4 * DAY + HOUR, "D7")
            assign_carrier(load.pk, carrier_id=cast.fjord.pk, slot=slot, plate="OS 12345")
        load = move_load(load.pk, state, by=actor, happened_at=NOW + number * HOUR)
        if state == until:
            break
    return load


def test_a_load_lives_from_planned_to_settled(cast: Cast) -> None:
    with acting_for(cast.avalon):
        order = order_of(cast.brasov, cast.avalon)
        load = direct_load(order)
        assert load.fill == Decimal("0.3529")
        assert load.limiting == "pallets"
        assert load.distance_km
        assert load.empty_km == 0
        load = live(load, cast, "settled")
        shipment = Shipment.objects.get(order=order)
        assert (load.state, shipment.state) == ("settled", "settled")
        assert shipment.counterparty_id == cast.brasov.pk
        assert shipment.carrier_name == "Fjord"
        assert shipment.plate == "OS 12345"
        assert shipment.picked_up_at == NOW + 4 * HOUR
        assert shipment.delivered_at == NOW + 5 * HOUR
        order.refresh_from_db()
        assert order.state == "done"
    with acting_for(cast.fjord):
        assert Load.objects.get(pk=load.pk).state == "settled"
        codes = set(Notice.objects.values_list("code", flat=True))
        assert {"tender_accepted", "slot_booked", "departed_pickup", "load_settled"} <= codes
    with acting_for(cast.brasov):
        assert not Load.objects.filter(pk=load.pk).exists()
        heard = set(Notice.objects.values_list("code", flat=True))
        assert {"order_planned", "arrived_at_pickup", "proof_of_delivery"} <= heard
        assert "load_settled" not in heard
    with acting_for(cast.kestrel):
        assert not Notice.objects.exists()
        assert not Shipment.objects.exists()


def test_only_the_right_one_may_move_a_load(cast: Cast) -> None:
    with acting_for(cast.avalon):
        load = direct_load(order_of(cast.brasov, cast.avalon))
        with pytest.raises(Refused, match="comes draft, tendered, cancelled"):
            move_load(load.pk, "in_transit", by="carrier", happened_at=NOW)
        live(load, cast, "in_transit")
        with pytest.raises(Refused, match="on board"):
            move_load(load.pk, "cancelled", by="planner", happened_at=NOW, facts={"reason": "late"})


def test_partners_see_nothing_of_a_draft_and_a_cancelled_load_frees_its_orders(cast: Cast) -> None:
    with acting_for(cast.avalon):
        order = order_of(cast.brasov, cast.avalon)
        load = direct_load(order, LoadState.DRAFT)
    with acting_for(cast.brasov):
        assert not Shipment.objects.exists()
        assert not Visit.objects.exists()
    with acting_for(cast.avalon):
        move_load(load.pk, "planned", by="planner", happened_at=NOW)
    with acting_for(cast.brasov):
        assert Shipment.objects.get().state == "planned"
        assert Visit.objects.get().purpose == "pickup"
    with acting_for(cast.avalon):
        gone = {"reason": "the customer stopped the line"}
        move_load(load.pk, "cancelled", by="planner", happened_at=NOW, facts=gone)
        order.refresh_from_db()
        assert order.state == "open"
        again = direct_load(order)  # it may ride on another load now
        assert Shipment.objects.filter(order=order).count() == 2
    with acting_for(cast.brasov):
        states = set(Shipment.objects.values_list("state", flat=True))
        assert states == {"cancelled", "planned"}
        assert set(Visit.objects.values_list("load_id", flat=True)) == {load.pk, again.pk}


def test_each_supplier_of_a_milk_run_sees_its_own_stop(cast: Cast) -> None:
    give(cast.avalon, cast.porto, cast.porto, "transport.shipment")
    load, brasov_order, porto_order = shared_load(cast)
    with acting_for(cast.avalon):
        for state, actor in LIFE[:2]:
            if state == "accepted":
                assign_carrier(load.pk, carrier_id=cast.fjord.pk)
            move_load(load.pk, state, by=actor, happened_at=NOW)
        for state in ("at_pickup", "in_transit"):
            move_load(load.pk, state, by="carrier", happened_at=NOW + 2 * HOUR)
    for supplier, order, state, weight in (
        (cast.porto, porto_order, "in_transit", 6000),
        (cast.brasov, brasov_order, "accepted", 6000),
    ):
        with acting_for(supplier):
            shipment = Shipment.objects.get()
            assert (shipment.order_id, shipment.state) == (order.pk, state)
            assert shipment.position is None
            visit = Visit.objects.get()
            assert visit.weight_kg == weight
            assert visit.shipment_ids == [str(shipment.pk)]
            assert not Stop.objects.exists()
    with acting_for(cast.brasov):
        assert not Notice.objects.filter(code="departed_pickup").exists()
    with acting_for(cast.avalon):
        assert Visit.objects.get(purpose="delivery").weight_kg == 12000


def test_changing_stops_opens_the_slot_and_tells_those_concerned(cast: Cast) -> None:
    with acting_for(cast.avalon):
        first, second = order_of(cast.brasov, cast.avalon), order_of(cast.porto, cast.avalon)
        load = live(direct_load(first), cast, "slot_booked")
        start, end = plan_of(load.pk)
        extra = halt(second.origin, end.planned_arrival - DAY, "pickup", on=[second.pk])
        both = halt(end.place, end.planned_arrival, "delivery", off=[first.pk, second.pk])
        load = change_stops(load.pk, [start, extra, both])
        assert (load.state, load.plan_version) == ("accepted", 2)
        assert Stop.objects.get(load=load, purpose="delivery").slot_from is None
        assert Notice.objects.filter(code="stop_added", counterparty=cast.avalon).count() == 1
        load = change_stops(load.pk, [start, end])
        second.refresh_from_db()
        assert second.state == "open"
        assert not Shipment.objects.filter(order=second).exists()
        live_again = move_load(load.pk, "at_pickup", by="carrier", happened_at=NOW + DAY)
        only = halt(end.place, end.planned_arrival, "delivery", off=[second.pk])
        with pytest.raises(Refused, match="is driven"):
            change_stops(live_again.pk, [extra, only])


def test_goods_ride_on_over_a_cross_dock(cast: Cast) -> None:
    with acting_for(cast.avalon):
        order = order_of(cast.brasov, cast.avalon)
        pickup, delivery = direct_stops(order)
        Tariff.objects.create(
            owner=cast.avalon, counterparty=cast.fjord, number="LTL", name="LTL", mode="part_load",
            lines=[{"kind": "rate", "basis": "km", "price": "90"}], valid_from=NOW.date(),
        )  # fmt: skip
        dock, noon = site_of(cast.rhine), pickup.planned_departure + DAY
        first = make_load(
            mode="cross_dock", state=LoadState.PLANNED, vehicle_type=truck(),
            stops=[pickup, halt(dock, noon, "cross_dock", off=[order.pk])],
        )  # fmt: skip
        second = make_load(
            mode="cross_dock", state=LoadState.PLANNED, vehicle_type=truck(),
            stops=[halt(dock, noon + 5 * HOUR, "cross_dock", on=[order.pk]), delivery],
        )  # fmt: skip
        with pytest.raises(Refused, match="not on load"):
            direct_load(order)
        shipment = Shipment.objects.get(order=order)
        both = (first.expected_cost_minor or 0) + (second.expected_cost_minor or 0)
        assert ShipmentCost.objects.get(shipment=shipment).expected_minor == both > 0
        for load, by in ((first, "carrier"), (second, "carrier")):
            move_load(load.pk, "tendered", by="planner", happened_at=NOW)
            assign_carrier(load.pk, carrier_id=cast.fjord.pk)
            move_load(load.pk, "accepted", by=by, happened_at=NOW)
        for state in ("at_pickup", "in_transit", "arrived"):
            move_load(first.pk, state, by="carrier", happened_at=NOW + HOUR)
        shipment.refresh_from_db()
        assert shipment.state == "at_cross_dock"
        for state in ("at_pickup", "in_transit", "arrived"):
            move_load(second.pk, state, by="carrier", happened_at=NOW + DAY)
        shipment.refresh_from_db()
        assert shipment.state == "arrived"
        assert shipment.delivered_at == NOW + DAY


def test_too_much_for_the_truck_is_refused_and_an_order_can_be_split(cast: Cast) -> None:
    with acting_for(cast.avalon):
        plan = order_plan(cast.brasov, cast.avalon)
        heavy = place_order(
            replace(plan, needed=replace(plan.needed, weight_kg=Decimal(30000)))
        ).order
        with pytest.raises(Refused, match="30000"):
            direct_load(heavy)
        rest, part = split_order(heavy.pk, Decimal("0.4"))
        assert (rest.weight_kg, part.weight_kg) == (18000, 12000)
        items = OrderItem.objects.filter(order__in=[rest, part])
        assert sorted(items.values_list("quantity", flat=True)) == [160, 240]
        assert direct_load(rest).state == "planned"
        part.refresh_from_db()
        assert part.state == "open"
        with pytest.raises(Refused, match="on no load"):
            split_order(rest.pk, Decimal("0.5"))


def test_two_loads_become_one_and_an_order_comes_off_again(cast: Cast) -> None:
    with acting_for(cast.avalon):
        one, other = (order_of(cast.brasov, cast.avalon) for _ in range(2))
        load, second = direct_load(one), direct_load(other)
        load = merge_loads(load.pk, second.pk, now=NOW)
        second.refresh_from_db()
        assert second.state == "cancelled"
        assert load.fill == Decimal("0.7059")
        shipments = Shipment.objects.exclude(state="cancelled")
        assert {each.order_id for each in shipments} == {one.pk, other.pk}
        load = take_off(load.pk, [other.pk], now=NOW)
        other.refresh_from_db()
        assert (other.state, load.fill) == ("open", Decimal("0.3529"))
        with pytest.raises(Refused, match="cancel the load"):
            take_off(load.pk, [one.pk], now=NOW)
        plan = order_plan(cast.brasov, cast.avalon)
        much = place_order(replace(plan, needed=replace(plan.needed, pallets=Decimal(30)))).order
        with pytest.raises(Refused, match="34"):
            add_orders(load.pk, [much.pk], now=NOW)
        live(load, cast, "in_transit")
        with pytest.raises(Refused, match="has not left"):
            add_orders(load.pk, [other.pk], now=NOW)


def test_many_loads_are_listed_by_their_index(cast: Cast) -> None:
    with acting_for(cast.avalon):
        Load.objects.bulk_create(
            Load(
                owner=cast.avalon, counterparty=cast.avalon, number=f"X-{place}",
                mode="full_truck", starts_at=NOW + place * HOUR, ends_at=NOW + (place + 5) * HOUR,
            )
            for place in range(3_000)
        )  # fmt: skip
        with connection.cursor() as cursor:  # whatever the planner believes of so new a table
            cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        rows = loads(LoadFilter(view="all", sort="newest")).order_by("-seen_starts_at", "-pk")[:50]
        assert "transport_load_newest" in rows.explain()
