"""What waits in the correction queue of tracking, and the read points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count

from inventory.models import ReadPoint, TrackingCorrection
from inventory.queries.tracking_words import short, step_label
from inventory.services.tracking_queue import MAPPABLE

Reason = TrackingCorrection.Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionFilter:
    """What to list; an empty reason means any."""

    reason: str = ""
    is_settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionRow:
    """Something somebody has to look at; ``times`` it happened so far."""

    id: UUID
    reason: str
    subject: str
    detail: str
    body: Mapping[str, Any]
    source: str
    times: int
    first_at: datetime
    last_at: datetime
    settled_at: datetime | None

    @property
    def reason_label(self) -> str:
        """The reason in words."""
        return str(Reason(self.reason).label)

    @property
    def label(self) -> str:
        """What it is about, as people say it."""
        return short(self.subject)

    @property
    def is_mappable(self) -> bool:
        """Whether it is a name that can be mapped, after which its events are counted."""
        return self.reason in MAPPABLE

    @property
    def is_place(self) -> bool:
        """Whether a read point would settle it."""
        return self.reason == Reason.READ_POINT

    @property
    def tone(self) -> str:
        """How bad it is: events that were not taken are worst."""
        return "warn" if self.is_mappable else "crit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPointRow:
    """One read point of one's own."""

    id: UUID
    identifier: str
    name: str
    site_code: str
    biz_step: str
    direction: str
    counterparty: str
    reader: str
    antenna: int | None
    lane_order: int
    least_rssi_dbm: int
    least_reads: int
    window_ms: int
    version: int

    @property
    def label(self) -> str:
        """Its name, else the place as people say it."""
        return self.name or short(self.identifier)

    @property
    def step_label(self) -> str:
        """The step in words."""
        return step_label(self.biz_step)

    @property
    def direction_label(self) -> str:
        """The direction in words."""
        return str(ReadPoint.Direction(self.direction).label)


def corrections(wanted: CorrectionFilter, *, limit: int, offset: int = 0) -> list[CorrectionRow]:
    """Return corrections, the newest first."""
    rows = TrackingCorrection.objects.filter(settled_at__isnull=not wanted.is_settled)
    if wanted.reason:
        rows = rows.filter(reason=wanted.reason)
    names = (
        "id", "reason", "subject", "detail", "body", "source", "times", "first_at", "last_at",
        "settled_at",
    )  # fmt: skip
    found = rows.order_by("-last_at", "-pk").values(*names)
    return [CorrectionRow(**row) for row in found[offset : offset + limit]]


def waiting_by_reason() -> dict[str, int]:
    """Return how many corrections wait, by reason."""
    rows = TrackingCorrection.objects.filter(settled_at__isnull=True).values_list("reason")
    return dict(rows.annotate(count=Count("pk")))


def read_points() -> list[ReadPointRow]:
    """Return the acting organisation's read points, by place and antenna."""
    rows = ReadPoint.objects.select_related("site", "counterparty").order_by(
        "site__code", "identifier", "reader", "lane_order"
    )
    return read_point_rows(rows)


def read_point_rows(rows: "Sequence[ReadPoint] | Any") -> list[ReadPointRow]:
    """Return the plain rows of read points."""
    return [
        ReadPointRow(
            id=row.pk,
            identifier=row.identifier,
            name=row.name,
            site_code=row.site.code if row.site is not None else "",
            biz_step=row.biz_step,
            direction=row.direction,
            counterparty=row.counterparty.bpn if row.counterparty is not None else "",
            reader=row.reader,
            antenna=row.antenna,
            lane_order=row.lane_order,
            least_rssi_dbm=row.least_rssi_dbm,
            least_reads=row.least_reads,
            window_ms=row.window_ms,
            version=row.version,
        )
        for row in rows
    ]
