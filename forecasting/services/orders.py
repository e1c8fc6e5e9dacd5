"""Order lines of customers, what suppliers confirm, and what buyers decide about it (FC-30)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.queries import quantity_in_base_unit
from collab.masterdata.refusals import (
    Refused,
    VersionConflict,
    clean_decimal,
    clean_text,
    clean_whole,
)
from collab.organisations.context import acting_organisation_id, acting_person_id
from forecasting.events import OrdersChanged
from forecasting.models import DeliverySchedule, OrderLine
from forecasting.services.needs import refresh_needs
from forecasting.services.order_alerts import settle_order
from forecasting.services.series import (
    own_part,
    own_site_code,
    supplier_by_bpn,
    supplier_number,
)

LINES_PER_EVENT = 200
MOST_STEPS = 100
State = OrderLine.State
TOLD = ("quantity", "due_on", "price_minor", "price_unit", "currency", "unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order line as stated; ``supplier`` is a BPN, the quantity is in ``unit``.

    The price is in minor units of ``currency`` per ``price_unit`` base units.
    """

    supplier: str
    order_number: str
    line: int
    part_number: str
    quantity: Decimal | int | str
    due_on: date
    unit: str = ""
    site: str = ""
    schedule_line: int = 1
    price_minor: int | None = None
    price_unit: Decimal | int | str = 1
    currency: str = ""
    ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderVerdict:
    """What became of one stated line: kept (new, changed or neither), or refused."""

    row: int
    line: OrderLine | None
    is_new: bool = False
    is_changed: bool = False
    refused: Refused | None = None


@transaction.atomic
def record_orders(orders: Sequence[Order], *, as_of: datetime | None = None) -> list[OrderVerdict]:
    """Keep each line on its own; a refused one leaves the others standing.

    Order number, line and schedule line of a supplier say which; the same again changes nothing,
    other figures open the line again and take its confirmation back.
    """
    now = as_of or timezone.now()
    verdicts = []
    for row, order in enumerate(orders):
        try:
            with transaction.atomic():
                verdicts.append(_record(row, order, now))
        except Refused as refused:
            verdicts.append(OrderVerdict(row, None, refused=refused))
    touched = [each.line for each in verdicts if each.line and (each.is_new or each.is_changed)]
    announce(touched)
    follow(touched, as_of=now)
    return verdicts


@transaction.atomic
def cancel_order(order_line_id: UUID, *, note: str = "", version: int | None = None) -> OrderLine:
    """Take an order line back; a second time changes nothing."""
    line = locked_line(order_line_id, version)
    if line.state == State.CANCELLED:
        return line
    step(line, "cancelled", State.CANCELLED, timezone.now(), note=clean_text(
        "note", note, 400, required=False))  # fmt: skip
    line.save()
    settle_order(line, as_of=timezone.now())
    announce([line])
    follow([line])
    return line


@transaction.atomic
def decide_order(
    order_line_id: UUID,
    *,
    is_approved: bool,
    note: str = "",
    version: int | None = None,
    as_of: datetime | None = None,
) -> OrderLine:
    """Let the buyer accept what was confirmed outside the tolerance, or send it back.

    Sent back, the line is open and the supplier confirms anew; that needs a note. Raises
    ``Refused`` for a line that waits for no decision.
    """
    now = as_of or timezone.now()
    line = locked_line(order_line_id, version)
    if is_approved and line.state == State.CONFIRMED:
        return line
    if line.state not in {State.APPROVAL, State.BLOCKED}:
        raise Refused("state", "a line that waits for the buyer", line.state)
    text = clean_text("note", note, 400, required=not is_approved)
    if is_approved:
        step(line, "approved", State.CONFIRMED, now, note=text)
    else:
        step(line, "sent_back", State.OPEN, now, note=text)
        line.confirmed = None
    line.save()
    settle_order(line, as_of=now)
    announce([line])
    follow([line], as_of=now)
    return line


def locked_line(order_line_id: UUID, version: int | None) -> OrderLine:
    """Return an own order line locked; raise ``VersionConflict`` if it has moved on."""
    own = OrderLine.objects.filter(owner_id=acting_organisation_id())
    line: OrderLine = own.select_for_update(of=("self",)).get(pk=order_line_id)
    if version is not None and version != line.version:
        raise VersionConflict(line.version, version)
    return line


def step(line: OrderLine, what: str, state: str, at: datetime, **more: Any) -> None:
    """Write a dated step into the line's history and move it to ``state``."""
    said = {name: value for name, value in more.items() if value not in ("", None)}
    entry = {"at": at.isoformat(), "step": what, "state": str(state), **said}
    if (person_id := acting_person_id()) is not None:
        entry["person"] = person_id
    line.history = [*line.history, entry][-MOST_STEPS:]
    line.state = state
    line.version += 1


def announce(lines: Sequence[OrderLine]) -> None:
    """Tell the suppliers that order lines of theirs changed."""
    by_supplier: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        by_supplier[line.counterparty_id].append(str(line.pk))
    for supplier_id, keys in by_supplier.items():
        for start in range(0, len(keys), LINES_PER_EVENT):
            publish(
                OrdersChanged(
                    change_id=str(uuid7()),
                    supplier_id=supplier_id,
                    order_line_ids=keys[start : start + LINES_PER_EVENT],
                )
            )


def follow(lines: Iterable[OrderLine], *, as_of: datetime | None = None) -> None:
    """Let daily demand follow: orders consume the forecast of their part (FC-23)."""
    keys = {(line.counterparty_id, line.part_number, line.site_code) for line in lines}
    if not keys:
        return
    released = DeliverySchedule.objects.filter(
        owner_id=acting_organisation_id(),
        is_current=True,
        part_number__in={part for _supplier, part, _site in keys},
    ).values_list("series_id", "counterparty_id", "part_number", "site_code")
    refresh_needs([series for series, *key in released if tuple(key) in keys], as_of=as_of)


def _record(row: int, order: Order, now: datetime) -> OrderVerdict:
    supplier = supplier_by_bpn(order.supplier)
    part = own_part(order.part_number, supplier.pk)
    told = {
        **_price(order),
        "quantity": _quantity(part, order),
        "unit": part.base_unit,
        "due_on": order.due_on,
    }
    line, is_new = OrderLine.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        counterparty=supplier,
        order_number=clean_text("order_number", order.order_number, 35),
        line=clean_whole("line", order.line, at_least=1, at_most=999_999),
        schedule_line=clean_whole("schedule_line", order.schedule_line, at_least=1, at_most=9_999),
        defaults={
            **told,
            "part_number": part.number,
            "supplier_part_number": supplier_number(part, supplier.pk),
            "site_code": own_site_code(order.site),
            "ordered_at": order.ordered_at or now,
            "history": [{"at": now.isoformat(), "step": "ordered", "state": State.OPEN.value}],
        },
    )
    if is_new:
        return OrderVerdict(row, line, is_new=True)
    if line.part_number != part.number:
        raise Refused("part_number", f"{line.part_number} as ordered before", order.part_number)
    before = {name: getattr(line, name) for name in TOLD}
    if line.state != State.CANCELLED and all(before[name] == told[name] for name in TOLD):
        return OrderVerdict(row, line)
    for name in TOLD:
        setattr(line, name, told[name])
    line.confirmed = None
    step(line, "changed", State.OPEN, now, quantity=str(before["quantity"]),
         due_on=before["due_on"].isoformat())  # fmt: skip
    line.save()
    settle_order(line, as_of=now)
    return OrderVerdict(row, line, is_changed=True)


def _quantity(part: Any, order: Order) -> Decimal:
    given = clean_decimal("quantity", order.quantity, digits=18, places=6, above=Decimal(0))
    try:
        exact = quantity_in_base_unit(part, given, order.unit or part.base_unit)
    except ValueError as reason:
        expected = str(reason).removeprefix("expected ").partition(", got ")[0]
        raise Refused("unit", expected, order.unit) from None
    return clean_decimal("quantity", exact, digits=18, places=3, above=Decimal(0))


def _price(order: Order) -> dict[str, Any]:
    if order.price_minor is None:
        return {"price_minor": None, "price_unit": Decimal(1), "currency": ""}
    currency = order.currency.strip().upper()
    if not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Refused("currency", "an ISO 4217 code", order.currency)
    return {
        "price_minor": clean_whole("price_minor", order.price_minor, at_least=0, at_most=10**9 - 1),
        "price_unit": clean_decimal(
            "price_unit", order.price_unit, digits=12, places=3, above=Decimal(0)
        ),
        "currency": currency,
    }
