"""The 861 (receiving advice) and the 846 (inventory inquiry, advice) of X12, 004010."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from collab.integration.inbox.findings import Finding, MessageRefused, errors_of
from collab.integration.inbox.profile import STANDARD, Profile
from collab.integration.x12.envelope import TransactionSet
from collab.integration.x12.tokens import Segment
from collab.integration.x12.writing import segment
from forecasting.messages import values, x12_loops
from forecasting.messages.canonical import Identifier, Moment
from forecasting.messages.values import Notes, Reading
from forecasting.messages.x12_loops import party
from inventory.messages.canonical import ReceiptAdvice, ReceivedItem, StockItem, StockReport
from inventory.messages.edifact import plain

RECEIPT_SET, RECEIPT_GROUP = "861", "RC"
STOCK_SET, STOCK_GROUP = "846", "IB"
UNIT_AS_WRITTEN: Final = {"H87": "EA", "KGM": "KG"}
DAMAGED, SHORT, OVER = "01", "02", "03"  # receiving condition, element 412
ON_HAND, BLOCKED = "17", "QH"
_SCHEME: Final = {"duns": "1", "seller": "91", "buyer": "92"}


@dataclass(frozen=True, slots=True)
class _Set:
    """A transaction set cut at the segment that begins a line."""

    about: TransactionSet
    header: Sequence[Segment]
    loops: Sequence[Sequence[Segment]]

    def place(self, found: Segment, **more: Any) -> dict[str, Any]:
        """Return where a segment stands, for findings."""
        return {"segment": self.about.place(found), "tag": found.tag, **more}

    def first(self, tag: str, qualifier: str = "") -> Segment | None:
        """Return the first header segment of ``tag``."""
        return next(
            (e for e in self.header if e.tag == tag and qualifier in {"", e.value(1)}), None
        )

    def moment(
        self, found: Segment | None, element: int, notes: Notes, *, clock: int = 0
    ) -> Moment | None:
        """Return a date at ``element`` with the time at ``clock``, behind it where that is 0."""
        if found is None or not found.value(element):
            return None
        day = values.day_of_x12(found.value(element), notes, **self.place(found))
        text = found.value(clock or element + 1)
        at = values.time_of_x12(text, notes, **self.place(found)) if text else None
        return None if day is None else Moment(day, at)


def _cut(about: TransactionSet, trigger: str) -> _Set:
    header: list[Segment] = []
    loops: list[list[Segment]] = []
    for each in about.segments[1:]:
        if each.tag in {"CTT", "SE"}:
            break
        if each.tag == trigger:
            loops.append([each])
        else:
            (loops[-1] if loops else header).append(each)
    return _Set(about, header, loops)


def read_861(about: TransactionSet, profile: Profile = STANDARD) -> Reading[ReceiptAdvice]:
    """Return the receipt that an 861 means; raise ``MessageRefused`` for anything wrong."""
    told = _cut(about, "RCD")
    notes = Notes(about.control)
    bra = told.first("BRA")
    number = bra.value(1) if bra is not None else ""
    if not number:
        notes.add("segment-missing", "a receipt number in BRA01", tag="BRA", element=1)
    issued = told.moment(bra, 2, notes, clock=5)
    received = told.moment(told.first("DTM", "050"), 2, notes)
    at = received or issued
    if at is None:
        notes.add("segment-missing", "the date of the receipt in DTM*050")
    lines = [item for loop in told.loops if (item := _received(told, loop, notes)) is not None]
    if not told.loops:
        notes.add("no-lines", "at least one RCD")
    if errors_of(notes.findings) or at is None:
        raise MessageRefused(notes.findings)
    parties = x12_loops.parties_of(told.header)
    references = {each.value(1): each.value(2) for each in told.header if each.tag == "REF"}
    asked = profile.qualifiers_of("advice", "SI", "ASN")
    return Reading(
        ReceiptAdvice(
            number=number,
            issued_at=issued or at,
            received_at=at,
            lines=tuple(lines),
            advice=x12_loops.first_of(references, asked),
            delivery_note=references.get("PK", ""),
            customer=party(parties, ("BY", "BT")),
            supplier=party(parties, ("SU", "SF")),
            ship_to=party(parties, ("ST",)),
        ),
        tuple(notes.findings),
    )


def _received(told: _Set, loop: Sequence[Segment], notes: Notes) -> ReceivedItem | None:
    rcd = loop[0]
    place = told.place(rcd, line=rcd.value(1))
    numbers = _numbers(loop)
    received = values.quantity(rcd.value(2), notes, **place)
    shipped = next((each for each in loop if each.tag == "SN1"), None)
    advised = None
    if shipped is not None and shipped.value(2):
        advised = values.quantity(shipped.value(2), notes, **told.place(shipped))
    damaged: Decimal | None = Decimal(0)
    if rcd.value(8) == DAMAGED and rcd.value(6):
        damaged = values.quantity(rcd.value(6), notes, **place)
    part = numbers.get("BP", "") or numbers.get("IN", "")
    if not part:
        notes.add("part", "the customer's part number in LIN", "", **place)
    if not part or received is None or damaged is None:
        return None
    if received < 0 or not 0 <= damaged <= received:
        notes.add("quantity", "quantities >= 0, damaged at most received", rcd.value(2), **place)
        return None
    return ReceivedItem(
        position=rcd.value(1),
        part_number=part,
        received=received,
        advised=advised,
        damaged=damaged,
        unit=values.unit(rcd.value(3), notes, **place),
        supplier_part_number=numbers.get("VP", ""),
        order=numbers.get("PO", ""),
    )


def write_861(told: ReceiptAdvice) -> list[Segment]:
    """Return the segments between ST and SE."""
    found = [segment("BRA", told.number, _day(told.issued_at.on), "00", "1", *_clock(told))]
    for qualifier, value in (("SI", told.advice), ("PK", told.delivery_note)):
        if value:
            found.append(segment("REF", qualifier, value))
    found.append(segment("DTM", "050", *_day_and_time(told.received_at)))
    for qualifier, who in (("BY", told.customer), ("SU", told.supplier), ("ST", told.ship_to)):
        found += _party(qualifier, who)
    for line in told.lines:
        found += _receipt_line(line)
    return [*found, segment("CTT", str(len(told.lines)))]


def _receipt_line(line: ReceivedItem) -> Iterator[Segment]:
    unit = UNIT_AS_WRITTEN.get(line.unit, line.unit)
    gap = Decimal(0) if line.advised is None else line.received - line.advised
    doubt: tuple[str, ...] = ()
    if line.damaged:
        doubt = ("", "", plain(line.damaged), unit, DAMAGED)
    elif gap:
        doubt = ("", "", plain(abs(gap)), unit, SHORT if gap < 0 else OVER)
    yield segment("RCD", line.position, plain(line.received), unit, *doubt)
    if line.advised is not None:
        yield segment("SN1", "", plain(line.advised), unit)
    pairs = (("BP", line.part_number), ("VP", line.supplier_part_number), ("PO", line.order))
    yield segment("LIN", "", *[each for pair in pairs if pair[1] for each in pair])


def read_846(about: TransactionSet, profile: Profile = STANDARD) -> Reading[StockReport]:
    """Return the stock that an 846 tells; lines that cannot be understood are left out."""
    told = _cut(about, "LIN")
    notes = Notes(about.control)
    bia = told.first("BIA")
    number = bia.value(3) if bia is not None else ""
    if not number:
        notes.add("segment-missing", "a document number in BIA03", tag="BIA", element=3)
    issued = told.moment(bia, 4, notes)
    counted = told.moment(told.first("DTM", "366"), 2, notes)
    at = counted or issued
    if at is None:
        notes.add("segment-missing", "the date of the stock in BIA04")
    lines: list[tuple[StockItem | None, list[Finding]]] = []
    for loop in told.loops:
        mine = Notes(about.control)
        number_of_line = loop[0].value(1) or str(len(lines) + 1)
        lines.append((_stock(told, loop, number_of_line, mine), mine.findings))
    items, held, findings = values.lines_of(lines, notes, profile)
    assert at is not None  # lines_of refuses a header with errors
    parties = x12_loops.parties_of(told.header)
    report = StockReport(
        number=number,
        issued_at=issued or at,
        counted_at=at,
        lines=items,
        place=party(parties, ("WH", "ST", "SF")),
        customer=party(parties, ("BY", "BT")),
        supplier=party(parties, ("SU",)),
    )
    return Reading(report, findings, held)


def _stock(told: _Set, loop: Sequence[Segment], line: str, notes: Notes) -> StockItem | None:
    place = told.place(loop[0], line=line)
    numbers = _numbers(loop)
    part = numbers.get("BP", "") or numbers.get("IN", "") or numbers.get("VP", "")
    found = next((e for e in loop if e.tag == "QTY" and e.value(1) in {ON_HAND, BLOCKED}), None)
    if not part:
        notes.add("part", "a part number in LIN", "", **place)
    if found is None:
        notes.add("segment-missing", "the quantity on hand in QTY*17", **place)
    if not part or found is None:
        return None
    quantity = values.quantity(found.value(2), notes, **told.place(found, line=line))
    if quantity is None or quantity < 0:
        return None
    location = next((e for e in loop if e.tag == "REF" and e.value(1) == "WS"), None)
    return StockItem(
        position=line,
        part_number=part,
        quantity=quantity,
        unit=values.unit(found.value(3), notes, **told.place(found, line=line)),
        location="" if location is None else location.value(2),
        partner_part_number=numbers.get("VP", "") if numbers.get("BP") else "",
        is_blocked=found.value(1) == BLOCKED,
    )


def write_846(told: StockReport) -> list[Segment]:
    """Return the segments between ST and SE."""
    found = [segment("BIA", "00", "PI", told.number, *_day_and_time(told.issued_at))]
    found.append(segment("DTM", "366", *_day_and_time(told.counted_at)))
    for qualifier, who in (("WH", told.place), ("BY", told.customer), ("SU", told.supplier)):
        found += _party(qualifier, who)
    for line in told.lines:
        pairs = (("BP", line.part_number), ("VP", line.partner_part_number))
        numbers = [each for pair in pairs if pair[1] for each in pair]
        found.append(segment("LIN", line.position, *numbers))
        kind = BLOCKED if line.is_blocked else ON_HAND
        unit = UNIT_AS_WRITTEN.get(line.unit, line.unit)
        found.append(segment("QTY", kind, plain(line.quantity), unit))
        if line.location:
            found.append(segment("REF", "WS", line.location))
    return [*found, segment("CTT", str(len(told.lines)))]


def _numbers(loop: Sequence[Segment]) -> dict[str, str]:
    lin = next((each for each in loop if each.tag == "LIN"), None)
    if lin is None:
        return {}
    pairs = zip(lin.elements[1::2], lin.elements[2::2], strict=False)
    return {kind.strip(): value.strip() for kind, value in pairs if kind.strip()}


def _party(qualifier: str, who: Identifier | None) -> list[Segment]:
    if who is None:
        return []
    return [segment("N1", qualifier, who.name, _SCHEME.get(who.scheme, who.scheme), who.value)]


def _clock(told: ReceiptAdvice) -> tuple[str, ...]:
    return () if told.issued_at.at is None else (f"{told.issued_at.at:%H%M}",)


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _day_and_time(moment: Moment) -> tuple[str, ...]:
    return (_day(moment.on),) if moment.at is None else (_day(moment.on), f"{moment.at:%H%M}")
