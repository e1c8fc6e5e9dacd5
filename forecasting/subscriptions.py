"""Which events the forecasting app listens to: each module subscribes when it is imported.

What inventory and transport tell is heard here alone: they lie above, and only their events may
be named.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from collab.events.bus import Fact, subscribe
from forecasting.listeners import advices, capacity, chain, comments, commits, orders, releases
from forecasting.queries.own_stock import stock_place
from forecasting.services.actuals import forget_actual, hear_stock, note_actual
from inventory.events import StockCounted, StockMoved
from transport.events import DispatchAdvised

__all__ = ["advices", "capacity", "chain", "comments", "commits", "orders", "releases"]
FREE = "free"


def count_stock(event: StockCounted) -> Iterable[Fact]:
    """Remember what was counted; it is netted with the next release or the nightly run."""
    _keep_stock(event, event.kind)
    return ()


def follow_movement(event: StockMoved) -> Iterable[Fact]:
    """Remember what a movement left on hand, and what was received or used (FC-06, FC-25)."""
    if not event.moved_at:  # an event of before movements told their time
        return ()
    _keep_stock(event, event.stock_kind)
    if event.reverses:
        forget_actual(f"movement:{event.reverses}")
        return ()
    note_actual(
        kind=event.kind,
        part_id=UUID(event.part_id),
        partner_id=event.counterparty_id,
        site_code=event.site_code,
        on=datetime.fromisoformat(event.moved_at).date(),
        quantity=Decimal(event.quantity),
        source_key=f"movement:{event.movement_id}",
    )
    return ()


def _keep_stock(event: StockCounted | StockMoved, kind: str) -> None:
    """Keep what is on hand for free use; events of before they told it are passed over."""
    if kind == FREE and event.on_hand:
        hear_stock(
            part_id=UUID(event.part_id),
            place=stock_place(event.site_code, event.counterparty_id),
            on_hand=Decimal(event.on_hand),
            known_at=datetime.fromisoformat(event.known_at),
        )


def follow_advice(event: DispatchAdvised) -> Iterable[Fact]:
    """Remember what an advice announced; a replaced or cancelled one announces nothing."""
    advices.follow_advice(
        advice_id=event.advice_id,
        customer_id=event.customer_id,
        number=event.number,
        state=event.state,
        despatched_at=event.despatched_at,
        expected_at=event.expected_at,
        received_at=event.received_at,
        lines=event.lines,
    )
    return ()


subscribe(StockCounted, count_stock)
subscribe(StockMoved, follow_movement)
subscribe(DispatchAdvised, follow_advice)
