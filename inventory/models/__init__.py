"""Tables of the inventory app, one file a noun."""

from inventory.models.aspects import MaterialTwin, SiteAddress, StatedAspect
from inventory.models.buffers import BufferPlacement, BufferPolicy, BufferSuggestion
from inventory.models.capture import CaptureJob, NamedQuery, QuerySubscription
from inventory.models.coverage import COVERAGE, Coverage, CoverageTarget
from inventory.models.cumulative import CumulativeStanding
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
from inventory.models.receipts import (
    RECEIPT,
    Difference,
    GoodsReceipt,
    ReceiptAnswer,
    ReceiptLine,
)
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
    "NOTICE",
    "RECEIPT",
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
    "CumulativeStanding",
    "Difference",
    "DisruptionNotice",
    "Effect",
    "EventSeen",
    "EventThing",
    "GoodsReceipt",
    "MaterialTwin",
    "NamedQuery",
    "NoticeAcceptance",
    "NoticeTrail",
    "NoticeVersion",
    "PlanReceipt",
    "PlannedOutput",
    "QuerySubscription",
    "QuotedConsumption",
    "ReadPoint",
    "ReceiptAnswer",
    "ReceiptLine",
    "RejectedCount",
    "SiteAddress",
    "SourceGrade",
    "Stage",
    "StatedAspect",
    "StockCount",
    "StockKind",
    "StockMovement",
    "StockPosition",
    "SupplyShare",
    "TrackedPosition",
    "TrackingCorrection",
    "TrackingEvent",
    "UnitState",
    "VmiBand",
    "VmiReceipt",
]
