"""Whom a browser acts for, and what every answer carries."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from collab.integration.callers import ORGANISATION_KEY, SIGNED_IN_KEY
from collab.integration.problems import Problem
from collab.organisations import queries, services
from collab.organisations.context import acting_for
from collab.organisations.models import Membership, Site
from tests.harness.cast import Cast, found_person
from tests.integration.machines import machine

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def test_a_foreign_slug_answers_like_an_unknown_one(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon)
    browser.raise_request_exception = False
    own = browser.get("/t/avalon/feed?after=0")
    assert own.status_code == 200
    foreign, unknown = browser.get("/t/kestrel/feed"), browser.get("/t/nobody/feed")
    assert foreign.status_code == unknown.status_code == 404
    masked = [
        each.content.replace(each["X-Request-Id"].encode(), b"").replace(slug, b"")
        for each, slug in ((foreign, b"kestrel"), (unknown, b"nobody"))
    ]
    assert masked[0] == masked[1]


def test_nobody_is_sent_to_sign_in_whatever_the_slug(cast: Cast) -> None:
    for slug in ("avalon", "nobody"):
        answer = Client().get(f"/t/{slug}/feed?after=0")
        assert answer.status_code == 302
        assert "/accounts/login/" in answer["Location"]
    htmx = Client().get("/t/avalon/feed", headers={"HX-Request": "true"})
    assert htmx.status_code == 401
    assert "/accounts/login/" in htmx["HX-Redirect"]


def test_a_stale_tab_never_acts_for_the_other_organisation(cast: Cast) -> None:
    person = found_person(cast.avalon)
    with acting_for(cast.kestrel):
        Membership.objects.create(organisation=cast.kestrel, person=person, role="planner")
    browser = Client()
    browser.force_login(person, backend=BACKEND)
    assert browser.get("/t/avalon/feed?after=0").status_code == 200
    assert browser.session[ORGANISATION_KEY] == cast.avalon.pk
    before = browser.session.session_key
    stale = browser.get("/t/kestrel/feed?after=0")
    assert stale.status_code == 302
    assert stale["Location"].startswith("/switch/?to=kestrel")
    assert browser.post("/t/kestrel/feed").status_code == 409
    switched = browser.post("/switch/", {"to": "kestrel"})
    assert switched.status_code == 302
    assert browser.session.session_key != before
    assert browser.get("/t/kestrel/feed?after=0").status_code == 200
    assert browser.post("/t/avalon/feed").status_code == 409


def test_an_old_web_session_ends(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon)
    assert browser.get("/t/avalon/feed?after=0").status_code == 200
    session = browser.session
    session[SIGNED_IN_KEY] -= 12 * 3600 + 1
    session.save()
    assert browser.get("/t/avalon/feed?after=0").status_code == 302
    assert browser.get("/api/v1/me").status_code == 401


def test_an_ended_membership_is_out_at_once(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon)
    assert browser.get("/api/v1/me").status_code == 200
    with acting_for(cast.avalon):
        Membership.objects.filter(organisation=cast.avalon).update(is_active=False)
    assert browser.get("/api/v1/me").status_code == 401


def test_a_browser_needs_its_csrf_token_to_write(cast: Cast, client_for: Any) -> None:
    site = {
        "code": "AVA2", "name": "Second", "kind": "plant", "country": "DE", "city": "Bonn",
        "latitude": 50.7, "longitude": 7.1,
    }  # fmt: skip
    careless = client_for(cast.avalon, role="admin", enforce_csrf_checks=True)
    refused = careless.post("/api/v1/sites", site, content_type="application/json")
    assert refused.status_code == 403
    assert "CSRF" in refused.json()["detail"]
    trusted = client_for(cast.kestrel, role="admin")
    made = trusted.post("/api/v1/sites", site, content_type="application/json")
    assert made.status_code == 201


def test_an_error_leaves_no_effect_behind(
    cast: Cast, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:

    def half_way(**values: Any) -> None:
        Site.objects.create(**values)
        raise Problem(409, detail="on second thoughts")

    monkeypatch.setattr(services, "create_site", half_way)
    browser = client_for(cast.avalon, role="admin")
    site = {
        "code": "AVA2", "name": "Second", "kind": "plant", "country": "DE", "city": "Bonn",
        "latitude": 50.7, "longitude": 7.1,
    }  # fmt: skip
    assert browser.post("/api/v1/sites", site, content_type="application/json").status_code == 409
    with acting_for(cast.avalon):
        assert Site.objects.filter(code="AVA2").count() == 0


@pytest.mark.parametrize("path", ["/api/v1/sites", "/t/avalon/feed?after=0"])
def test_a_lost_database_is_503_never_500(
    cast: Cast, client_for: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:

    def lost(*_: Any, **__: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(queries, "own_sites", lost)
    monkeypatch.setattr("collab.live.pages.missed", lost)
    browser = client_for(cast.avalon)
    browser.raise_request_exception = False
    answer = browser.get(path)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) >= 1


def test_a_fault_of_ours_is_a_problem_without_a_trace(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:

    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(queries, "own_sites", broken)
    answer = machine(cast.avalon).get("sites")
    assert answer.status_code == 500
    assert answer["Content-Type"] == "application/problem+json"
    assert "secret" not in answer.content.decode()


def test_every_answer_is_private_and_numbered(cast: Cast, client_for: Any) -> None:
    browser, holder = client_for(cast.avalon), machine(cast.avalon)
    answers = [
        browser.get("/t/avalon/feed?after=0"),
        browser.get("/t/kestrel/feed"),
        Client().get("/accounts/login/"),
        Client().get("/health/live"),
        Client().get("/api/v1/openapi.json"),
        Client().get("/api/v1/nowhere"),
        holder.get("sites"),
        holder.get("sites?limit=0"),
    ]
    for answer in answers:
        assert answer["Cache-Control"] == "private, no-store"
        assert {"Cookie", "Authorization"} <= {each.strip() for each in answer["Vary"].split(",")}
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY" if "X-Frame-Options" in answer else True
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert len(answer["X-Request-Id"]) >= 8


def test_the_callers_number_is_kept_if_it_is_harmless(cast: Cast) -> None:
    holder = machine(cast.avalon)
    kept = holder.get("me", **{"X-Request-Id": "order-4711_a"})
    assert kept["X-Request-Id"] == "order-4711_a"
    refused = holder.get("sites?limit=0", **{"X-Request-Id": "<script>alert(1)</script>"})
    assert "<" not in refused["X-Request-Id"]
    assert refused.json()["request_id"] == refused["X-Request-Id"]


def test_health_says_what_is_red() -> None:
    assert Client().get("/health/live").json() == {"status": "ok"}


@pytest.mark.usefixtures("database")
def test_ready_when_database_and_migrations_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from collab.integration import health

    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    mqtt = "off: MQTT_URL is not set; devices report over HTTPS"
    checks = {"database": "ok", "redis": "ok", "partitions": "ok", "mqtt": mqtt}
    assert answer.json() == {"status": "ok", "checks": checks}
    monkeypatch.setattr(health, "_redis", lambda: "away")
    degraded = Client().get("/health/ready")
    assert (degraded.status_code, degraded.json()["status"]) == (200, "degraded")
    monkeypatch.setattr(health, "_database", lambda: "away")
    assert Client().get("/health/ready").status_code == 503
    assert Client().get("/health/live").status_code == 200
