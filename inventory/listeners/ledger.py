"""What follows an event for the ledger: entries for tracking events, copies for new heads."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from django.utils import timezone

from collab.events.bus import Fact, subscribe
from collab.events.transparency.events import HeadSigned, LogBroken
from collab.events.transparency.models import TransparencyLog
from collab.organisations.context import acting_organisation_id
from collab.sharing.hear import hand_over, listen
from collab.sharing.queries import audience
from inventory.events import TrackingRecorded
from inventory.ledger_alerts import raise_contradiction
from inventory.services.event_ledger import log_events
from inventory.services.ledger_watch import watch

LISTENER: Final = "inventory.witness_ledger"
WITNESS_EVERY_S: Final = 60


def log_recorded(event: TrackingRecorded) -> Iterable[Fact]:
    """Put tracking events into the ledger."""
    log_events([UUID(key) for key in event.event_ids])
    return ()


def hand_head(event: HeadSigned) -> Iterable[Fact]:
    """Have everybody to whom the ledger is open keep a copy of its head, once a minute."""
    log = TransparencyLog.objects.get(owner_id=acting_organisation_id(), name=event.name)
    turn = int(timezone.now().timestamp()) // WITNESS_EVERY_S + 1
    hand_over(
        uuid5(NAMESPACE_URL, f"witness:{log.pk}:{turn}"),
        listener=LISTENER,
        topic=event.name,
        about_ids=sorted({each.about_id for each in audience(event.name)}),
        rows=[log.pk],
        due_at=datetime.fromtimestamp(turn * WITNESS_EVERY_S, UTC),
    )
    return ()


def keep_head(logs: Sequence[UUID]) -> Iterable[Fact]:
    """Keep a copy of a partner's head, held against the copy before."""
    watch(logs)
    return ()


def tell_broken(event: LogBroken) -> Iterable[Fact]:
    """Tell the owner that its ledger does not continue what was signed."""
    raise_contradiction(UUID(event.log_key), owner_id=acting_organisation_id(), reason=event.reason)
    return ()


listen(LISTENER, keep_head)
subscribe(TrackingRecorded, log_recorded)
subscribe(HeadSigned, hand_head)
subscribe(LogBroken, tell_broken)
