"""Who does an errand now: a lease of 20 s, and a start number that outdates whoever lost it.

The number is a fencing token. A process that was stopped for a minute and comes back finds that
somebody else has started since; its ``finish`` raises, so its transaction leaves no effect.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils import timezone

from collab.events.models import Errand

logger = logging.getLogger(__name__)

LEASE_SECONDS: Final = 20
RENEW_SECONDS: Final = 5.0
MAX_STARTS: Final = 5

_BEGIN = """
UPDATE events_errand SET starts = starts + 1, due_at = statement_timestamp(),
       lease_until = statement_timestamp() + make_interval(secs => %s)
 WHERE id = %s AND state = 'pending'
   AND (lease_until IS NULL OR lease_until <= statement_timestamp() OR lease_until = %s)
RETURNING organisation_id, starts
"""
_BEGIN_UNFLUSHED = (
    "WITH unflushed AS (SELECT set_config('synchronous_commit', 'off', true))"
    + _BEGIN.replace(" WHERE id", " FROM unflushed WHERE id")
)
_RENEW = """
UPDATE events_errand SET lease_until = statement_timestamp() + make_interval(secs => %s)
 WHERE id = %s AND state = 'pending' AND starts = %s
"""


class Superseded(RuntimeError):
    """Somebody else has started or ended this errand since; this run must leave no effect."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start of an errand; ``number`` counts from 1."""

    errand_id: UUID
    organisation_id: int
    number: int

    @property
    def is_last(self) -> bool:
        """Whether the starts before this one all ended without an answer."""
        return self.number >= MAX_STARTS


def begin(
    errand_id: UUID, *, claimed_until: datetime | None = None, is_one_step: bool = False
) -> Start | None:
    """Lease the errand and count the start; ``None`` if it is done or somebody is at it.

    ``claimed_until`` is the end of the lease that the caller itself holds, if any. A start
    whose whole effect is one transaction (``is_one_step``) does not wait for the disk: that
    transaction does, and takes the start with it. What a crash of the server forgets is a start
    that left nothing behind, as its connection ended with the server.
    """
    sql = _BEGIN_UNFLUSHED if is_one_step else _BEGIN
    with connection.cursor() as cursor:
        cursor.execute(sql, [LEASE_SECONDS, errand_id, claimed_until])
        row = cursor.fetchone()
    return None if row is None else Start(errand_id, row[0], row[1])


def renew(start: Start) -> bool:
    """Extend the lease by 20 s from now; say whether it was still ours."""
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, [LEASE_SECONDS, start.errand_id, start.number])
        return bool(cursor.rowcount)


def is_current(start: Start) -> bool:
    """Say whether nobody has started or ended the errand since ``start``."""
    return Errand.objects.filter(
        pk=start.errand_id, starts=start.number, state=Errand.State.PENDING
    ).exists()


def finish(start: Start) -> None:
    """Mark the errand done, in the transaction of its effect; raise ``Superseded`` if not ours."""
    _end(start, state=Errand.State.DONE, lease_until=None)


def bury(start: Start, reason: str) -> None:
    """Make the errand a dead letter; raise ``Superseded`` if it is not ours."""
    _end(start, state=Errand.State.DEAD, lease_until=None, reason=reason[:2000])


def give_back(start: Start, reason: str) -> None:
    """Leave the errand to a later start, 2ⁿ seconds from now after n starts."""
    Errand.objects.filter(
        pk=start.errand_id, starts=start.number, state=Errand.State.PENDING
    ).update(
        lease_until=None,
        reason=reason[:2000],
        due_at=timezone.now() + timedelta(seconds=2**start.number),
    )


def _end(start: Start, **changes: object) -> None:
    kept = Errand.objects.filter(
        pk=start.errand_id, starts=start.number, state=Errand.State.PENDING
    ).update(**changes)
    if not kept:
        raise Superseded(f"expected start {start.number} of errand {start.errand_id} to be newest")


class Lease:
    """Keeps the lease alive from a thread while the block runs, and calls ``each_second``.

    The thread has a database connection of its own, so what it writes is seen at once, whatever
    transaction the block is in.
    """

    def __init__(self, start: Start, each_second: Callable[[], None] | None = None) -> None:
        self.start = start
        self.is_lost = False
        self._each_second = each_second
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=LEASE_SECONDS)

    def _keep(self) -> None:
        passed = 0
        try:
            while not self._ended.wait(1.0) and not self.is_lost:
                passed += 1
                self._beat(is_renewal=passed % RENEW_SECONDS == 0)
        finally:
            connection.close()

    def _beat(self, *, is_renewal: bool) -> None:
        try:
            if is_renewal:
                self.is_lost = not renew(self.start)
            if self._each_second is not None:
                self._each_second()
        except DatabaseError as error:
            logger.warning("lease not renewed, trying again: %s", error)
            connection.close()
