"""The counters of both sides, part by partner, and the documents behind one of them (IN-08)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import with_partner
from inventory.models import CumulativeStanding, GoodsReceipt, ReceiptLine
from transport.queries.announced import all_announced
from transport.queries.whole import whole_rows

VIEWS = ("all", "mismatch", "road", "to_ship")
SORTS = {
    "part": ("part_number", "counterparty__short_name", "site_code", "pk"),
    "partner": ("counterparty__short_name", "part_number", "site_code", "pk"),
    "to_ship": (F("to_ship").desc(nulls_last=True), "part_number", "pk"),
    "newest": (F("observed_at").desc(nulls_last=True), "pk"),
}
FIGURES = (
    "part_number", "supplier_part_number", "site_code", "unit", "since", "received", "shipped",
    "open_advices", "mismatch", "required", "not_yet_received", "over_received", "to_ship",
    "previous_open", "previous_mismatch", "observed_at", "version",
)  # fmt: skip
MISMATCHED = ~Q(mismatch=0) | ~Q(previous_mismatch=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "all"
    part: str = ""
    partner_bpn: str = ""
    sort: str = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRow:
    """The counters of one part between two partners [base units]."""

    id: UUID
    customer: Name
    supplier: Name
    is_own: bool
    part_number: str
    supplier_part_number: str
    site_code: str
    unit: str
    since: date | None
    received: Decimal
    shipped: Decimal
    open_advices: Decimal
    mismatch: Decimal
    required: Decimal | None
    not_yet_received: Decimal | None
    over_received: Decimal | None
    to_ship: Decimal | None
    previous_open: Decimal
    previous_mismatch: Decimal
    observed_at: datetime | None
    version: int

    @property
    def number(self) -> str:
        """The viewer's own number of the part, else the other side's."""
        mine = self.part_number if self.is_own else self.supplier_part_number
        return mine or self.part_number

    @property
    def partner(self) -> Name:
        """The other side."""
        return self.supplier if self.is_own else self.customer

    @property
    def in_transit(self) -> Decimal:
        """T: on the road by the counters of this period."""
        return self.shipped - self.received

    @property
    def total_mismatch(self) -> Decimal:
        """What does not add up, both periods together."""
        return self.mismatch + self.previous_mismatch

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"cumulative-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document behind the counters: an advice or a receipt; quantity in ``unit``."""

    kind: str  # advice, receipt
    id: UUID
    number: str
    at: datetime
    quantity: Decimal
    unit: str
    is_open: bool
    is_previous: bool  # counts in the period before the reset


def standings(wanted: StandingFilter | None = None) -> "QuerySet[CumulativeStanding]":
    """Return the visible counters that the filter has: a query set, without an order."""
    chosen = wanted or StandingFilter()
    rows = whole_rows(CumulativeStanding.objects.filter(_of_view(chosen.view)))
    if chosen.part:
        rows = rows.filter(
            Q(part_number__istartswith=chosen.part)
            | Q(supplier_part_number__istartswith=chosen.part)
        )
    if chosen.partner_bpn:
        rows = rows.filter(with_partner(chosen.partner_bpn))
    return rows


def standing_list(
    wanted: StandingFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[StandingRow]:
    """Return counters in the order the filter asks for."""
    chosen = wanted or StandingFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    rows = standings(chosen).order_by(*SORTS[chosen.sort])
    return standing_rows(rows[offset : offset + limit])


def count_standings(wanted: StandingFilter | None = None) -> int:
    """Return how many rows the filter has."""
    return standings(wanted).count()


def standings_by_key(keys: Iterable[UUID]) -> list[StandingRow]:
    """Return the visible counters with these keys."""
    return standing_rows(standings().filter(pk__in=set(keys)).order_by("pk"))


def standing_rows(found: Iterable[CumulativeStanding]) -> list[StandingRow]:
    """Return the plain rows of counters."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    own = acting_organisation_id()
    return [
        StandingRow(
            id=row.pk,
            customer=names.get(row.owner_id, NOBODY),
            supplier=names.get(row.counterparty_id, NOBODY),
            is_own=row.owner_id == own,
            **{name: getattr(row, name) for name in FIGURES},
        )
        for row in rows
    ]


def papers_behind(key: UUID) -> list[Paper]:
    """Return the visible documents behind one row of counters, the newest first."""
    row = standings().filter(pk=key).first()
    if row is None:
        return []
    found = [*_advices(row), *_receipts(row)]
    return sorted(found, key=lambda each: (each.at, each.kind, each.number), reverse=True)


def _advices(row: CumulativeStanding) -> Iterable[Paper]:
    partners = [row.owner_id, row.counterparty_id]
    received = set(
        GoodsReceipt.objects.filter(
            owner_id=row.owner_id, state=GoodsReceipt.State.RECORDED, advice_id__isnull=False
        ).values_list("advice_id", flat=True)
    )
    for line in all_announced(partner_ids=partners, part_numbers=[row.part_number]):
        if (line.customer_id, line.supplier_id) != (row.owner_id, row.counterparty_id):
            continue
        if row.site_code and line.site_code != row.site_code:
            continue
        yield Paper(
            kind="advice",
            id=line.advice_id,
            number=line.number,
            at=line.despatched_at,
            quantity=line.quantity,
            unit=line.unit,
            is_open=line.advice_id not in received,
            is_previous=row.since is not None and own_day(line.despatched_at) < row.since,
        )


def _receipts(row: CumulativeStanding) -> Iterable[Paper]:
    lines = whole_rows(ReceiptLine.objects.select_related("receipt")).filter(
        owner_id=row.owner_id,
        counterparty_id=row.counterparty_id,
        part_number=row.part_number,
        receipt__state=GoodsReceipt.State.RECORDED,
    )
    if row.site_code:
        lines = lines.filter(receipt__site_code=row.site_code)
    for line in lines:
        receipt = line.receipt
        counts_on = (receipt.despatched_at or receipt.received_at).date()
        yield Paper(
            kind="receipt",
            id=receipt.pk,
            number=receipt.number,
            at=receipt.received_at,
            quantity=line.base_quantity,
            unit=line.base_unit,
            is_open=False,
            is_previous=row.since is not None and counts_on < row.since,
        )


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    choices: dict[str, Any] = {
        "mismatch": MISMATCHED,
        "road": Q(open_advices__gt=0) | Q(previous_open__gt=0),
        "to_ship": Q(to_ship__gt=0),
    }
    found: Q = choices.get(view, Q())
    return found
