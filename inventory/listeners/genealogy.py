"""What follows events and holds for lots: links are folded, held stock is brought in line."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from collab.events.bus import Fact, subscribe
from collab.integration.inbox.locks import hold
from collab.sharing.hear import hand_over, listen
from inventory.events import GenealogyChanged, StockCounted, StockMoved, TrackingRecorded
from inventory.models import GENEALOGY
from inventory.queries.held import has_holds
from inventory.services.genealogy import follow_events, things_in
from inventory.services.held_stock import settle_held_part
from inventory.services.hold_following import Change
from inventory.services.hold_passing import hear_holds
from inventory.services.hold_rows import LISTENER
from inventory.services.hold_upkeep import TURN, follow_partner_links, keep_up

LINKS: Final = "inventory.follow_partner_links"


def fold_recorded(event: TrackingRecorded) -> Iterable[Fact]:
    """Fold new events into links; block what is held of the goods they brought or made."""
    keys = [UUID(key) for key in event.event_ids]
    hold(TURN)  # a hold that is being raised sees these events, or they see it
    change = follow_events(keys)
    if has_holds():
        keep_up(change | Change(things_in(keys)))
    return ()


def hand_links(event: GenealogyChanged) -> Iterable[Fact]:
    """Let partners who see the links look whether they concern a hold at them."""
    hand_over(
        UUID(event.change_id),
        listener=LINKS,
        topic=GENEALOGY,
        about_ids=[event.counterparty_id],
        rows=[UUID(key) for key in event.link_ids],
    )
    return ()


def follow_links(links: Sequence[UUID]) -> Iterable[Fact]:
    """Let holds here follow a partner's links."""
    follow_partner_links(links)
    return ()


def follow_lot_hold(holds: Sequence[UUID]) -> Iterable[Fact]:
    """Block or free own stock: a partner holds a lot, or has released it."""
    hear_holds(holds)
    return ()


def block_more(event: StockCounted | StockMoved) -> Iterable[Fact]:
    """Block what held goods still lack of a part whose stock has changed."""
    settle_held_part(UUID(event.part_id))
    return ()


listen(LISTENER, follow_lot_hold)
listen(LINKS, follow_links)
subscribe(TrackingRecorded, fold_recorded)
subscribe(GenealogyChanged, hand_links)
subscribe(StockCounted, block_more)
subscribe(StockMoved, block_more)
