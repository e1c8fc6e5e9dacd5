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
from forecasting.services.actuals import hear_count, hear_movement, note_actual
from inventory.events import StockCounted, StockMoved
from transport.events import DispatchAdvised

__all__ = ["advices", "capacity", "chain", "comments", "commits", "orders", "releases"]
FREE = "free"


def count_stock(event: StockCounted) -> Iterable[Fact]:
    """Remember what was counted; it is netted with the next release or the nightly run."""
    if event.kind == FREE:
        hear_count(
            part_id=UUID(event.part_id),
            place=_place(event),
            quantity=Decimal(event.quantity),
            counted_at=datetime.fromisoformat(event.counted_at),
        )
    return ()


def follow_movement(event: StockMoved) -> Iterable[Fact]:
    """Remember what a movement left on hand, and what was received or used."""
    if not event.moved_at:  # an event of before movements told their time
        return ()
    moved_at = datetime.fromisoformat(event.moved_at)
    if event.stock_kind == FREE:
        hear_movement(
            part_id=UUID(event.part_id),
            place=_place(event),
            quantity=Decimal(event.quantity),
            moved_at=moved_at,
        )
    note_actual(
        kind=event.kind,
        part_id=UUID(event.part_id),
        partner_id=event.counterparty_id,
        site_code=event.site_code,
        on=moved_at.date(),
        quantity=Decimal(event.quantity),
        source_key=f"movement:{event.movement_id}",
    )
    return ()


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


def _place(event: StockCounted | StockMoved) -> str:
    return f"{event.site_code}/{event.counterparty_id}"


subscribe(StockCounted, count_stock)
subscribe(StockMoved, follow_movement)
subscribe(DispatchAdvised, follow_advice)
