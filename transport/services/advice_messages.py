"""Apply the advices that a supplier's own system hands in, and queue those for customers."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.outbox import next_number, queue
from collab.integration.inbox.registry import Arrival, Outcome, register
from collab.integration.inbox.senders import require_own_system
from collab.integration.models.messages import OutboundMessage, PartnerProfile
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Organisation, Site
from forecasting.messages.canonical import Identifier, Moment
from forecasting.messages.values import Reading
from transport.messages import desadv, x12_856
from transport.messages.dispatch import Advice, Function
from transport.models import DispatchAdvice
from transport.queries.advice_messages import FORMS, write_advice
from transport.queries.advices import advice_by_key
from transport.services.advices import cancel_advice, correct_advice, send_advice
from transport.services.consignments import (
    Consignment,
    NotSendable,
    StatedLine,
    partner_sites,
)
from transport.services.places import Place, place_of

DESADV, X12_856 = "edifact:DESADV", "x12:856"
ORIGINS = {DESADV: "edifact", X12_856: "x12"}


def apply_desadv(arrival: Arrival) -> Outcome:
    """Apply a DESADV."""
    return _apply(arrival, desadv.read(arrival.document.content, arrival.profile))


def apply_856(arrival: Arrival) -> Outcome:
    """Apply an X12 856."""
    return _apply(arrival, x12_856.read(arrival.document.content, arrival.profile))


@transaction.atomic
def queue_advice(advice_id: UUID, *, form: str) -> OutboundMessage:
    """Queue an own advice for its customer's system, under the next control number.

    Raises ``DispatchAdvice.DoesNotExist`` for one that is not one's own, ``Refused`` for one that
    was replaced and for an unknown form.
    """
    row = advice_by_key(advice_id)
    if row is None or not row.is_own:
        raise DispatchAdvice.DoesNotExist
    if row.state == DispatchAdvice.State.REPLACED:
        raise Refused("advice", "the newest revision of the advice", row.revision)
    if form not in FORMS:
        raise Refused("form", f"one of {', '.join(FORMS)}", form)
    number = next_number(row.customer_id)
    written = write_advice(row, form, control=number)
    return queue(
        receiver_id=row.customer_id,
        kind=written.kind,
        raw=written.raw,
        number=number,
        title=row.number,
        wants_answer=True,
    )


def _apply(arrival: Arrival, reading: Reading[Advice]) -> Outcome:
    """Write what an advice means; everything is taken or nothing."""
    told = reading.message
    require_own_system(arrival, else_from="suppliers' advices come from theirs")
    customer = _customer(arrival, told.customer or told.ship_to)
    try:
        known = _known(customer, told)
        if told.function is Function.CANCEL:
            if known is None:
                raise Refused("number", "the number of an advice that was sent", told.number)
            cancel_advice(known.pk)
        else:
            _write(arrival, told, customer, known)
    except NotSendable as refused:
        raise MessageRefused([_finding(arrival, each) for each in refused.problems]) from None
    except Refused as refused:
        raise MessageRefused([_finding(arrival, refused)]) from None
    return Outcome(applied=len(told.lines), findings=reading.findings)


def _write(
    arrival: Arrival, told: Advice, customer: Organisation, known: DispatchAdvice | None
) -> None:
    consignment = _consignment(arrival, told, customer)
    if told.function is Function.REPLACE:
        if known is None:
            raise Refused("number", "the number of an advice that was sent", told.number)
        correct_advice(known.pk, consignment)
        return
    send_advice(consignment)


def _known(customer: Organisation, told: Advice) -> DispatchAdvice | None:
    """Return the newest revision of the number that the message names."""
    rows = DispatchAdvice.objects.filter(
        owner_id=acting_organisation_id(), counterparty_id=customer.pk, number=told.number
    )
    return rows.order_by("-revision").first()


def _consignment(arrival: Arrival, told: Advice, customer: Organisation) -> Consignment:
    ship_to = _ship_to(customer, told.ship_to)
    zone = ZoneInfo(str(ship_to["timezone"]))
    for name, value in (("despatched_at", told.despatched_at), ("expected_at", told.expected_at)):
        if value is None:
            raise Refused(name, "the time of departure and the expected arrival", "")
    assert told.despatched_at is not None
    assert told.expected_at is not None
    assert told.gross_kg is not None  # the readers refuse messages without weights
    assert told.net_kg is not None
    return Consignment(
        customer_id=customer.pk,
        ship_from=_ship_from(told.ship_from),
        ship_to=ship_to,
        lines=[
            StatedLine(
                position=line.position,
                part_number=line.part_number,
                quantity=line.quantity,
                unit=line.unit or "H87",
                supplier_part_number=line.supplier_part_number,
                name=line.name,
                cumulative=line.cumulative,
                order_number=line.order,
                delivery_note=line.delivery_note,
            )
            for line in told.lines
        ],
        units=told.units,
        gross_kg=told.gross_kg,
        net_kg=told.net_kg,
        despatched_at=_instant(told.despatched_at, zone),
        expected_at=_instant(told.expected_at, zone),
        source_key=f"message:{arrival.message_id}:{told.number}"[:120],
        number=told.number,
        dock=told.dock,
        shipment_number=told.shipment_number,
        transport_document=told.transport_document,
        carrier_name=told.carrier,
        plate=told.plate,
        origin=ORIGINS[arrival.document.kind],
    )


def _customer(arrival: Arrival, party: Identifier | None) -> Organisation:
    """Return the customer that a message names by BPN, DUNS or a profile's code."""
    value = party.value.strip() if party else ""
    profiles = PartnerProfile.objects.filter(identifier=value).values_list("partner_id", flat=True)
    named = Q(bpn=value) | Q(duns=value) | Q(pk__in=list(profiles))
    rows = Organisation.objects.filter(named).exclude(pk=acting_organisation_id())
    found = list(rows[:2]) if value else []
    if len(found) != 1:
        expected = "one of your customers, by BPN, DUNS or the identifier of its profile"
        raise _refusal(arrival, "unknown-customer", expected, value)
    return found[0]


def _ship_to(customer: Organisation, party: Identifier | None) -> Place:
    value = party.value.strip() if party else ""
    rows = Site.visible.filter(partner_sites(customer.pk, value)) if value else Site.visible.none()
    found = list(rows[:2])
    if len(found) != 1:
        raise Refused("ship_to", "the code, GLN or BPNS of a site of the customer", value)
    return place_of(found[0])


def _ship_from(party: Identifier | None) -> Place:
    """Return the own site that a message names; the number of the whole company will do for one."""
    value = party.value.strip() if party else ""
    own = acting_organisation()
    rows = Site.objects.filter(owner_id=own.pk)
    found = list(rows.filter(Q(code=value) | Q(gln=value) | Q(bpn=value))[:2]) if value else []
    if not found and value in {"", own.bpn, own.duns}:
        goods = rows.filter(kind__in=[Site.Kind.PLANT, Site.Kind.WAREHOUSE])
        found = list(goods.order_by("code")[:1])
    if len(found) != 1:
        raise Refused("ship_from", "the code, GLN or BPNS of a site of yours", value)
    return place_of(found[0])


def _instant(moment: Moment, zone: ZoneInfo) -> datetime:
    return datetime.combine(moment.on, moment.at or datetime.min.time(), tzinfo=zone)


def _finding(arrival: Arrival, refused: Refused) -> Finding:
    return Finding(
        code=f"advice-{refused.field.replace('_', '-')}",
        expected=refused.expected,
        found=refused.value,
        message=arrival.document.reference,
    )


def _refusal(arrival: Arrival, code: str, expected: str, found: str) -> MessageRefused:
    reference = arrival.document.reference
    return MessageRefused([Finding(code=code, expected=expected, found=found, message=reference)])


def register_handlers() -> None:
    """Let the inbox hand these kinds of messages over."""
    register(DESADV, apply_desadv)
    register(X12_856, apply_856)
