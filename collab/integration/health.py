"""Is the process alive, and may it be sent requests: two answers for two questions."""

import logging
from typing import Final

import redis
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from collab.events import wake
from collab.integration.device_intake import beacon
from collab.organisations.partitions import all_pieces
from collab.organisations.role import unsafe_reasons

logger = logging.getLogger(__name__)
_RED: Final = 503


class _Migrations:
    """Whether all migrations are applied; once they are, that stays true for this process."""

    def __init__(self) -> None:
        self._are_applied = False

    def are_applied(self) -> bool:
        if not self._are_applied:
            executor = MigrationExecutor(connection)
            self._are_applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self._are_applied


_migrations = _Migrations()


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Say that the process answers; databases may be away."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: 200, or 503 with the check that is red.

    A missing Redis only slows things down: it shows as degraded, as does a month to come that has
    no partitions yet (``manage.py partitions`` makes them, as the owner of the tables), and an
    intake of devices that should hear a broker and does not; where it is off, the line says why.
    """
    checks = {"database": _database(), "redis": _redis()}
    is_ready = checks["database"] == "ok"
    if is_ready:
        checks["partitions"] = _partitions()
        checks["mqtt"] = beacon.state()
    is_whole = is_ready and all(map(_is_fine, checks.values()))
    status = "ok" if is_whole else "degraded" if is_ready else "red"
    return JsonResponse({"status": status, "checks": checks}, status=200 if is_ready else _RED)


def _is_fine(check: str) -> bool:
    return check in {"ok", "live"} or check.startswith("off: ")


def _database() -> str:
    try:
        if reasons := unsafe_reasons():
            logger.error("not ready: %s", "; ".join(reasons))
            return "unsafe role"
        return "ok" if _migrations.are_applied() else "migrations missing"
    except (DatabaseError, InterfaceError) as error:
        logger.warning("not ready, PostgreSQL is away: %s", error)
        return "away"


def _partitions() -> str:
    today = timezone.now()
    if all(each.months_ahead(today) for each in all_pieces()):
        return "ok"
    logger.warning("degraded, no partition is ready for next month: run manage.py partitions")
    return "none ahead"


def _redis() -> str:
    try:
        wake.connection().ping()
    except redis.RedisError as error:
        logger.warning("degraded, Redis is away: %s", error)
        return "away"
    return "ok"
