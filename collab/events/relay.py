"""The relay: does every errand of the outbox exactly once in effect, whatever is killed.

Errands are claimed in a transaction of their own (which sets a lease); each start is counted, then
the step runs. A step marks the errand done in the same transaction as its effect. What a crash
leaves is claimed again when the lease has run out; a failing fifth start makes a dead letter with
a reason. Tasks are only sent here: their starts are counted where they run.
"""

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import redis
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
)
from django.utils import timezone

from collab.events import wake
from collab.events.bus import SubscribersFailed, Touch, dispatch, dispatch_each, touches_of
from collab.events.leases import LEASE_SECONDS, MAX_STARTS, Start, Superseded, begin
from collab.events.leases import finish as finish_start
from collab.events.models import Errand, Event
from collab.organisations.context import acting_for

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 2.0
BATCH = 100

# The sweep reads the tenant-free routing rows; SKIP LOCKED lets two relays share the work.
_CLAIM = """
UPDATE events_errand SET lease_until = statement_timestamp() + make_interval(secs => %s)
 WHERE id IN (SELECT id FROM events_errand
               WHERE state = 'pending' AND due_at <= statement_timestamp()
                 AND (lease_until IS NULL OR lease_until <= statement_timestamp())
                 AND (step = ANY (%s)) = %s
               ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id
"""

Step = Callable[[Errand], None]
Announce = Callable[[Event, list[Touch]], None]


@dataclass(slots=True)
class Steps:
    """What each step does; the layers above add theirs when Django starts."""

    run: dict[str, Step] = field(default_factory=dict)
    heavy: set[str] = field(default_factory=set)  # done one at a time, when nothing else waits
    announce: Announce | None = None


steps = Steps()


def claim(limit: int = BATCH) -> list[Errand]:
    """Lease up to ``limit`` light errands that are due, oldest first, else one heavy one.

    Commits at once. A forecast makes every supplier recompute its coverage; meanwhile a stock
    count must still reach its screens within a second.
    """
    return _claim(limit, is_heavy=False) or _claim(1, is_heavy=True)


def _claim(limit: int, *, is_heavy: bool) -> list[Errand]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [LEASE_SECONDS, sorted(steps.heavy), is_heavy, limit])
        keys: list[UUID] = [row[0] for row in cursor.fetchall()]
    return list(Errand.objects.filter(pk__in=keys).order_by("pk")) if keys else []


def deliver(errand: Errand) -> None:
    """Hand the event to its subscribers, then find who is to be shown what it touched.

    Where that failed before, each subscriber is served on its own, so that one that cannot
    handle an event keeps nobody else from it; the errand goes on failing for that one alone.
    """
    errors: dict[str, Exception] = {}
    with acting_for(errand.organisation_id):
        event = Event.objects.get(pk=errand.subject_id)
        if errand.starts > 1:
            errors = dispatch_each(event)
        else:
            dispatch(event)
        touches = list(touches_of(event))
        if steps.announce is not None and touches:
            steps.announce(event, touches)
        if not errors:
            finish(errand)
    if errors:
        raise SubscribersFailed(errors)
    logger.info("delivered event %s (%s), %d rows touched", event.pk, event.kind, len(touches))


def finish(errand: Errand) -> None:
    """Mark the errand done, in the transaction of its effect; ``Superseded`` undoes both."""
    finish_start(Start(errand.pk, errand.organisation_id, errand.starts))


def work_off() -> int:
    """Do every errand that is due now; return how many were started."""
    started = 0
    while errands := claim():
        started += len(errands)
        for errand in errands:
            attempt(errand)
    return started


def attempt(errand: Errand) -> None:
    """Run one claimed errand; a failure leaves it to the next sweep, the fifth buries it."""
    if errand.step != Errand.Step.TASK:
        start = begin(errand.pk, claimed_until=errand.lease_until, is_one_step=True)
        if start is None:
            return  # it waited longer than its lease, and somebody else took it
        errand.starts = start.number
    try:
        if errand.starts > MAX_STARTS:
            raise RuntimeError(f"gave up after {MAX_STARTS} starts without an end")
        steps.run[errand.step](errand)
    except (OperationalError, InterfaceError) as error:
        if not connection.is_usable():
            raise  # PostgreSQL is away: nothing is wrong with the errand
        _note_failure(errand, error)  # a deadlock, a lock or statement time-out
    except Superseded as error:
        logger.warning("left to somebody else: %s", error)
    except Exception as error:
        logger.exception("errand %s (%s) failed at start %s", errand.pk, errand.step, errand.starts)
        _note_failure(errand, error)


def _note_failure(errand: Errand, error: Exception) -> None:
    is_dead = errand.starts >= MAX_STARTS or errand.step == Errand.Step.TASK
    Errand.objects.filter(pk=errand.pk, state=Errand.State.PENDING, starts=errand.starts).update(
        state=Errand.State.DEAD if is_dead else Errand.State.PENDING,
        reason=f"{type(error).__name__}: {error}"[:2000],
        lease_until=None,
        due_at=timezone.now() + timedelta(seconds=2**errand.starts),
    )


class Relay:
    """The loop of the relay process: woken by Redis, and by the clock when Redis is away."""

    def __init__(self) -> None:
        self._stopping = False
        self._listener: redis.client.PubSub | None = None

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        while not self._stopping:
            try:
                close_old_connections()
                work_off()
            except (OperationalError, InterfaceError) as error:
                logger.warning("PostgreSQL is away, trying again: %s", error)
                connection.close()
                time.sleep(1.0)
            self._wait()

    def _stop(self, *_signal: object) -> None:
        self._stopping = True

    def _wait(self) -> None:
        try:
            if self._listener is None:
                self._listener = wake.listener()
                self._listener.subscribe(wake.CHANNEL)
                return  # look once more: a call may have come before we listened
            deadline = time.monotonic() + SWEEP_SECONDS
            while not self._stopping and time.monotonic() < deadline:
                if self._listener.get_message(timeout=0.5):
                    self._drain()
                    return
        except redis.RedisError as error:
            logger.warning("Redis is away, sweeping by the clock: %s", error)
            self._listener = None
            time.sleep(0.5)

    def _drain(self) -> None:
        if self._listener is not None:
            while self._listener.get_message(timeout=0):
                continue


steps.run[Errand.Step.DELIVER] = deliver
