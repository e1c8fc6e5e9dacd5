"""Apply receipts and stock that the own system hands in, and queue those for partners."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from collab.integration.inbox.findings import Finding, MessageRefused
from collab.integration.inbox.outbox import next_number, queue
from collab.integration.inbox.registry import Arrival, Outcome, register
from collab.integration.inbox.senders import require_own_system
from collab.integration.models.messages import OutboundMessage, PartnerProfile
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation, Site
from forecasting.messages.canonical import Identifier, Moment
from forecasting.messages.values import Reading
from inventory.messages import invrpt, recadv
from inventory.messages import x12 as x12_sets
from inventory.messages.canonical import ReceiptAdvice, ReceivedItem, StockReport
from inventory.models import GoodsReceipt, SourceGrade, StockKind
from inventory.queries.messages import (
    RECEIPT_KINDS,
    STOCK_KINDS,
    write_receipt,
    write_stock,
)
from inventory.queries.receipts import receipts_by_key
from inventory.services.receipt_lines import StatedLine
from inventory.services.receipts import Delivery, record_receipt
from inventory.services.reports import Report, record_many
from inventory.services.subjects import own_site, partner_of
from transport.queries.advices import AdviceFilter, advices, lines_of

ORIGINS = {
    RECEIPT_KINDS["recadv"]: GoodsReceipt.Origin.EDIFACT.value,
    RECEIPT_KINDS["x12"]: GoodsReceipt.Origin.X12.value,
}


def apply_recadv(arrival: Arrival) -> Outcome:
    """Apply a RECADV."""
    return _receive(arrival, recadv.read(arrival.document.content, arrival.profile))


def apply_861(arrival: Arrival) -> Outcome:
    """Apply an X12 861."""
    return _receive(arrival, x12_sets.read_861(arrival.document.content, arrival.profile))


def apply_invrpt(arrival: Arrival) -> Outcome:
    """Apply an INVRPT."""
    return _count(arrival, invrpt.read(arrival.document.content, arrival.profile))


def apply_846(arrival: Arrival) -> Outcome:
    """Apply an X12 846."""
    return _count(arrival, x12_sets.read_846(arrival.document.content, arrival.profile))


@transaction.atomic
def queue_receipt(receipt_id: UUID, *, form: str) -> OutboundMessage:
    """Queue an own receipt for its supplier's system.

    Raises ``GoodsReceipt.DoesNotExist`` for one that is not one's own, ``Refused`` for one that
    was cancelled and for an unknown form.
    """
    row = next(iter(receipts_by_key([receipt_id])), None)
    if row is None or not row.is_own:
        raise GoodsReceipt.DoesNotExist
    if row.is_cancelled:
        raise Refused("receipt", "a receipt that stands", row.number)
    if form not in RECEIPT_KINDS:
        raise Refused("form", f"one of {', '.join(RECEIPT_KINDS)}", form)
    partner = Organisation.objects.get(bpn=row.supplier.bpn)
    control = next_number(partner.pk)
    written = write_receipt(row, form, control=control)
    return queue(
        receiver_id=partner.pk,
        kind=written.kind,
        raw=written.raw,
        number=control,
        title=row.number,
        wants_answer=True,
    )


@transaction.atomic
def queue_stock(*, partner: str, site: str, form: str, as_of: datetime) -> OutboundMessage:
    """Queue what is on hand for a partner (BPN) at an own site for the partner's system.

    Raises ``Refused`` for an unknown partner, site or form.
    """
    if form not in STOCK_KINDS:
        raise Refused("form", f"one of {', '.join(STOCK_KINDS)}", form)
    receiver, place = partner_of(partner), own_site(site)
    control = next_number(receiver.pk)
    number = f"{place.code}-{as_of:%Y%m%d%H%M}"[:35]
    written = write_stock(receiver, place, form, at=as_of, number=number, control=control)
    return queue(
        receiver_id=receiver.pk,
        kind=written.kind,
        raw=written.raw,
        number=control,
        title=number,
        wants_answer=True,
    )


def _receive(arrival: Arrival, reading: Reading[ReceiptAdvice]) -> Outcome:
    """Record what a receipt means; everything is taken or nothing."""
    told = reading.message
    require_own_system(arrival, else_from="partners' come from theirs")
    supplier = _party(arrival, told.supplier, "supplier")
    try:
        site = _site(told.ship_to)
        zone = ZoneInfo(site.timezone)
        advice = told.advice or told.delivery_note
        record_receipt(
            Delivery(
                supplier=supplier.bpn,
                advice_number=advice,
                site=site.code,
                received_at=_instant(told.received_at, zone),
                lines=_lines(told, supplier.pk, advice),
                number=told.number,
                delivery_note=told.delivery_note,
                sender_key=f"message:{arrival.message_id}:{told.number}"[:120],
                origin=ORIGINS[arrival.document.kind],
                source_grade=SourceGrade.BOOKED.value,
            )
        )
    except Refused as refused:
        raise MessageRefused([_finding(arrival, refused)]) from None
    return Outcome(applied=len(told.lines), findings=reading.findings)


def _lines(told: ReceiptAdvice, supplier_id: int, advice: str) -> list[StatedLine]:
    """Return the lines on the positions of the advice: by part, several in their order."""
    free = positions_of(supplier_id, advice)
    return [_stated(line, free) for line in told.lines]


def positions_of(supplier_id: int, advice: str) -> dict[str, list[int]]:
    """Return the positions of each part of the newest revision of a supplier's advice."""
    free: dict[str, list[int]] = {}
    rows = advices(AdviceFilter(view="all", number=advice)).filter(
        owner_id=supplier_id, number=advice
    )
    newest = rows.order_by("-revision").first() if advice else None
    for row in lines_of(newest.pk) if newest is not None else ():
        free.setdefault(row.part_number, []).append(row.position)
    return free


def _stated(line: ReceivedItem, free: dict[str, list[int]]) -> StatedLine:
    waiting = free.get(line.part_number, [])
    position = waiting.pop(0) if waiting else None
    return StatedLine(
        position=position,
        part_number=line.part_number,
        received=line.received,
        damaged=line.damaged,
        unit="" if position is not None else line.unit,
        order_number=line.order,
    )


def _count(arrival: Arrival, reading: Reading[StockReport]) -> Outcome:
    """Record each line of a stock report; a line that cannot be taken is held with its reason."""
    told = reading.message
    require_own_system(arrival, else_from="partners' come from theirs")
    own = acting_organisation_id()
    others = [
        party
        for party in (told.customer, told.supplier)
        if party is not None and not _is_own(party, own)
    ]
    partner = _party(arrival, others[0] if others else None, "partner")
    try:
        site = _site(told.place)
    except Refused as refused:
        raise MessageRefused([_finding(arrival, refused)]) from None
    counted_at = _instant(told.counted_at, ZoneInfo(site.timezone))
    verdicts = record_many(
        [
            Report(
                counterparty=partner.bpn,
                part_number=line.part_number,
                site=site.code,
                quantity=line.quantity,
                unit=line.unit or "H87",
                kind=(StockKind.BLOCKED if line.is_blocked else StockKind.FREE).value,
                counted_at=min(counted_at, timezone.now()),
                source_grade=SourceGrade.BOOKED.value,
                sender_key=f"{arrival.message_id}:{line.position}"[:80],
            )
            for line in told.lines
        ]
    )
    findings = [
        _finding(arrival, verdict.refused, line=told.lines[verdict.row].position)
        for verdict in verdicts
        if verdict.refused is not None
    ]
    if findings and (len(findings) == len(verdicts) or not arrival.profile.holds_lines):
        raise MessageRefused(findings)
    return Outcome(
        applied=len(verdicts) - len(findings),
        held=reading.held + len(findings),
        findings=(*reading.findings, *findings),
    )


def _named(value: str) -> Q:
    profiles = PartnerProfile.objects.filter(identifier=value).values_list("partner_id", flat=True)
    return Q(bpn=value) | Q(duns=value) | Q(pk__in=list(profiles))


def _is_own(party: Identifier, own: int) -> bool:
    value = party.value.strip()
    return Organisation.objects.filter(Q(bpn=value) | Q(duns=value), pk=own).exists()


def _party(arrival: Arrival, party: Identifier | None, role: str) -> Organisation:
    """Return the partner that a message names by BPN, DUNS or a profile's code."""
    value = party.value.strip() if party else ""
    rows = Organisation.objects.filter(_named(value)).exclude(pk=acting_organisation_id())
    found = list(rows[:2]) if value else []
    if len(found) != 1:
        raise MessageRefused(
            [
                Finding(
                    code=f"unknown-{role}",
                    expected="one of your partners, by BPN, DUNS or the identifier of its profile",
                    found=value,
                    message=arrival.document.reference,
                )
            ]
        )
    return found[0]


def _site(party: Identifier | None) -> Site:
    """Return the own site that a message names by code, GLN or BPNS."""
    value = party.value.strip() if party else ""
    rows = Site.objects.filter(owner_id=acting_organisation_id())
    found = list(rows.filter(Q(code=value) | Q(gln=value) | Q(bpn=value))[:2]) if value else []
    if len(found) != 1:
        raise Refused("site", "the code, GLN or BPNS of a site of yours", value)
    return found[0]


def _instant(moment: Moment, zone: ZoneInfo) -> datetime:
    return datetime.combine(moment.on, moment.at or datetime.min.time(), tzinfo=zone)


def _finding(arrival: Arrival, refused: Refused, *, line: str = "") -> Finding:
    return Finding(
        code=f"receipt-{refused.field.replace('_', '-')}",
        expected=refused.expected,
        found=refused.value,
        message=arrival.document.reference,
        line=line,
    )


def register_handlers() -> None:
    """Let the inbox hand these kinds of messages over."""
    register(RECEIPT_KINDS["recadv"], apply_recadv)
    register(RECEIPT_KINDS["x12"], apply_861)
    register(STOCK_KINDS["invrpt"], apply_invrpt)
    register(STOCK_KINDS["x12"], apply_846)
