"""Goods receipts: taken in by the customer, told to the supplier, booked in the ledger (IN-21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.integration.inbox.locks import hold
from collab.masterdata.refusals import Refused, clean_text, locked
from collab.organisations.clock import own_day
from collab.organisations.context import (
    acting_organisation,
    acting_organisation_id,
    acting_person_id,
)
from collab.organisations.models import Site
from inventory.events import GoodsReceived
from inventory.models import (
    GoodsReceipt,
    ReceiptLine,
    SourceGrade,
    StockKind,
    StockMovement,
)
from inventory.receipt_alerts import clear_difference, raise_difference
from inventory.services.movements import reverse
from inventory.services.posting import Entry, post, stage_of
from inventory.services.receipt_lines import ResolvedLine, StatedLine, resolved
from inventory.services.subjects import Subject, own_site, partner_number_of, partner_of
from transport.queries.advices import AdviceFilter, AdviceRow, advice_by_key, advice_rows, advices

CLOCK_TOLERANCE = timedelta(minutes=5)
GONE = frozenset({"replaced", "cancelled"})
State = GoodsReceipt.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery as its receiver states it.

    ``supplier`` is a BPN; ``advice`` the key or ``advice_number`` the number of the dispatch
    advice, neither for goods that came without one. ``site`` is the code of an own site, empty
    for where the advice goes. ``lines`` ``None`` means: everything as advised.
    """

    supplier: str
    received_at: datetime
    advice: UUID | None = None
    advice_number: str = ""
    site: str = ""
    lines: Sequence[StatedLine] | None = None
    number: str = ""
    delivery_note: str = ""
    plate: str = ""
    note: str = ""
    sender_key: str = ""
    origin: str = GoodsReceipt.Origin.SCREEN.value
    source_grade: str = SourceGrade.COUNTED.value


@dataclass(frozen=True, slots=True)
class Taken:
    """A receipt and whether this call recorded it."""

    receipt: GoodsReceipt
    is_new: bool


@transaction.atomic
def record_receipt(told: Delivery, *, as_of: datetime | None = None) -> Taken:
    """Take a delivery in: ledger, differences and exception in one transaction, all or nothing.

    The same ``sender_key`` again returns the first. Raises ``Refused`` for what cannot be
    resolved, for an advice that was received already, and for a time in the future.
    """
    now = as_of or timezone.now()
    partner = partner_of(told.supplier)
    hold("inventory.receipt", partner.pk)
    key = clean_text("sender_key", told.sender_key, 120, required=False)
    if key and (known := _by_sender(key)) is not None:
        return Taken(known, is_new=False)
    advice = _advice(told, partner.pk)
    if advice is not None:
        _check_open(advice)
    site = own_site(told.site or str(advice.ship_to.get("site_code", "")) if advice else told.site)
    _check_time(told, now)
    lines = resolved(
        told.lines,
        supplier_id=partner.pk,
        advice_id=None if advice is None else advice.id,
        on=own_day(told.received_at),
    )
    receipt = _write(told, advice, site, partner.pk, lines)
    _book(receipt, site, lines)
    raise_difference(receipt, lines, at=now)
    announce(receipt)
    return Taken(receipt, is_new=True)


@transaction.atomic
def cancel_receipt(
    receipt_id: UUID, *, reason: str, version: int | None = None
) -> GoodsReceipt:  # fmt: skip
    """Take a wrong receipt back: counter-entries in the ledger, the advice is open again.

    Raises ``GoodsReceipt.DoesNotExist``, ``VersionConflict``, and ``Refused`` without a reason or
    where the goods have gone on meanwhile.
    """
    why = clean_text("reason", reason, 200)
    if not GoodsReceipt.objects.filter(pk=receipt_id, owner_id=acting_organisation_id()).exists():
        raise GoodsReceipt.DoesNotExist
    receipt = locked(GoodsReceipt, receipt_id, version)
    if receipt.state == State.CANCELLED:
        return receipt
    booked = StockMovement.objects.filter(
        document__startswith=f"{_document(receipt)}:", reverses_id__isnull=True
    )
    reverse(list(booked.order_by("pk")), reason=why)
    receipt.state = State.CANCELLED
    receipt.note = why
    receipt.version += 1
    receipt.save()
    clear_difference(receipt.pk)
    announce(receipt)
    return receipt


def announce(receipt: GoodsReceipt) -> None:
    """Tell everybody entitled that the receipt is there or has changed."""
    publish(
        GoodsReceived(
            change_id=str(uuid7()),
            receipt_id=str(receipt.pk),
            supplier_id=receipt.counterparty_id,
            number=receipt.number,
            state=str(receipt.state),
            is_different=receipt.is_different,
        )
    )


def _by_sender(key: str) -> GoodsReceipt | None:
    own = GoodsReceipt.objects.filter(owner_id=acting_organisation_id())
    return own.filter(sender_key=key).first()


def _advice(told: Delivery, supplier_id: int) -> AdviceRow | None:
    """Return the advice that is meant, of this supplier for us; raise ``Refused`` for another."""
    if told.advice is not None:
        row = advice_by_key(told.advice)
        value: object = told.advice
    elif told.advice_number:
        value = told.advice_number
        rows = advices(AdviceFilter(view="all", number=told.advice_number)).filter(
            owner_id=supplier_id, number=told.advice_number
        )
        row = next(iter(advice_rows(rows.order_by("-revision")[:1])), None)
    else:
        return None
    is_ours = row is not None and row.customer_id == acting_organisation_id()
    if row is None or not is_ours or row.supplier.bpn != told.supplier.strip():
        raise Refused("advice", "a dispatch advice of this supplier for you", value)
    return row


def _check_open(advice: AdviceRow) -> None:
    if advice.state in GONE:
        raise Refused("advice", "an advice that counts", advice.state_label)
    taken = GoodsReceipt.objects.filter(
        owner_id=acting_organisation_id(), advice_id=advice.id, state=State.RECORDED
    ).first()
    if taken is not None:
        raise Refused("advice", "an advice that was not received yet", taken.number)


def _check_time(told: Delivery, now: datetime) -> None:
    if told.received_at.tzinfo is None:
        raise Refused("received_at", "a time with its zone", told.received_at.isoformat())
    if told.received_at > now + CLOCK_TOLERANCE:
        expected = "a time that is not in the future"
        raise Refused("received_at", expected, told.received_at.isoformat())


def _number(told: Delivery, advice: AdviceRow | None, supplier_id: int) -> str:
    """Return the sender's number, else that of the advice, told apart by a suffix if need be."""
    wanted = clean_text("number", told.number, 35, required=False)
    given = told.delivery_note or f"{told.received_at:%y%m%d-%H%M%S}"
    base = wanted or (advice.number if advice is not None else given)
    rows = GoodsReceipt.objects.filter(
        owner_id=acting_organisation_id(), counterparty_id=supplier_id
    )
    taken = set(rows.filter(number__startswith=base[:31]).values_list("number", flat=True))
    if base[:35] not in taken:
        return base[:35]
    if wanted:
        raise Refused("number", "a number that no receipt from this supplier has", wanted)
    return next(name for n in range(2, 10_000) if (name := f"{base[:30]}-{n}") not in taken)


def _write(
    told: Delivery,
    advice: AdviceRow | None,
    site: Site,
    supplier_id: int,
    lines: Sequence[ResolvedLine],
) -> GoodsReceipt:
    receipt = GoodsReceipt.objects.create(
        counterparty_id=supplier_id,
        number=_number(told, advice, supplier_id),
        origin=told.origin,
        advice_id=None if advice is None else advice.id,
        advice_number="" if advice is None else advice.number,
        delivery_note=clean_text("delivery_note", told.delivery_note, 35, required=False),
        despatched_at=None if advice is None else advice.despatched_at,
        expected_at=None if advice is None else advice.expected_at,
        received_at=told.received_at,
        site=site,
        site_code=site.code,
        plate=clean_text("plate", told.plate or (advice.plate if advice else ""), 20,
                         required=False),
        is_different=any(each.judged.differences for each in lines),
        is_beyond=any(each.judged.is_beyond for each in lines),
        source_grade=told.source_grade,
        note=clean_text("note", told.note, 400, required=False),
        sender_key=told.sender_key,
        person_id=acting_person_id(),
    )  # fmt: skip
    ReceiptLine.objects.bulk_create(_line(receipt, each) for each in lines)
    return receipt


def _line(receipt: GoodsReceipt, told: ResolvedLine) -> ReceiptLine:
    judged = told.judged
    return ReceiptLine(
        owner_id=receipt.owner_id,
        counterparty_id=receipt.counterparty_id,
        receipt=receipt,
        position=told.position,
        part_id=told.part.id,
        part_number=told.part.number,
        supplier_part_number=told.supplier_part_number
        or partner_number_of(told.part.id, receipt.counterparty_id, own_day(receipt.received_at)),
        advised_part_number=told.advised_part_number,
        advised=judged.advised,
        received=judged.counted.received,
        damaged=judged.counted.damaged,
        unit=told.unit,
        base_quantity=told.base_received,
        base_unit=told.part.base_unit,
        differences=[each.value for each in judged.differences],
        is_beyond=judged.is_beyond,
        labels=[{"plate": plate, "state": state.value} for plate, state in told.labels],
        order_number=told.order_number,
        delivery_note=told.delivery_note,
        note=told.note,
    )


def _book(receipt: GoodsReceipt, site: Site, lines: Sequence[ResolvedLine]) -> None:
    """Move what arrived into the stock of the site; damaged goods are blocked."""
    stage = stage_of(site, acting_organisation())
    entries = []
    for line in lines:
        subject = Subject(
            receipt.counterparty_id, line.part,
            partner_number_of(line.part.id, receipt.counterparty_id, own_day(receipt.received_at)),
            site.pk, site.code,
        )  # fmt: skip
        good = line.base_received - line.base_damaged
        for kind, quantity in ((StockKind.FREE, good), (StockKind.BLOCKED, line.base_damaged)):
            if quantity:
                entries.append(
                    Entry(
                        subject=subject,
                        kind=StockMovement.Kind.RECEIPT.value,
                        quantity=quantity,
                        at=receipt.received_at,
                        stock_kind=kind.value,
                        stage=stage,
                        source_grade=receipt.source_grade,
                        document=f"{_document(receipt)}:{line.position}",
                    )
                )
    post(entries)


def _document(receipt: GoodsReceipt) -> str:
    return f"receipt:{receipt.pk.hex}"
