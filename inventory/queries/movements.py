"""The own ledger: movements as they were booked, with what they left on hand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from collab.masterdata.queries import parts_by_id
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Site
from collab.organisations.names import NOBODY, Name, names_of
from inventory.models import StockKind, StockMovement

KINDS = tuple(StockMovement.Kind.values)
OF_DOCUMENT = ("receipt:", "dispatch:")


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFilter:
    """What to list; empty means any. ``part`` is an own part number, exactly."""

    part_id: UUID | None = None
    site: str = ""
    kind: str = ""
    partner_bpn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRow:
    """One entry of the ledger; quantities in base units, signed."""

    id: UUID
    part_number: str
    unit: str
    site_code: str
    partner: Name
    kind: str
    stock_kind: str
    quantity: Decimal
    reason: str
    document: str
    moved_at: datetime
    recorded_at: datetime
    is_counter_entry: bool
    is_taken_back: bool

    @property
    def kind_label(self) -> str:
        """What happened, in words."""
        return str(StockMovement.Kind(self.kind).label)

    @property
    def stock_label(self) -> str:
        """The kind of stock in words."""
        return str(StockKind(self.stock_kind).label)

    @property
    def may_undo(self) -> bool:
        """Whether a person may take it back by itself."""
        return not (
            self.is_counter_entry
            or self.is_taken_back
            or self.kind == StockMovement.Kind.COUNT
            or self.document.startswith(OF_DOCUMENT)
        )


@dataclass(frozen=True, slots=True)
class LevelPoint:
    """What was on hand of a part at a site after a movement [base units]."""

    at: datetime
    site_code: str
    on_hand: Decimal


def movements(wanted: MovementFilter | None = None) -> "QuerySet[StockMovement]":
    """Return the own movements that the filter has: a query set, without an order."""
    chosen = wanted or MovementFilter()
    rows = StockMovement.objects.filter(owner_id=acting_organisation_id())
    if chosen.part_id is not None:
        rows = rows.filter(part_id=chosen.part_id)
    if chosen.site:
        rows = rows.filter(site__code=chosen.site)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.partner_bpn:
        rows = rows.filter(counterparty__bpn=chosen.partner_bpn)
    return rows


def movement_rows(found: Iterable[StockMovement]) -> list[MovementRow]:
    """Return the plain rows of movements; four queries however many there are."""
    rows = list(found)
    parts = parts_by_id({row.part_id for row in rows})
    sites = dict(
        Site.objects.filter(pk__in={row.site_id for row in rows}).values_list("pk", "code")
    )
    names = names_of({row.counterparty_id for row in rows})
    keys = [row.pk for row in rows]
    back = StockMovement.objects.filter(reverses_id__in=keys)
    taken_back = set(back.values_list("reverses_id", flat=True))
    return [
        MovementRow(
            id=row.pk,
            part_number=parts[row.part_id].number if row.part_id in parts else "",
            unit=parts[row.part_id].base_unit if row.part_id in parts else "",
            site_code=sites.get(row.site_id, ""),
            partner=names.get(row.counterparty_id, NOBODY),
            kind=row.kind,
            stock_kind=row.stock_kind,
            quantity=row.quantity,
            reason=row.reason,
            document=row.document,
            moved_at=row.moved_at,
            recorded_at=row.recorded_at,
            is_counter_entry=row.reverses_id is not None,
            is_taken_back=row.pk in taken_back,
        )
        for row in rows
    ]


def level_history(part_id: UUID, *, limit: int = 120) -> list[LevelPoint]:
    """Return what was on hand of an own part after each of its newest movements, oldest first.

    Sites and kinds of stock of the part together: the running sum of the ledger.
    """
    running = Window(
        Sum("quantity"),
        order_by=[F("moved_at").asc(), F("pk").asc()],
    )
    place = Window(RowNumber(), order_by=[F("moved_at").desc(), F("pk").desc()])
    rows = (
        movements(MovementFilter(part_id=part_id))
        .annotate(on_hand=running, place=place)
        .filter(place__lte=limit)
        .order_by("moved_at", "pk")
        .values_list("moved_at", "site__code", "on_hand")
    )
    return [LevelPoint(at, code, total) for at, code, total in rows]
