"""A receipt and a stock report as every format means them."""

from dataclasses import dataclass
from decimal import Decimal

from forecasting.messages.canonical import Identifier, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedItem:
    """One part of a receipt; quantities in ``unit`` (Rec 20), ``damaged`` part of ``received``.

    ``position`` is the number of the line as it was told; ``advised`` is ``None`` where no
    advised quantity is told.
    """

    position: str
    part_number: str
    received: Decimal
    advised: Decimal | None = None
    damaged: Decimal = Decimal(0)
    unit: str = ""
    supplier_part_number: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptAdvice:
    """A whole receipt; times are local to the receiving site."""

    number: str
    issued_at: Moment
    received_at: Moment
    lines: tuple[ReceivedItem, ...]
    advice: str = ""  # number of the dispatch advice
    delivery_note: str = ""
    customer: Identifier | None = None
    supplier: Identifier | None = None
    ship_to: Identifier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StockItem:
    """What is on hand of one part [``unit``]; ``blocked`` stock covers nothing."""

    position: str
    part_number: str
    quantity: Decimal
    unit: str = ""
    location: str = ""
    partner_part_number: str = ""
    is_blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReport:
    """The stock of one place, told to one partner; times are local to the place."""

    number: str
    issued_at: Moment
    counted_at: Moment
    lines: tuple[StockItem, ...]
    place: Identifier | None = None
    holder: Identifier | None = None
    customer: Identifier | None = None
    supplier: Identifier | None = None
