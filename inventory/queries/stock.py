"""Stock as it stands and as it was reported."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, Q

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, names_of
from collab.sharing.queries import fields_for, latest_rows
from collab.work.fields import seen
from inventory.models import STOCK, RejectedCount, StockCount, StockPosition

FIELDS = (
    "part_number", "partner_part_number", "site_code", "kind", "stage", "quantity", "unit",
    "counted_at", "observed_at", "source_grade",
)  # fmt: skip
KEYS = ("id", "owner_id", "counterparty_id", "version", *FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRow:
    """What one site has on hand of one kind for one partner; hidden values are None."""

    id: UUID
    owner: str
    counterparty: str
    is_own: bool
    part_number: str | None
    partner_part_number: str | None
    site_code: str | None
    kind: str | None
    stage: str | None
    quantity: Decimal | None
    unit: str | None
    counted_at: datetime | None
    observed_at: datetime | None
    source_grade: str | None

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        from inventory.models import StockKind

        return str(StockKind(self.kind).label) if self.kind else ""

    @property
    def grade_label(self) -> str:
        """The source in words."""
        from inventory.models import SourceGrade

        return str(SourceGrade(self.source_grade).label) if self.source_grade else ""


@dataclass(frozen=True, slots=True)
class CountRow:
    """One report of the past."""

    id: UUID
    part_number: str
    site_code: str
    counterparty: str
    quantity: Decimal
    unit: str
    kind: str
    counted_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A report that waits for correction."""

    id: UUID
    body: Mapping[str, Any]
    errors: list[dict[str, Any]]
    source: str
    received_at: datetime


def newest_stock(
    *, limit: int, before: tuple[datetime, UUID] | None = None, where: Q | None = None
) -> list[dict[str, Any]]:
    """Return the newest positions as plain dictionaries with the fields the viewer may see.

    Own and granted rows each walk their own index (``collab.sharing.queries.latest_rows``), and
    no model object is made: this list is asked for most.
    """
    known = Q(observed_at__isnull=False)
    rows = latest_rows(
        StockPosition,
        KEYS,
        order="observed_at",
        limit=limit,
        before=before,
        where=known if where is None else known & where,
    )
    return [_visible(dict(zip(KEYS, row[2:], strict=True))) for row in rows]


def stock_of(part_number: str) -> list[StockRow]:
    """Return all visible positions of a part, by either partner's number, by site."""
    rows = _numbered(StockPosition).filter(
        Q(seen_part_number=part_number) | Q(seen_partner_part_number=part_number)
    )
    found = [_visible(row) for row in rows.order_by("site_code", "kind", "pk").values(*KEYS)]
    names = names_of({row["owner_id"] for row in found} | {r["counterparty_id"] for r in found})
    own = acting_organisation_id()
    return [
        StockRow(
            id=row["id"],
            owner=names.get(row["owner_id"], NOBODY).short,
            counterparty=names.get(row["counterparty_id"], NOBODY).short,
            is_own=row["owner_id"] == own,
            **{name: row.get(name) for name in FIELDS},
        )
        for row in found
    ]


def count_history(part_number: str, *, limit: int = 50) -> list[CountRow]:
    """Return the newest visible reports of a part, where the grants open all their fields."""
    rows = _numbered(StockCount).filter(
        Q(seen_part_number=part_number) | Q(seen_partner_part_number=part_number)
    )
    found = [
        row
        for row in rows.order_by("-counted_at", "-pk")[:limit]
        if fields_for(STOCK, row.owner_id, row.counterparty_id) is None
    ]
    return _count_rows(found)


def last_count(
    counterparty_id: int, part_id: UUID, site_id: UUID, *, kind: str = "free"
) -> CountRow | None:
    """Return the acting holder's last report of a position."""
    row = (
        StockCount.objects.filter(
            owner_id=acting_organisation_id(),
            counterparty_id=counterparty_id,
            part_id=part_id,
            site_id=site_id,
            kind=kind,
        )
        .order_by("-counted_at", "-pk")
        .first()
    )
    return _count_rows([row])[0] if row else None


def rejected_counts(*, limit: int = 50) -> list[RejectedRow]:
    """Return the reports that wait for correction, newest first."""
    rows = RejectedCount.objects.filter(settled_at__isnull=True).order_by("-pk")[:limit]
    return [
        RejectedRow(row.pk, row.body, row.errors, row.source, row.received_at) for row in rows
    ]  # fmt: skip


def _numbered(model: type[StockPosition] | type[StockCount]) -> Any:
    return model.objects.annotate(
        seen_part_number=seen(STOCK, "part_number", CharField()),
        seen_partner_part_number=seen(STOCK, "partner_part_number", CharField()),
    )


def _visible(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of ``KEYS`` without the fields that the viewer may not see."""
    allowed = fields_for(STOCK, row["owner_id"], row["counterparty_id"])
    if allowed is None:
        return row
    return {name: value for name, value in row.items() if name not in FIELDS or name in allowed}


def _count_rows(found: Iterable[StockCount]) -> list[CountRow]:
    rows = list(found)
    names = names_of({row.counterparty_id for row in rows})
    return [
        CountRow(
            row.pk,
            row.part_number,
            row.site_code,
            names.get(row.counterparty_id, NOBODY).short,
            row.quantity,
            row.unit,
            row.kind,
            row.counted_at,
            row.recorded_at,
        )
        for row in rows
    ]
