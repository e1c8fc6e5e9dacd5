"""Publish an event; route it to its subscribers. The bus knows no app by name."""

import dataclasses
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple, Protocol
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events import wake
from collab.events.models import Errand, Event
from collab.organisations.context import acting_organisation_id

logger = logging.getLogger(__name__)

Handler = Callable[[Any], Iterable["Fact"]]


class Touch(NamedTuple):
    """A row on screens that an event changed: live topic, row key, whose business it is about."""

    topic: str
    row_id: UUID
    about_id: int | None = None


class Fact(Protocol):
    """A frozen dataclass in the past tense: what an app tells the others.

    ``touches`` names the rows that screens show; who may see them is decided per recipient when
    the rows are rendered.
    """

    __dataclass_fields__: ClassVar[dict[str, Any]]
    version: ClassVar[int]

    def touches(self) -> Sequence[Touch]:
        """Return the rows this event changed on screens."""
        ...


_handlers: dict[str, list[Handler]] = defaultdict(list)
_kinds: dict[str, type[Any]] = {}


def kind_of(event: type[Any]) -> str:
    """Return the stable dotted name of an event class: ``inventory.StockCounted``."""
    app = event.__module__.removesuffix(".events").removeprefix("collab.")
    return f"{app}.{event.__name__}"


def declare(event: type[Any]) -> type[Any]:
    """Make an event class known to the bus; used as its decorator."""
    _kinds[kind_of(event)] = event
    return event


def event_kinds() -> dict[str, type[Any]]:
    """Return all known event classes by name: the event catalogue."""
    return dict(sorted(_kinds.items()))


def subscribe(event: type[Any], handler: Handler) -> None:
    """Call ``handler`` once for every event of this class; it returns what follows."""
    _handlers[kind_of(event)].append(handler)


def publish(event: Any) -> Event:
    """Record ``event`` in the running transaction; it is delivered after the commit."""
    owner = acting_organisation_id()
    row = Event.objects.create(
        kind=kind_of(type(event)), version=type(event).version, body=encode(event)
    )
    Errand.objects.create(
        organisation_id=owner,
        step=Errand.Step.DELIVER,
        subject_id=row.pk,
        due_at=timezone.now(),
    )
    transaction.on_commit(wake.poke)
    return row


def enqueue(task_name: str, subject_id: UUID, *, due_at: datetime | None = None) -> None:
    """Have a Celery task run for ``subject_id`` after the commit, however often things crash.

    ``due_at``: not before that instant, and within seconds after it.
    """
    Errand.objects.get_or_create(
        organisation_id=acting_organisation_id(),
        step=Errand.Step.TASK,
        subject_id=subject_id,
        name=task_name,
        defaults={"due_at": due_at or timezone.now()},
    )
    transaction.on_commit(wake.poke)


class SubscribersFailed(RuntimeError):
    """Some subscribers could not handle an event; the others have."""

    def __init__(self, errors: Mapping[str, Exception]) -> None:
        self.errors = dict(errors)
        texts = (f"{name}: {type(e).__name__}: {e}" for name, e in errors.items())
        super().__init__("; ".join(texts))


def dispatch(row: Event) -> None:
    """Hand ``row`` to each subscriber that has not handled it, then publish what follows.

    Runs inside ``acting_for`` the owner and in its transaction: all handle it, or none has.
    """
    handlers = {_name(handler): handler for handler in _handlers[row.kind]}
    for name in _deliver(row, list(handlers)):
        _handle(row, handlers[name])


def dispatch_each(row: Event) -> dict[str, Exception]:
    """Hand ``row`` on as ``dispatch`` does, each subscriber in a savepoint of its own.

    Slower, and for an event that failed before: who can handle it does. Returns the errors of
    those that cannot, by subscriber; nothing of what those did is kept.
    """
    errors: dict[str, Exception] = {}
    for handler in _handlers[row.kind]:
        name = _name(handler)
        try:
            with transaction.atomic():
                if _deliver(row, [name]):
                    _handle(row, handler)
        except (OperationalError, InterfaceError):
            raise  # of the database, not of the subscriber
        except Exception as error:  # one subscriber's mistake must not keep others from hearing
            logger.exception("%s cannot handle event %s (%s)", name, row.pk, row.kind)
            errors[name] = error
    return errors


def _handle(row: Event, handler: Handler) -> None:
    for follow_up in handler(decode(row)):
        publish(follow_up)


_DELIVER = """
INSERT INTO events_delivery (id, owner_id, event_key, subscriber)
SELECT each.id, %s, %s, each.subscriber FROM unnest(%s::uuid[], %s::text[]) AS each(id, subscriber)
ON CONFLICT (owner_id, event_key, subscriber) DO NOTHING
RETURNING subscriber
"""


def _deliver(row: Event, names: Sequence[str]) -> list[str]:
    """Mark ``row`` as handled by ``names``; return those that had not handled it, in order."""
    if not names:
        return []
    keys = [str(uuid7()) for _ in names]
    with connection.cursor() as cursor:
        cursor.execute(_DELIVER, [row.owner_id, row.pk, keys, list(names)])
        fresh = {subscriber for (subscriber,) in cursor.fetchall()}
    return [name for name in names if name in fresh]


def replay(rows: Iterable[Event]) -> None:
    """Rebuild read models from old events; what followed then is not repeated."""
    for row in rows:
        for handler in _handlers[row.kind]:
            for _follow_up in handler(decode(row)):
                continue


def touches_of(row: Event) -> Sequence[Touch]:
    """Return the rows on screens that the event changed."""
    found: Sequence[Touch] = decode(row).touches()
    return found


def encode(event: Any) -> dict[str, Any]:
    """Return the event's fields as plain JSON values."""
    return {key: _plain(value) for key, value in dataclasses.asdict(event).items()}


def decode(row: Event) -> Any:
    """Return the event object that ``row`` holds; fields keep their JSON types."""
    return _kinds[row.kind](**row.body)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"
