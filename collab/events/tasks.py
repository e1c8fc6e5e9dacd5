"""Celery tasks that work for one organisation: sent by the relay, each done once in effect."""

import logging
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from celery import Task
from django.core import signing
from django.db.models import F
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from collab.celery import app
from collab.events import housekeeping, sealing
from collab.events.leases import LEASE_SECONDS, Lease, Start, begin, bury, finish, give_back
from collab.events.models import Errand
from collab.events.transparency import services as transparency
from collab.organisations.context import acting_for

if TYPE_CHECKING:
    BaseTask = Task[Any, Any]
else:
    BaseTask = Task

logger = logging.getLogger(__name__)

HEADER = "collab_errand"
SALT = "collab.events.task"
LONGEST_WAIT = 300
BROKER_PAUSE = 2
PLATFORM = "platform"


class UnsignedTask(PermissionError):
    """A task was started without the signed header that says for whom."""


class OrganisationTask(BaseTask):
    """A task for one organisation, named by a header that only this installation can sign.

    The body runs inside ``acting_for`` and in the transaction that marks its errand done; its
    argument is the key the errand is about. A task with ``is_long`` gets the ``Start`` first
    and opens its own short blocks: no transaction may stay open while it computes.
    """

    abstract = True
    typing = False  # the signature of the body is not that of the call
    is_long: ClassVar[bool] = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Check the header, lease the errand, run the body."""
        errand_id, organisation_id = self.signed()
        start = begin(errand_id)
        if start is None:
            return None  # done already, or somebody is at it
        if start.organisation_id != organisation_id:
            raise UnsignedTask(f"expected errand {errand_id} to be of the header's organisation")
        subject_id = UUID(args[0])
        if start.is_last:
            reason = f"gave up after {start.number - 1} starts without an end"
            self.buried(start, subject_id, reason)
            return None
        if self.is_long:
            return self.run(start, subject_id)
        try:
            with Lease(start), acting_for(organisation_id):
                result = self.run(subject_id)
                finish(start)
        except Exception as error:
            # Whatever the body raises, the errand must not wait for its lease to run out. Nothing
            # is swallowed: the start is counted and keeps its reason, Celery logs the traceback.
            give_back(start, f"{type(error).__name__}: {error}")
            raise
        return result

    def buried(self, start: Start, subject_id: UUID, reason: str) -> None:
        """Take note that there will be no further start; the default only keeps the reason."""
        bury(start, reason)

    def signed(self) -> tuple[UUID, int]:
        """Return errand and organisation of the header, or raise ``UnsignedTask``."""
        found = _unsigned(self)
        return UUID(found["errand"]), int(found["organisation"])


class PlatformTask(BaseTask):
    """A task that visits every tenant in turn; only the schedule, which signs it, may start it."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Check the header, run the body without anybody acted for."""
        if _unsigned(self).get("for") != PLATFORM:
            raise UnsignedTask(f"expected {self.name} to be started by the schedule")
        return self.run(*args, **kwargs)


def header_for(errand: Errand) -> dict[str, str]:
    """Return the headers under which ``errand``'s task may run."""
    name, _, _queue = errand.name.partition("@")
    return _sign(name, errand=str(errand.pk), organisation=errand.organisation_id)


def send(errand: Errand) -> None:
    """Send the errand's task to its queue; it is sent again unless a worker starts it.

    ``errand.name`` is ``task`` or ``task@queue``. The pause before sending again doubles from
    20 s to at most 300 s. A broker that is away costs 2 s, not a start.
    """
    name, _, queue = errand.name.partition("@")
    task = known_tasks().get(name)
    if task is None:
        raise LookupError(f"expected a known task, got {name!r}")
    pause = min(LEASE_SECONDS * 2**errand.sends, LONGEST_WAIT)
    mine = Errand.objects.filter(
        pk=errand.pk, state=Errand.State.PENDING, lease_until=errand.lease_until
    )
    due_at = timezone.now() + timedelta(seconds=pause)
    if not mine.update(sends=F("sends") + 1, due_at=due_at, lease_until=None):
        return
    try:
        task.apply_async(
            args=[str(errand.subject_id)],
            headers=header_for(errand),
            queue=queue or None,
            retry=False,
        )
    except (BrokerAway, OSError) as error:
        logger.warning("task not sent, the broker is away: %s", error)
        Errand.objects.filter(pk=errand.pk, sends=errand.sends + 1, lease_until=None).update(
            sends=errand.sends, due_at=timezone.now() + timedelta(seconds=BROKER_PAUSE)
        )


@cache
def known_tasks() -> dict[str, Any]:
    """Return every task of the installed apps by name."""
    app.loader.import_default_modules()
    app.finalize()
    tasks: dict[str, Any] = app.tasks
    return tasks


@app.task(base=PlatformTask, name="events.housekeeping")
def clean_up() -> None:
    """Delete what nobody will ask for again; once an hour."""
    housekeeping.delete_old_feed()
    housekeeping.delete_done_errands()


@app.task(base=PlatformTask, name="events.seal")
def seal_audit() -> None:
    """Sign every audit chain that has grown; every ten minutes."""
    sealing.seal_all()


@app.task(base=OrganisationTask, name=transparency.SEAL)
def seal_logs(_turn: UUID) -> None:
    """Sign the logs of an organisation that have grown; owed by whoever appends."""
    transparency.seal_all()


def on_beat(sender: Any, task: Any, *, every_s: float) -> None:
    """Put a ``PlatformTask`` on the schedule of the Celery app ``sender``."""
    headers = _sign(task.name, **{"for": PLATFORM})
    sender.add_periodic_task(every_s, task.s().set(headers=headers), name=task.name)


@app.on_after_finalize.connect
def schedule(sender: Any, **_signal: Any) -> None:
    """Put the platform's own work on the beat."""
    on_beat(sender, clean_up, every_s=3600)
    on_beat(sender, seal_audit, every_s=600)


def _sign(task_name: str, **content: Any) -> dict[str, str]:
    return {HEADER: signing.dumps({"task": task_name, **content}, salt=SALT)}


def _unsigned(task: Any) -> dict[str, Any]:
    token = (task.request.headers or {}).get(HEADER)
    if token is None:
        raise UnsignedTask(f"expected {task.name} to be sent by the relay, got no {HEADER} header")
    try:
        found: dict[str, Any] = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise UnsignedTask(f"expected a signature of this installation on {task.name}") from None
    if found.get("task") != task.name:
        raise UnsignedTask(f"expected a header for {task.name}, got one for {found.get('task')}")
    return found
