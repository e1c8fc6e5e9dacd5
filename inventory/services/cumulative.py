"""Keep the counters of one's own parts with each supplier in step with the documents (IN-08)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from collab.events.bus import publish
from collab.masterdata.queries import PartRow, part_by_number, quantity_in_base_unit
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from forecasting.queries.cumulative import StatedTotals, stated_totals
from inventory.cumulative_alerts import judge_standing
from inventory.events import CumulativeChanged
from inventory.models import CumulativeStanding, GoodsReceipt, ReceiptAnswer, ReceiptLine
from inventory.rules.cumulative_ledger import (
    Facts,
    Received,
    Shipped,
    Standing,
    Stated,
    standings,
)
from transport.queries.announced import AnnouncedLine, all_announced

ZERO = Decimal(0)
IDS_PER_EVENT = 200
FIGURES = (
    "supplier_part_number", "unit", "since", "received", "shipped", "open_advices", "mismatch",
    "required", "not_yet_received", "over_received", "to_ship", "previous_open",
    "previous_mismatch", "observed_at",
)  # fmt: skip
Key = tuple[str, str]  # own part number, site code


@dataclass(slots=True)
class Papers:
    """The documents of one part at one site with one supplier."""

    stated: StatedTotals | None = None
    announced: list[AnnouncedLine] = field(default_factory=list)
    received: list[ReceiptLine] = field(default_factory=list)


@transaction.atomic
def refresh_standings(
    supplier_id: int, part_numbers: Collection[str], *, as_of: datetime | None = None
) -> list[CumulativeStanding]:
    """Recompute the acting customer's counters of these parts with a supplier; return the changed.

    Everything is derived from the documents, so running it twice changes nothing the second time.
    """
    now = as_of or timezone.now()
    papers = papers_of(supplier_id, part_numbers)
    agreed = accepted_receipts(supplier_id)
    parts = {number: part_by_number(number) for number in {key[0] for key in papers}}
    rows = {
        (row.part_number, row.site_code): row
        for row in CumulativeStanding.objects.select_for_update(of=("self",)).filter(
            owner_id=acting_organisation_id(),
            counterparty_id=supplier_id,
            part_number__in=part_numbers,
        )
    }
    changed = []
    for key in sorted(papers):
        part = parts[key[0]]
        if part is None:
            continue
        facts = facts_of(papers[key], part, agreed)
        found = standings(facts, on=own_day(now))
        row = rows.get(key) or CumulativeStanding(
            counterparty_id=supplier_id, part_number=key[0], site_code=key[1]
        )
        if _fill(row, papers[key], part, found):
            row.save()
            judge_standing(row, unexplained=_unexplained(facts, row), at=now)
            changed.append(row)
    _announce(supplier_id, changed)
    return changed


def papers_of(supplier_id: int, part_numbers: Collection[str]) -> dict[Key, Papers]:
    """Return the documents of the acting customer's parts with a supplier, by part and site.

    A release that names no site counts every site together.
    """
    own = acting_organisation_id()
    found: dict[Key, Papers] = defaultdict(Papers)
    sites: dict[str, set[str]] = defaultdict(set)
    for stated in stated_totals(partner_ids=[supplier_id], part_numbers=part_numbers):
        if stated.customer_id == own:
            found[stated.part_number, stated.site_code].stated = stated
            sites[stated.part_number].add(stated.site_code)

    def key(number: str, site: str) -> Key:
        return (number, "" if "" in sites[number] and site not in sites[number] else site)

    for line in all_announced(partner_ids=[supplier_id], part_numbers=part_numbers):
        if line.customer_id == own and line.part_number in part_numbers:
            found[key(line.part_number, line.site_code)].announced.append(line)
    lines = ReceiptLine.objects.select_related("receipt").filter(
        owner_id=own,
        counterparty_id=supplier_id,
        part_number__in=part_numbers,
        receipt__state=GoodsReceipt.State.RECORDED,
    )
    for came in lines:
        found[key(came.part_number, came.receipt.site_code)].received.append(came)
    return dict(found)


def accepted_receipts(supplier_id: int) -> set[UUID]:
    """Return the acting customer's receipts whose difference the supplier accepted."""
    answers = ReceiptAnswer.objects.filter(
        owner_id=supplier_id,
        counterparty_id=acting_organisation_id(),
        verdict=ReceiptAnswer.Verdict.ACCEPTED,
    )
    return set(answers.values_list("receipt_id", flat=True))


def facts_of(papers: Papers, part: PartRow, agreed: Collection[UUID]) -> Facts:
    """Return documents as the rules take them, in base units of the part.

    Lines in a unit that does not translate are left out.
    """
    stated = papers.stated
    return Facts(
        shipped=_shipped(papers.announced, part),
        received=_received(papers.received, part, agreed),
        stated=None if stated is None else _stated(stated, part),
        resets=() if stated is None else stated.resets,
    )


def _shipped(lines: Iterable[AnnouncedLine], part: PartRow) -> list[Shipped]:
    by_number: dict[str, list[AnnouncedLine]] = defaultdict(list)
    for line in lines:
        by_number[line.number].append(line)
    found = []
    for number, group in by_number.items():
        quantities = [_base(part, each.quantity, each.unit) for each in group]
        known = [each for each in quantities if each is not None]
        totals = [each.cumulative for each in group if each.cumulative is not None]
        total = _base(part, max(totals), group[0].unit) if totals else None
        if known:
            found.append(
                Shipped(
                    number=number,
                    despatched_on=own_day(group[0].despatched_at),
                    quantity=sum(known, ZERO),
                    cumulative=total,
                )
            )
    return found


def _received(
    lines: Iterable[ReceiptLine], part: PartRow, agreed: Collection[UUID]
) -> list[Received]:
    by_receipt: dict[UUID, list[ReceiptLine]] = defaultdict(list)
    for line in lines:
        by_receipt[line.receipt_id].append(line)
    found = []
    for key, group in by_receipt.items():
        receipt = group[0].receipt
        found.append(
            Received(
                reference=str(key),
                advice=receipt.advice_number,
                received_at=receipt.received_at,
                quantity=sum((each.base_quantity for each in group), ZERO),
                agreed=sum((base_difference(each, part) for each in group), ZERO)
                if key in agreed
                else ZERO,
            )
        )
    return found


def base_difference(line: ReceiptLine, part: PartRow) -> Decimal:
    """Return received less advised in base units of the part."""
    advised = ZERO if line.advised is None else _base(part, line.advised, line.unit)
    return line.base_quantity - (advised or ZERO)


def _stated(stated: StatedTotals, part: PartRow) -> Stated:
    def base(quantity: Decimal) -> Decimal:
        return _base(part, quantity, stated.unit) or ZERO

    return Stated(
        number=stated.document_number or str(stated.schedule_id),
        issued_at=stated.issued_at,
        received=None if stated.received is None else base(stated.received),
        last_advice=stated.last_advice,
        counted_since=stated.received_since,
        lines=[(day, base(quantity)) for day, quantity in stated.lines],
        first=None if stated.first is None else (stated.first[0], base(stated.first[1])),
    )


def _base(part: PartRow, quantity: Decimal, unit: str) -> Decimal | None:
    if unit == part.base_unit:
        return quantity
    try:
        return quantity_in_base_unit(part, quantity, unit)
    except ValueError:
        return None


def _fill(
    row: CumulativeStanding, papers: Papers, part: PartRow, found: tuple[Standing, ...]
) -> bool:
    """Write the figures into the row; return whether it is new or anything changed."""
    now, before = found[0], found[1] if len(found) > 1 else None
    told: Mapping[str, object] = {
        "supplier_part_number": _supplier_number(papers) or row.supplier_part_number,
        "unit": part.base_unit,
        "since": now.since,
        "received": now.received,
        "shipped": now.shipped,
        "open_advices": now.open_advices,
        "mismatch": now.mismatch,
        "required": now.required,
        "not_yet_received": now.not_yet_received,
        "over_received": now.over_received,
        "to_ship": now.to_ship,
        "previous_open": before.open_advices if before else ZERO,
        "previous_mismatch": before.mismatch if before else ZERO,
        "observed_at": _newest(papers),
    }
    is_new = row._state.adding
    if not is_new and all(getattr(row, name) == value for name, value in told.items()):
        return False
    for name, value in told.items():
        setattr(row, name, value)
    row.version += not is_new
    return True


def _supplier_number(papers: Papers) -> str:
    if papers.stated is not None and papers.stated.supplier_part_number:
        return papers.stated.supplier_part_number
    return next((each.supplier_part_number for each in papers.announced), "")


def _newest(papers: Papers) -> datetime | None:
    moments = [each.despatched_at for each in papers.announced]
    moments += [each.receipt.received_at for each in papers.received]
    if papers.stated is not None:
        moments.append(papers.stated.issued_at)
    return max(moments, default=None)


def _unexplained(facts: Facts, row: CumulativeStanding) -> Decimal:
    """Return the mismatch less what receipts of advised goods differ by, which is told there."""
    shipped = {each.number: each.quantity for each in facts.shipped}
    differs = sum(
        (
            shipped[each.advice] - each.quantity + each.agreed
            for each in facts.received
            if each.advice in shipped
        ),
        ZERO,
    )
    return row.mismatch + row.previous_mismatch - differs


def _announce(supplier_id: int, changed: list[CumulativeStanding]) -> None:
    keys = [str(row.pk) for row in changed]
    for start in range(0, len(keys), IDS_PER_EVENT):
        publish(
            CumulativeChanged(
                supplier_id=supplier_id, standing_ids=keys[start : start + IDS_PER_EVENT]
            )
        )
