"""The daily aspects of short-term material: stock, days of supply, deliveries, production.

Facts of the models io.catenax.item_stock, days_of_supply, delivery_information and
planned_production_output, all 2.0.0, and of shared.message_header 3.0.0. Times need a zone, which
the published schemas leave open.
"""

# ruff: noqa: RUF009 - said() is dataclasses.field with metadata

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from collab.integration.catenax.reading import (
    Kept,
    bpna,
    bpnl,
    bpns,
    identifier,
    instant,
    list_of,
    matching,
    number,
    object_of,
    one_of,
    said,
    sized,
    text,
    yes_no,
)
from collab.integration.catenax.units import UNITS

DIRECTIONS: Final = ("INBOUND", "OUTBOUND")
EVENT_TYPES: Final = (
    "estimated-departure", "estimated-arrival", "actual-departure", "actual-arrival",
)  # fmt: skip
INCOTERMS: Final = (
    "EXW", "FCA", "CPT", "CIP", "DAP", "DAT", "DPU", "DDP", "FAS", "FOB", "CFR", "CIF",
)  # fmt: skip
_VERSION: Final = r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)([-+.0-9A-Za-z]*)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount(Kept):
    """A quantity with its unit."""

    value: Decimal = said("value", number())
    unit: str = said("unit", one_of(*UNITS))


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPosition(Kept):
    """The position of an order that something belongs to."""

    customer_order: str = said("customerOrderId", text)
    customer_position: str = said("customerOrderPositionId", text)
    supplier_order: str | None = said("supplierOrderId", text, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocatedStock(Kept):
    """What is on hand at one place, blocked or free."""

    quantity: Amount = said("quantityOnAllocatedStock", object_of(Amount))
    site: str = said("stockLocationBPNS", bpns)
    address: str = said("stockLocationBPNA", bpna)
    is_blocked: bool = said("isBlocked", yes_no)
    updated_at: datetime = said("lastUpdatedOnDateTime", instant)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockPosition(Kept):
    """Stock of one order position, or of none."""

    stocks: tuple[AllocatedStock, ...] = said("allocatedStocks", list_of(object_of(AllocatedStock)))
    order: OrderPosition | None = said(
        "orderPositionReference", object_of(OrderPosition), default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemStock(Kept):
    """The stock of a material; a supplier's is OUTBOUND, a customer's INBOUND."""

    asset_id: str = said("materialGlobalAssetId", identifier)
    direction: str = said("direction", one_of(*DIRECTIONS))
    positions: tuple[StockPosition, ...] = said("positions", list_of(object_of(StockPosition)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppliedDays(Kept):
    """How many days the stock of a day lasts."""

    at: datetime = said("date", instant)
    days: Decimal = said("daysOfSupply", number())


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocatedDays(Kept):
    """Days of supply at one place."""

    days: tuple[SuppliedDays, ...] = said(
        "amountOfAllocatedDaysOfSupply", list_of(object_of(SuppliedDays))
    )
    site: str = said("stockLocationBPNS", bpns)
    address: str = said("stockLocationBPNA", bpna)
    updated_at: datetime = said("lastUpdatedOnDateTime", instant)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysOfSupply(Kept):
    """How long a material lasts, place by place."""

    asset_id: str = said("materialGlobalAssetId", identifier)
    direction: str = said("direction", one_of(*DIRECTIONS))
    allocated: tuple[AllocatedDays, ...] = said(
        "allocatedDaysOfSupply", list_of(object_of(AllocatedDays))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitEvent(Kept):
    """A departure or an arrival, estimated or actual."""

    at: datetime = said("dateTimeOfEvent", instant)
    kind: str = said("eventType", one_of(*EVENT_TYPES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Location(Kept):
    """A place by its site, perhaps with its address."""

    site: str = said("bpnsProperty", bpns)
    address: str | None = said("bpnaProperty", bpna, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitLocations(Kept):
    """Where a delivery comes from and where it goes."""

    origin: Location = said("origin", object_of(Location))
    destination: Location = said("destination", object_of(Location))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery(Kept):
    """One delivery with its one or two transit events."""

    quantity: Amount = said("deliveryQuantity", object_of(Amount))
    updated_at: datetime = said("lastUpdatedOnDateTime", instant)
    events: tuple[TransitEvent, ...] = said(
        "transitEvents", sized(list_of(object_of(TransitEvent)), least=1, most=2)
    )
    places: TransitLocations = said("transitLocations", object_of(TransitLocations))
    tracking_number: str | None = said("trackingNumber", text, default=None)
    incoterm: str | None = said("incoterm", one_of(*INCOTERMS), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPosition(Kept):
    """Deliveries of one order position, or of none."""

    deliveries: tuple[Delivery, ...] = said("deliveries", list_of(object_of(Delivery)))
    order: OrderPosition | None = said(
        "orderPositionReference", object_of(OrderPosition), default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryInformation(Kept):
    """What of a material is on its way or will be."""

    asset_id: str = said("materialGlobalAssetId", identifier)
    positions: tuple[DeliveryPosition, ...] = said(
        "positions", list_of(object_of(DeliveryPosition))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocatedOutput(Kept):
    """What a site plans to have made by a time."""

    quantity: Amount = said("plannedProductionQuantity", object_of(Amount))
    site: str = said("productionSiteBpns", bpns)
    completed_at: datetime = said("estimatedTimeOfCompletion", instant)
    updated_at: datetime = said("lastUpdatedOnDateTime", instant)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputPosition(Kept):
    """Planned production of one order position, or of none."""

    outputs: tuple[AllocatedOutput, ...] = said(
        "allocatedPlannedProductionOutputs", list_of(object_of(AllocatedOutput))
    )
    order: OrderPosition | None = said(
        "orderPositionReference", object_of(OrderPosition), default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProductionOutput(Kept):
    """What a supplier plans to make of a material."""

    asset_id: str = said("materialGlobalAssetId", identifier)
    positions: tuple[OutputPosition, ...] = said("positions", list_of(object_of(OutputPosition)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageHeader(Kept):
    """Who sent what to whom when; the header of a message around an aspect."""

    message_id: str = said("messageId", identifier)
    context: str = said("context", text)
    sent_at: datetime = said("sentDateTime", instant)
    sender: str = said("senderBpn", bpnl)
    receiver: str = said("receiverBpn", bpnl)
    version: str = said("version", matching(_VERSION, "a semantic version such as 3.0.0"))
    expected_response_by: datetime | None = said("expectedResponseBy", instant, default=None)
    related_message: str | None = said("relatedMessageId", identifier, default=None)


MODELS: Final[dict[str, type[Kept]]] = {
    "item_stock": ItemStock,
    "days_of_supply": DaysOfSupply,
    "delivery_information": DeliveryInformation,
    "planned_production_output": PlannedProductionOutput,
}
"""Name of the aspect model → its class."""


def model_of(document: object) -> str:
    """Return which of these models a document is by its properties; empty if it does not tell.

    Without any position, a delivery information looks like a planned production output.
    """
    if not isinstance(document, dict) or "materialGlobalAssetId" not in document:
        return ""
    if "allocatedDaysOfSupply" in document:
        return "days_of_supply"
    positions = document.get("positions")
    if not isinstance(positions, list):
        return ""
    names = {name for each in positions if isinstance(each, dict) for name in each}
    if "allocatedStocks" in names or "direction" in document:
        return "item_stock"
    if "deliveries" in names:
        return "delivery_information"
    return "planned_production_output" if "allocatedPlannedProductionOutputs" in names else ""
