"""Short ways to say releases, ASNs and receipts, for the tests of the cumulative ledger."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from forecasting.rules.cumulative import Asn, Event, Ledger, Receipt, apply
from forecasting.rules.schedule import Release, ScheduleLine

MONDAY = date(2026, 1, 5)
LATER = date(2026, 3, 30)


def release(number: int, received: int, lines: dict[date, int], **more: Any) -> Release:
    more.setdefault("issued_at", datetime.combine(MONDAY, time(6), UTC))
    return Release(
        number=f"R{number}",
        received=Decimal(received),
        lines=tuple(
            ScheduleLine(due_on=day, quantity=Decimal(each)) for day, each in lines.items()
        ),
        **more,
    )


def asn(number: str, quantity: int, despatched_on: date = MONDAY) -> Asn:
    return Asn(number=number, despatched_on=despatched_on, quantity=Decimal(quantity))


def receipt(number: str, quantity: int, received_on: date = LATER, reference: str = "") -> Receipt:
    return Receipt(
        asn=number, received_on=received_on, quantity=Decimal(quantity), reference=reference
    )


def after(events: Iterable[Event], ledger: Ledger | None = None) -> Ledger:
    ledger = ledger or Ledger()
    for event in events:
        ledger, _ = apply(ledger, event)
    return ledger


def state(ledger: Ledger) -> object:
    """Everything a reader of the ledger can see."""
    return (ledger.current, ledger.previous, ledger.open_asns(), ledger.requirements())
