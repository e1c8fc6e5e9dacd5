"""Send subscribers the new events of named queries: each event once, in the order of record time.

A scheduled subscription reads what was recorded since its last round, up to a minute ago: what a
slow transaction commits late is then there. A streaming one is told of each batch as it is
recorded; the events of before it began come in one first round like that of a schedule.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils import timezone

from collab.events.bus import enqueue
from collab.integration.epcis.contexts import PLAIN, context_of
from collab.integration.epcis.read import decode, encode
from collab.integration.epcis.write import query_document, written
from collab.integration.webhooks.services import create_endpoint, send
from inventory.models import NamedQuery, QuerySubscription
from inventory.queries import epcis
from inventory.rules.epcis_query import RECORD_TIME, Query, read_query
from inventory.rules.epcis_schedule import next_after, read_schedule

TASK: Final = "inventory.subscription_round"
SETTLED: Final = timedelta(seconds=60)
"""After so long every transaction that records events has ended."""
PER_MESSAGE: Final = 100
MOST_PER_ROUND: Final = 5_000
FIRST: Final = UUID(int=0)


@transaction.atomic
def subscribe(
    query: NamedQuery,
    *,
    url: str,
    schedule: Any = None,
    reports_if_empty: bool = False,
    since: datetime | None = None,
) -> tuple[QuerySubscription, str]:
    """Return a new subscription and the secret that signs its messages, shown this once.

    Without ``schedule`` events stream. ``since`` has earlier events sent as well, by record time.
    Raises ``BadSchedule`` or ``ForbiddenAddress``.
    """
    now = timezone.now()
    read = read_schedule(schedule) if schedule is not None else None
    endpoint, secret = create_endpoint(url)
    row = QuerySubscription.objects.create(
        query=query,
        endpoint=endpoint,
        schedule=schedule,
        reports_if_empty=reports_if_empty,
        created_at=now,
        reached_at=min(since or now, now),
        reached=FIRST,
    )
    if read is not None:
        _plan(row, next_after(read, now))
    elif since is not None and since < now:
        _plan(row, now + SETTLED)
    return row, secret


@transaction.atomic
def unsubscribe(row: QuerySubscription) -> None:
    """End a subscription; what is on its way still arrives."""
    row.delete()


@transaction.atomic
def run_round(subject: UUID) -> None:
    """Do the round of this subject, if a subscription of ours still waits for it."""
    for row in QuerySubscription.objects.select_for_update().filter(next_at__isnull=False):
        if _subject(row) == subject:
            _round(row)


@transaction.atomic
def stream(keys: Sequence[UUID]) -> None:
    """Send the streaming subscribers of ours those of the events that they asked for."""
    rows = QuerySubscription.objects.filter(schedule__isnull=True)
    for row in rows.select_related("query", "endpoint"):
        found = epcis.events(
            query_of(row.query), limit=len(keys), among=keys, recorded_after=row.created_at
        )
        _send(row, found)


def has_streams() -> bool:
    """Say whether anybody of the acting organisation streams."""
    return QuerySubscription.objects.filter(schedule__isnull=True).exists()


def _round(row: QuerySubscription) -> None:
    """Send what was recorded since the last round, and plan the next one."""
    now = timezone.now()
    horizon = now - SETTLED if row.schedule is not None else row.created_at
    after = (row.reached_at, row.reached)
    found = epcis.events(
        query_of(row.query), limit=MOST_PER_ROUND, after=after, recorded_before=horizon
    )
    if found or (row.reports_if_empty and row.schedule is not None):
        _send(row, found, is_empty_sent=True)
    if found:
        row.reached_at, row.reached = found[-1].recorded_at, found[-1].id
    row.last_at = now
    row.save(update_fields=["reached_at", "reached", "last_at"])
    if len(found) == MOST_PER_ROUND:
        _plan(row, now)  # there is more
    elif row.schedule is not None:
        _plan(row, next_after(read_schedule(row.schedule), now))
    else:
        _plan(row, None)


def _plan(row: QuerySubscription, at: datetime | None) -> None:
    """Set when the next round is; each has a subject of its own, so that none comes twice."""
    row.next_at = at
    row.rounds += 1
    row.save(update_fields=["next_at", "rounds"])
    if at is not None:
        enqueue(TASK, _subject(row), due_at=at)


def _subject(row: QuerySubscription) -> UUID:
    return uuid5(NAMESPACE_URL, f"subscription:{row.pk}:{row.rounds}")


def query_of(kept: NamedQuery) -> Query:
    """Return a kept query in the order of record time, whatever order it is kept with."""
    parameters = dict(kept.parameters)
    context = context_of(parameters.pop("@context")) if "@context" in parameters else PLAIN
    found = read_query(parameters, context)
    return Query(found.conditions, RECORD_TIME, is_ascending=True)


def documents(
    found: Sequence[epcis.EventRow], *, query_name: str, now: datetime, subscription: str = ""
) -> list[dict[str, Any]]:
    """Return events as query documents of at most ``PER_MESSAGE``."""
    return [
        query_document(
            [
                written(
                    decode(each.body.encode()),
                    event_id=each.event_id,
                    recorded_at=each.recorded_at,
                )
                for each in found[first : first + PER_MESSAGE]
            ],
            created_at=now,
            query_name=query_name,
            subscription=subscription,
        )
        for first in range(0, len(found), PER_MESSAGE)
    ]


def _send(
    row: QuerySubscription, found: Sequence[epcis.EventRow], *, is_empty_sent: bool = False
) -> None:
    now, key = timezone.now(), str(row.pk)
    messages = documents(found, query_name=row.query.name, now=now, subscription=key)
    if not found and is_empty_sent:
        name = row.query.name
        messages = [query_document([], created_at=now, query_name=name, subscription=key)]
    for each in messages:
        send(row.endpoint, encode(each))
