"""A person's settings, the language of answers, and the second factor."""

import pytest
from django.test import Client, RequestFactory

from collab.organisations.models import Person
from collab.shell.accounts import lacks_second_factor
from tests.conftest import ClientFor
from tests.harness.cast import Cast, found_person

SETTINGS = {
    "name": "Eva H.",
    "language": "de",
    "timezone": "Europe/Bucharest",
    "density": "compact",
    "theme": "dark",
}


def test_settings_are_kept_and_hold_at_once(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon)
    answer = client.post("/t/avalon/settings/", SETTINGS)
    assert answer.status_code == 302
    person = Person.objects.get(email="planner@avalon.example")
    assert (person.name, person.timezone, person.density) == (
        "Eva H.",
        "Europe/Bucharest",
        "compact",
    )
    assert not person.shortcuts_enabled
    page = client.get("/t/avalon/settings/").content.decode()
    assert 'lang="de"' in page
    assert 'data-theme="dark"' in page


def test_an_unknown_zone_is_refused(cast: Cast, client_for: ClientFor) -> None:
    client = client_for(cast.avalon)
    answer = client.post("/t/avalon/settings/", {**SETTINGS, "timezone": "Mars/Olympus"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("header", "cookie", "expected"),
    [("de-AT,en;q=0.5", "", "de"), ("fr", "", "en"), ("en", "de", "de"), ("de", "xx", "de")],
)
def test_strangers_are_answered_in_their_language(
    database: None, header: str, cookie: str, expected: str
) -> None:
    client = Client(headers={"Accept-Language": header})
    if cookie:
        client.cookies["language"] = cookie
    assert client.get("/accounts/login/").headers["Content-Language"] == expected


def test_only_demonstration_people_need_no_second_factor(cast: Cast) -> None:
    person = found_person(cast.avalon, "clerk")
    request = RequestFactory().get("/")
    request.user, request.session = person, {}  # type: ignore[assignment]
    assert not lacks_second_factor(request)
    person.is_demo = False
    assert lacks_second_factor(request)


def test_nobody_signs_up_alone(database: None) -> None:
    answer = Client().post(
        "/accounts/signup/",
        {"email": "x@y.example", "password1": "long-enough-word", "password2": "long-enough-word"},
    )
    assert answer.status_code in {200, 403, 404}
    assert not Person.objects.exists()
