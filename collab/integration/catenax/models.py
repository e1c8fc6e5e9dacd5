"""The weekly aspects of demand and capacity, their comments and update requests.

Facts of the models io.catenax.week_based_material_demand 3.0.1, week_based_capacity_group 3.0.1,
id_based_comment 1.1.0 and id_based_request_for_update 3.0.0. Identifiers stay as sent, with
``urn:uuid:`` or without.
"""

# ruff: noqa: RUF009 - said() is dataclasses.field with metadata

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from collab.integration.catenax import as_built, instances, stock_models
from collab.integration.catenax.notification import Notification
from collab.integration.catenax.reading import (
    Kept,
    bpnl,
    bpns,
    day,
    identifier,
    instant,
    list_of,
    number,
    object_of,
    one_of,
    quantity,
    said,
    text,
    text_up_to,
    yes_no,
)
from collab.integration.catenax.units import UNITS

CATEGORIES: Final = ("0001", "A1S1", "SR99", "PI01", "PO01", "OS01", "OI01", "ED01")
COMMENT_TYPES: Final = ("information", "warning", "default", "actionRequired")
LONGEST_COMMENT: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandCategory(Kept):
    """Why the parts are wanted."""

    code: str = said("demandCategoryCode", one_of(*CATEGORIES))


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyDemand(Kept):
    """The need of one week; ``week`` is its Monday."""

    week: date = said("pointInTime", day)
    quantity: Decimal = said("demand", quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandSeries(Kept):
    """The need of one customer site in one category."""

    customer_site: str = said("customerLocation", bpns)
    category: DemandCategory = said("demandCategory", object_of(DemandCategory))
    demands: tuple[WeeklyDemand, ...] = said("demands", list_of(object_of(WeeklyDemand)))
    expected_supplier_site: str | None = said("expectedSupplierLocation", bpns, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaterialDemand(Kept):
    """What a customer needs of one material, week by week."""

    demand_id: str = said("materialDemandId", identifier)
    customer: str = said("customer", bpnl)
    supplier: str = said("supplier", bpnl)
    customer_part: str = said("materialNumberCustomer", text)
    customer_description: str = said("materialDescriptionCustomer", text)
    changed_at: datetime = said("changedAt", instant)
    is_unit_omitted: bool = said("unitOfMeasureIsOmitted", yes_no)
    is_inactive: bool = said("materialDemandIsInactive", yes_no)
    series: tuple[DemandSeries, ...] = said("demandSeries", list_of(object_of(DemandSeries)))
    unit: str | None = said("unitOfMeasure", one_of(*UNITS), default=None)
    supplier_part: str | None = said("materialNumberSupplier", text, default=None)
    global_asset_id: str | None = said("materialGlobalAssetId", identifier, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyCapacity(Kept):
    """What a capacity group can make in one week; the delta is signed."""

    week: date = said("pointInTime", day)
    actual: Decimal = said("actualCapacity", quantity)
    maximum: Decimal = said("maximumCapacity", quantity)
    agreed: Decimal | None = said("agreedCapacity", quantity, default=None)
    delta_production: Decimal | None = said("deltaProductionResult", number(), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedDemandSeries(Kept):
    """A demand series that a capacity group serves, and how much capacity one unit takes."""

    customer_part: str = said("materialNumberCustomer", text)
    customer_site: str = said("customerLocation", bpns)
    category: DemandCategory = said("demandCategory", object_of(DemandCategory))
    supplier_part: str | None = said("materialNumberSupplier", text, default=None)
    load_factor: Decimal | None = said("loadFactor", number(), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertThreshold(Kept):
    """When a change within a stretch of weeks is worth an alert; relative ones are shares."""

    sequence_number: Decimal = said("sequenceNumber", number(least=1, most=999))
    length_weeks: Decimal = said("subhorizonLength", number(least=1, most=999))
    relative_increase: Decimal | None = said("relativePositiveDeviation", number(), default=None)
    relative_decrease: Decimal | None = said(
        "relativeNegativeDeviation", number(least=0, most=1), default=None
    )
    absolute_increase: Decimal | None = said("absolutePositiveDeviation", number(), default=None)
    absolute_decrease: Decimal | None = said("absoluteNegativeDeviation", number(), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volatility(Kept):
    """How changes of demand are measured; the interval is in weeks."""

    measured_from: datetime = said("startReferenceDateTime", instant)
    interval_weeks: Decimal = said("measurementInterval", number(least=1, most=999))
    thresholds: tuple[AlertThreshold, ...] | None = said(
        "rollingHorizonAlertThresholds", list_of(object_of(AlertThreshold)), default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityGroup(Kept):
    """What a supplier can make for a customer with one machine, line, plant or crew."""

    group_id: str = said("capacityGroupId", identifier)
    name: str = said("name", text)
    customer: str = said("customer", bpnl)
    supplier: str = said("supplier", bpnl)
    changed_at: datetime = said("changedAt", instant)
    is_unit_omitted: bool = said("unitOfMeasureIsOmitted", yes_no)
    is_inactive: bool = said("capacityGroupIsInactive", yes_no)
    unit: str | None = said("unitOfMeasure", one_of(*UNITS), default=None)
    supplier_sites: tuple[str, ...] | None = said("supplierLocations", list_of(bpns), default=None)
    capacities: tuple[WeeklyCapacity, ...] | None = said(
        "capacities", list_of(object_of(WeeklyCapacity)), default=None
    )
    linked_series: tuple[LinkedDemandSeries, ...] | None = said(
        "linkedDemandSeries", list_of(object_of(LinkedDemandSeries)), default=None
    )
    linked_groups: tuple[str, ...] | None = said(
        "linkedCapacityGroups", list_of(identifier), default=None
    )
    volatility: Volatility | None = said(
        "demandVolatilityParameters", object_of(Volatility), default=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Kept):
    """A remark of one side about a demand or a capacity group."""

    comment_id: str = said("commentId", identifier)
    object_id: str = said("objectId", identifier)
    object_type: str = said("objectType", text)
    customer: str = said("customer", bpnl)
    supplier: str = said("supplier", bpnl)
    author: str | None = said("author", text, default=None)
    posted_at: datetime | None = said("postedAt", instant, default=None)
    changed_at: datetime | None = said("changedAt", instant, default=None)
    comment: str | None = said("commentText", text_up_to(LONGEST_COMMENT), default=None)
    kind: str | None = said("commentType", one_of(*COMMENT_TYPES), default=None)
    is_to_be_deleted: bool | None = said("requestDelete", yes_no, default=None)
    weeks: tuple[date, ...] | None = said("listOfReferenceDates", list_of(day), default=None)
    simulation_id: str | None = said("simulationId", identifier, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDemand(Kept):
    """A demand whose present state is asked for, perhaps only if it changed since."""

    demand_id: str = said("materialDemandId", identifier)
    changed_since: datetime | None = said("changedAt", instant, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCapacityGroup(Kept):
    """A capacity group whose present state is asked for, perhaps only if it changed since."""

    group_id: str = said("capacityGroupId", identifier)
    changed_since: datetime | None = said("changedAt", instant, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForUpdate(Kept):
    """A wish for present states; without any entry everything is wanted."""

    demands: tuple[WantedDemand, ...] | None = said(
        "weekBasedMaterialDemand", list_of(object_of(WantedDemand)), default=None
    )
    capacity_groups: tuple[WantedCapacityGroup, ...] | None = said(
        "weekBasedCapacityGroup", list_of(object_of(WantedCapacityGroup)), default=None
    )


MODELS: Final[dict[str, type[Kept]]] = {
    "week_based_material_demand": MaterialDemand,
    "week_based_capacity_group": CapacityGroup,
    "id_based_comment": Comment,
    "id_based_request_for_update": RequestForUpdate,
    "demand_and_capacity_notification": Notification,
    **stock_models.MODELS,
    **as_built.MODELS,
    **instances.MODELS,
}
"""Name of the aspect model → its class."""


def model_of(document: object) -> str:
    """Return which model a document is by the properties it has; empty if none of ours."""
    names = set(document) if isinstance(document, dict) else set()
    if "notificationId" in names:
        return "demand_and_capacity_notification"
    if "commentId" in names:
        return "id_based_comment"
    if "materialDemandId" in names:
        return "week_based_material_demand"
    if "capacityGroupId" in names:
        return "week_based_capacity_group"
    if names and names <= {"weekBasedMaterialDemand", "weekBasedCapacityGroup"}:
        return "id_based_request_for_update"
    return (
        as_built.model_of(document)
        or instances.model_of(document)
        or stock_models.model_of(document)
    )
