"""Celery's schedule kept in PostgreSQL, so that any number of beat processes send each task once.

Every process may try; the task's row decides. It is locked while the task is sent and then says
when that was, so a second process finds that it is no longer due. When one is killed another goes
on where it was: nothing is left out and nothing is sent twice.
"""

import logging
from datetime import datetime
from typing import Any, Final

from celery.beat import ScheduleEntry, Scheduler, SchedulingError
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from collab.events.models import ScheduledSend

logger = logging.getLogger(__name__)

LONGEST_SLEEP: Final = 5
"""Seconds after which a process looks again whether another one has died."""

_LOCK = """
INSERT INTO events_scheduledsend AS s (name, sent_at) VALUES (%s, statement_timestamp())
    ON CONFLICT (name) DO UPDATE SET name = s.name RETURNING sent_at
"""


class SharedSchedule(Scheduler):
    """``celery beat``'s scheduler; a new task is sent one interval after it was first seen."""

    max_interval = LONGEST_SLEEP
    _is_away = False

    def setup_schedule(self) -> None:
        """Take up every task where the schedule stands in PostgreSQL."""
        super().setup_schedule()
        for name, entry in self.schedule.items():
            with transaction.atomic():
                entry.last_run_at = _locked(name)
        connection.close()  # beat forks; a connection must not be shared

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; return after how many seconds to look again."""
        self._is_away = False
        wait: float = super().tick(*args, **kwargs)
        return LONGEST_SLEEP if self._is_away else wait

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send a task that this process finds due, unless another one has sent it."""
        name = str(entry.name)
        try:
            sent_at = self._send_once(name, entry, producer)
        except (OperationalError, InterfaceError, SchedulingError) as error:
            logger.warning("%s not sent, trying again: %s", name, error)
            connection.close()
            self._is_away = True
            sent_at = entry.last_run_at
        self.schedule[name].last_run_at = sent_at
        self._heap = None  # the next look orders the tasks anew

    def _send_once(self, name: str, entry: ScheduleEntry, producer: Any) -> datetime | None:
        """Return when the task was sent last, which is now if it was due."""
        turn: Any = entry.schedule
        with transaction.atomic():
            sent_at = _locked(name)
            if not turn.is_due(sent_at).is_due:
                return sent_at
            self.apply_async(entry, producer=producer, advance=False)
            now = timezone.now()
            ScheduledSend.objects.filter(pk=name).update(sent_at=now)
        return now


def _locked(name: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [name])
        sent_at: datetime = cursor.fetchone()[0]
    return sent_at
