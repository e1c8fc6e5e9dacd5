"""Tenders, tariffs, bills and premium freight on the pages of planner, carrier and supplier."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from collab.events.relay import work_off
from collab.organisations.context import acting_for
from tests.conftest import ClientFor
from tests.harness.cast import Cast
from tests.transport.moving import direct_load, order_of
from tests.transport.test_tenders import tariff_plan
from transport.models import Load, LoadState, PremiumFreight, Tariff, TenderOffer
from transport.services.tariffs import keep_tariff

RATES = "km; 1.25; 90\n100 kg; 12,5; 0; RO; DE; 900; 5000"


@pytest.fixture
def planner(cast: Cast, client_for: ClientFor) -> Client:
    return client_for(cast.avalon)


@pytest.fixture
def dispatcher(cast: Cast, client_for: ClientFor) -> Client:
    return client_for(cast.fjord, role="dispatcher")


def test_a_planner_types_a_tariff_and_a_wrong_line_is_named(cast: Cast, planner: Client) -> None:
    form = {
        "carrier": cast.fjord.bpn,
        "name": "Full trucks",
        "mode": "direct",
        "currency": "EUR",
        "valid_from": "2026-01-01",
        "rank": "1",
        "answer_minutes": "60",
        "stop": "45",
    }
    page = "/t/avalon/transport/tariffs/new/"
    wrong = planner.post(page, {**form, "rates": "km; 1.25\nmile; 1"})
    assert wrong.status_code == 422
    assert "Line 2" in wrong.content.decode()
    right = planner.post(page, {**form, "rates": RATES})
    assert right.status_code == 302, right.content.decode()
    with acting_for(cast.avalon):
        made = Tariff.objects.get()
        assert [line.get("price") for line in made.lines] == ["125.00", "1250.0", None]
    shown = planner.get(f"/t/avalon/transport/tariffs/{made.pk}/").content.decode()
    assert "RO → DE" in shown
    again = re.search(r'name="rates"[^>]*>\s*([^<]+)<', shown)
    assert again is not None, "the rates stand in the form as they were typed"
    assert "100 kg; 12.5; 0" in again[1]


def test_offer_accept_and_load_from_page_to_page(
    cast: Cast, planner: Client, dispatcher: Client
) -> None:
    with acting_for(cast.avalon):
        keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="125"))
        load = direct_load(order_of(cast.brasov, cast.avalon))
    started = planner.post(f"/t/avalon/transport/loads/{load.pk}/tender")
    assert started.status_code == 302
    assert planner.get(started["Location"]).status_code == 200
    listed = dispatcher.get("/t/fjord/transport/tenders/").content.decode()
    assert load.number in listed
    with acting_for(cast.fjord):
        offer = TenderOffer.objects.get()
    page = f"/t/fjord/transport/tenders/{offer.pk}/"
    slot = re.search(r'name="slot" value="([^"]+)"', dispatcher.get(page).content.decode())
    assert slot is not None
    body = {"slot": slot[1].replace("&quot;", '"'), "plate": "B-FJ 1", "do": "accept"}
    assert dispatcher.post(f"{page}answer", body).status_code == 302
    work_off()
    with acting_for(cast.avalon):
        assert Load.objects.get().state == LoadState.SLOT_BOOKED


def test_rejecting_without_a_reason_is_refused_at_its_field(
    cast: Cast, planner: Client, dispatcher: Client
) -> None:
    with acting_for(cast.avalon):
        keep_tariff(tariff_plan(cast.fjord, rank=1, per_km="125"))
        load = direct_load(order_of(cast.brasov, cast.avalon))
    planner.post(f"/t/avalon/transport/loads/{load.pk}/tender")
    with acting_for(cast.fjord):
        offer = TenderOffer.objects.get()
    answer = dispatcher.post(f"/t/fjord/transport/tenders/{offer.pk}/answer", {"do": "reject"})
    assert answer.status_code == 422


def test_premium_freight_is_asked_and_answered(
    cast: Cast, planner: Client, client_for: ClientFor
) -> None:
    needed = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    form = {
        "partner": cast.brasov.bpn, "is_inbound": "on", "cause": "late_production",
        "means": "van", "needed_by": needed, "cost": "1840", "standard_cost": "210",
        "currency": "EUR", "reason": "The line stops tonight",
    }  # fmt: skip
    made = planner.post("/t/avalon/transport/premium/new/", form)
    assert made.status_code == 302, made.content.decode()
    with acting_for(cast.avalon):
        row = PremiumFreight.objects.get()
    clerk = client_for(cast.brasov, role="clerk")
    page = f"/t/brasov/transport/premium/{row.pk}/"
    assert "1,840.00" in clerk.get(page).content.decode()
    assert clerk.post(f"{page}answer", {"do": "approved"}).status_code == 302
    work_off()
    moved = planner.post(f"/t/avalon/transport/premium/{row.pk}/move", {"do": "moved"})
    assert moved.status_code == 302
    with acting_for(cast.avalon):
        assert PremiumFreight.objects.get().state == "moved"
    assert client_for(cast.porto).get(page.replace("brasov", "porto")).status_code == 404


@pytest.mark.parametrize(
    "name", ["tenders", "tariffs", "billing", "premium", "empties", "emissions"]
)
def test_empty_lists_say_so_and_export(cast: Cast, planner: Client, name: str) -> None:
    page = planner.get(f"/t/avalon/transport/{name}/")
    assert page.status_code == 200
    assert 'class="empty"' in page.content.decode()
    for form in ("csv", "xlsx"):
        assert planner.get(f"/t/avalon/transport/{name}/?export={form}").status_code == 200
