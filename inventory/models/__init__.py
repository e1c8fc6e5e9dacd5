"""Tables of the inventory app, one file a noun."""

from inventory.models.aspects import MaterialTwin, SiteAddress, StatedAspect
from inventory.models.buffers import BufferPlacement, BufferPolicy, BufferSuggestion
from inventory.models.capture import CaptureJob, NamedQuery, QuerySubscription
from inventory.models.coverage import COVERAGE, Coverage, CoverageTarget
from inventory.models.cumulative import CumulativeStanding
from inventory.models.devices import Device, DeviceAttachment, DeviceCredential, SensorLimit
from inventory.models.genealogy import (
    GENEALOGY,
    FollowedThing,
    HeldStock,
    HeldThing,
    LotHold,
    ThingName,
    TraceLink,
)
from inventory.models.notices import (
    NOTICE,
    Cause,
    DisruptionNotice,
    Effect,
    NoticeAcceptance,
    NoticeTrail,
    NoticeVersion,
)
from inventory.models.partners import (
    VMI,
    Consumption,
    QuotedConsumption,
    SupplyShare,
    VmiBand,
    VmiReceipt,
)
from inventory.models.plans import PlannedOutput, PlanReceipt
from inventory.models.readings import SENSOR, LatestReading, ReadingSeen, SensorReading
from inventory.models.receipts import (
    RECEIPT,
    Difference,
    GoodsReceipt,
    ReceiptAnswer,
    ReceiptLine,
)
from inventory.models.refresh import REFRESH, PartnerRefresh, RefreshAddress, RefreshResult
from inventory.models.requests import (
    REQUEST,
    Criticality,
    DataAnswer,
    DataRequest,
    Ending,
    RequestOrigin,
)
from inventory.models.seals import Lane, Seal, SealScan
from inventory.models.stock import STOCK, RejectedCount, StockCount, StockMovement, StockPosition
from inventory.models.tracking import (
    TRACKING,
    EventSeen,
    EventThing,
    ReadPoint,
    TrackedPosition,
    TrackingCorrection,
    TrackingEvent,
    UnitState,
)
from inventory.models.words import SourceGrade, Stage, StockKind

__all__ = [
    "COVERAGE",
    "GENEALOGY",
    "NOTICE",
    "RECEIPT",
    "REFRESH",
    "REQUEST",
    "SENSOR",
    "STOCK",
    "TRACKING",
    "VMI",
    "BufferPlacement",
    "BufferPolicy",
    "BufferSuggestion",
    "CaptureJob",
    "Cause",
    "Consumption",
    "Coverage",
    "CoverageTarget",
    "Criticality",
    "CumulativeStanding",
    "DataAnswer",
    "DataRequest",
    "Device",
    "DeviceAttachment",
    "DeviceCredential",
    "Difference",
    "DisruptionNotice",
    "Effect",
    "Ending",
    "EventSeen",
    "EventThing",
    "FollowedThing",
    "GoodsReceipt",
    "HeldStock",
    "HeldThing",
    "Lane",
    "LatestReading",
    "LotHold",
    "MaterialTwin",
    "NamedQuery",
    "NoticeAcceptance",
    "NoticeTrail",
    "NoticeVersion",
    "PartnerRefresh",
    "PlanReceipt",
    "PlannedOutput",
    "QuerySubscription",
    "QuotedConsumption",
    "ReadPoint",
    "ReadingSeen",
    "ReceiptAnswer",
    "ReceiptLine",
    "RefreshAddress",
    "RefreshResult",
    "RejectedCount",
    "RequestOrigin",
    "Seal",
    "SealScan",
    "SensorLimit",
    "SensorReading",
    "SiteAddress",
    "SourceGrade",
    "Stage",
    "StatedAspect",
    "StockCount",
    "StockKind",
    "StockMovement",
    "StockPosition",
    "SupplyShare",
    "ThingName",
    "TraceLink",
    "TrackedPosition",
    "TrackingCorrection",
    "TrackingEvent",
    "UnitState",
    "VmiBand",
    "VmiReceipt",
]
