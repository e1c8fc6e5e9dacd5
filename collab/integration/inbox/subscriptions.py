"""The inbox listens to itself: what was stored is applied after the commit, however it crashes."""

from collections.abc import Iterable
from uuid import UUID

from collab.events.bus import Fact, subscribe
from collab.integration.inbox.applying import apply
from collab.integration.inbox.events import MessageArrived


def apply_arrived(event: MessageArrived) -> Iterable[Fact]:
    """Apply a stored message; again is harmless, it no longer waits then."""
    apply(UUID(event.message_id))
    return ()


subscribe(MessageArrived, apply_arrived)
