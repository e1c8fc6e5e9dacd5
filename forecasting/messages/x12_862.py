"""The 862, the shipping schedule of X12: a call inside the firm window of the schedule."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from decimal import Decimal
from typing import Any

from collab.integration.inbox.findings import Finding
from collab.integration.inbox.profile import STANDARD, Profile
from collab.integration.x12.envelope import TransactionSet
from collab.integration.x12.tokens import Segment
from forecasting.messages import values, x12_loops
from forecasting.messages.canonical import Basis, CallItem, CallMessage, Entry, Measure, Moment
from forecasting.messages.values import Notes, Reading
from forecasting.messages.x12_loops import Line, first_of, header_day, party


def read(about: TransactionSet, profile: Profile = STANDARD) -> Reading[CallMessage]:
    """Return the call that an 862 means; lines that cannot be understood are left out.

    Time slots (JIT) that add up to the quantity before them are the needs instead of it; a partner
    whose slots are shares has ``slots`` = ``share`` in its profile. Raises ``MessageRefused`` as
    for an 830.
    """
    before, loops = x12_loops.cut(about)
    notes = Notes(about.control, list(x12_loops.totals(about, loops)))
    bss = next((each for each in before if each.tag == "BSS"), None)
    header = _header(bss, about, notes)
    parties = x12_loops.parties_of(before)
    said = x12_loops.BASIS.get(bss.value(4)) if bss is not None else None
    basis = said or Basis(profile.date_basis or Basis.DELIVERY)
    lines: list[tuple[CallItem | None, list[Finding]]] = []
    for segments in loops:
        mine = Notes(about.control)
        inside = parties | x12_loops.parties_of(segments)
        number = segments[0].value(1) or str(len(lines) + 1)
        line = Line(number, segments, inside, about, profile, basis, Measure.DISCRETE, mine)
        lines.append((_item(line), mine.findings))
    items, held, findings = values.lines_of(lines, notes, profile)
    call = CallMessage(
        **header,
        items=items,
        customer=party(parties, profile.qualifiers_of("customer", "MI", "SI", "BT", "BY")),
        supplier=party(parties, profile.qualifiers_of("supplier", "SU", "SF")),
    )
    return Reading(call, findings, held)


def _header(bss: Segment | None, about: TransactionSet, notes: Notes) -> dict[str, Any]:
    place: dict[str, Any] = {"segment": about.place(bss) if bss is not None else 0, "tag": "BSS"}
    number = bss.value(2) if bss is not None else ""
    if not number:
        notes.add("segment-missing", "a document number in BSS02", element=2, **place)
    issued = header_day(bss, 3, about, notes)
    if bss is None or not bss.value(3):
        notes.add("segment-missing", "the date of issue in BSS03", element=3, **place)
    return {
        "number": number,
        "issued_at": None if issued is None else Moment(issued),
        "valid_from": header_day(bss, 5, about, notes),
        "valid_to": header_day(bss, 6, about, notes),
    }


def _item(line: Line) -> CallItem | None:
    asked = line.profile.qualifiers_of
    numbers, references = line.numbers(), line.references()
    part = first_of(numbers, asked("part", "BP", "IN"))
    if not part:
        line.notes.add("part", "the customer's part number", "", **line.at(line.segments[0], 3))
        return None
    return CallItem(
        line=line.number,
        part_number=part,
        unit=line.unit(),
        order=first_of(numbers, asked("order", "PO")),
        ship_to=party(line.parties, asked("ship_to", "ST")),
        dock=first_of(references, asked("unloading_point", "DK")),
        line_feed=first_of(references, asked("line_feed", "LF", "LU")),
        entries=tuple(_entries(line)),
    )


def _entries(line: Line) -> Iterator[Entry]:
    """Yield the need of each FST, or of each of its time slots."""
    entry: Entry | None = None
    slots: list[tuple[Segment, Decimal, time]] = []
    for each in line.segments:
        if each.tag == "FST":
            yield from _slotted(line, entry, slots)
            entry, slots = line.entry(each), []
        elif each.tag == "JIT":
            amount = line.amount(each, 1)
            at = values.time_of_x12(each.value(2), line.notes, **line.at(each, 2))
            if amount is not None and at is not None:
                slots.append((each, amount, at))
    yield from _slotted(line, entry, slots)


def _slotted(
    line: Line, entry: Entry | None, slots: list[tuple[Segment, Decimal, time]]
) -> Iterator[Entry]:
    """Yield an entry by its slots; as it is where they do not add up to it, with a warning."""
    if entry is None:
        return
    is_share = line.profile.qualifiers_of("slots") == ("share",)
    whole = Decimal(1) if is_share else entry.quantity
    total = sum((amount for _segment, amount, _at in slots), Decimal(0))
    if slots and total == whole:
        for _segment, amount, at in slots:
            quantity = amount * entry.quantity if is_share else amount
            yield replace(entry, quantity=quantity, start=Moment(entry.start.on, at))
        return
    if slots:
        place = line.at(slots[0][0], 1)
        expected = f"time slots that add up to {whole}"
        line.notes.add("total", expected, str(total), is_warning=True, **place)
    yield entry
