"""What was quoted of consumption, as each side may see it: 14 days back (IN-10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from collab.masterdata.queries import part_by_number
from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import with_partner
from inventory.models import Consumption, QuotedConsumption, SupplyShare
from transport.queries.whole import whole_rows

SHOWN_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedRow:
    """What one supplier's stock was quoted [base units]; ``left`` is what it had after it.

    ``overflow`` and ``percent`` are for the customer alone, None for anybody else.
    """

    id: UUID
    consumption_id: UUID
    is_own: bool
    customer: Name
    supplier: Name
    part_number: str
    supplier_part_number: str
    site_code: str
    quantity: Decimal
    left: Decimal
    unit: str
    consumed_at: datetime
    cancelled_at: datetime | None
    percent: Decimal | None
    overflow: Decimal | None

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
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"quoted-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumptionRow:
    """A whole consumption of the viewer's own with its split."""

    id: UUID
    part_number: str
    site_code: str
    quantity: Decimal
    uncovered: Decimal
    unit: str
    document: str
    consumed_at: datetime
    cancelled_at: datetime | None
    cancel_reason: str
    split: list[QuotedRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """The call-off share of a supplier [percent]."""

    part_number: str
    site_code: str
    supplier: Name
    percent: Decimal


def quoted(*, number: str = "", partner_bpn: str = "") -> "QuerySet[QuotedConsumption]":
    """Return the visible rows of the last 14 days: a query set, without an order.

    Rows of a grant of some fields only are left out: figures without their part say nothing.
    """
    since = timezone.now() - timedelta(days=SHOWN_DAYS)
    rows = whole_rows(QuotedConsumption.objects.filter(consumed_at__gte=since))
    if number:
        rows = rows.filter(Q(part_number=number) | Q(partner_part_number=number))
    if partner_bpn:
        rows = rows.filter(with_partner(partner_bpn))
    return rows


def quoted_by_key(keys: Iterable[UUID]) -> list[QuotedRow]:
    """Return the visible rows with these keys."""
    return quoted_rows(quoted().filter(pk__in=set(keys)).order_by("pk"))


def quoted_rows(found: Iterable[QuotedConsumption]) -> list[QuotedRow]:
    """Return plain rows; shares and overflows only of one's own consumption."""
    rows = list(found)
    own = acting_organisation_id()
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    wholes = Consumption.objects.in_bulk(
        {row.consumption_id for row in rows if row.owner_id == own}
    )
    return [_row(row, names, wholes.get(row.consumption_id), own) for row in rows]


def consumptions() -> "QuerySet[Consumption]":
    """Return the viewer's own consumption of the last 14 days, without an order."""
    since = timezone.now() - timedelta(days=SHOWN_DAYS)
    return Consumption.objects.filter(owner_id=acting_organisation_id(), consumed_at__gte=since)


def consumption_rows(found: Iterable[Consumption]) -> list[ConsumptionRow]:
    """Return consumption with its split, suppliers by name."""
    wholes = list(found)
    parts: dict[UUID, list[QuotedRow]] = {whole.pk: [] for whole in wholes}
    rows = QuotedConsumption.objects.filter(
        owner_id=acting_organisation_id(), consumption_id__in=parts
    )
    for row in quoted_rows(rows):
        parts[row.consumption_id].append(row)
    return [
        ConsumptionRow(
            id=whole.pk,
            part_number=whole.part_number,
            site_code=whole.site_code,
            quantity=whole.quantity,
            uncovered=whole.uncovered,
            unit=whole.unit,
            document=whole.document,
            consumed_at=whole.consumed_at,
            cancelled_at=whole.cancelled_at,
            cancel_reason=whole.cancel_reason,
            split=sorted(parts[whole.pk], key=lambda row: (row.supplier.short, row.id)),
        )
        for whole in wholes
    ]


def consumption_by_key(key: UUID) -> ConsumptionRow | None:
    """Return one consumption of the viewer's own, however old."""
    rows = Consumption.objects.filter(pk=key, owner_id=acting_organisation_id())
    return next(iter(consumption_rows(rows)), None)


def share_rows(*, number: str = "") -> list[ShareRow]:
    """Return the viewer's own call-off shares by part, site and the largest first."""
    rows = SupplyShare.objects.filter(owner_id=acting_organisation_id())
    if number:
        part = part_by_number(number)
        rows = rows.filter(part_id=part.id) if part else rows.none()
    found = list(rows.order_by("part_number", "site_code", "-percent", "pk"))
    names = names_of({row.partner_id for row in found})
    return [
        ShareRow(
            part_number=row.part_number,
            site_code=row.site_code,
            supplier=names.get(row.partner_id, NOBODY),
            percent=row.percent,
        )
        for row in found
    ]


def _row(
    row: QuotedConsumption, names: dict[int, Name], whole: Consumption | None, own: int
) -> QuotedRow:
    told = next(
        (each for each in whole.split if each["partner"] == row.counterparty_id)
        if whole
        else iter(()),
        None,
    )
    return QuotedRow(
        id=row.pk,
        consumption_id=row.consumption_id,
        is_own=row.owner_id == own,
        customer=names.get(row.owner_id, NOBODY),
        supplier=names.get(row.counterparty_id, NOBODY),
        part_number=row.part_number,
        supplier_part_number=row.partner_part_number,
        site_code=row.site_code,
        quantity=row.quantity,
        left=row.left,
        unit=row.unit,
        consumed_at=row.consumed_at,
        cancelled_at=row.cancelled_at,
        percent=Decimal(told["percent"]) if told else None,
        overflow=Decimal(told["overflow"]) if told else None,
    )
