"""A dispatch advice as every format means it: one consignment with its lines and its packs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from forecasting.messages.canonical import Identifier, Moment
from transport.rules.handling_units import Unit


class Function(StrEnum):
    """What an advice does to one of the same number."""

    ORIGINAL = "original"
    REPLACE = "replace"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One part on one order and delivery note; quantities in ``unit``, a UN/ECE Rec 20 code.

    ``cumulative`` is what the supplier has shipped since the last reset, this line included.
    """

    position: int
    part_number: str
    quantity: Decimal
    unit: str
    supplier_part_number: str = ""
    name: str = ""
    cumulative: Decimal | None = None
    order: str = ""
    delivery_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A whole advice; times are local to the ship-to site, weights in kg.

    ``units`` is empty for goods whose packs are not told.
    """

    number: str
    issued_at: Moment
    lines: tuple[Line, ...]
    units: tuple[Unit, ...] = ()
    function: Function = Function.ORIGINAL
    despatched_at: Moment | None = None
    expected_at: Moment | None = None
    gross_kg: Decimal | None = None
    net_kg: Decimal | None = None
    customer: Identifier | None = None
    supplier: Identifier | None = None
    ship_to: Identifier | None = None
    ship_from: Identifier | None = None
    dock: str = ""
    shipment_number: str = ""
    transport_document: str = ""
    carrier: str = ""
    plate: str = ""  # of the vehicle

    @property
    def quantities(self) -> Mapping[int, Decimal]:
        """The quantity of each line by its position."""
        return {line.position: line.quantity for line in self.lines}
