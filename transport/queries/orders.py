"""Transport orders as far as the viewer may see, and own vehicle types."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from collab.organisations.names import NOBODY, Name, names_of
from collab.work.fields import partner_is
from transport.models import Mode, OrderItem, Shipment, TransportOrder, VehicleType
from transport.queries.columns import column, is_own, may_see, visible

# What a grant may open; "counterparty" stands for the partner's name, "items" for the items.
FIELDS = (
    "number", "state", "source", "source_key", "origin", "destination", "origin_code",
    "destination_code", "pickup_from", "pickup_until", "delivery_from", "delivery_until", "needs",
    "mode", "is_urgent", "note", "weight_kg", "volume_m3", "pallets", "load_metres",
)  # fmt: skip
VIEWS = ("open", "planned", "done", "cancelled", "all")
SORTS = {
    "due": ("seen_pickup_from", "pk"),
    "newest": ("-pk",),
    "number": ("seen_number", "pk"),
    "weight": ("-seen_weight_kg", "pk"),
}
State = TransportOrder.State
TONES = {"open": "warn", "planned": "info", "done": "ok", "cancelled": "done"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One transport order: the same row on the page, in the API, on the socket."""

    id: UUID
    owner: Name
    partner: Name
    is_own: bool
    is_inbound: bool
    version: int
    values: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"transport-order-{self.id}"

    @property
    def state_label(self) -> str:
        """The state in words."""
        state = self.values.get("state")
        return str(State(state).label) if state else ""

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return TONES.get(str(self.values.get("state")), "info")

    @property
    def source_label(self) -> str:
        """By which door it came, in words."""
        source = self.values.get("source")
        return str(TransportOrder.Source(source).label) if source else ""

    @property
    def mode_label(self) -> str:
        """How it is to travel, in words; empty while nobody chose."""
        mode = self.values.get("mode")
        return str(Mode(mode).label) if mode else ""

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a vehicle and the viewer may change it."""
        return self.is_own and self.values.get("state") == State.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "open"
    text: str = ""
    partner_bpn: str = ""
    site: str = ""
    source: str = ""
    sort: str = "due"


def orders(wanted: OrderFilter | None = None) -> Any:
    """Return the visible orders that the filter has: a query set of ``TransportOrder``."""
    chosen = wanted or OrderFilter()
    if chosen.view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {chosen.view!r}")
    rows = TransportOrder.objects.annotate(
        seen_number=column(TransportOrder, "number"),
        seen_state=column(TransportOrder, "state"),
        seen_pickup_from=column(TransportOrder, "pickup_from"),
        seen_weight_kg=column(TransportOrder, "weight_kg"),
    )
    if chosen.view != "all":
        rows = rows.filter(seen_state=chosen.view)
    if chosen.text:
        items = OrderItem.objects.filter(
            Q(part_number__istartswith=chosen.text)
            | Q(partner_part_number__istartswith=chosen.text)
        )
        rows = rows.filter(
            Q(seen_number__istartswith=chosen.text) | Q(pk__in=items.values("order_id"))
        )
    if chosen.partner_bpn:
        rows = rows.filter(partner_is(chosen.partner_bpn))
    if chosen.site:
        rows = rows.annotate(
            seen_origin=column(TransportOrder, "origin"),
            seen_destination=column(TransportOrder, "destination"),
        ).filter(Q(seen_origin__site_code=chosen.site) | Q(seen_destination__site_code=chosen.site))
    if chosen.source:
        rows = rows.annotate(seen_source=column(TransportOrder, "source")).filter(
            seen_source=chosen.source
        )
    return rows


def list_orders(
    wanted: OrderFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[OrderRow]:
    """Return orders in the order the filter asks for."""
    chosen = wanted or OrderFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    return order_rows(orders(chosen).order_by(*SORTS[chosen.sort])[offset : offset + limit])


def count_orders(wanted: OrderFilter | None = None) -> int:
    """Return how many rows the filter has."""
    number: int = orders(wanted).count()
    return number


def orders_by_key(keys: Iterable[UUID]) -> list[OrderRow]:
    """Return the visible rows among ``keys``."""
    return order_rows(TransportOrder.objects.filter(pk__in=list(keys)))


def order_rows(found: Iterable[TransportOrder]) -> list[OrderRow]:
    """Return the plain rows of orders with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    return [
        OrderRow(
            id=row.pk,
            owner=names.get(row.owner_id, NOBODY),
            partner=names.get(row.counterparty_id, NOBODY)
            if may_see(row, "counterparty")
            else NOBODY,
            is_own=is_own(row),
            is_inbound=row.is_inbound,
            version=row.version,
            values=visible(row, FIELDS),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """One part of an order."""

    order_id: UUID
    position: int
    part_number: str
    partner_part_number: str
    name: str
    quantity: Decimal
    unit: str
    weight_kg: Decimal | None
    packs: int | None
    pack_code: str
    schedule_line_id: UUID | None


def items_of(order_ids: Sequence[UUID]) -> dict[UUID, list[ItemRow]]:
    """Return the items of visible orders by position; nothing of orders whose items are hidden."""
    rows = OrderItem.objects.filter(order_id__in=list(order_ids)).order_by("order_id", "position")
    found: dict[UUID, list[ItemRow]] = {}
    for row in rows:
        if may_see(row, "items"):
            found.setdefault(row.order_id, []).append(
                ItemRow(
                    order_id=row.order_id,
                    position=row.position,
                    part_number=row.part_number,
                    partner_part_number=row.partner_part_number,
                    name=row.name,
                    quantity=row.quantity,
                    unit=row.unit,
                    weight_kg=row.weight_kg,
                    packs=row.packs,
                    pack_code=row.pack_code,
                    schedule_line_id=row.schedule_line_id,
                )
            )
    return found


def shipments_of_order(order_id: UUID) -> list[UUID]:
    """Return the keys of the visible shipments of an order, newest first."""
    rows = Shipment.objects.filter(order_id=order_id).order_by("-pk")
    return list(rows.values_list("pk", flat=True))


def vehicle_types(*, is_active: bool | None = True) -> list[VehicleType]:
    """Return own vehicle types by payload and code."""
    rows = VehicleType.objects.order_by("-capacity_kg", "code")
    return list(rows if is_active is None else rows.filter(is_active=is_active))
