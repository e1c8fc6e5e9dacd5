"""What follows events and holds for lots: links are folded, held stock is brought in line."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from collab.events.bus import Fact, subscribe
from collab.sharing.hear import listen
from inventory.events import TrackingRecorded
from inventory.queries.held import has_holds
from inventory.services.genealogy import follow_events
from inventory.services.held_stock import settle_held_stock
from inventory.services.lot_holds import LISTENER


def fold_recorded(event: TrackingRecorded) -> Iterable[Fact]:
    """Fold new events into links; block what is held of the goods they brought or made."""
    follow_events([UUID(key) for key in event.event_ids])
    if has_holds():
        settle_held_stock()
    return ()


def follow_lot_hold(_holds: Sequence[UUID]) -> Iterable[Fact]:
    """Block or free own stock: a partner holds a lot, or has released it."""
    settle_held_stock()
    return ()


listen(LISTENER, follow_lot_hold)
subscribe(TrackingRecorded, fold_recorded)
