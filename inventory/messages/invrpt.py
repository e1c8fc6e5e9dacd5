"""INVRPT, the inventory report of EDIFACT: what is on hand at one place (D.97A)."""

from collections.abc import Iterator
from typing import Final

from collab.integration.edifact.envelope import Message
from collab.integration.edifact.groups import ROOT, Group, Structure, level, walk
from collab.integration.edifact.tokens import Segment, segment
from collab.integration.inbox.findings import Finding
from collab.integration.inbox.profile import STANDARD, Profile
from forecasting.messages import values
from forecasting.messages.values import Notes, Reading
from inventory.messages.canonical import StockItem, StockReport
from inventory.messages.edifact import (
    date,
    date_of,
    number_of,
    other_number,
    party,
    party_of,
    place_of,
    quantity,
    quantity_of,
)

MESSAGE_TYPE: Final = "INVRPT:D:97A:UN"
STRUCTURE: Final[Structure] = {
    ROOT: level(holds="BGM DTM FTX UNS", opens="RFF NAD CUX LIN"),
    "RFF": level(holds="DTM"),
    "NAD": level(holds="LOC", opens="RFF CTA"),
    "CTA": level(holds="COM"),
    "LIN": level(holds="PIA IMD MEA DTM FTX QTY INV LOC STS", opens="RFF"),
}
ON_HAND, BLOCKED = "17", "156"


def read(message: Message, profile: Profile = STANDARD) -> Reading[StockReport]:
    """Return the stock that an INVRPT tells; lines that cannot be understood are left out.

    Raises ``MessageRefused`` as ``values.lines_of``.
    """
    root, unexpected = walk(message, STRUCTURE)
    notes = Notes(message.reference, list(unexpected))
    number = number_of(message, root, notes)
    issued = date_of(message, root, notes, "137")
    counted = date_of(message, root, notes, *profile.qualifiers_of("counted_at", "366", "194"))
    at = counted or issued
    if at is None:
        notes.add("segment-missing", "the time of the stock in DTM+366")
    lines: list[tuple[StockItem | None, list[Finding]]] = []
    for lin in root.of("LIN"):
        mine = Notes(message.reference)
        lines.append((_line(message, lin, mine), mine.findings))
    items, held, findings = values.lines_of(lines, notes, profile)
    assert at is not None  # lines_of refuses a header with errors
    told = StockReport(
        number=number,
        issued_at=issued or at,
        counted_at=at,
        lines=items,
        place=party_of(root, "WH", "GM", "ST"),
        holder=party_of(root, "GM", "SN"),
        customer=party_of(root, "BY", "MI"),
        supplier=party_of(root, "SU", "SE"),
    )
    return Reading(told, findings, held)


def _line(message: Message, lin: Group, notes: Notes) -> StockItem | None:
    place = place_of(message, lin.trigger) | {"line": lin.trigger.value(0)}
    part = lin.trigger.value(2)
    on_hand, unit = quantity_of(message, lin, ON_HAND, notes)
    blocked, blocked_unit = quantity_of(message, lin, BLOCKED, notes)
    is_blocked = on_hand is None and blocked is not None
    found = blocked if is_blocked else on_hand
    if not part:
        notes.add("part", "a part number", "", **place)
    if found is None:
        notes.add("segment-missing", "the quantity on hand in QTY+17", **place)
    if not part or found is None:
        return None
    location = lin.first("LOC", "18")
    return StockItem(
        position=lin.trigger.value(0),
        part_number=part,
        quantity=found,
        unit=blocked_unit if is_blocked else unit,
        location="" if location is None else location.value(1),
        partner_part_number=other_number(lin, "SA"),
        is_blocked=is_blocked,
    )


def write(told: StockReport) -> list[Segment]:
    """Return the segments between UNH and UNT; the type is ``MESSAGE_TYPE``."""
    found = [segment("BGM", "35", told.number, "9")]
    found += [date("137", told.issued_at), date("366", told.counted_at)]
    for qualifier, who in (("WH", told.place), ("BY", told.customer), ("SU", told.supplier)):
        found += party(qualifier, who)
    for line in told.lines:
        found += _written(line)
    return [*found, segment("UNS", "S")]


def _written(line: StockItem) -> Iterator[Segment]:
    yield segment("LIN", line.position, "", (line.part_number, "IN"))
    if line.partner_part_number:
        yield segment("PIA", "1", (line.partner_part_number, "SA"))
    yield quantity(BLOCKED if line.is_blocked else ON_HAND, line.quantity, line.unit)
    if line.location:
        yield segment("LOC", "18", line.location)
