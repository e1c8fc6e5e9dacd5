"""The driver's link: consent first, one load, revocable, gone with the load."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from collab.organisations.context import acting_for
from tests.harness.cast import Cast
from tests.transport.trips import MINUTE, Trip, hear, make_trip
from transport.models import LoadState, Position, TrackingLink
from transport.services.link_tokens import new_secret, seal
from transport.services.loads import move_load

pytestmark = pytest.mark.django_db


def link_of(trip: Trip) -> str:
    """Return the address on this server of a new link for the driver."""
    answer = trip.fjord.post("tracking-links", {"load": str(trip.load.pk)})
    assert answer.status_code == 201, answer.content
    url: str = answer.json()["url"]
    return url[url.index("/go/") :]


def positions(phone: Client, url: str, trip: Trip, share: float) -> Any:
    latitude, longitude = trip.at(share)
    body = [
        {"latitude": latitude, "longitude": longitude, "recorded_at": timezone.now().isoformat()}
    ]
    return phone.post(f"{url}positions", json.dumps(body), content_type="application/json")


def test_nothing_is_taken_before_the_driver_agrees(cast: Cast) -> None:
    trip = make_trip(cast)
    url, phone = link_of(trip), Client()
    page = phone.get(url)
    assert b"I agree" in page.content
    assert b"Munich" not in page.content
    assert positions(phone, url, trip, 0.01).status_code == 410
    phone.post(url, {"do": "agree"})
    assert b"I have arrived" in phone.get(url).content
    assert positions(phone, url, trip, 0.01).json() == {"taken": 1, "set_aside": 0}
    hear()
    assert trip.now().position is not None
    phone.post(url, {"do": "stop"})
    assert positions(phone, url, trip, 0.02).status_code == 410
    assert b"Send my position again" in phone.get(url).content


def test_the_buttons_lead_through_the_stops(cast: Cast) -> None:
    trip = make_trip(cast)
    url, phone = link_of(trip), Client()
    assert b"arrived" not in phone.post(url, {"do": "arrived"}).content  # not before consent
    phone.post(url, {"do": "agree"})
    for step, state in (
        ("arrived", LoadState.AT_PICKUP),
        ("loaded", LoadState.AT_PICKUP),
        ("departed", LoadState.IN_TRANSIT),
        ("arrived", LoadState.ARRIVED),
        ("unloaded", LoadState.UNLOADED),
    ):
        page = phone.get(url).content
        assert f'value="{step}"'.encode() in page, step
        stop = page.split(b'name="stop" value="')[1].split(b'"')[0].decode()
        phone.post(url, {"do": step, "stop": stop})
        hear()
        assert trip.now().state == state, step
    assert phone.get(url).status_code == 404  # with the load the link is over
    with acting_for(cast.fjord):
        assert not Position.objects.exists()


def test_a_link_speaks_for_its_own_load_only_and_can_be_revoked(cast: Cast) -> None:
    trip = make_trip(cast)
    url, phone = link_of(trip), Client()
    phone.post(url, {"do": "agree"})
    newer = link_of(trip)
    assert phone.get(url).status_code == 404
    phone.post(newer, {"do": "agree"})
    assert positions(phone, newer, trip, 0.01).status_code == 200
    with acting_for(cast.fjord):
        link = TrackingLink.objects.get(means="driver")
        assert len(link.secret_hash) == 64
        assert link.secret_hash not in newer
    assert trip.fjord.call("DELETE", f"tracking-links/{link.pk}").status_code == 204
    assert phone.get(newer).status_code == 404
    assert positions(phone, newer, trip, 0.02).status_code == 404


@pytest.mark.parametrize("token", ["x", "gAAAA", "%F0%9F%9A%9B", "a" * 500])
def test_a_forged_address_opens_nothing(token: str) -> None:
    assert Client().get(f"/go/{token}/").status_code == 404


def test_a_sealed_address_of_another_link_opens_nothing(cast: Cast) -> None:
    secret, _digest = new_secret()
    for organisation in (cast.fjord.pk, 99_999):
        token = seal(organisation, UUID(int=1), secret)
        assert Client().get(f"/go/{token}/").status_code == 404


def test_the_language_is_the_drivers_choice(cast: Cast) -> None:
    trip = make_trip(cast)
    url, phone = link_of(trip), Client()
    phone.post(url, {"do": "language", "language": "de"})
    assert phone.get(url).headers["Content-Language"] == "de"


def test_the_drivers_positions_end_with_the_load(cast: Cast) -> None:
    trip = make_trip(cast)
    url, phone = link_of(trip), Client()
    phone.post(url, {"do": "agree"})
    positions(phone, url, trip, 0.01)
    trip.send(trip.ping(0.011, timezone.now() + MINUTE))
    with acting_for(cast.fjord):
        assert Position.objects.count() == 2
    with acting_for(cast.avalon):
        move_load(
            trip.load.pk, LoadState.CANCELLED, by="planner", happened_at=timezone.now(),
            facts={"reason": "Not needed"},
        )  # fmt: skip
    hear()
    with acting_for(cast.fjord):
        assert Position.objects.values_list("device", flat=True).get() == "API"
