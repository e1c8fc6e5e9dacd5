"""Bands of supplier-managed stock as both sides see them, with the projection in between."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import with_partner
from collab.work.models import Alert
from collab.work.queries import exceptions_by_key
from inventory.models import VmiBand
from inventory.rules.vmi import Found, breaches, limits, with_receipts
from inventory.services.vmi import planned_for, rule_of
from inventory.vmi_alerts import OBJECT_KIND, WATCHED
from inventory.vmi_words import words_of
from transport.queries.whole import whole_rows

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandDay:
    """One day: demand, planned receipt, stock at its end and the band [base units].

    ``high`` is None where too little demand is known; ``state`` is out, below, above or empty.
    """

    on: date
    demand: Decimal
    receipt: Decimal
    stock: Decimal
    low: Decimal
    high: Decimal | None

    @property
    def state(self) -> str:
        """Where the stock is against the band."""
        if self.stock < 0 or (self.stock == 0 and self.low > 0):
            return "out"
        if self.stock < self.low:
            return "below"
        return "above" if self.high is not None and self.stock > self.high else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachRow:
    """A breach in words, with its day."""

    kind: str
    text: str
    on: date
    quantity: Decimal
    is_inside_lead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRow:
    """A band with its days; the same for the customer and the supplier."""

    id: UUID
    is_own: bool
    customer: Name
    supplier: Name
    part_number: str
    supplier_part_number: str
    site_code: str
    unit: str
    measure: str
    minimum: Decimal
    maximum: Decimal
    signal: Decimal | None
    lead_days: int
    on_hand: Decimal | None
    observed_at: datetime | None
    version: int
    days: list[BandDay]
    breaches: list[BreachRow]

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
    def lowest(self) -> Decimal | None:
        """The lowest projected stock."""
        return min((day.stock for day in self.days), default=None)

    @property
    def is_in_days(self) -> bool:
        """Whether the limits are days of supply, not quantities."""
        return self.measure == VmiBand.Measure.DAYS

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"vmi-{self.id}"


def bands(*, part: str = "", partner_bpn: str = "") -> "QuerySet[VmiBand]":
    """Return the visible bands; ``part`` begins a part number of either side."""
    rows = whole_rows(VmiBand.objects.all())
    if part:
        rows = rows.filter(
            Q(part_number__istartswith=part) | Q(partner_part_number__istartswith=part)
        )
    if partner_bpn:
        rows = rows.filter(with_partner(partner_bpn))
    return rows


def bands_by_key(keys: Iterable[UUID]) -> list[BandRow]:
    """Return the visible bands with these keys."""
    return band_rows(bands().filter(pk__in=set(keys)).order_by("pk"))


def band_rows(found: Iterable[VmiBand]) -> list[BandRow]:
    """Return bands with their projections; what the supplier plans is in them."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    own, planned = acting_organisation_id(), planned_for(rows)
    return [_row(row, names, own, planned[row.pk]) for row in rows]


def watched(band_id: UUID) -> list[str]:
    """Return what documents say of a band now, in words, as far as the viewer may read it."""
    rows = Alert.objects.filter(
        object_kind=OBJECT_KIND, object_id=band_id, type__in=WATCHED, is_open=True
    ).order_by("type")
    return [row.title for row in exceptions_by_key(rows.values_list("pk", flat=True))]


def _row(
    row: VmiBand, names: Mapping[int, Name], own: int, receipts: Mapping[int, Decimal]
) -> BandRow:
    stock = with_receipts(row.projected_stock, row.projected_demand, receipts)
    rule, first = rule_of(row), row.projected_from
    days = [
        BandDay(
            on=first + timedelta(days=place),
            demand=row.projected_demand[place],
            receipt=receipts.get(place, ZERO),
            stock=level,
            low=bound.low,
            high=bound.high,
        )
        for place, (level, bound) in enumerate(
            zip(stock, limits(rule, row.projected_demand), strict=True)
        )
        if first is not None
    ]
    found = (
        breaches(rule, stock, row.projected_demand, on_hand=row.on_hand)
        if row.on_hand is not None
        else []
    )
    return BandRow(
        id=row.pk,
        is_own=row.owner_id == own,
        customer=names.get(row.owner_id, NOBODY),
        supplier=names.get(row.counterparty_id, NOBODY),
        part_number=row.part_number,
        supplier_part_number=row.partner_part_number,
        site_code=row.site_code,
        unit=row.unit,
        measure=row.measure,
        minimum=row.minimum,
        maximum=row.maximum,
        signal=row.signal,
        lead_days=row.lead_days,
        on_hand=row.on_hand,
        observed_at=row.observed_at,
        version=row.version,
        days=days,
        breaches=[_breach(each, days) for each in found if days],
    )


def _breach(found: Found, days: list[BandDay]) -> BreachRow:
    return BreachRow(
        kind=found.kind.value,
        text=words_of(found.kind),
        on=days[found.day].on,
        quantity=found.quantity,
        is_inside_lead=found.is_inside_lead,
    )
