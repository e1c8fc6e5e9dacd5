"""The page of the API's description: for signed-in people, and fit for the strict CSP."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import ClientFor
from tests.harness.cast import Cast

ADDRESS = "/api/v1/docs"


def test_the_page_shows_the_description_of_this_server(cast: Cast, client_for: ClientFor) -> None:
    answer = client_for(cast.avalon).get(reverse("api:docs"))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert '<api-docs data-url="/api/v1/openapi.json?area=masterdata"' in html
    assert re.search(r'<meta name="csrf" content="\w{20,}">', html)
    assert cast.avalon.name in html


@pytest.mark.parametrize(
    ("query", "area"),
    [("area=inventory", "inventory"), ("tag=transport", "transport"), ("tag=work", "platform")],
)
def test_an_area_is_chosen_by_its_name_or_a_tag_of_it(
    cast: Cast, client_for: ClientFor, query: str, area: str
) -> None:
    html = client_for(cast.avalon).get(f"{ADDRESS}?{query}").content.decode()
    assert f'data-url="/api/v1/openapi.json?area={area}"' in html
    chosen = re.findall(r'href="\?area=(\w+)" aria-current="page"', html)
    assert chosen == [area]


def test_an_unknown_area_is_refused_by_name(cast: Cast, client_for: ClientFor) -> None:
    assert client_for(cast.avalon).get(f"{ADDRESS}?area=moon").status_code == 404
    refused = Client().get("/api/v1/openapi.json?area=moon")
    assert refused.status_code == 400
    (error,) = refused.json()["errors"]
    assert (error["field"], error["value"]) == ("area", "moon")
    platform = Client().get("/api/v1/openapi.json?area=platform").json()
    assert "/api/v1/me" in platform["paths"]
    assert "/api/v1/parts" not in platform["paths"]


def test_the_anonymous_sign_in_and_come_back(cast: Cast) -> None:
    answer = Client().get(ADDRESS)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('account_login')}?next={ADDRESS}"


def test_a_person_without_an_organisation_reads_but_is_told(
    cast: Cast, client_for: ClientFor
) -> None:
    browser = client_for(cast.avalon)
    session = browser.session
    del session["organisation_id"]
    session.save()
    answer = browser.get(ADDRESS)
    assert answer.status_code == 200
    assert b"Open an organisation first" in answer.content


def test_nothing_on_the_page_is_inline_or_from_elsewhere(cast: Cast, client_for: ClientFor) -> None:
    answer = client_for(cast.avalon).get(ADDRESS)
    html = answer.content.decode()
    assert "<style" not in html
    assert not re.search(r"\s(style|on\w+)=", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert not re.search(r'(src|href)="(https?:)?//', html)
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_the_page_is_only_read(cast: Cast, client_for: ClientFor) -> None:
    answer = client_for(cast.avalon).post(ADDRESS)
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
