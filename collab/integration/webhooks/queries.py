"""Endpoints and the log of deliveries, as their owner sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.db.models.functions import Length

from collab.integration.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from collab.integration.webhooks.sources import told_of

State = WebhookDelivery.State
SORTS = {"newest": ("-pk",), "oldest": ("pk",), "ended": ("-ended_at", "-pk")}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """One endpoint with the deliveries of the last 30 days."""

    id: UUID
    url: str
    is_active: bool
    disabled_reason: str
    created_at: datetime
    source: str
    delivered: int
    waiting: int
    dead: int
    last_at: datetime | None

    @property
    def is_gone(self) -> bool:
        """Whether its receiver wants nothing any more."""
        return not self.is_active and bool(self.disabled_reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """One delivery with its newest try; ``due_at`` is when the next one is due."""

    id: UUID
    endpoint_id: UUID
    url: str
    state: str
    state_label: str
    size: int
    tries: int
    status: int
    note: str
    due_at: datetime | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def tone(self) -> str:
        """The tone of its pill."""
        return {State.WAITING: "info", State.DELIVERED: "ok"}.get(State(self.state), "crit")


def endpoint_rows(key: UUID | None = None) -> list[EndpointRow]:
    """Return the acting organisation's endpoints, newest first, or the one with this key."""
    rows = WebhookEndpoint.objects.order_by("-pk")
    found = list(rows if key is None else rows.filter(pk=key))
    keys = [row.pk for row in found]
    counts, last = _counts(keys)
    sources = told_of(keys)
    return [
        EndpointRow(
            id=row.pk,
            url=row.url,
            is_active=row.is_active,
            disabled_reason=row.disabled_reason,
            created_at=row.created_at,
            source=sources.get(row.pk, ""),
            delivered=counts.get((row.pk, State.DELIVERED), 0),
            waiting=counts.get((row.pk, State.WAITING), 0),
            dead=counts.get((row.pk, State.DEAD), 0),
            last_at=last.get(row.pk),
        )
        for row in found
    ]


def _counts(
    keys: Sequence[UUID],
) -> tuple[dict[tuple[UUID, str], int], dict[UUID, datetime]]:
    """Return deliveries by endpoint and state, and when the last of each was delivered."""
    counts: dict[tuple[UUID, str], int] = {}
    last: dict[UUID, datetime] = {}
    rows = WebhookDelivery.objects.filter(endpoint__in=keys).values_list("endpoint_id", "state")
    for endpoint_id, state, count, ended_at in rows.annotate(Count("pk"), Max("ended_at")):
        counts[endpoint_id, state] = count
        if state == State.DELIVERED and ended_at is not None:
            last[endpoint_id] = ended_at
    return counts, last


def deliveries(*, state: str = "", endpoint_id: UUID | None = None) -> Any:
    """Return the deliveries of a state and endpoint, any if empty.

    A query set of ``WebhookDelivery`` without an order. What was sent stays in the database until
    it is read; of it comes ``size`` [bytes], an annotation that the type checker does not know.
    """
    rows: Any = WebhookDelivery.objects.annotate(size=Length("body")).defer("body")
    if state:
        rows = rows.filter(state=state)
    return rows if endpoint_id is None else rows.filter(endpoint_id=endpoint_id)


def delivery_list(
    *,
    state: str = "",
    endpoint_id: UUID | None = None,
    sort: str = "newest",
    limit: int = 50,
    offset: int = 0,
) -> list[DeliveryRow]:
    """Return deliveries in the order of ``sort``, one of ``SORTS``."""
    if sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {sort!r}")
    rows = deliveries(state=state, endpoint_id=endpoint_id).order_by(*SORTS[sort])
    return delivery_rows(list(rows.select_related("endpoint")[offset : offset + limit]))


def delivery_rows(rows: Sequence[Any]) -> list[DeliveryRow]:
    """Return the plain rows of ``deliveries``, their newest tries read at once."""
    tries: dict[UUID, list[WebhookAttempt]] = {}
    attempts = WebhookAttempt.objects.filter(delivery__in=rows).order_by("number")
    for attempt in attempts:
        tries.setdefault(attempt.delivery_id, []).append(attempt)
    found = []
    for row in rows:
        ended = [each for each in tries.get(row.pk, []) if each.ended_at is not None]
        coming = [each for each in tries.get(row.pk, []) if each.ended_at is None]
        last = ended[-1] if ended else None
        found.append(
            DeliveryRow(
                id=row.pk,
                endpoint_id=row.endpoint_id,
                url=row.endpoint.url,
                state=row.state,
                state_label=str(State(row.state).label),
                size=row.size,
                tries=len(ended),
                status=last.status if last else 0,
                note=last.note if last else "",
                due_at=coming[0].due_at if coming else None,
                created_at=row.created_at,
                ended_at=row.ended_at,
            )
        )
    return found


def attempts_of(delivery_id: UUID) -> list[WebhookAttempt]:
    """Return the tries of a delivery, first first."""
    return list(WebhookAttempt.objects.filter(delivery_id=delivery_id).order_by("number"))
