"""What a carrier bills for a load beside what its tariff gives, line by line (TR-01)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from collab.events.bus import publish
from collab.masterdata.refusals import Refused, clean_text, locked
from collab.organisations.context import acting_organisation_id
from transport.events import FreightBilled
from transport.models import FreightInvoice, Leg, Load, LoadState, Settlement, Stop, TenderOffer
from transport.rules.settlement import Invoice, InvoiceLine, settle
from transport.rules.tariff import Charge, ChargeCode, Price
from transport.services.loads import locked_load, move_load
from transport.services.pricing import cheapest_of, movement_of_load, tariffs_on

MOST_CENTS = 10**12
State = Settlement.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice as it is told: ``lines`` are (code, amount in minor units)."""

    number: str
    load_number: str
    lines: Sequence[tuple[str, int]]
    currency: str
    issued_on: date


@transaction.atomic
def send_invoice(customer_id: int, bill: Bill) -> tuple[FreightInvoice, bool]:
    """Bill a load that the acting carrier has driven; the same number again changes nothing.

    Raises ``Refused`` by field, also for a number that came before with other figures.
    """
    load = Load.objects.filter(
        owner_id=customer_id, counterparty_id=acting_organisation_id(), number=bill.load_number
    ).first()
    if load is None:
        raise Refused("load", "the number of a load you drove", bill.load_number)
    if not bill.lines:
        raise Refused("lines", "at least one line", "")
    told = [(clean_text("lines", code, 30), clean_cents(cents)) for code, cents in bill.lines]
    total = sum(cents for _code, cents in told)
    if total < 0:
        raise Refused("lines", "a total of at least 0", total)
    values = {
        "load_id": load.pk,
        "load_number": load.number,
        "lines": [{"code": code, "cents": cents} for code, cents in told],
        "total_minor": total,
        "currency": clean_text("currency", bill.currency, 3).upper(),
        "issued_on": bill.issued_on,
    }
    row, is_new = FreightInvoice.objects.get_or_create(
        owner_id=acting_organisation_id(),
        counterparty_id=customer_id,
        number=clean_text("number", bill.number, 35),
        defaults=values,
    )
    if not is_new:
        if any(getattr(row, name) != value for name, value in values.items()):
            raise Refused("number", "a number that did not come with other figures", bill.number)
        return row, False
    _tell(row.pk, customer_id)
    return row, True


@transaction.atomic
def settle_load(load_id: UUID, *, as_of: datetime) -> Settlement:
    """Hold the invoice of a load, if there is one, against its tariff; acting for its owner.

    What matches within the tolerance is approved and the load is settled; what differs waits for
    somebody. An approved settlement is never reopened.
    """
    load = locked_load(load_id)
    try:
        price, tariff_id = expected_price(load)
    except Refused:  # nothing is agreed: all that is billed differs
        price, tariff_id = Price(load.number, load.currency, ()), None
    row = Settlement.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=load.owner_id,
        load_id=load.pk,
        defaults={
            "counterparty_id": load.counterparty_id,
            "load_number": load.number,
            "tariff_id": tariff_id,
            "expected_minor": price.cents,
            "currency": price.currency,
            "lines": [],
        },
    )[0]
    invoice = (
        FreightInvoice.objects.filter(counterparty_id=load.owner_id, load_id=load.pk)
        .order_by("-received_at", "-pk")
        .first()
    )
    if invoice is None or row.state == State.APPROVED:
        return row
    _compare(row, price, invoice)
    if row.state == State.MATCHED:
        _approve(row, load, as_of=as_of)
    row.version += 1
    row.save()
    _tell(row.pk, row.counterparty_id)
    return row


@transaction.atomic
def approve_settlement(
    key: UUID, *, amount_minor: int, note: str, as_of: datetime, version: int | None = None
) -> Settlement:
    """Approve an amount for a load whose invoice differs; a note says why."""
    row = locked(Settlement, key, version)
    if row.state == State.APPROVED:
        raise Refused("state", "a settlement that is not approved yet", row.state)
    if row.billed_minor is None:
        raise Refused("state", "a load that has been billed", row.state)
    row.note = clean_text("note", note, 400)
    row.approved_minor = clean_cents(amount_minor, field="amount", at_least=0)
    row.state = State.MATCHED
    _approve(row, locked_load(row.load_id), as_of=as_of)
    row.version += 1
    row.save()
    _tell(row.pk, row.counterparty_id)
    return row


def expected_price(load: Load) -> tuple[Price, UUID | None]:
    """Return what a load costs by what was agreed: the accepted offer, else the tariff of its day.

    Raises ``Refused`` if there is neither.
    """
    offer = (
        TenderOffer.objects.filter(
            owner_id=load.owner_id, load_id=load.pk, state=TenderOffer.State.ACCEPTED
        )
        .order_by("-closed_at")
        .first()
    )
    if offer is not None:
        tariff = next(
            (each for each in offer.tender.ranking if each["carrier_id"] == offer.counterparty_id),
            None,
        )
        key = UUID(tariff["tariff_id"]) if tariff else None
        return Price(load.number, offer.currency, tuple(map(_charge, offer.price_lines))), key
    stops = list(Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk).order_by("sequence"))
    legs = list(Leg.objects.filter(owner_id=load.owner_id, load_id=load.pk))
    movement = movement_of_load(load, stops, legs)
    ours = [each for each in tariffs_on(movement.day) if each.carrier_id == load.counterparty_id]
    found = cheapest_of(movement, ours, currency=load.currency, vehicle_type=load.vehicle_type)
    if found is None:
        raise Refused("tariff", "a tariff of the carrier that covers the load", load.number)
    return found[1], found[0].id


def _compare(row: Settlement, price: Price, invoice: FreightInvoice) -> None:
    row.invoice_id, row.billed_minor = invoice.pk, invoice.total_minor
    if invoice.currency != price.currency:
        row.state = State.DISPUTED
        row.lines = [
            {
                "code": "currency", "expected": price.cents, "billed": invoice.total_minor,
                "match": "over",
                "reason": f"billed in {invoice.currency}, agreed in {price.currency}",
            }
        ]  # fmt: skip
        return
    told = Invoice(
        invoice.currency, tuple(InvoiceLine(each["code"], each["cents"]) for each in invoice.lines)
    )
    found = settle(price, told)
    row.lines = [
        {
            "code": each.code,
            "expected": each.expected,
            "billed": each.invoiced,
            "match": each.match.value,
            "reason": each.reason,
        }
        for each in found.lines
    ]
    row.state = State.MATCHED if found.is_matched else State.DISPUTED
    row.approved_minor = found.payable if found.is_matched else None


def _approve(row: Settlement, load: Load, *, as_of: datetime) -> None:
    row.state, row.settled_at = State.APPROVED, as_of
    if load.state == LoadState.PROOF_OF_DELIVERY:
        move_load(load.pk, LoadState.SETTLED, by="system", happened_at=as_of)


def _charge(line: Mapping[str, Any]) -> Charge:
    return Charge(
        ChargeCode(line["code"]),
        Decimal(line["quantity"]),
        str(line["unit"]),
        Decimal(line["price"]),
        int(line["cents"]),
        str(line.get("text", "")),
    )


def clean_cents(value: Any, *, field: str = "lines", at_least: int = -MOST_CENTS) -> int:
    """Return an amount in minor units; raise ``Refused`` for anything but a whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or not at_least <= value < MOST_CENTS:
        raise Refused(field, f"a whole amount in minor units of at least {at_least}", value)
    return value


def _tell(key: UUID, partner_id: int) -> None:
    publish(FreightBilled(change_id=str(uuid4()), row_id=str(key), partner_id=partner_id))
