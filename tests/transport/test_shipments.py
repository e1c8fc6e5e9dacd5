"""Pages, lists and interfaces of shipments, loads and load building."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from collab.masterdata.models import WorkingCalendar
from collab.organisations.context import acting_for
from collab.organisations.models import Site
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.machines import machine
from tests.transport.moving import DAY, HOUR, NOW, coming, direct_load, order_of, order_plan, truck
from transport.models import Load, Shipment, Stop, Tariff
from transport.queries.shipments import ShipmentFilter, list_shipments
from transport.queries.words import NOTICES
from transport.rules.states import LOAD_EVENTS
from transport.services.backhaul import backhauls, shares
from transport.services.building import build_load, preview
from transport.services.docks import dock_day
from transport.services.mode_choice import options_for
from transport.services.orders import Window, place_order
from transport.templatetags.transport import at_place

PAGES = ("shipments", "areas", "accuracy", "departures", "plates", "orders", "order-new", "loads",
         "visits", "building", "waste", "docks", "vehicle-types", "distances")  # fmt: skip


def test_every_page_opens_for_both_sides_with_and_without_rows(
    cast: Cast, client_for: ClientFor
) -> None:
    planner = client_for(cast.avalon)
    for name in PAGES:
        assert planner.get(reverse(f"transport:{name}", args=["avalon"])).status_code == 200, name
    with acting_for(cast.avalon):
        first, second = (order_of(cast.brasov, cast.avalon) for _ in range(2))
        load = direct_load(first)
        shipment = Shipment.objects.get()
    for name in PAGES:
        assert planner.get(reverse(f"transport:{name}", args=["avalon"])).status_code == 200, name
    for name, key in (("load", load.pk), ("shipment", shipment.pk), ("order", second.pk)):
        page = planner.get(reverse(f"transport:{name}", args=["avalon", key]))
        assert page.status_code == 200
        assert "Brasov" in page.content.decode()
    supplier = client_for(cast.brasov)
    for name, key, status in (
        ("load", load.pk, 404), ("shipment", shipment.pk, 200), ("order", first.pk, 200),
    ):  # fmt: skip
        url = reverse(f"transport:{name}", args=["brasov", key])
        assert supplier.get(url).status_code == status, name
    stops = supplier.get(reverse("transport:visits", args=["brasov"])).content.decode()
    assert load.number in stops
    export = planner.get(reverse("transport:shipments", args=["avalon"]), {"export": "csv"})
    assert shipment.number in export.content.decode()
    moved = planner.post(
        reverse("transport:load-move", args=["avalon", load.pk]),
        {"to": "cancelled", "reason": "not needed"},
    )
    assert moved.status_code == 302


def test_a_planner_builds_a_load_on_the_page(cast: Cast, client_for: ClientFor) -> None:
    with acting_for(cast.avalon):
        vehicle = truck()
        one = order_of(cast.brasov, cast.avalon, **coming())
    planner = client_for(cast.avalon)
    url = reverse("transport:building", args=["avalon"])
    shown = planner.get(url, {"vehicle": vehicle.code, "id": str(one.pk)}).content.decode()
    assert "35 %" in shown
    build = reverse("transport:build-load", args=["avalon"])
    made = planner.post(build, {"vehicle": vehicle.code, "id": [str(one.pk)], "do": "plan"})
    assert made.status_code == 302
    with acting_for(cast.avalon):
        load = Load.objects.get()
        assert (load.state, load.mode) == ("planned", "full_truck")


def test_a_list_costs_the_same_with_more_rows(cast: Cast) -> None:
    def queries() -> int:
        with (
            acting_for(cast.avalon),
            CaptureQueriesContext(
                connection,
            ) as seen,
        ):
            list_shipments(ShipmentFilter(view="all"))
        return len(seen)

    with acting_for(cast.avalon):
        direct_load(order_of(cast.brasov, cast.avalon))
    few = queries()
    with acting_for(cast.avalon):
        for _ in range(4):
            direct_load(order_of(cast.brasov, cast.avalon))
    assert queries() == few


def test_interfaces_show_loads_and_shipments_as_far_as_granted(cast: Cast) -> None:
    erp = machine(cast.avalon)
    with acting_for(cast.avalon):
        order, code = order_of(cast.brasov, cast.avalon, **coming()), truck().code
    made = erp.post("loads", {"orders": [str(order.pk)], "vehicle_type": code, "is_planned": True})
    assert made.status_code == 201, made.content
    body = made.json()
    assert [stop["purpose"] for stop in body["stops"]] == ["pickup", "delivery"]
    assert erp.get("loads").json()["items"][0]["number"] == body["number"]
    supplier = machine(cast.brasov)
    (seen,) = supplier.get("shipments").json()["items"]
    assert seen["state"] == "planned"
    assert seen["owner"] == cast.avalon.bpn
    one = supplier.get(f"shipments/{seen['id']}").json()
    assert [each["code"] for each in one["notices"]] == ["order_planned"]
    assert supplier.get(f"loads/{body['id']}").status_code == 404
    gone = erp.post(
        f"loads/{body['id']}/state", {"state": "cancelled", "reason": "not needed"},
        **{"If-Match": made["ETag"]},
    )  # fmt: skip
    assert gone.json()["state"] == "cancelled"
    kind = erp.post(
        "vehicle-types",
        {
            "code": "VAN", "name": "Van", "capacity_kg": "1200", "capacity_m3": "12",
            "capacity_pallets": "4", "capacity_load_metres": "2", "fixed_per_day_minor": 9000,
            "per_km_minor": "60", "per_hour_minor": "2800",
            "emissions_empty_kg_per_km": "0.2", "emissions_full_kg_per_km": "0.28",
        },
    )  # fmt: skip
    assert kind.status_code == 201, kind.content
    assert erp.get("vehicle-types").json()["items"][0]["code"] == "VAN"


def test_one_pricing_function_ranks_the_ways_to_travel(cast: Cast) -> None:
    with acting_for(cast.avalon):
        order = order_of(cast.brasov, cast.avalon)
        for number, mode, line in (
            ("FTL", "direct", {"basis": "km", "price": "120", "fixed_cents": 5000}),
            ("LTL", "part_load", {"basis": "100 kg", "price": "900", "origin_zone": "RO"}),
            ("EMPTY", "parcel", {"basis": "flat", "price": "1", "origin_zone": "PT"}),
        ):
            Tariff.objects.create(
                owner=cast.avalon, counterparty=cast.rhine, number=number, name=number, mode=mode,
                lines=[{"kind": "rate", **line}], valid_from=NOW.date() - DAY,
            )  # fmt: skip
        ranked = options_for([order.pk])["EUR"]
        assert next(each.option.name for each in ranked if each.is_possible) == "LTL"
        assert ranked[0].cents == 60 * 900
        assert not ranked[-1].is_possible
        load = direct_load(order)
        assert load.expected_cost_minor == 5000 + round(120 * load.distance_km)


def test_a_half_empty_truck_is_told_what_else_fits(cast: Cast) -> None:
    with acting_for(cast.avalon):
        one, other = (order_of(cast.brasov, cast.avalon) for _ in range(2))
        found = preview([one.pk], truck(), now=NOW)
        assert found.hint is not None
        assert found.fitting == [other.pk]
        assert [stop.purpose for stop in found.stops] == ["pickup", "delivery"]
        load = build_load([one.pk, other.pk], truck(), now=NOW)
        assert load.fill == Decimal("0.7059")
        assert load.limiting == "pallets"


def test_a_truck_going_home_takes_empties_along(cast: Cast) -> None:
    with acting_for(cast.avalon):
        load = direct_load(order_of(cast.brasov, cast.avalon))
        back = order_plan(cast.avalon, cast.brasov)
        free = load.ends_at
        order = place_order(
            type(back)(
                origin=back.origin, destination=back.destination, needed=back.needed,
                pickup=Window(free, free + 8 * HOUR),
                delivery=Window(free + DAY, free + 4 * DAY), source="empties",
            )
        ).order  # fmt: skip
        (match,) = backhauls(now=NOW)
        assert (match.load.pk, match.order.pk) == (load.pk, order.pk)
        # The order alone costs the way there and back; on the truck nothing is driven on top.
        assert match.found.saved_km > 2 * 1000
        assert match.saved > 0
        (share,) = shares(since=NOW, until=NOW + 10 * DAY)
        assert share.share == 0


def test_arrivals_stand_against_the_doors_that_are_known(cast: Cast) -> None:
    with acting_for(cast.avalon):
        for _ in range(2):
            direct_load(order_of(cast.brasov, cast.avalon))
        day = (NOW + 4 * DAY).date()
        unknown = dock_day("AVA1", day)
        assert unknown.arrivals == 2
        assert not unknown.has_doors
        assert not unknown.peaks
        site = Site.objects.get(code="AVA1")
        WorkingCalendar.objects.create(name="Door 1", site=site, dock="SIDE-1")
    with acting_for(cast.avalon):
        known = dock_day("AVA1", day)
        assert known.doors == {"side": 1}
        (peak,) = known.peaks
        assert peak.excess == 1


def test_every_event_of_the_life_cycle_has_words() -> None:
    assert NOTICES.keys() == {each.code for each in LOAD_EVENTS}


@pytest.mark.parametrize("role", ["viewer", "clerk"])
def test_only_planners_arrange_transport(cast: Cast, client_for: ClientFor, role: str) -> None:
    client = client_for(cast.avalon, role=role)
    for name in ("orders-from-calls", "build-load", "distances-ask"):
        assert client.post(reverse(f"transport:{name}", args=["avalon"])).status_code == 403


def test_times_of_a_stop_are_those_of_its_own_clock(cast: Cast, client_for: ClientFor) -> None:
    with acting_for(cast.avalon):
        load = direct_load(order_of(cast.brasov, cast.avalon))
        pickup, delivery = Stop.objects.filter(load=load).order_by("sequence")
        for stop, zone in ((pickup, "Europe/Bucharest"), (delivery, "America/New_York")):
            stop.place = stop.place | {"timezone": zone}
            stop.window_from = stop.window_from.replace(month=11, day=24, hour=3, minute=17)
            stop.window_until = stop.window_from + 30 * DAY
            stop.save()
    page = client_for(cast.avalon).get(f"/t/{cast.avalon.slug}/transport/loads/{load.pk}/")
    text = page.content.decode()
    assert "Europe/Bucharest" in text
    assert "5:17" in text, "03:17 UTC in Brasov"
    assert "America/New_York" in text
    assert "10:17" in text or "22:17" in text, "the evening before in New York"
    assert at_place(pickup.window_from, None) == pickup.window_from, "a hidden place has no clock"
    assert at_place(None, {"timezone": "Europe/Berlin"}) is None
