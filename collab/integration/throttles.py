"""An exact limit per client: a moving window in Redis, counted and taken in one step there."""

import logging
import threading
import time
from functools import cache
from typing import Any

import redis
from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from collab.organisations.context import Acting

logger = logging.getLogger(__name__)
PAUSE_S = 5.0


class _Breaker:
    """Leaves Redis alone for a while after it failed, so that requests do not wait for it."""

    def __init__(self) -> None:
        self._until = 0.0
        self._lock = threading.Lock()

    def is_open(self) -> bool:
        return time.monotonic() < self._until

    def trip(self) -> None:
        with self._lock:
            self._until = time.monotonic() + PAUSE_S


breaker = _Breaker()


@cache
def _storage() -> Storage:
    storage: Any = storage_from_string(
        settings.REDIS_URL,
        key_prefix="collab:rate",
        socket_timeout=1.0,
        socket_connect_timeout=0.5,
    )
    found: Storage = storage
    return found


AWAY = (redis.RedisError, StorageError, OSError)


def take(per_minute: int, *window: str) -> bool:
    """Take one of ``per_minute`` from a window; true as well while Redis is away."""
    if breaker.is_open():
        return True
    try:
        limiter = MovingWindowRateLimiter(_storage())
        return bool(limiter.hit(RateLimitItemPerMinute(per_minute), *window))
    except AWAY as error:
        _let_pass(error)
        return True


def _let_pass(error: Exception) -> None:
    breaker.trip()
    logger.warning("no rate limit for %s s, Redis is away: %s", PAUSE_S, error)


class PerClient(BaseThrottle):
    """So many requests per minute for each key, token or person; open while Redis is away.

    Open also for writes: they are accepted without Redis, and it is the login that is limited
    in another way.
    """

    def __init__(self) -> None:
        self._wait_s = 1.0

    def allow_request(self, request: Request, view: Any) -> bool:
        """Take one request of the caller's minute; set the rate headers on the request."""
        caller = self.caller(request)
        if caller is None or breaker.is_open():
            return True
        most = getattr(view, "rate_per_minute", 0) or settings.API_RATE_PER_MINUTE
        item = RateLimitItemPerMinute(most)
        try:
            limiter = MovingWindowRateLimiter(_storage())
            is_allowed = limiter.hit(item, *caller)
            window = limiter.get_window_stats(item, *caller)
        except AWAY as error:
            _let_pass(error)
            return True
        self._wait_s = max(1.0, window.reset_time - time.time())
        request._request.rate_headers = {  # type: ignore[attr-defined]
            "X-RateLimit-Limit": str(item.amount),
            "X-RateLimit-Remaining": str(max(0, window.remaining)),
            "X-RateLimit-Reset": str(max(0, round(window.reset_time - time.time()))),
        }
        return is_allowed

    def wait(self) -> float:
        """Return after how many seconds the window has room again."""
        return self._wait_s

    def caller(self, request: Request) -> tuple[str, ...] | None:
        """Return the name of the caller's window; ``None`` for the anonymous, who get a 401."""
        if not isinstance(request.auth, Acting):
            return None
        who = request.auth.client_id or request.auth.person_id
        return (str(request.auth.organisation_id), str(who))
