"""Receipts and stock in the forms that partners' systems read: RECADV, INVRPT, X12 861, 846."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from collab.integration.edifact import envelope as edifact
from collab.integration.models.messages import PartnerProfile
from collab.integration.x12 import writing as x12
from collab.organisations.context import acting_organisation
from collab.organisations.models import Organisation, Site
from forecasting.messages.canonical import Identifier, Moment
from inventory.messages import invrpt, recadv
from inventory.messages import x12 as x12_sets
from inventory.messages.canonical import ReceiptAdvice, ReceivedItem, StockItem, StockReport
from inventory.models import StockKind, StockPosition
from inventory.queries.receipts import ReceiptRow, lines_of_receipt

RECEIPT_KINDS: Final = {"recadv": "edifact:RECADV", "x12": "x12:861"}
STOCK_KINDS: Final = {"invrpt": "edifact:INVRPT", "x12": "x12:846"}
Party = tuple[str, str]  # identifier, qualifier


@dataclass(frozen=True, slots=True)
class Written:
    """A message as bytes with the kind that the inbox knows it by."""

    kind: str
    raw: bytes


def receipt_message(row: ReceiptRow, timezone: str) -> ReceiptAdvice:
    """Return an own receipt as every format means it; times are local to the site."""
    zone = ZoneInfo(timezone)
    return ReceiptAdvice(
        number=row.number,
        issued_at=_local(row.recorded_at, zone),
        received_at=_local(row.received_at, zone),
        lines=tuple(
            ReceivedItem(
                position=str(line.position),
                part_number=line.part_number,
                received=line.received,
                advised=line.advised,
                damaged=line.damaged,
                unit=line.unit,
                supplier_part_number=line.supplier_part_number,
                order=line.order_number,
            )
            for line in lines_of_receipt(row.id)
        ),
        advice=row.advice_number,
        delivery_note=row.delivery_note,
        customer=_named(row.customer.bpn),
        supplier=_named(row.supplier.bpn),
        ship_to=Identifier(value=row.site_code, scheme="buyer"),
    )


def write_receipt(row: ReceiptRow, form: str, *, control: int = 1) -> Written:
    """Return an own receipt in a form of ``RECEIPT_KINDS``; always the same bytes for the same.

    Raises ``LookupError`` for an unknown form.
    """
    kind = _kind(RECEIPT_KINDS, form)
    timezone = _timezone(row.site_code)
    told = receipt_message(row, timezone)
    at = row.recorded_at.astimezone(ZoneInfo(timezone))
    partner = Organisation.objects.get(bpn=row.supplier.bpn)
    if form == "x12":
        body = (x12_sets.RECEIPT_SET, x12_sets.write_861(told))
        return Written(kind, _x12(body, x12_sets.RECEIPT_GROUP, partner, control, at))
    message = (recadv.MESSAGE_TYPE, recadv.write(told))
    return Written(kind, _edifact(message, partner, control, at))


def stock_message(partner: Organisation, site: Site, *, at: datetime, number: str) -> StockReport:
    """Return what is on hand for a partner at an own site, part by part, as every format tells it.

    Usable kinds of stock add up; blocked stock stands on lines of its own.
    """
    zone = ZoneInfo(site.timezone)
    rows = StockPosition.objects.filter(
        owner_id=site.owner_id, counterparty_id=partner.pk, site_id=site.pk
    ).order_by("part_number")
    totals: dict[tuple[str, str, str, bool], Any] = {}
    for row in rows:
        is_blocked = row.kind == StockKind.BLOCKED
        key = (row.part_number, row.partner_part_number, row.unit, is_blocked)
        totals[key] = totals.get(key, 0) + row.quantity
    own = acting_organisation()
    return StockReport(
        number=number,
        issued_at=_local(at, zone),
        counted_at=_local(at, zone),
        lines=tuple(
            StockItem(
                position=str(place),
                part_number=theirs or mine,
                quantity=quantity,
                unit=unit,
                partner_part_number=mine if theirs else "",
                is_blocked=is_blocked,
            )
            for place, ((mine, theirs, unit, is_blocked), quantity) in enumerate(
                totals.items(), start=1
            )
        ),
        place=Identifier(value=site.code, scheme="seller", name=site.name[:35].strip()),
        customer=_named(partner.bpn),
        supplier=_named(own.bpn),
    )


def write_stock(
    partner: Organisation, site: Site, form: str, *, at: datetime, number: str, control: int = 1
) -> Written:
    """Return the stock for a partner in a form of ``STOCK_KINDS``.

    Raises ``LookupError`` for an unknown form.
    """
    kind = _kind(STOCK_KINDS, form)
    told = stock_message(partner, site, at=at, number=number)
    local = at.astimezone(ZoneInfo(site.timezone))
    if form == "x12":
        body = (x12_sets.STOCK_SET, x12_sets.write_846(told))
        return Written(kind, _x12(body, x12_sets.STOCK_GROUP, partner, control, local))
    return Written(
        kind, _edifact((invrpt.MESSAGE_TYPE, invrpt.write(told)), partner, control, local)
    )


def _kind(kinds: dict[str, str], form: str) -> str:
    if form not in kinds:
        raise LookupError(f"expected a form among {', '.join(kinds)}, got {form!r}")
    return kinds[form]


def _edifact(message: Any, partner: Organisation, number: int, at: datetime) -> bytes:
    """Return the interchange in ISO 8859-1, in UTF-8 where that has no sign for something."""
    sender, receiver = _ends(partner, "edifact")
    for syntax in (("UNOC", "3"), ("UNOY", "4")):
        try:
            return edifact.write(
                [message],
                sender=sender,
                receiver=receiver,
                reference=str(number),
                prepared_at=at,
                syntax=syntax,
            )
        except UnicodeEncodeError:
            continue
    raise AssertionError("expected UTF-8 to hold every character")


def _x12(body: Any, code: str, partner: Organisation, control: int, at: datetime) -> bytes:
    sender, receiver = _ends(partner, "x12")
    return x12.write(
        [body],
        code=code,
        sender=sender,
        receiver=receiver,
        control=control,
        prepared_at=at,
        is_acknowledgement_wanted=True,
    )


def _ends(partner: Organisation, syntax: str) -> Sequence[Party]:
    """Return us and the partner as an interchange names them, by the profile or by numbers."""
    own = _end(acting_organisation(), syntax)
    other = _end(partner, syntax)
    profile = PartnerProfile.objects.filter(partner=partner).first()
    if profile is not None and profile.own_identifier:
        own = profile.own_identifier, profile.own_qualifier
    if profile is not None and profile.identifier:
        other = profile.identifier, profile.qualifier
    return own, other


def _end(party: Organisation, syntax: str) -> Party:
    if party.duns:
        return party.duns, "1" if syntax == "edifact" else "01"
    return party.bpn, "ZZZ" if syntax == "edifact" else "ZZ"


def _named(bpn: str) -> Identifier:
    party = Organisation.objects.get(bpn=bpn)
    if party.duns:
        return Identifier(value=party.duns, scheme="duns", name=party.name[:35].strip())
    return Identifier(value=party.bpn, name=party.name[:35].strip())


def _timezone(site_code: str) -> str:
    own = Site.objects.filter(owner_id=acting_organisation().pk, code=site_code)
    return own.values_list("timezone", flat=True).first() or "UTC"


def _local(moment: datetime, zone: ZoneInfo) -> Moment:
    local = moment.astimezone(zone)
    return Moment(local.date(), local.time().replace(second=0, microsecond=0))
