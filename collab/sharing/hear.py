"""Let partners' own data follow an event: each runs its part acting for itself.

A subscriber works for the event's owner and can write for nobody else. Where a partner's rows
depend on the owner's facts (a supplier's coverage on its customer's demand), the subscriber hands
the keys of those facts over; the relay then calls the partner's listener, which reads the facts
through its grants like any other viewer. What it may not see is not there.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.events import wake
from collab.events.bus import Fact, publish
from collab.events.models import Errand
from collab.events.relay import finish, steps
from collab.organisations.context import acting, acting_for
from collab.sharing.queries import audience

HEAR = Errand.Step.HEAR
ROWS_PER_ERRAND = 500

Listener = Callable[[Sequence[UUID]], Iterable[Fact]]

_listeners: dict[str, Listener] = {}


def listen(name: str, listener: Listener) -> None:
    """Register what ``hand_over`` calls by ``name``; it returns the events that follow."""
    _listeners[name] = listener


def known_listeners() -> dict[str, Listener]:
    """Return all listeners by name."""
    return dict(sorted(_listeners.items()))


def hand_over(
    subject: UUID,
    *,
    listener: str,
    topic: str,
    about_ids: Sequence[int],
    rows: Sequence[UUID],
    due_at: datetime | None = None,
) -> int:
    """Owe every organisation entitled to ``topic`` a call of ``listener`` with ``rows``.

    Runs acting for the owner of ``rows``, in the transaction that changed them. ``subject`` makes
    the call unique: handing over the same subject twice changes nothing. Returns the number of
    organisations. Raises ``LookupError`` for an unknown listener and ``ValueError`` above
    ``ROWS_PER_ERRAND`` rows.
    """
    if listener not in _listeners:
        raise LookupError(f"expected a listener among {sorted(_listeners)}, got {listener!r}")
    if len(rows) > ROWS_PER_ERRAND:
        raise ValueError(f"expected at most {ROWS_PER_ERRAND} rows a call, got {len(rows)}")
    members = _entitled(topic, frozenset(about_ids))
    when = due_at or timezone.now()
    Errand.objects.bulk_create(
        [
            Errand(
                organisation_id=member,
                step=HEAR,
                subject_id=subject,
                name=listener,
                touches=[str(row) for row in rows],
                due_at=when,
            )
            for member in members
        ],
        ignore_conflicts=True,
    )
    transaction.on_commit(wake.poke)
    return len(members)


def _entitled(topic: str, about_ids: frozenset[int]) -> list[int]:
    """Return who is called, read once for all listeners that one event is handed over to."""
    memo = acting().memo
    key = (_entitled, topic, about_ids)
    if key not in memo:
        found = audience(topic, about_ids=sorted(about_ids))
        memo[key] = sorted({each.viewer_id for each in found})
    members: list[int] = memo[key]
    return members


def hear(errand: Errand) -> None:
    """Run one listener acting for the partner, in the transaction that marks it done."""
    with acting_for(errand.organisation_id):
        for follow_up in _listeners[errand.name]([UUID(row) for row in errand.touches]):
            publish(follow_up)
        finish(errand)


steps.run[HEAR] = hear
steps.heavy.add(HEAR)
