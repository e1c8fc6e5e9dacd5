"""Dispatch advices of both sides, with their lines, packs and what arrived."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import with_partner
from transport.models import AdviceLine, DispatchAdvice, HandlingUnit, Shipment
from transport.queries.whole import whole_rows
from transport.rules.handling_units import Content, Unit
from transport.rules.licence_plate import normalised

State = DispatchAdvice.State
ON_ITS_WAY = (State.SENT, State.ACCEPTED)
VIEWS = ("way", "late", "discrepancy", "received", "all")
SORTS = {
    "expected": ("expected_at", "pk"),
    "newest": ("-despatched_at", "-pk"),
    "number": ("number", "-revision", "pk"),
    "partner": ("counterparty__short_name", "-despatched_at", "-pk"),
}
TONES = {
    State.SENT.value: "info",
    State.ACCEPTED.value: "brand",
    State.RECEIVED.value: "ok",
    State.DISCREPANCY.value: "crit",
    State.REPLACED.value: "done",
    State.CANCELLED.value: "done",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "way"
    part: str = ""
    number: str = ""
    partner_bpn: str = ""
    sort: str = "expected"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceRow:
    """One advice: the same row on the page, in the API, on the socket; weights in kg."""

    id: UUID
    number: str
    revision: int
    replaces_id: UUID | None
    state: str
    origin_of_data: str
    supplier: Name
    customer: Name
    customer_id: int
    is_own: bool
    ship_from: Mapping[str, Any]
    ship_to: Mapping[str, Any]
    dock: str
    shipment_id: UUID | None
    shipment_number: str
    transport_document: str
    carrier_name: str
    plate: str
    gross_kg: Decimal
    net_kg: Decimal
    despatched_at: datetime
    expected_at: datetime
    sent_at: datetime
    is_late: bool
    received_at: datetime | None
    discrepancies: Sequence[Mapping[str, Any]]
    lines: int
    units: int
    version: int

    @property
    def partner(self) -> Name:
        """The other side."""
        return self.customer if self.is_own else self.supplier

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"advice-{self.id}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(State(self.state).label)

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return TONES[self.state]

    @property
    def is_on_its_way(self) -> bool:
        """Whether it counts and has not arrived."""
        return self.state in ON_ITS_WAY

    @property
    def is_overdue(self) -> bool:
        """Whether it should have arrived by now."""
        return self.is_on_its_way and self.expected_at < timezone.now()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One line; quantities in ``unit``."""

    id: UUID
    advice_id: UUID
    position: int
    part_number: str
    supplier_part_number: str
    name: str
    quantity: Decimal
    unit: str
    cumulative: Decimal | None
    order_number: str
    delivery_note: str
    schedule_line_id: UUID | None
    received: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """Received less advised; ``None`` until it is received."""
        return None if self.received is None else self.received - self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRow:
    """One pack with its depth in the tree."""

    id: UUID
    advice_id: UUID
    parent_id: UUID | None
    position: int
    kind: str
    pack_type: str
    licence_plate: str
    gross_kg: Decimal | None
    contents: tuple[Content, ...]
    lot: str
    returnable_asset: str
    depth: int = 0

    @property
    def kind_label(self) -> str:
        """The kind in words."""
        return str(HandlingUnit.Kind(self.kind).label)


def advices(wanted: AdviceFilter | None = None) -> "QuerySet[DispatchAdvice]":
    """Return the visible advices that the filter has: a query set, without an order.

    A grant that opens some fields only opens no advice.
    """
    chosen = wanted or AdviceFilter(view="all")
    rows = whole_rows(DispatchAdvice.objects.filter(_of_view(chosen.view)))
    if chosen.part:
        lines = AdviceLine.objects.filter(advice_id=OuterRef("pk"))
        named = lines.filter(
            Q(part_number__istartswith=chosen.part)
            | Q(supplier_part_number__istartswith=chosen.part)
        )
        rows = rows.filter(Exists(named))
    if chosen.number:
        rows = rows.filter(number__istartswith=chosen.number)
    if chosen.partner_bpn:
        rows = rows.filter(with_partner(chosen.partner_bpn))
    return rows


def advice_list(
    wanted: AdviceFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[AdviceRow]:
    """Return advices in the order the filter asks for."""
    chosen = wanted or AdviceFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    rows = advices(chosen).order_by(*SORTS[chosen.sort])
    return advice_rows(rows[offset : offset + limit])


def count_advices(wanted: AdviceFilter | None = None) -> int:
    """Return how many rows the filter has."""
    return advices(wanted).count()


def advice_by_key(key: UUID) -> AdviceRow | None:
    """Return one visible advice."""
    return next(iter(advice_rows(advices().filter(pk=key))), None)


def advice_rows(found: Iterable[DispatchAdvice]) -> list[AdviceRow]:
    """Return the plain rows of advices; three queries however many there are."""
    rows = list(found)
    keys = [row.pk for row in rows]
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    lines, units = _counted(AdviceLine, keys), _counted(HandlingUnit, keys)
    own = acting_organisation_id()
    return [
        AdviceRow(
            id=row.pk,
            number=row.number,
            revision=row.revision,
            replaces_id=row.replaces_id,
            state=row.state,
            origin_of_data=row.origin_of_data,
            supplier=names.get(row.owner_id, NOBODY),
            customer=names.get(row.counterparty_id, NOBODY),
            customer_id=row.counterparty_id,
            is_own=row.owner_id == own,
            ship_from=row.ship_from,
            ship_to=row.ship_to,
            dock=row.dock,
            shipment_id=row.shipment_id,
            shipment_number=row.shipment_number,
            transport_document=row.transport_document,
            carrier_name=row.carrier_name,
            plate=row.plate,
            gross_kg=row.gross_weight_kg,
            net_kg=row.net_weight_kg,
            despatched_at=row.despatched_at,
            expected_at=row.expected_at,
            sent_at=row.sent_at,
            is_late=row.is_late,
            received_at=row.received_at,
            discrepancies=row.discrepancies,
            lines=lines.get(row.pk, 0),
            units=units.get(row.pk, 0),
            version=row.version,
        )
        for row in rows
    ]


def lines_of(advice_id: UUID) -> list[LineRow]:
    """Return the lines of an advice by position."""
    rows = whole_rows(AdviceLine.objects.filter(advice_id=advice_id)).order_by("position")
    return [
        LineRow(
            id=row.pk,
            advice_id=row.advice_id,
            position=row.position,
            part_number=row.part_number,
            supplier_part_number=row.supplier_part_number,
            name=row.name,
            quantity=row.quantity,
            unit=row.unit,
            cumulative=row.cumulative,
            order_number=row.order_number,
            delivery_note=row.delivery_note,
            schedule_line_id=row.schedule_line_id,
            received=row.received,
        )
        for row in rows
    ]


def units_of(advice_id: UUID) -> list[UnitRow]:
    """Return the packs of an advice by position: each after the one that it stands in or on."""
    rows = whole_rows(HandlingUnit.objects.filter(advice_id=advice_id)).order_by("position")
    return unit_rows(rows)


def unit_rows(found: Iterable[HandlingUnit]) -> list[UnitRow]:
    """Return the plain rows of packs; the depth counts parents that come before."""
    depths: dict[UUID, int] = {}
    made = []
    for row in found:
        depth = depths[row.parent_id] + 1 if row.parent_id in depths else 0
        depths[row.pk] = depth
        made.append(
            UnitRow(
                id=row.pk,
                advice_id=row.advice_id,
                parent_id=row.parent_id,
                position=row.position,
                kind=row.kind,
                pack_type=row.pack_type,
                licence_plate=row.licence_plate,
                gross_kg=row.gross_weight_kg,
                contents=tuple(
                    Content(each["line"], Decimal(each["quantity"])) for each in row.contents
                ),
                lot=row.lot,
                returnable_asset=row.returnable_asset,
                depth=depth,
            )
        )
    return made


def units_with_plate(text: str) -> "QuerySet[HandlingUnit]":
    """Return the visible packs with a plate, scanned with or without its data identifier.

    Packs of replaced and cancelled advices are left out.
    """
    rows = HandlingUnit.objects.filter(licence_plate=normalised(text)[:35])
    return whole_rows(rows).exclude(advice__state__in=[State.REPLACED, State.CANCELLED])


def tree_of(rows: Sequence[UnitRow]) -> list[Unit]:
    """Return the packs in the form of the rules."""
    keys = {row.id: str(row.position) for row in rows}
    return [
        Unit(
            key=keys[row.id],
            parent=keys.get(row.parent_id, "") if row.parent_id else "",
            pack_type=row.pack_type,
            plate=row.licence_plate,
            contents=row.contents,
            gross_kg=row.gross_kg,
            lot=row.lot,
            asset=row.returnable_asset,
        )
        for row in rows
    ]


def advices_of_shipment(shipment_id: UUID) -> list[AdviceRow]:
    """Return the visible advices that name a shipment, by its key or by its number and parties."""
    named = Q(shipment_id=shipment_id)
    shipment = Shipment.objects.filter(pk=shipment_id).first()
    if shipment is not None and shipment.number:
        ends = {shipment.owner_id, shipment.counterparty_id}
        named |= Q(shipment_number=shipment.number, owner_id__in=ends, counterparty_id__in=ends)
    return advice_rows(advices().filter(named).order_by("-despatched_at", "-pk"))


def revisions_of(row: AdviceRow) -> list[AdviceRow]:
    """Return all revisions of an advice, the newest first."""
    rows = advices().filter(number=row.number, owner__bpn=row.supplier.bpn)
    return advice_rows(rows.filter(counterparty_id=row.customer_id).order_by("-revision"))


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    return {
        "way": Q(state__in=ON_ITS_WAY),
        "late": Q(is_late=True) & ~Q(state__in=[State.REPLACED, State.CANCELLED]),
        "discrepancy": Q(state=State.DISCREPANCY),
        "received": Q(state__in=[State.RECEIVED, State.DISCREPANCY]),
    }.get(view, Q())


def _counted(model: Any, keys: Sequence[UUID]) -> dict[UUID, int]:
    rows = model.objects.filter(advice_id__in=keys).values_list("advice_id")
    return dict(rows.annotate(n=Count("pk")).order_by())
