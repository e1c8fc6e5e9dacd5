"""The same key twice is one effect and one reply, whatever races, fails or repeats."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from collab.integration.models import IdempotencyKey
from collab.organisations import services
from collab.organisations.context import acting_for
from collab.organisations.models import ApiClient, ApiKey, Site
from tests.harness.cast import Cast

SITE = {
    "code": "AVA2", "name": "Second", "kind": "plant", "country": "DE", "city": "Bonn",
    "latitude": 50.7, "longitude": 7.1,
}  # fmt: skip


def post(browser: Client, body: Any, key: str | None = "key-1", path: str = "sites") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return browser.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def test_the_second_request_gets_the_first_reply(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon, role="admin")
    first, second = post(browser, SITE), post(browser, SITE)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first["ETag"] == second["ETag"]
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    with acting_for(cast.avalon):
        assert Site.objects.filter(code="AVA2").count() == 1


def test_without_a_key_nothing_is_remembered(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon, role="admin")
    assert post(browser, SITE, None).status_code == 201
    assert post(browser, SITE, None).status_code == 409
    with acting_for(cast.avalon):
        assert IdempotencyKey.objects.count() == 0


def test_another_body_under_the_key_is_refused(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon, role="admin")
    assert post(browser, SITE).status_code == 201
    answer = post(browser, {**SITE, "code": "AVA3"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    with acting_for(cast.avalon):
        assert not Site.objects.filter(code="AVA3").exists()


def test_keys_of_other_organisations_and_paths_are_other_keys(cast: Cast, client_for: Any) -> None:
    assert post(client_for(cast.avalon, role="admin"), SITE).status_code == 201
    browser = client_for(cast.kestrel, role="admin")
    answer = post(browser, SITE)
    assert answer.status_code == 201
    assert "Idempotent-Replayed" not in answer
    assert post(browser, {"name": "ERP"}, path="api-clients").status_code == 201


def test_a_refusal_is_kept_and_its_effects_are_not(
    cast: Cast, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from collab.integration.problems import Problem

    calls = []

    def half_way(**values: Any) -> None:
        calls.append(values)
        Site.objects.create(**values)
        raise Problem(409, detail="on second thoughts")

    monkeypatch.setattr(services, "create_site", half_way)
    browser = client_for(cast.avalon, role="admin")
    first, second = post(browser, SITE), post(browser, SITE)
    assert first.status_code == second.status_code == 409
    assert first.json()["detail"] == second.json()["detail"]
    assert second["Content-Type"] == "application/problem+json"
    assert len(calls) == 1
    with acting_for(cast.avalon):
        assert not Site.objects.filter(code="AVA2").exists()


def test_a_fault_of_ours_is_not_kept(
    cast: Cast, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = services.create_site

    def broken(**values: Any) -> None:
        real(**values)
        raise RuntimeError

    browser = client_for(cast.avalon, role="admin", raise_request_exception=False)
    monkeypatch.setattr(services, "create_site", broken)
    assert post(browser, SITE).status_code == 500
    monkeypatch.setattr(services, "create_site", real)
    again = post(browser, SITE)
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 201])
def test_a_malformed_key_is_named(cast: Cast, client_for: Any, key: str) -> None:
    answer = post(client_for(cast.avalon, role="admin"), SITE, key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_day_later_the_key_is_free_again(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon, role="admin")
    assert post(browser, SITE).status_code == 201
    with acting_for(cast.avalon):
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert post(browser, {**SITE, "code": "AVA3"}).status_code == 201
    with acting_for(cast.avalon):
        assert IdempotencyKey.objects.count() == 1


def test_no_secret_is_kept_for_a_repetition(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon, role="admin")
    with acting_for(cast.avalon):
        client = ApiClient.objects.create(name="ERP")
    path, body = f"api-clients/{client.pk}/keys", {"scopes": ["inventory:read"]}
    first, second = (post(browser, body, path=path) for _ in range(2))
    secret = first.json()["secret"]
    assert secret.startswith("collab_live_")
    assert second.json() == {**first.json(), "secret": None}
    with acting_for(cast.avalon):
        assert ApiKey.objects.filter(owner=cast.avalon).count() == 1
        kept = bytes(IdempotencyKey.objects.get().reply)
    assert secret.encode() not in kept


@pytest.mark.committed
def test_of_many_racers_one_takes_effect(cast: Cast, client_for: Any) -> None:
    browser = client_for(cast.avalon, role="admin")
    cookies, start = browser.cookies, threading.Barrier(12)

    def race(_number: int) -> tuple[int, Any]:
        racer = Client()
        racer.cookies = cookies
        start.wait()
        try:
            answer = post(racer, SITE)
            return answer.status_code, answer.get("Retry-After")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(race, range(12)))
    statuses = [status for status, _ in answers]
    assert set(statuses) <= {201, 409}
    assert statuses.count(201) >= 1
    assert all(wait == "1" for status, wait in answers if status == 409)
    assert post(browser, SITE).status_code == 201
    with acting_for(cast.avalon):
        assert Site.objects.filter(code="AVA2").count() == 1
        assert IdempotencyKey.objects.count() == 1


@pytest.mark.committed
def test_while_the_first_runs_the_second_is_told_to_come_back(
    cast: Cast, client_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = services.create_site
    inside, go_on = threading.Event(), threading.Event()

    def slowly(**values: Any) -> Any:
        if not inside.is_set():
            inside.set()
            assert go_on.wait(10)
        return real(**values)

    monkeypatch.setattr(services, "create_site", slowly)
    browser = client_for(cast.avalon, role="admin")
    rival = client_for(cast.kestrel, role="admin")
    cookies = browser.cookies

    def first() -> int:
        racer = Client()
        racer.cookies = cookies
        try:
            return int(post(racer, SITE).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(first)
        assert inside.wait(10)
        early = post(browser, SITE)
        others = post(rival, SITE)
        other_key = browser.get("/api/v1/sites")
        go_on.set()
        assert running.result(20) == 201
    assert (early.status_code, early["Retry-After"]) == (409, "1")
    assert others.status_code == 201  # the same key of a rival tells nothing and waits for nobody
    assert other_key.status_code == 200
    late = post(browser, SITE)
    assert (late.status_code, late["Idempotent-Replayed"]) == (201, "true")
