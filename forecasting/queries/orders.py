"""Order lines as far as the viewer may see, beside what was confirmed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, F, Q
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _

from collab.organisations.context import acting_organisation_id
from collab.organisations.names import NOBODY, Name, names_of
from collab.sharing.queries import fields_for
from collab.work.fields import part_begins, partner_is, seen
from forecasting.models import COMMIT, DEMAND, OrderConfirmation, OrderLine, ToleranceGroup

# What a grant may open; "counterparty" stands for the supplier's name.
FIELDS = (
    "order_number", "line", "schedule_line", "part_number", "supplier_part_number", "site_code",
    "quantity", "unit", "due_on", "price_minor", "price_unit", "currency", "confirmed", "history",
    "ordered_at", "counterparty",
)  # fmt: skip
VIEWS = ("open", "decide", "confirmed", "all")
SORTS = {
    "due": (F("seen_due_on").asc(nulls_last=True), "pk"),
    "order": (F("seen_order_number").asc(nulls_last=True), "line", "schedule_line", "pk"),
    "part": (F("seen_part_number").asc(nulls_last=True), "pk"),
}
State = OrderLine.State
TONES = {
    State.OPEN.value: "info",
    State.CONFIRMED.value: "ok",
    State.APPROVAL.value: "warn",
    State.BLOCKED.value: "crit",
    State.CANCELLED.value: "done",
}
STEPS = {
    "ordered": _("Ordered"),
    "changed": _("Order changed"),
    "confirmed": _("Confirmed"),
    "approved": _("Approved by the buyer"),
    "sent_back": _("Sent back by the buyer"),
    "cancelled": _("Cancelled"),
}
ASPECTS = {"quantity": _("Quantity"), "date": _("Date"), "price": _("Price")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a confirmation changes in one aspect, signed; days for dates."""

    aspect: str
    change: Decimal
    verdict: str

    @property
    def label(self) -> str:
        """The aspect in words."""
        return str(ASPECTS[self.aspect])

    @property
    def text(self) -> str:
        """The change with its sign."""
        return f"{self.change:+f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One dated step of an order line."""

    at: datetime
    label: str
    state: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order line: the same row on the page, in the API, on the socket.

    ``values`` holds what the viewer may see; ``proposal`` is the newest confirmation, which the
    customer may not have judged yet.
    """

    id: UUID
    customer: Name
    supplier: Name
    is_own: bool
    is_received: bool
    state: str
    version: int
    values: Mapping[str, Any]
    proposal: OrderConfirmation | None

    def __getattr__(self, name: str) -> Any:
        """Return a visible value; None for one that is hidden."""
        if name in FIELDS:
            return self.values.get(name)
        raise AttributeError(name)

    @property
    def element_id(self) -> str:
        """The id of the row on screens."""
        return f"order-{self.id}"

    @property
    def number(self) -> str:
        """The viewer's own number of the part, else the customer's."""
        theirs = str(self.values.get("part_number") or "")
        if not self.is_received:
            return theirs
        return str(self.values.get("supplier_part_number") or theirs)

    @property
    def state_label(self) -> str:
        """The state in words."""
        return str(State(self.state).label)

    @property
    def tone(self) -> str:
        """The tone of the state's pill."""
        return TONES[self.state]

    @property
    def can_confirm(self) -> bool:
        """Whether the viewer may confirm it."""
        return self.is_received and self.state in {State.OPEN, State.APPROVAL, State.BLOCKED}

    @property
    def can_decide(self) -> bool:
        """Whether the viewer has to decide about what was confirmed."""
        return self.is_own and self.state in {State.APPROVAL, State.BLOCKED}

    @property
    def differences(self) -> Sequence[Difference]:
        """What the confirmation that counts changes."""
        told = self.values.get("confirmed") or {}
        return [
            Difference(aspect=d["aspect"], change=Decimal(d["change"]), verdict=d["verdict"])
            for d in told.get("differences", ())
        ]

    @property
    def confirmed_on(self) -> date | None:
        """The confirmed day."""
        told = self.values.get("confirmed")
        return parse_date(told["due_on"]) if told else None

    @property
    def confirmed_quantity(self) -> Decimal | None:
        """The confirmed quantity [base units]."""
        told = self.values.get("confirmed")
        return Decimal(told["quantity"]) if told else None

    @property
    def price(self) -> Decimal | None:
        """The price per price unit in the currency's main unit, two decimals."""
        minor = self.values.get("price_minor")
        return None if minor is None else Decimal(minor) / 100

    @property
    def steps(self) -> list[Step]:
        """Every step, newest first."""
        found = [
            Step(
                at=at,
                label=str(STEPS.get(entry["step"], entry["step"])),
                state=str(State(entry["state"]).label),
                note=str(entry.get("note") or entry.get("reason") or ""),
            )
            for entry in self.values.get("history") or ()
            if (at := parse_datetime(entry["at"])) is not None
        ]
        return found[::-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """What to list; empty means any. ``view`` is one of ``VIEWS``, ``sort`` of ``SORTS``."""

    view: str = "open"
    part: str = ""
    order: str = ""
    partner_bpn: str = ""
    sort: str = "due"


def order_lines(wanted: OrderFilter | None = None) -> Any:
    """Return the visible order lines that the filter has: a query set of ``OrderLine``."""
    chosen = wanted or OrderFilter()
    rows = _annotated().filter(_of_view(chosen.view))
    if chosen.part:
        rows = rows.filter(part_begins(chosen.part))
    if chosen.order:
        rows = rows.filter(seen_order_number__istartswith=chosen.order)
    if chosen.partner_bpn:
        rows = rows.filter(partner_is(chosen.partner_bpn))
    return rows


def order_list(
    wanted: OrderFilter | None = None, *, limit: int = 50, offset: int = 0
) -> list[OrderRow]:
    """Return order lines in the order the filter asks for."""
    chosen = wanted or OrderFilter()
    if chosen.sort not in SORTS:
        raise ValueError(f"expected a sort among {', '.join(SORTS)}, got {chosen.sort!r}")
    rows = order_lines(chosen).order_by(*SORTS[chosen.sort])
    return order_rows(rows[offset : offset + limit])


def count_orders(wanted: OrderFilter | None = None) -> int:
    """Return how many rows the filter has."""
    number: int = order_lines(wanted).count()
    return number


def orders_by_key(keys: Iterable[UUID]) -> list[OrderRow]:
    """Return the visible rows among ``keys``."""
    return order_rows(OrderLine.objects.filter(pk__in=list(keys)))


def order_rows(found: Iterable[OrderLine]) -> list[OrderRow]:
    """Return the plain rows of order lines with the fields that the viewer may see."""
    rows = list(found)
    names = names_of({row.owner_id for row in rows} | {row.counterparty_id for row in rows})
    proposals = {
        each.order_line_id: each
        for each in OrderConfirmation.objects.filter(order_line_id__in=[row.pk for row in rows])
        .order_by("order_line_id", "-number")
        .distinct("order_line_id")
        if fields_for(COMMIT, each.owner_id, each.counterparty_id) is None
    }
    return [_row(row, names, proposals.get(row.pk)) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToleranceRow:
    """A tolerance group with the suppliers it is for, by BPN; none stands for all."""

    id: UUID
    name: str
    suppliers: Sequence[str]
    supplier_names: Sequence[str]
    quantity_below: Decimal
    quantity_above: Decimal
    days_early: int
    days_late: int
    price_above: Decimal
    outside: str
    version: int

    @property
    def outside_label(self) -> str:
        """What happens outside, in words."""
        return str(ToleranceGroup.Outside(self.outside).label)


def tolerances() -> Any:
    """Return own tolerance groups: a query set."""
    return ToleranceGroup.objects.all()


def tolerance_rows(found: Iterable[ToleranceGroup]) -> list[ToleranceRow]:
    """Return the plain rows of tolerance groups."""
    rows = list(found)
    names = names_of({key for row in rows for key in row.supplier_ids})
    return [
        ToleranceRow(
            id=row.pk,
            name=row.name,
            suppliers=[names[key].bpn for key in row.supplier_ids if key in names],
            supplier_names=[names[key].short for key in row.supplier_ids if key in names],
            quantity_below=row.quantity_below,
            quantity_above=row.quantity_above,
            days_early=row.days_early,
            days_late=row.days_late,
            price_above=row.price_above,
            outside=row.outside,
            version=row.version,
        )
        for row in rows
    ]


def _annotated() -> Any:
    text = CharField()
    return OrderLine.objects.annotate(
        seen_part_number=seen(DEMAND, "part_number", text),
        seen_supplier_part_number=seen(DEMAND, "supplier_part_number", text),
        seen_order_number=seen(DEMAND, "order_number", text),
        seen_due_on=seen(DEMAND, "due_on", DateField()),
    )


def _of_view(view: str) -> Q:
    if view not in VIEWS:
        raise ValueError(f"expected a view among {', '.join(VIEWS)}, got {view!r}")
    return {
        "open": Q(state=State.OPEN),
        "decide": Q(state__in=[State.APPROVAL, State.BLOCKED]),
        "confirmed": Q(state=State.CONFIRMED),
    }.get(view, Q())


def _row(row: OrderLine, names: Mapping[int, Name], proposal: OrderConfirmation | None) -> OrderRow:
    allowed = fields_for(DEMAND, row.owner_id, row.counterparty_id)
    supplier = names.get(row.counterparty_id, NOBODY)
    every = {name: getattr(row, name) for name in FIELDS if name != "counterparty"}
    every["counterparty"] = supplier.short
    values = {
        name: value for name, value in every.items() if allowed is None or name in allowed
    }  # fmt: skip
    own = acting_organisation_id()
    return OrderRow(
        id=row.pk,
        customer=names.get(row.owner_id, NOBODY),
        supplier=supplier if "counterparty" in values else NOBODY,
        is_own=row.owner_id == own,
        is_received=row.counterparty_id == own,
        state=row.state,
        version=row.version,
        values=values,
        proposal=proposal,
    )
