"""Dispatch advices: sent, replaced, cancelled by the supplier, received by the customer (TR-16).

All functions act for the supplier. What the customer does reaches them through listeners, which
call ``note_acceptance`` and ``note_receipt``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.masterdata.queries.parts import resolve_partner_number
from collab.masterdata.refusals import Refused, locked
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from forecasting.queries.advised import period_start
from transport.events import DispatchAdvised
from transport.models import AdviceLine, DispatchAdvice, HandlingUnit
from transport.rules.handling_units import Unit, kinds_of
from transport.services import numbers
from transport.services.consignments import Consignment, NotSendable, StatedLine, problems_of
from transport.services.places import act_at
from transport.services.plates import claim_plates

LATE_AFTER = timedelta(minutes=30)
State = DispatchAdvice.State
ON_ITS_WAY = (State.SENT, State.ACCEPTED)
GONE = (State.REPLACED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Sent:
    """An advice and whether this call made it."""

    advice: DispatchAdvice
    is_new: bool


@transaction.atomic
def send_advice(told: Consignment, *, as_of: datetime | None = None) -> Sent:
    """Tell the customer what has left; the same ``source_key`` again changes nothing.

    Raises ``NotSendable`` with every reason that speaks against it.
    """
    numbers.hold("advice")
    known = DispatchAdvice.objects.filter(
        owner_id=acting_organisation_id(), source_key=told.source_key
    ).first()
    if known is not None:
        return Sent(known, is_new=False)
    return Sent(_write(told, as_of or timezone.now()), is_new=True)


@transaction.atomic
def correct_advice(
    advice_id: UUID, told: Consignment, *, version: int | None = None, as_of: datetime | None = None
) -> Sent:
    """Replace an advice by a new revision of the same number, with the same packs or others.

    Raises ``DispatchAdvice.DoesNotExist``, ``VersionConflict``, ``Refused`` for one that is not on
    its way any more, and ``NotSendable``.
    """
    numbers.hold("advice")
    known = DispatchAdvice.objects.filter(
        owner_id=acting_organisation_id(), source_key=told.source_key
    ).first()
    if known is not None and known.replaces_id == advice_id:
        return Sent(known, is_new=False)
    if known is not None:
        raise Refused("source_key", "a key that no other advice has", told.source_key)
    old = _own(advice_id, version)
    if told.customer_id != old.counterparty_id:
        raise Refused("customer", "the customer of the advice that is replaced", told.customer_id)
    _move(old, State.REPLACED)
    moment = as_of or timezone.now()
    return Sent(_write(replace(told, number=old.number), moment, old=old), is_new=True)


@transaction.atomic
def cancel_advice(advice_id: UUID, *, version: int | None = None) -> DispatchAdvice:
    """Take an advice back; its plates stay used. A cancelled one stays as it is.

    Raises ``DispatchAdvice.DoesNotExist``, ``VersionConflict``, and ``Refused`` for goods that
    have arrived.
    """
    advice = _own(advice_id, version, states=(*ON_ITS_WAY, State.CANCELLED))
    if advice.state != State.CANCELLED:
        _move(advice, State.CANCELLED)
    return advice


@transaction.atomic
def note_acceptance(advice_id: UUID) -> DispatchAdvice:
    """Note that the customer has accepted an advice; one that is further on stays as it is."""
    advice = _own(advice_id, None, states=tuple(State))
    if advice.state == State.SENT:
        _move(advice, State.ACCEPTED)
    return advice


@transaction.atomic
def note_receipt(
    advice_id: UUID, *, received: Mapping[int, Decimal], received_at: datetime
) -> DispatchAdvice:
    """Note what the customer has received of an advice in all, by position [unit of the line].

    A line that ``received`` does not name has not arrived. Any difference makes the advice a
    discrepancy; a later call replaces an earlier one, the same again changes nothing. Raises
    ``DispatchAdvice.DoesNotExist``, and ``Refused`` for an advice that does not count and for
    positions and quantities that cannot be.
    """
    arrived = (*ON_ITS_WAY, State.RECEIVED, State.DISCREPANCY)
    advice = _own(advice_id, None, states=arrived)
    lines = list(AdviceLine.objects.filter(advice_id=advice.pk).order_by("position"))
    unknown = set(received) - {line.position for line in lines}
    if unknown:
        raise Refused("position", "a line of this advice", min(unknown))
    for position, quantity in received.items():
        if not quantity.is_finite() or quantity < 0:
            raise Refused("received", "a quantity >= 0", f"{position}: {quantity}")
    for line in lines:
        line.received = received.get(line.position, Decimal(0))
    differences = [_difference(line) for line in lines if line.received != line.quantity]
    state = State.DISCREPANCY if differences else State.RECEIVED
    same = (advice.state, advice.received_at, advice.discrepancies)
    if same == (state, received_at, differences):
        return advice
    AdviceLine.objects.bulk_update(lines, ["received"])
    advice.received_at, advice.discrepancies = received_at, differences
    _move(advice, state)
    return advice


@transaction.atomic
def withdraw_receipt(advice_id: UUID) -> DispatchAdvice:
    """Note that the customer took back what it had received: the goods are on their way again.

    An advice that is not received stays as it is. Raises ``DispatchAdvice.DoesNotExist``.
    """
    advice = _own(advice_id, None, states=tuple(State))
    if advice.state in (State.RECEIVED, State.DISCREPANCY):
        AdviceLine.objects.filter(advice_id=advice.pk).update(received=None)
        advice.received_at, advice.discrepancies = None, []
        _move(advice, State.ACCEPTED)
    return advice


def _difference(line: AdviceLine) -> dict[str, Any]:
    received = line.received or Decimal(0)
    return {
        "position": line.position,
        "part_number": line.part_number,
        "advised": str(line.quantity.normalize() + 0),
        "received": str(received.normalize() + 0),
        "difference": format((received - line.quantity).normalize() + 0, "f"),
    }


def _own(
    advice_id: UUID, version: int | None, *, states: Sequence[str] = ON_ITS_WAY
) -> DispatchAdvice:
    """Return an own advice, locked; refuse it in another state."""
    if not DispatchAdvice.objects.filter(pk=advice_id, owner_id=acting_organisation_id()).exists():
        raise DispatchAdvice.DoesNotExist
    advice = locked(DispatchAdvice, advice_id, version)
    act_at([advice.ship_from], field="ship_from")
    if advice.state not in states:
        raise Refused("advice", "an advice that is on its way", advice.get_state_display())
    return advice


def _move(advice: DispatchAdvice, state: str) -> None:
    advice.state = state
    advice.version += 1
    advice.save()
    _tell(advice)


def _write(
    told: Consignment, as_of: datetime, *, old: DispatchAdvice | None = None
) -> DispatchAdvice:
    act_at([told.ship_from], field="ship_from")
    if problems := problems_of(told):
        raise NotSendable(problems)
    number = told.number or numbers.next_number("advice")
    chain = DispatchAdvice.objects.filter(
        owner_id=acting_organisation_id(), counterparty_id=told.customer_id, number=number
    )
    if old is None and chain.exists():
        raise Refused("number", "a number that no advice to this customer has", number)
    claim_plates(
        [unit.plate for unit in told.units],
        replaced_ids=chain.values_list("pk", flat=True) if old is not None else (),
    )
    advice = DispatchAdvice.objects.create(
        counterparty_id=told.customer_id,
        number=number,
        revision=1 if old is None else old.revision + 1,
        replaces_id=None if old is None else old.pk,
        origin_of_data=told.origin,
        ship_from=told.ship_from,
        ship_to=told.ship_to,
        dock=told.dock,
        shipment_id=told.shipment_id,
        shipment_number=told.shipment_number,
        transport_document=told.transport_document,
        carrier_name=told.carrier_name,
        plate=told.plate,
        gross_weight_kg=told.gross_kg,
        net_weight_kg=told.net_kg,
        despatched_at=told.despatched_at,
        expected_at=told.expected_at,
        sent_at=as_of,
        is_late=as_of - told.despatched_at > LATE_AFTER,
        source_key=told.source_key,
    )
    _write_lines(advice, told.lines)
    _write_units(advice, told.units)
    _tell(advice)
    return advice


def _write_lines(advice: DispatchAdvice, lines: Sequence[StatedLine]) -> None:
    """Write the lines with their cumulatives; earlier lines of the same part are in them."""
    shipped: dict[str, Decimal] = {}
    rows = []
    for line in lines:
        if line.part_number not in shipped:
            shipped[line.part_number] = _shipped_before(advice, line.part_number)
        shipped[line.part_number] += line.quantity
        part = resolve_partner_number(
            advice.counterparty_id, line.part_number, own_day(advice.despatched_at)
        )
        known = line.cumulative
        rows.append(
            AdviceLine(
                owner_id=acting_organisation_id(),
                counterparty_id=advice.counterparty_id,
                advice=advice,
                position=line.position,
                part_number=line.part_number,
                supplier_part_number=line.supplier_part_number or (part.number if part else ""),
                name=(line.name or (part.name if part else ""))[:120],
                quantity=line.quantity,
                unit=line.unit,
                cumulative=shipped[line.part_number] if known is None else known,
                order_number=line.order_number,
                delivery_note=line.delivery_note,
                schedule_line_id=line.schedule_line_id,
            )
        )
    AdviceLine.objects.bulk_create(rows)


def _shipped_before(advice: DispatchAdvice, part_number: str) -> Decimal:
    """Return what was shipped of a part to the same site since the customer counts (L)."""
    since = period_start(
        customer_id=advice.counterparty_id,
        supplier_id=acting_organisation_id(),
        part_number=part_number,
        site_code=str(advice.ship_to.get("site_code", "")),
    )
    rows = AdviceLine.objects.filter(
        owner_id=acting_organisation_id(),
        counterparty_id=advice.counterparty_id,
        part_number=part_number,
        advice__ship_to__code=advice.ship_to.get("code"),
    ).exclude(advice__state__in=GONE)
    if since is not None:
        start = datetime.combine(since, time(0), tzinfo=UTC)
        rows = rows.filter(advice__despatched_at__gte=start)
    total: Decimal | None = rows.aggregate(total=Sum("quantity"))["total"]
    return total or Decimal(0)


def _write_units(advice: DispatchAdvice, units: Sequence[Unit]) -> None:
    kinds = kinds_of(units)
    keys = {unit.key: uuid7() for unit in units}
    HandlingUnit.objects.bulk_create(
        [
            HandlingUnit(
                id=keys[unit.key],
                owner_id=acting_organisation_id(),
                counterparty_id=advice.counterparty_id,
                advice=advice,
                parent_id=keys.get(unit.parent),
                position=position,
                kind=kinds[unit.key].value,
                pack_type=unit.pack_type,
                licence_plate=unit.plate,
                gross_weight_kg=unit.gross_kg,
                contents=[
                    {"line": content.line, "quantity": str(content.quantity)}
                    for content in unit.contents
                ],
                lot=unit.lot,
                returnable_asset=unit.asset,
            )
            for position, unit in enumerate(units, start=1)
        ],
        batch_size=1_000,
    )


def _tell(advice: DispatchAdvice) -> None:
    lines = AdviceLine.objects.filter(advice_id=advice.pk).order_by("position")
    received_at = advice.received_at
    publish(
        DispatchAdvised(
            change_id=str(uuid7()),
            advice_id=str(advice.pk),
            customer_id=advice.counterparty_id,
            number=advice.number,
            state=str(advice.state),
            despatched_at=advice.despatched_at.isoformat(),
            expected_at=advice.expected_at.isoformat(),
            received_at="" if received_at is None else received_at.isoformat(),
            lines=[
                {
                    "part_number": line.part_number,
                    "quantity": str(line.quantity),
                    "unit": line.unit,
                    "site_code": str(advice.ship_to.get("site_code", "")),
                    "order_number": line.order_number,
                }
                for line in lines
            ],
        )
    )
