"""What the transport app tells the others; fields are plain JSON values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from collab.events.bus import Touch, declare

ORDER_TOPIC = "transport.order"
LOAD_TOPIC = "transport.load"
SHIPMENT_TOPIC = "transport.shipment"
TENDER_TOPIC = "transport.tender"
ANSWER_TOPIC = "transport.answer"
TARIFF_TOPIC = "transport.tariff"
BILLING_TOPIC = "transport.billing"
PREMIUM_TOPIC = "transport.premium"
TRACKING_TOPIC = "transport.tracking"
ADVICE_TOPIC = "transport.advice"
EMPTIES_TOPIC = "transport.empties"
ROUTE_TOPIC = "transport.route"
ETA_TOPIC = "transport.eta"
AREA_TOPIC = "transport.area"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersPlaced:
    """Transport orders with one partner are new, changed or cancelled; at most 200.

    ``change_id`` is unique to this event.
    """

    version: ClassVar[int] = 1
    change_id: str
    partner_id: int
    order_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the orders."""
        return [Touch(ORDER_TOPIC, UUID(key), self.partner_id) for key in self.order_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class LoadChanged:
    """A load was planned, offered, moved on in its life cycle, or its stops changed.

    ``carrier_id`` is the owner itself as long as no carrier has accepted.
    """

    version: ClassVar[int] = 1
    change_id: str
    load_id: str
    carrier_id: int
    state: str
    plan_version: int

    def touches(self) -> Sequence[Touch]:
        """Return the load."""
        return [Touch(LOAD_TOPIC, UUID(self.load_id), self.carrier_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentsChanged:
    """Shipments with one partner, or its visits by vehicles, changed; at most 200 rows.

    ``late_ids`` are the shipments among them that became late or can no longer make it.
    """

    version: ClassVar[int] = 1
    change_id: str
    partner_id: int
    shipment_ids: list[str]
    visit_ids: list[str]
    late_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the shipments and visits."""
        keys = (*self.shipment_ids, *self.visit_ids)
        return [Touch(SHIPMENT_TOPIC, UUID(key), self.partner_id) for key in keys]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOffered:
    """A load was offered to a carrier, or the offer was closed."""

    version: ClassVar[int] = 1
    change_id: str
    offer_id: str
    load_id: str
    carrier_id: int
    state: str

    def touches(self) -> Sequence[Touch]:
        """Return the offer."""
        return [Touch(TENDER_TOPIC, UUID(self.offer_id), self.carrier_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class OfferAnswered:
    """A carrier accepted or rejected an offer of ``customer_id``."""

    version: ClassVar[int] = 1
    answer_id: str
    offer_id: str
    customer_id: int
    verdict: str

    def touches(self) -> Sequence[Touch]:
        """Return the answer."""
        return [Touch(ANSWER_TOPIC, UUID(self.answer_id), self.customer_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class PositionsReported:
    """A carrier received positions of vehicles on loads of one customer; at most 200 loads."""

    version: ClassVar[int] = 1
    change_id: str
    customer_id: int
    load_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens follow the load, which changes with what it means."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class LoadFollowed:
    """A load's vehicle was seen, or fell silent: position, expected arrivals, colour; no plan.

    ``carrier_id`` is as in ``LoadChanged``.
    """

    version: ClassVar[int] = 1
    change_id: str
    load_id: str
    carrier_id: int

    def touches(self) -> Sequence[Touch]:
        """Return the load."""
        return [Touch(LOAD_TOPIC, UUID(self.load_id), self.carrier_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierReported:
    """A carrier reported a milestone, document, sensor reading or arrival of one load."""

    version: ClassVar[int] = 1
    report_id: str
    load_id: str
    customer_id: int
    kind: str
    code: str

    def touches(self) -> Sequence[Touch]:
        """Return the report."""
        return [Touch(TRACKING_TOPIC, UUID(self.report_id), self.customer_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchAdvised:
    """A supplier sent, replaced or cancelled a dispatch advice to one customer, or it arrived.

    ``lines``: ``part_number`` (the customer's), ``quantity`` (exact decimal), ``unit``,
    ``site_code`` (ship-to), ``order_number``. ``received_at`` is empty until it is received.
    """

    version: ClassVar[int] = 1
    change_id: str
    advice_id: str
    customer_id: int
    number: str
    state: str
    despatched_at: str
    expected_at: str
    lines: list[dict[str, str]]
    received_at: str = ""

    def touches(self) -> Sequence[Touch]:
        """Return the advice."""
        return [Touch(ADVICE_TOPIC, UUID(self.advice_id), self.customer_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class RoutesPublished:
    """Fixed routes were published, changed or ended for one partner (carrier or supplier)."""

    version: ClassVar[int] = 1
    change_id: str
    partner_id: int
    route_ids: list[str]
    stop_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the routes and stops."""
        keys = (*self.route_ids, *self.stop_ids)
        return [Touch(ROUTE_TOPIC, UUID(key), self.partner_id) for key in keys]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAnswered:
    """A supplier or carrier accepted a fixed route of ``customer_id``, or wants a change."""

    version: ClassVar[int] = 1
    answer_id: str
    subject_id: str
    customer_id: int
    verdict: str

    def touches(self) -> Sequence[Touch]:
        """Return the answer."""
        return [Touch(ANSWER_TOPIC, UUID(self.answer_id), self.customer_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class FreightBilled:
    """A carrier sent an invoice to ``partner_id``, or a load's owner settled with the carrier."""

    version: ClassVar[int] = 1
    change_id: str
    row_id: str
    partner_id: int

    def touches(self) -> Sequence[Touch]:
        """Return the invoice or settlement."""
        return [Touch(BILLING_TOPIC, UUID(self.row_id), self.partner_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class PremiumChanged:
    """Premium freight was asked for, decided or disputed with one partner."""

    version: ClassVar[int] = 1
    change_id: str
    row_id: str
    partner_id: int

    def touches(self) -> Sequence[Touch]:
        """Return the request or answer."""
        return [Touch(PREMIUM_TOPIC, UUID(self.row_id), self.partner_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class EmptiesMoved:
    """Containers moved on accounts with one partner, or a month was confirmed; at most 200."""

    version: ClassVar[int] = 1
    change_id: str
    partner_id: int
    account_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the accounts."""
        return [Touch(EMPTIES_TOPIC, UUID(key), self.partner_id) for key in self.account_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class EtaVersionJudged:
    """New parameters of the arrival estimate were held against those in use."""

    version: ClassVar[int] = 1
    change_id: str
    version_id: str
    owner_id: int

    def touches(self) -> Sequence[Touch]:
        """Return the version: its owner's business alone."""
        return [Touch(ETA_TOPIC, UUID(self.version_id), self.owner_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class RiskAreasChanged:
    """Risk areas of one organisation were drawn, changed or taken away; at most 500."""

    version: ClassVar[int] = 1
    change_id: str
    owner_id: int
    area_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the areas: their owner's business alone."""
        return [Touch(AREA_TOPIC, UUID(key), self.owner_id) for key in self.area_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DeparturesChanged:
    """Fixed departures of one carrier were added, changed or taken away."""

    version: ClassVar[int] = 1
    change_id: str
    partner_id: int
    departure_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the departures."""
        return [Touch(TARIFF_TOPIC, UUID(key), self.partner_id) for key in self.departure_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceAnswered:
    """A customer accepted a dispatch advice of ``supplier_id``, or has a query about it."""

    version: ClassVar[int] = 1
    change_id: str
    answer_id: str
    advice_id: str
    supplier_id: int
    verdict: str

    def touches(self) -> Sequence[Touch]:
        """Return the advice, whose page shows the answer."""
        return [Touch(ADVICE_TOPIC, UUID(self.advice_id), self.supplier_id)]
