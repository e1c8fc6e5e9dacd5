"""Confirm order lines, as they are or with a difference; judge what was confirmed (FC-30)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_decimal, clean_text, clean_whole
from collab.organisations.context import acting_organisation_id, acting_person_id
from forecasting.events import OrdersConfirmed
from forecasting.models import OrderConfirmation, OrderLine, ToleranceGroup
from forecasting.rules import tolerance as rules
from forecasting.services.order_alerts import settle_order
from forecasting.services.orders import announce, follow, step

CONFIRMATIONS_PER_EVENT = 200
State = OrderLine.State
TO_CONFIRM = (State.OPEN, State.APPROVAL, State.BLOCKED)
STATES = {
    rules.Verdict.ACCEPTED: State.CONFIRMED,
    rules.Verdict.APPROVAL: State.APPROVAL,
    rules.Verdict.BLOCKED: State.BLOCKED,
}


@transaction.atomic
def confirm_as_is(
    order_line_ids: Sequence[UUID], *, as_of: datetime | None = None
) -> list[OrderConfirmation]:
    """Confirm open order lines made to the acting supplier exactly as they were ordered.

    Lines in another state, or confirmed as they are already, are left alone.
    """
    now = as_of or timezone.now()
    lines = list(_received(order_line_ids).filter(state__in=TO_CONFIRM).order_by("pk"))
    newest = _newest(lines)
    fresh = [line for line in lines if not _says(newest.get(line.pk), line, _as_ordered(line))]
    made = [
        _confirmation(line, newest.get(line.pk), now, "", **_as_ordered(line)) for line in fresh
    ]
    OrderConfirmation.objects.bulk_create(made, batch_size=500)
    _announce(made)
    return made


@transaction.atomic
def propose_change(
    order_line_id: UUID,
    *,
    quantity: Decimal | int | str | None = None,
    due_on: date | None = None,
    price_minor: int | None = None,
    reason: str = "",
    as_of: datetime | None = None,
) -> OrderConfirmation:
    """Confirm one order line with other figures; what is left out is as ordered.

    The same figures again change nothing. Raises ``OrderLine.DoesNotExist`` for a line not made
    to the acting supplier, ``Refused`` for a cancelled or settled one, for impossible figures
    and for a difference without a reason.
    """
    now = as_of or timezone.now()
    line = _received([order_line_id]).get()
    if line.state not in TO_CONFIRM:
        raise Refused("state", "an order line that can be confirmed", line.state)
    told = _as_ordered(line)
    if quantity is not None:
        told["quantity"] = clean_decimal(
            "quantity", quantity, digits=18, places=3, at_least=Decimal(0)
        )
    if due_on is not None:
        told["due_on"] = due_on
    if price_minor is not None:
        told["price_minor"] = clean_whole("price_minor", price_minor, at_least=0, at_most=10**9 - 1)
    is_different = told != _as_ordered(line)
    text = clean_text("reason", reason, 400, required=is_different)
    newest = _newest([line]).get(line.pk)
    if newest is not None and _says(newest, line, told):
        return newest
    made = _confirmation(line, newest, now, text, **told)
    made.save()
    _announce([made])
    return made


@transaction.atomic
def judge_confirmations(
    confirmations: Sequence[OrderConfirmation], *, as_of: datetime | None = None
) -> int:
    """Settle, for the acting customer, what its suppliers confirmed; return lines changed.

    Inside the tolerance of the supplier's group a line is confirmed, outside it is blocked or
    waits for the buyer. An older confirmation than the one that counts changes nothing.
    """
    now = as_of or timezone.now()
    groups = list(ToleranceGroup.objects.order_by("name"))
    keys = [each.order_line_id for each in confirmations]
    own = OrderLine.objects.filter(pk__in=keys, owner_id=acting_organisation_id()).order_by("pk")
    lines = {each.pk: each for each in own.select_for_update(of=("self",))}
    changed = []
    for each in sorted(confirmations, key=lambda found: found.number):
        line = lines.get(each.order_line_id)
        if line is None or line.state == State.CANCELLED or line.counterparty_id != each.owner_id:
            continue
        if any(entry.get("confirmation") == str(each.pk) for entry in line.history):
            continue  # heard before
        if line.confirmed and line.confirmed["number"] >= each.number:
            continue
        found = judge(line, each, tolerance_for(groups, each.owner_id))
        line.confirmed = {
            "number": each.number,
            "quantity": str(each.quantity),
            "due_on": each.due_on.isoformat(),
            "price_minor": each.price_minor,
            "reason": each.reason,
            "at": each.confirmed_at.isoformat(),
            "differences": [
                {"aspect": d.aspect.value, "change": str(d.change), "verdict": d.verdict.value}
                for d in found.differences
            ],
        }
        step(
            line, "confirmed", STATES[found.verdict], now,
            confirmation=str(each.pk), quantity=str(each.quantity),
            due_on=each.due_on.isoformat(), price_minor=each.price_minor, reason=each.reason,
        )  # fmt: skip
        line.save()
        settle_order(line, as_of=now)
        changed.append(line)
    announce(changed)
    follow(changed, as_of=now)
    return len(changed)


def judge(
    line: OrderLine, confirmed: OrderConfirmation, tolerance: rules.ConfirmationTolerance
) -> rules.ConfirmationVerdict:
    """Return what happens to a confirmation; a price left out is the one ordered."""
    ordered = rules.OrderLine(
        quantity=line.quantity, due_on=line.due_on, unit_price_minor=line.price_minor or 0
    )
    price = confirmed.price_minor if confirmed.price_minor is not None else line.price_minor
    given = rules.OrderLine(
        quantity=confirmed.quantity, due_on=confirmed.due_on, unit_price_minor=price or 0
    )
    return rules.judge_confirmation(ordered, given, tolerance)


def tolerance_for(
    groups: Sequence[ToleranceGroup], supplier_id: int
) -> rules.ConfirmationTolerance:
    """Return the tolerance of the first group with the supplier, else of one for all, else none."""
    named = [each for each in groups if supplier_id in each.supplier_ids]
    general = [each for each in groups if not each.supplier_ids]
    group = next(iter([*named, *general]), None)
    if group is None:
        return rules.ConfirmationTolerance()
    beyond = (
        rules.Verdict.BLOCKED
        if group.outside == ToleranceGroup.Outside.BLOCK
        else rules.Verdict.APPROVAL
    )
    return rules.ConfirmationTolerance(
        quantity=rules.Limit(down=group.quantity_below, up=group.quantity_above, beyond=beyond),
        date=rules.Limit(
            down=Decimal(group.days_early), up=Decimal(group.days_late), beyond=beyond
        ),
        price=rules.Limit(down=None, up=group.price_above, beyond=beyond),
    )


def _received(order_line_ids: Sequence[UUID]) -> Any:
    """Return the order lines made to the acting supplier among these."""
    return OrderLine.objects.filter(pk__in=order_line_ids, counterparty_id=acting_organisation_id())


def _as_ordered(line: OrderLine) -> dict[str, Any]:
    return {"quantity": line.quantity, "due_on": line.due_on, "price_minor": line.price_minor}


def _newest(lines: Sequence[OrderLine]) -> dict[UUID, OrderConfirmation]:
    rows = OrderConfirmation.objects.filter(
        owner_id=acting_organisation_id(), order_line_id__in=[line.pk for line in lines]
    )
    return {
        each.order_line_id: each
        for each in rows.order_by("order_line_id", "-number").distinct("order_line_id")
    }


def _says(newest: OrderConfirmation | None, line: OrderLine, told: Mapping[str, Any]) -> bool:
    """Say whether the newest confirmation says the same and came after the last change."""
    if newest is None or any(getattr(newest, name) != told[name] for name in told):
        return False
    steps = [entry for entry in line.history if entry["step"] != "confirmed"]
    last = max((datetime.fromisoformat(entry["at"]) for entry in steps), default=line.ordered_at)
    return newest.confirmed_at >= last


def _confirmation(
    line: OrderLine, newest: OrderConfirmation | None, now: datetime, reason: str, **told: Any
) -> OrderConfirmation:
    return OrderConfirmation(
        owner_id=acting_organisation_id(),
        counterparty_id=line.owner_id,
        order_line_id=line.pk,
        order_number=line.order_number,
        line=line.line,
        number=newest.number + 1 if newest else 1,
        reason=reason,
        person_id=acting_person_id(),
        confirmed_at=now,
        **told,
    )


def _announce(made: Sequence[OrderConfirmation]) -> None:
    by_customer: dict[int, list[OrderConfirmation]] = defaultdict(list)
    for each in made:
        by_customer[each.counterparty_id].append(each)
    for customer_id, rows in by_customer.items():
        for start in range(0, len(rows), CONFIRMATIONS_PER_EVENT):
            part = rows[start : start + CONFIRMATIONS_PER_EVENT]
            publish(
                OrdersConfirmed(
                    change_id=str(uuid7()),
                    customer_id=customer_id,
                    confirmation_ids=[str(each.pk) for each in part],
                    order_line_ids=[str(each.order_line_id) for each in part],
                )
            )
