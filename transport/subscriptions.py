"""Which events the transport app listens to: each module subscribes when it is imported.

What inventory tells is heard here alone: it lies above, and only its events may be named.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from collab.events.bus import Fact, subscribe
from inventory.events import DeliveryReceived
from transport.listeners import (
    advices,
    areas,
    arrivals,
    emissions,
    empties,
    routes,
    tenders,
    tracking,
)
from transport.services.advices import note_receipt, withdraw_receipt

__all__ = ["advices", "areas", "arrivals", "emissions", "empties", "routes", "tenders", "tracking"]


def follow_receipt(event: DeliveryReceived) -> Iterable[Fact]:
    """Note on an own advice what its customer received, or that it took the receipt back."""
    key = UUID(event.advice_id)
    if not event.received_at:
        withdraw_receipt(key)
        return ()
    note_receipt(
        key,
        received={int(at): Decimal(quantity) for at, quantity in event.received.items()},
        received_at=datetime.fromisoformat(event.received_at),
    )
    return ()


subscribe(DeliveryReceived, follow_receipt)
