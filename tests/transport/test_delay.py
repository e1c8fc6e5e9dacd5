"""One late truck is one exception for plant, supplier and next tier; its owner sees ways out."""

import pytest
from django.utils import timezone

from collab.organisations.context import acting_for
from collab.organisations.models import Organisation
from collab.work.queries import ExceptionRow, QueueFilter, exceptions
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.transport.trips import HOUR, MINUTE, Trip, let_partners_see, make_trip
from transport.models import DelayOptions
from transport.queries.journeys import journey, options_of
from transport.services.silence import look_for_silence

pytestmark = pytest.mark.django_db


def late_for(viewer: Organisation) -> list[ExceptionRow]:
    with acting_for(viewer):
        return [row for row in exceptions(QueueFilter(view="all")) if row.is_open]


def a_late_trip(cast: Cast) -> Trip:
    """A truck that left Brasov a day too late."""
    let_partners_see(cast)
    trip = make_trip(cast, began=40 * HOUR)
    now = timezone.now()
    trip.send(trip.ping(0.0, now - 2 * HOUR), trip.ping(0.01, now - 40 * MINUTE))
    return trip


def test_a_late_truck_is_one_exception_for_everybody_concerned(cast: Cast) -> None:
    trip = a_late_trip(cast)
    trip.send(trip.ping(0.02, timezone.now() - 20 * MINUTE))
    rows = {each.slug: late_for(each) for each in cast.everybody()}
    assert {slug for slug, found in rows.items() if found} == {"avalon", "brasov", "silesia"}
    (planner,), (supplier,), (tier_two,) = rows["avalon"], rows["brasov"], rows["silesia"]
    assert planner.id == supplier.id == tier_two.id
    assert planner.severity == "critical"
    assert trip.shipment().number in planner.title
    assert trip.shipment().number in supplier.title
    assert planner.page == "transport:shipment-tracking"
    assert "H-1" in tier_two.title
    told = str(tier_two)
    for secret in (trip.shipment().number, trip.load.number, "late_minutes", "Fjord"):
        assert secret not in told


def test_the_owner_alone_sees_ranked_ways_out(cast: Cast, client_for: ClientFor) -> None:
    trip = a_late_trip(cast)
    key = trip.shipment().pk
    with acting_for(cast.avalon):
        rows = options_of(key)
        kept = DelayOptions.objects.get().rows
    assert {row["kind"] for row in kept} == {"wait", "re_slot", "re_plan", "premium"}
    open_first = [bool(row["reason"]) for row in kept]
    assert open_first == sorted(open_first)
    wait = next(row for row in kept if row["kind"] == "wait")
    assert wait["cost_minor"] == 0
    assert wait["late_minutes"] > 60
    assert next(row for row in kept if row["kind"] == "premium")["reason"] == "on_board"
    assert all(row.late_minutes >= 0 for row in rows)
    with acting_for(cast.brasov):
        seen = journey(key)
        assert seen is not None
        assert seen.options == []
        assert seen.estimates
    page = client_for(cast.avalon).get(f"/t/avalon/transport/shipments/{key}/tracking/")
    assert b"Cannot make it" in page.content
    assert b"On the truck" in page.content or b"on the truck" in page.content
    rival = client_for(cast.porto)
    assert rival.get(f"/t/porto/transport/shipments/{key}/tracking/").status_code == 404


def test_it_clears_when_the_truck_recovers_or_arrives(cast: Cast) -> None:
    trip = a_late_trip(cast)
    assert late_for(cast.avalon)
    trip.send(trip.ping(1.0, timezone.now() + MINUTE, key="a lift"))
    assert late_for(cast.avalon)  # nobody drives so fast: set aside
    trip.fjord.post(
        "carrier-reports",
        {
            "load": trip.load.number,
            "kind": "milestone",
            "code": "unloaded",
            "stop": 2,
            "happened_at": timezone.now().isoformat(),
        },
    )
    trip.send(trip.ping(0.03, timezone.now()))
    for viewer in (cast.avalon, cast.brasov, cast.silesia):
        assert late_for(viewer) == []
    with acting_for(cast.avalon):
        assert not DelayOptions.objects.exists()


def test_a_silent_truck_is_an_exception_with_an_owner(cast: Cast, client_for: ClientFor) -> None:
    trip = make_trip(cast, began=3 * HOUR)
    with acting_for(cast.avalon):
        look_for_silence(now=timezone.now())
        look_for_silence(now=timezone.now())
    (row,) = late_for(cast.avalon)
    assert trip.load.number in row.title
    assert (row.values["cause"], row.values["turn"]) == ("never_tracked", "carrier")
    page = client_for(cast.avalon).get(f"/t/avalon/transport/tracking/{trip.load.pk}/")
    assert b"telematics account" in page.content
