"""Recorded events go to the streaming subscriptions of their owner and of all who may see them."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid5

from collab.events.bus import Fact, subscribe
from collab.sharing.hear import hand_over, listen
from inventory.events import TRACKING_TOPIC, TrackingRecorded
from inventory.queries.epcis import counterparties_of
from inventory.services.epcis_streams import tell_listeners
from inventory.services.epcis_subscriptions import has_streams, stream

LISTENER = "inventory.stream_events"


def stream_recorded(event: TrackingRecorded) -> Iterable[Fact]:
    """Send our own subscribers a batch of events, and let the others send theirs."""
    keys = [UUID(key) for key in event.event_ids]
    if not keys:
        return ()
    stream_heard(keys)
    if parties := counterparties_of(keys):
        hand_over(
            uuid5(keys[0], "stream"),
            listener=LISTENER,
            topic=TRACKING_TOPIC,
            about_ids=parties,
            rows=keys,
        )
    return ()


def stream_heard(keys: Sequence[UUID]) -> Iterable[Fact]:
    """Send our subscribers those of recorded events that they asked for and that we may see."""
    if has_streams():
        stream(keys)
    tell_listeners(keys)
    return ()


subscribe(TrackingRecorded, stream_recorded)
listen(LISTENER, stream_heard)
