"""Positions come in, links begin and end, and everybody sees its own part of the truck."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from collab.live.models import FeedFrame
from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.integration.machines import machine
from tests.transport.trips import HOUR, MINUTE, PLATE, hear, make_trip
from transport.models import (
    CarrierReport,
    Load,
    LoadState,
    Position,
    SetAside,
    Shipment,
    TrackingLink,
)
from transport.services.loads import move_load
from transport.services.retention import forget_old

pytestmark = pytest.mark.django_db


def test_acceptance_makes_links_by_api_and_by_plate(cast: Cast) -> None:
    trip = make_trip(cast)
    with acting_for(cast.fjord):
        links = {link.means: link for link in TrackingLink.objects.all()}
        assert set(links) == {"api", "telematics"}
        assert links["telematics"].device == "B100FJO"
        assert links["api"].active_from == trip.start - 90 * MINUTE
        assert links["api"].active_until == trip.start + 48 * HOUR + timedelta(days=7)
    with acting_for(cast.avalon):
        (ready,) = CarrierReport.objects.all()
        assert ready.facts == {"means": ["api", "telematics"], "has_device": True}
    for outsider in (cast.porto, cast.kestrel, cast.rhine, cast.brasov):
        with acting_for(outsider):
            assert not TrackingLink.objects.exists()


def test_a_position_moves_the_load_and_twice_is_once(cast: Cast) -> None:
    trip = make_trip(cast)
    ping = trip.ping(0.2, trip.start + 30 * MINUTE, speed_kmh=78, heading=290)
    assert trip.send(ping)["recorded"] == 1
    again = trip.send(ping)
    assert (again["recorded"], again["known"]) == (0, 1)
    load = trip.now()
    assert load.position is not None
    assert load.position["latitude"] == round(trip.at(0.2)[0], 5)
    assert load.position["next"]
    assert load.pinged_at == trip.start + 30 * MINUTE
    with acting_for(cast.avalon):
        assert Position.objects.count() == 1


def test_a_plate_is_enough(cast: Cast) -> None:
    trip = make_trip(cast)
    latitude, longitude = trip.at(0.3)
    answer = trip.send(
        {
            "device": PLATE.lower(),
            "latitude": latitude,
            "longitude": longitude,
            "recorded_at": (trip.start + HOUR / 2).isoformat(),
        }
    )
    assert answer["recorded"] == 1
    assert trip.now().position is not None


def test_what_cannot_be_is_set_aside_and_counted(cast: Cast) -> None:
    trip = make_trip(cast)
    now = timezone.now()
    odd = [
        (trip.ping(0.1, now + HOUR), "future"),
        (trip.ping(0.1, now, device="X-1"), "foreign_device"),
        (trip.ping(0.1, now, latitude=95.0), "off_planet"),
        (trip.ping(0.1, now, latitude=0.0, longitude=0.0), "null_island"),
        (trip.ping(0.1, trip.start - 3 * HOUR), "outside_window"),
        (trip.ping(0.1, now, load="LD-99-00001"), "foreign_device"),
        ({"load": trip.load.number, "latitude": "x"}, "malformed"),
    ]
    answer = trip.send(*(report for report, _cause in odd), trip.ping(0.05, now - MINUTE))
    assert (answer["recorded"], answer["set_aside"]) == (1, len(odd))
    assert [row["cause"] for row in answer["rows"]] == [cause for _report, cause in odd]
    assert all(row["reason"] for row in answer["rows"])
    with acting_for(cast.fjord):
        found = {row.reason: row.reports for row in SetAside.objects.all() if row.device != "X1"}
        assert found["future"] == 1
        assert found["foreign_device"] == 1
        assert Position.objects.count() == 1
    fast = trip.send(trip.ping(0.6, now))
    assert fast["rows"][0]["cause"] == "impossible_speed"


def test_a_rival_can_neither_send_nor_see(cast: Cast, client_for: ClientFor) -> None:
    trip = make_trip(cast)
    rival = machine(cast.rhine)
    refused = rival.post("positions", [trip.ping(0.5, timezone.now())]).json()
    assert refused["rows"][0]["cause"] == "foreign_device"
    assert rival.post("tracking-links", {"load": str(trip.load.pk)}).status_code == 404
    with acting_for(cast.rhine):
        Position.objects.create(
            counterparty_id=cast.avalon.pk,
            load_id=trip.load.pk,
            device="X",
            key="planted",
            latitude=50.0,
            longitude=10.0,
            recorded_at=timezone.now(),
            received_at=timezone.now(),
        )
    trip.send(trip.ping(0.01, trip.start + 20 * MINUTE))
    assert trip.now().position["latitude"] != 50.0  # type: ignore[index]
    for outsider in (cast.porto, cast.kestrel, cast.silesia):
        page = client_for(outsider)
        points = page.get(f"/t/{outsider.slug}/transport/map.json").json()["points"]
        assert points == []
        address = f"/t/{outsider.slug}/transport/tracking/{trip.load.pk}/"
        assert page.get(address).status_code == 404
        with acting_for(outsider):
            assert not FeedFrame.objects.exists()
            assert not Load.objects.exists()
            assert not Position.objects.exists()


def test_arrival_and_departure_come_from_the_fence(cast: Cast) -> None:
    trip = make_trip(cast)
    trip.send(trip.ping(0.0, trip.start + 5 * MINUTE), trip.ping(0.001, trip.start + 40 * MINUTE))
    pickup, delivery = trip.stops()
    assert pickup.arrived_at == trip.start + 5 * MINUTE
    assert pickup.departed_at == trip.start + 40 * MINUTE
    assert trip.now().state == LoadState.IN_TRANSIT
    assert trip.shipment().picked_up_at == trip.start + 40 * MINUTE
    assert delivery.arrived_at is None
    seen = trip.visits(cast.brasov)
    assert [visit.departed_at for visit in seen] == [trip.start + 40 * MINUTE]


def test_reports_out_of_order_end_in_the_same_state(cast: Cast) -> None:
    trip = make_trip(cast)
    first = trip.ping(0.0, trip.start + 5 * MINUTE)
    second = trip.ping(0.001, trip.start + 40 * MINUTE)
    trip.send(second)
    trip.send(first)
    pickup, _delivery = trip.stops()
    assert pickup.arrived_at == trip.start + 5 * MINUTE
    assert pickup.departed_at == trip.start + 40 * MINUTE
    assert trip.now().pinged_at == trip.start + 40 * MINUTE


def test_milestones_by_hand_move_the_load(cast: Cast) -> None:
    trip = make_trip(cast)

    def say(code: str, after: timedelta, stop: int) -> int:
        body = {
            "load": trip.load.number,
            "kind": "milestone",
            "code": code,
            "stop": stop,
            "happened_at": (trip.start + after).isoformat(),
        }
        answer = trip.fjord.post("carrier-reports", body)
        hear()
        return int(answer.status_code)

    assert say("arrived", 5 * MINUTE, 1) == 201
    assert say("arrived", 5 * MINUTE, 1) == 200
    assert trip.now().state == LoadState.AT_PICKUP
    say("departed", 40 * MINUTE, 1)
    assert trip.now().state == LoadState.IN_TRANSIT
    say("arrived", 50 * MINUTE, 2)
    assert trip.now().state == LoadState.ARRIVED
    say("unloaded", 55 * MINUTE, 2)
    assert trip.now().state == LoadState.UNLOADED
    assert say("gone fishing", 56 * MINUTE, 2) == 422
    assert say("proof_of_delivery", 57 * MINUTE, 2) == 201
    assert trip.now().state == LoadState.PROOF_OF_DELIVERY
    with acting_for(cast.fjord):
        assert not TrackingLink.objects.filter(stopped_at__isnull=True).exists()
    late = trip.fjord.post("positions", [trip.ping(0.9, timezone.now())]).json()
    assert late["rows"][0]["status"] == "set_aside"


def test_the_end_of_the_load_forgets_where_it_was(cast: Cast) -> None:
    trip = make_trip(cast)
    trip.send(trip.ping(0.0, trip.start + MINUTE))
    with acting_for(cast.avalon):
        move_load(
            trip.load.pk,
            LoadState.CANCELLED,
            by="planner",
            happened_at=timezone.now(),
            facts={"reason": "The line stands still"},
        )
    hear()
    assert trip.now().position is None
    with acting_for(cast.fjord):
        assert Position.objects.exists()
        assert forget_old(now=timezone.now()) == 0
        assert forget_old(now=timezone.now() + timedelta(days=9)) == 1
        assert not Position.objects.exists()
        assert not TrackingLink.objects.exists()


def test_pages_and_map_show_it_to_planner_and_carrier(cast: Cast, client_for: ClientFor) -> None:
    trip = make_trip(cast, hours=72)  # in time by whatever hour it set out
    trip.send(trip.ping(0.0, trip.start + MINUTE), trip.ping(0.01, trip.start + 30 * MINUTE))
    for company in (cast.avalon, cast.fjord):
        client = client_for(company)
        root = f"/t/{company.slug}/transport"
        body = client.get(f"{root}/map.json").json()
        (point,) = body["points"]
        assert point[1] == trip.load.number
        for address in (
            f"{root}/tracking/",
            f"{root}/tracking/?view=on_time&sort=seen&q=LD",
            f"{root}/tracking/?export=csv",
            f"{root}/tracking/{trip.load.pk}/",
        ):
            answer = client.get(address)
            assert answer.status_code == 200, address
            assert trip.load.number.encode() in answer.content, address
        assert client.get(f"{root}/tracking/?view=late").status_code == 200
        assert client.get(f"{root}/tracking/{uuid4()}/").status_code == 404
    supplier = client_for(cast.brasov)
    (point,) = supplier.get("/t/brasov/transport/map.json").json()["points"]
    assert point[1] == trip.shipment().number
    assert point[6] == ""  # neither its next stop
    assert point[7] is None  # nor what else is on it
    address = f"/t/brasov/transport/shipments/{trip.shipment().pk}/tracking/"
    assert supplier.get(address).status_code == 200
    with acting_for(cast.brasov):
        assert Shipment.objects.get().position is not None


def test_one_ping_makes_one_point_on_every_entitled_screen(cast: Cast) -> None:
    trip = make_trip(cast)
    before = {each.pk: _last_frame(each) for each in cast.everybody()}
    trip.send(trip.ping(0.0, trip.start + MINUTE), trip.ping(0.01, trip.start + 30 * MINUTE))
    for viewer in (cast.avalon, cast.fjord):
        points = _points(viewer, before[viewer.pk])
        assert points, viewer
        assert {point[1] for point in points} == {trip.load.number}
    assert {p[1] for p in _points(cast.brasov, before[cast.brasov.pk])} == {trip.shipment().number}
    for outsider in (cast.porto, cast.kestrel, cast.silesia, cast.rhine):
        assert _last_frame(outsider) == before[outsider.pk] == 0


def _last_frame(viewer: object) -> int:
    with acting_for(viewer):  # type: ignore[arg-type]
        return FeedFrame.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def _points(viewer: object, after: int) -> list[list[object]]:
    with acting_for(viewer):  # type: ignore[arg-type]
        frames = FeedFrame.objects.filter(seq__gt=after).values_list("frames", flat=True)
        told = [frame["en"].get("data", {}).get("point") for frame in frames]
    return [point for point in told if point]
