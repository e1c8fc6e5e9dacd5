"""The page of the API's description: for signed-in people, and fit for the strict CSP."""

import re

from django.test import Client
from django.urls import reverse

from tests.conftest import ClientFor
from tests.harness.cast import Cast

ADDRESS = "/api/v1/docs"


def test_the_page_shows_the_description_of_this_server(cast: Cast, client_for: ClientFor) -> None:
    answer = client_for(cast.avalon).get(reverse("api:docs"))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert '<api-docs data-url="/api/v1/openapi.json"' in html
    assert re.search(r'<meta name="csrf" content="\w{20,}">', html)
    assert cast.avalon.name in html


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
