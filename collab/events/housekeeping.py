"""Deletes what nobody will ask for again: frames past replay, errands long done."""

import logging
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from collab.organisations.context import acting_for, acting_for_platform

logger = logging.getLogger(__name__)

KEPT_FRAMES: Final = timedelta(hours=25)
KEPT_ERRANDS: Final = timedelta(hours=24)
AT_ONCE: Final = 5000


def delete_old_feed() -> int:
    """Delete every viewer's frames that are too old to be replayed; return how many."""
    deleted = 0
    for organisation_id in acting_for_platform(reason="delete frames past replay"):
        while True:
            with acting_for(organisation_id):
                count = _delete(
                    "live_feedframe", "viewer_id = %s AND shown_at < %s",
                    [organisation_id, timezone.now() - KEPT_FRAMES],
                )  # fmt: skip
            deleted += count
            if count < AT_ONCE:
                break
    logger.info("deleted %s frames past replay", deleted)
    return deleted


def delete_done_errands() -> int:
    """Delete errands done more than a day ago; dead letters stay. Return how many."""
    deleted = 0
    before = timezone.now() - KEPT_ERRANDS
    while count := _delete("events_errand", "state = 'done' AND created_at < %s", [before]):
        deleted += count
    logger.info("deleted %s errands done", deleted)
    return deleted


def _delete(table: str, condition: str, params: list[int | datetime]) -> int:
    """Delete at most 5,000 rows, so that no statement runs long; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE id IN"
            f" (SELECT id FROM {table} WHERE {condition} LIMIT {AT_ONCE})",
            params,
        )
        count: int = cursor.rowcount
    return count
