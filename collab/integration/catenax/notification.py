"""Demand and capacity notifications between business partners.

Facts of io.catenax.demand_and_capacity_notification 3.0.0 and, to be read only, 2.0.0: there
materials are lists of numbers, the related notification is one, and a source is not required.
"""

# ruff: noqa: RUF009 - said() is dataclasses.field with metadata

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collab.integration.catenax.reading import (
    Kept,
    bpns,
    identifier,
    instant,
    list_of,
    object_of,
    one_of,
    said,
    text,
    text_up_to,
)

CAUSES: Final = (
    "strike",
    "natural-disaster",
    "production-incident",
    "pandemic-or-epidemic",
    "logistics-disruption",
    "war",
    "insolvency",
    "other",
)
EFFECTS: Final = ("demand-reduction", "demand-increase", "capacity-reduction", "capacity-increase")
STATES: Final = ("open", "resolved")
LONGEST_TEXT: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedMaterial(Kept):
    """A material by the numbers of either side."""

    global_asset_id: str | None = said("materialGlobalAssetId", identifier, default=None)
    customer_part: str | None = said("materialNumberCustomer", text, default=None)
    supplier_part: str | None = said("materialNumberSupplier", text, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification(Kept):
    """What disrupts demand or capacity between two partners; 3.0.0, or 2.0.0 as it came."""

    notification_id: str = said("notificationId", identifier)
    cause: str = said("leadingRootCause", one_of(*CAUSES))
    effect: str = said("effect", one_of(*EFFECTS))
    status: str = said("status", one_of(*STATES))
    starts_at: datetime = said("startDateOfEffect", instant)
    changed_at: datetime = said("contentChangedAt", instant)
    source_id: str | None = said("sourceDisruptionId", identifier, default=None)
    ends_at: datetime | None = said("expectedEndDateOfEffect", instant, default=None)
    words: str | None = said("text", text_up_to(LONGEST_TEXT), default=None)
    resolution: str | None = said(
        "resolvingMeasureDescription", text_up_to(LONGEST_TEXT), default=None
    )
    sender_sites: tuple[str, ...] | None = said("affectedSitesSender", list_of(bpns), default=None)
    recipient_sites: tuple[str, ...] | None = said(
        "affectedSitesRecipient", list_of(bpns), default=None
    )
    materials: tuple[AffectedMaterial, ...] | None = said(
        "materialsAffected", list_of(object_of(AffectedMaterial)), default=None
    )
    related_ids: tuple[str, ...] | None = said(
        "relatedNotificationIds", list_of(identifier), default=None
    )
    # of 2.0.0 alone
    customer_parts: tuple[str, ...] | None = said(
        "materialNumberCustomer", list_of(text), default=None
    )
    supplier_parts: tuple[str, ...] | None = said(
        "materialNumberSupplier", list_of(text), default=None
    )
    source_notification_id: str | None = said("sourceNotificationId", identifier, default=None)
    related_id: str | None = said("relatedNotificationId", identifier, default=None)
