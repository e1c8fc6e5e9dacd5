"""Exactly so many requests pass as the limit says, however many come at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from limits.errors import StorageError

from collab.integration import throttles
from tests.harness.cast import Cast
from tests.integration.machines import machine


@pytest.mark.committed
def test_of_fifty_at_once_ten_pass(cast: Cast, settings: Any) -> None:
    settings.API_RATE_PER_MINUTE = 10
    holder = machine(cast.avalon)

    def call(_number: int) -> int:
        try:
            return int(
                Client()
                .get("/api/v1/me", headers={"Authorization": f"Bearer {holder.secret}"})
                .status_code
            )
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(call, range(50)))
    assert statuses.count(200) == 10
    assert statuses.count(429) == 40


def test_the_headers_count_down_and_say_when_to_come_back(cast: Cast, settings: Any) -> None:
    settings.API_RATE_PER_MINUTE = 2
    holder = machine(cast.avalon)
    first, second, third = (holder.get("me") for _ in range(3))
    assert [each.status_code for each in (first, second, third)] == [200, 200, 429]
    assert [each["X-RateLimit-Remaining"] for each in (first, second, third)] == ["1", "0", "0"]
    assert first["X-RateLimit-Limit"] == "2"
    assert 1 <= int(third["Retry-After"]) <= 60
    assert third["Content-Type"] == "application/problem+json"


def test_clients_do_not_eat_each_others_share(cast: Cast, settings: Any) -> None:
    settings.API_RATE_PER_MINUTE = 1
    one, other = machine(cast.avalon), machine(cast.avalon, name="WMS")
    assert one.get("me").status_code == 200
    assert one.get("me").status_code == 429
    assert other.get("me").status_code == 200
    assert machine(cast.kestrel).get("me").status_code == 200


def test_without_redis_requests_pass(
    cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_RATE_PER_MINUTE = 1
    holder = machine(cast.avalon)
    assert [holder.get("me").status_code for _ in range(2)] == [200, 429]

    class Away:
        def __init__(self, *_: Any) -> None:
            raise StorageError(ConnectionError("refused"))

    monkeypatch.setattr(throttles, "MovingWindowRateLimiter", Away)
    monkeypatch.setattr(throttles, "breaker", throttles._Breaker())
    assert holder.get("me").status_code == 200
    assert throttles.breaker.is_open()
