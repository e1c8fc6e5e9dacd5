"""Split a customer's consumption over the stocks of its suppliers, row by row per supplier (IN-10).

Every figure of a supplier's row follows from the consumption, the call-off shares and that
supplier's own stock, until another one runs out: then its overflow is in the row, and only there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.masterdata.queries import PartRow, part_by_number
from collab.masterdata.refusals import Refused, clean_decimal, clean_text
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation, acting_organisation_id
from collab.organisations.models import Site
from inventory.events import ConsumptionQuoted
from inventory.models import (
    Consumption,
    QuotedConsumption,
    SourceGrade,
    StockKind,
    StockMovement,
    StockPosition,
    SupplyShare,
)
from inventory.rules.multi_sourcing import Quote, Source, Split, split_consumption
from inventory.services.ledger import is_counted, locked_position
from inventory.services.movements import reverse
from inventory.services.posting import Entry, post, stage_of
from inventory.services.subjects import (
    Subject,
    in_base_unit,
    own_site,
    partner_number_of,
    partner_of,
)

WHOLE = Decimal(100)
LONGEST_DOCUMENT, LONGEST_REASON = 60, 200


@dataclass(frozen=True, slots=True)
class Shared:
    """A supplier (BPN) and its share of the call-offs [percent]."""

    partner: str
    percent: Decimal | int | str


@dataclass(frozen=True, slots=True)
class _Quoted:
    """One source of a part: its share, its subject and its locked stock."""

    share: SupplyShare
    subject: Subject
    position: StockPosition


@transaction.atomic
def agree_shares(*, part_number: str, site: str, shares: Sequence[Shared]) -> list[SupplyShare]:
    """Replace the call-off shares of an own part at an own site; an empty list removes them.

    Raises ``Refused`` for an unknown part, site or partner, a partner twice, and shares that do
    not sum up to 100 percent.
    """
    place, part = own_site(site), _own_part(part_number)
    found: dict[int, Decimal] = {}
    for each in shares:
        partner = partner_of(each.partner)
        if partner.pk in found:
            raise Refused("shares", "each partner once", each.partner)
        found[partner.pk] = clean_decimal(
            "shares", each.percent, digits=7, places=4, above=Decimal(0), at_most=WHOLE
        )
    if found and sum(found.values()) != WHOLE:
        raise Refused("shares", "100 percent in total", sum(found.values()))
    rows = SupplyShare.objects.filter(
        owner_id=acting_organisation_id(), part_id=part.id, site_id=place.pk
    )
    rows.exclude(partner_id__in=found).delete()
    return [
        SupplyShare.objects.update_or_create(
            owner_id=acting_organisation_id(),
            part_id=part.id,
            site_id=place.pk,
            partner_id=key,
            defaults={
                "part_number": part.number,
                "site_code": place.code,
                "percent": percent,
            },
        )[0]
        for key, percent in found.items()
    ]


@transaction.atomic
def consume(
    *,
    part_number: str,
    site: str,
    quantity: Decimal | int | str,
    unit: str,
    consumed_at: datetime,
    document: str,
    stock_kind: str = StockKind.FREE,
) -> Consumption:
    """Book what was consumed of a part, quoted to its suppliers by their call-off shares.

    ``quantity`` >= 0 is in ``unit``. The same ``document`` again changes nothing and returns the
    first booking; with another content it is refused. Raises ``Refused`` for what cannot be
    resolved, a part without shares, and a time at or before the last count of a supplier's stock:
    that count saw the consumption already.
    """
    if stock_kind not in StockKind.values:
        raise Refused("stock_kind", f"one of {', '.join(StockKind.values)}", stock_kind)
    paper = clean_text("document", document, LONGEST_DOCUMENT)
    place, part = own_site(site), _own_part(part_number)
    amount = in_base_unit(part, quantity, unit)
    found, is_new = Consumption.objects.select_for_update(of=("self",)).get_or_create(
        owner_id=acting_organisation_id(),
        document=paper,
        defaults={
            "part_id": part.id,
            "part_number": part.number,
            "site_id": place.pk,
            "site_code": place.code,
            "stock_kind": str(stock_kind),
            "quantity": amount,
            "unit": part.base_unit,
            "consumed_at": consumed_at,
        },
    )
    if not is_new:
        said = (part.id, place.pk, amount, consumed_at, str(stock_kind))
        known = (
            found.part_id, found.site_id, found.quantity, found.consumed_at, found.stock_kind
        )  # fmt: skip
        if said != known:
            raise Refused("document", "a document of its own for each consumption", paper)
        if found.cancelled_at is not None:
            raise Refused("document", "a document that was not taken back", paper)
        return found
    _book(found, _sources(part, place, found))
    return found


@transaction.atomic
def take_back(key: UUID, *, reason: str, as_of: datetime | None = None) -> Consumption:
    """Take a consumption of one's own back by counter-entries at its own time.

    Each supplier's stock gets back what it was quoted and its row says that it is void; why stays
    with the customer, and what was quoted after it stays as it was. Taken back again, nothing
    changes. Raises ``Consumption.DoesNotExist``, and ``Refused`` without a reason.
    """
    found = Consumption.objects.select_for_update(of=("self",)).get(
        pk=key, owner_id=acting_organisation_id()
    )
    if found.cancelled_at is not None:
        return found
    found.cancel_reason = clean_text("reason", reason, LONGEST_REASON)
    found.cancelled_at = as_of or timezone.now()
    rows = list(
        QuotedConsumption.objects.filter(
            owner_id=acting_organisation_id(), consumption=found
        ).order_by("counterparty_id")
    )
    documents = [_document(found, row.counterparty_id) for row in rows]
    reverse(
        list(StockMovement.objects.filter(document__in=documents).order_by("pk")),
        reason=found.cancel_reason,
    )
    found.save(update_fields=["cancelled_at", "cancel_reason"])
    for row in rows:
        row.cancelled_at = found.cancelled_at
        row.save(update_fields=["cancelled_at"])
        publish(ConsumptionQuoted(quoted_id=str(row.pk), supplier_id=row.counterparty_id))
    return found


def _document(consumption: Consumption, partner_id: int) -> str:
    """Return the document under which the ledger holds a supplier's part of a consumption."""
    return f"consumption:{consumption.pk}:{partner_id}"


def _own_part(number: str) -> PartRow:
    """Return the own part with this number; a partner's number would say whose part it is."""
    if (part := part_by_number(number)) is None:
        raise Refused("part_number", "a part number of yours", number)
    return part


def _sources(part: PartRow, place: Site, consumption: Consumption) -> list[_Quoted]:
    """Return the sources by key, their stocks locked in the order that every posting uses."""
    shares = SupplyShare.objects.filter(
        owner_id=acting_organisation_id(), part_id=part.id, site_id=place.pk
    ).order_by("partner_id")
    found = []
    for share in shares:
        number = partner_number_of(part.id, share.partner_id, own_day(consumption.consumed_at))
        subject = Subject(share.partner_id, part, number, place.pk, place.code)
        position = locked_position(
            subject,
            kind=consumption.stock_kind,
            stage=stage_of(place, acting_organisation()),
            source_grade=SourceGrade.BOOKED.value,
        )
        if is_counted(position, consumption.consumed_at):
            expected = f"a time after the last count at {position.counted_at}"
            raise Refused("consumed_at", expected, consumption.consumed_at)
        found.append(_Quoted(share, subject, position))
    if not found:
        raise Refused("part_number", "a part with call-off shares at this site", part.number)
    return found


def _book(consumption: Consumption, sources: Sequence[_Quoted]) -> None:
    split = split_consumption(
        consumption.quantity,
        [Source(each.share.percent, each.position.quantity) for each in sources],
    )
    entries = [
        _entry(consumption, each, quote)
        for each, quote in zip(sources, split.quotes, strict=True)
        if quote.consumed
    ]
    post(entries)
    consumption.uncovered = split.uncovered
    consumption.split = _evidence(sources, split)
    consumption.save(update_fields=["uncovered", "split"])
    for each, quote in zip(sources, split.quotes, strict=True):
        row = QuotedConsumption.objects.create(
            counterparty_id=each.subject.counterparty_id,
            consumption=consumption,
            part_number=consumption.part_number,
            partner_part_number=each.subject.partner_part_number,
            site_code=consumption.site_code,
            quantity=quote.consumed,
            left=quote.left,
            unit=consumption.unit,
            consumed_at=consumption.consumed_at,
        )
        publish(ConsumptionQuoted(quoted_id=str(row.pk), supplier_id=each.subject.counterparty_id))


def _entry(consumption: Consumption, source: _Quoted, quote: Quote) -> Entry:
    return Entry(
        subject=source.subject,
        kind=StockMovement.Kind.ISSUE.value,
        quantity=-quote.consumed,
        at=consumption.consumed_at,
        stock_kind=consumption.stock_kind,
        stage=source.position.stage,
        reason=consumption.document,
        document=_document(consumption, source.subject.counterparty_id),
    )


def _evidence(sources: Sequence[_Quoted], split: Split) -> list[Mapping[str, object]]:
    return [
        {
            "partner": each.share.partner_id,
            "percent": str(each.share.percent),
            "overflow": str(quote.overflow),
        }
        for each, quote in zip(sources, split.quotes, strict=True)
    ]
