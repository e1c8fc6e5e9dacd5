"""What the inventory app tells the others; fields are plain JSON values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from collab.events.bus import Touch, declare

COVERAGE_TOPIC = "inventory.coverage"
RECEIPT_TOPIC = "inventory.receipt"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class StockCounted:
    """A stock holder reported the quantity on hand of one part at one site."""

    version: ClassVar[int] = 1
    stock_count_id: str
    counterparty_id: int
    part_id: str
    part_number: str
    site_code: str
    kind: str
    quantity: str  # base units of the part, exact decimal
    unit: str
    counted_at: str
    on_hand: str = ""  # what stands after it
    known_at: str = ""  # when that was so: the newest one holds

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show the coverage, which ``CoverageChanged`` names."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class StockMoved:
    """A movement changed the quantity on hand of one part at one site.

    ``reverses`` is the movement that this one takes back, if any; ``on_hand`` and ``known_at`` are
    as in ``StockCounted``.
    """

    version: ClassVar[int] = 1
    movement_id: str
    counterparty_id: int
    part_id: str
    kind: str
    quantity: str
    stock_kind: str = "free"
    site_code: str = ""
    moved_at: str = ""
    reverses: str = ""
    on_hand: str = ""
    known_at: str = ""

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show the coverage, which ``CoverageChanged`` names."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageTargetChanged:
    """The days of supply agreed with a counterparty changed; without a target: it was removed."""

    version: ClassVar[int] = 1
    change_id: str
    target_id: str | None
    counterparty_id: int

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show the coverage, which ``CoverageChanged`` names."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageChanged:
    """The days of supply of some parts for one counterparty changed."""

    version: ClassVar[int] = 1
    counterparty_id: int
    coverage_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the coverage rows."""
        return [Touch(COVERAGE_TOPIC, UUID(key), self.counterparty_id) for key in self.coverage_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsReceived:
    """A customer took in a delivery of one supplier, or cancelled such a receipt.

    ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    receipt_id: str
    supplier_id: int
    number: str
    state: str
    is_different: bool

    def touches(self) -> Sequence[Touch]:
        """Return the receipt."""
        return [Touch(RECEIPT_TOPIC, UUID(self.receipt_id), self.supplier_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReceived:
    """A supplier heard what its customer received of an advice; published by the supplier.

    ``received`` maps positions of the advice to exact decimals [unit of the line];
    ``received_at`` is empty when the customer cancelled the receipt.
    """

    version: ClassVar[int] = 1
    change_id: str
    advice_id: str
    received_at: str
    received: dict[str, str]

    def touches(self) -> Sequence[Touch]:
        """Return nothing: the advice that changes is touched by its own event."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptAnswered:
    """A supplier accepted or disputed how a receipt of ``customer_id`` differs from its advice."""

    version: ClassVar[int] = 1
    change_id: str
    answer_id: str
    receipt_id: str
    customer_id: int
    verdict: str

    def touches(self) -> Sequence[Touch]:
        """Return the answer."""
        return [Touch(RECEIPT_TOPIC, UUID(self.answer_id), self.customer_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CumulativeChanged:
    """The counters of some parts with one supplier changed; at most 200."""

    version: ClassVar[int] = 1
    supplier_id: int
    standing_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the standings."""
        return [Touch(RECEIPT_TOPIC, UUID(key), self.supplier_id) for key in self.standing_ids]


TRACKING_TOPIC = "inventory.tracking"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingRecorded:
    """A batch of tracking events was taken; ``units`` are (key, whose business) to show at once.

    Written by the statement that takes the batch, one for each.
    """

    version: ClassVar[int] = 1
    event_ids: list[str]  # keys of TrackingEvent, by event time
    source: str
    units: list[list[Any]]

    def touches(self) -> Sequence[Touch]:
        """Return the units that screens show."""
        return [Touch(TRACKING_TOPIC, UUID(key), about_id) for key, about_id in self.units]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsMoved:
    """Units changed again while screens had just been told: what they are now is shown."""

    version: ClassVar[int] = 1
    units: list[list[Any]]

    def touches(self) -> Sequence[Touch]:
        """Return the units that screens show."""
        return [Touch(TRACKING_TOPIC, UUID(key), about_id) for key, about_id in self.units]


VMI_TOPIC = "inventory.vmi"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionQuoted:
    """A supplier's stock at a customer was quoted its part of a consumption; one event each.

    It tells of one supplier alone, so that nobody hears how many there are.
    """

    version: ClassVar[int] = 1
    quoted_id: str
    supplier_id: int

    def touches(self) -> Sequence[Touch]:
        """Return the quoted row."""
        return [Touch(VMI_TOPIC, UUID(self.quoted_id), self.supplier_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class VmiBandChanged:
    """A band with a supplier, or the projection of its stock, changed."""

    version: ClassVar[int] = 1
    band_id: str
    supplier_id: int

    def touches(self) -> Sequence[Touch]:
        """Return the band."""
        return [Touch(VMI_TOPIC, UUID(self.band_id), self.supplier_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class VmiReceiptsPlanned:
    """A supplier planned other receipts for a band of ``customer_id``."""

    version: ClassVar[int] = 1
    change_id: str
    band_id: str
    customer_id: int

    def touches(self) -> Sequence[Touch]:
        """Return the band, whose projection they are part of."""
        return [Touch(VMI_TOPIC, UUID(self.band_id), self.customer_id)]


NOTICE_TOPIC = "inventory.notice"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChanged:
    """A disruption notice to ``recipient_id`` was stated, changed or resolved.

    ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    notice_id: str
    recipient_id: int
    cause: str
    effect: str
    state: str

    def touches(self) -> Sequence[Touch]:
        """Return the notice."""
        return [Touch(NOTICE_TOPIC, UUID(self.notice_id), self.recipient_id)]


REFRESH_TOPIC = "inventory.refresh"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshChanged:
    """Figures wanted of ``partner_id`` were asked for, answered, paused or stopped; at most 200.

    ``is_asked`` says that the partner is to give them now. ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    partner_id: int
    refresh_ids: list[str]
    is_asked: bool

    def touches(self) -> Sequence[Touch]:
        """Return the refreshes."""
        return [Touch(REFRESH_TOPIC, UUID(key), self.partner_id) for key in self.refresh_ids]


REQUEST_TOPIC = "inventory.request"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DataRequested:
    """A request for data was made to ``asked_id``, or has ended.

    ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    request_id: str
    asked_id: int
    has_ended: bool

    def touches(self) -> Sequence[Touch]:
        """Return the request."""
        return [Touch(REQUEST_TOPIC, UUID(self.request_id), self.asked_id)]


REQUEST_GONE_TOPIC = "inventory.request_gone"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestGone:
    """A request that we were asked has ended, and with it our right to see it.

    The asked side's own: nobody else may show it where the request was.
    ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    request_id: str

    def touches(self) -> Sequence[Touch]:
        """Return the request."""
        return [Touch(REQUEST_GONE_TOPIC, UUID(self.request_id))]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DataAnswered:
    """A request of ``asker_id`` was answered, or what was told changed.

    ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    request_id: str
    asker_id: int
    decision: str
    is_final: bool

    def touches(self) -> Sequence[Touch]:
        """Return the request that is answered."""
        return [Touch(REQUEST_TOPIC, UUID(self.request_id), self.asker_id)]


GENEALOGY_TOPIC = "inventory.genealogy"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class GenealogyChanged:
    """Links between things changed that are business with one counterparty; at most 200 a piece.

    ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    counterparty_id: int
    link_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return one of the links: open traces look again, whichever it was."""
        return [Touch(GENEALOGY_TOPIC, UUID(self.link_ids[0]), self.counterparty_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class LotHoldChanged:
    """A lot is held back at ``counterparty_id``, or released; the owner itself is one of them.

    ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    hold_id: str
    counterparty_id: int
    state: str

    def touches(self) -> Sequence[Touch]:
        """Return the hold."""
        return [Touch(GENEALOGY_TOPIC, UUID(self.hold_id), self.counterparty_id)]


CAPTURE_TOPIC = "inventory.captures"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCaptured:
    """A document of tracking events was taken up, or what becomes of its events is known."""

    version: ClassVar[int] = 1
    job_id: str
    is_running: bool

    def touches(self) -> Sequence[Touch]:
        """Return the document's job."""
        return [Touch(CAPTURE_TOPIC, UUID(self.job_id))]
