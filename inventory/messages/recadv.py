"""RECADV, the receiving advice of EDIFACT: what arrived of a dispatch advice (D.97A)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from collab.integration.edifact.envelope import Message
from collab.integration.edifact.groups import ROOT, Group, Structure, level, walk
from collab.integration.edifact.tokens import Segment, segment
from collab.integration.inbox.findings import MessageRefused, errors_of
from collab.integration.inbox.profile import STANDARD, Profile
from forecasting.messages.values import Notes, Reading
from inventory.messages.canonical import ReceiptAdvice, ReceivedItem
from inventory.messages.edifact import (
    date,
    date_of,
    number_of,
    other_number,
    party,
    party_of,
    place_of,
    plain,
    quantity,
    quantity_of,
    references_of,
)

MESSAGE_TYPE: Final = "RECADV:D:97A:UN"
STRUCTURE: Final[Structure] = {
    ROOT: level(holds="BGM DTM ALI CNT", opens="RFF NAD CPS"),
    "RFF": level(holds="DTM"),
    "NAD": level(holds="LOC", opens="RFF CTA"),
    "CTA": level(holds="COM"),
    "CPS": level(holds="FTX", opens="PAC LIN"),
    "PAC": level(holds="MEA QTY", opens="PCI"),
    "PCI": level(holds="GIN"),
    "LIN": level(holds="PIA IMD MEA QTY QVR DTM FTX", opens="RFF PCI"),
}
ADVISED, RECEIVED, DAMAGED = "12", "48", "124"
DIFFERENCE, REASON = "21", "BP"


def read(message: Message, profile: Profile = STANDARD) -> Reading[ReceiptAdvice]:
    """Return the receipt that a RECADV means.

    Raises
    ------
    MessageRefused
        For anything wrong, each with its place: a receipt is taken whole or not at all.
    """
    root, unexpected = walk(message, STRUCTURE)
    notes = Notes(message.reference, list(unexpected))
    number = number_of(message, root, notes)
    issued = date_of(message, root, notes, "137")
    received = date_of(message, root, notes, *profile.qualifiers_of("received_at", "50", "310"))
    if received is None and issued is None:
        notes.add("segment-missing", "the time of the receipt in DTM+50")
    references = references_of(root)
    groups = [lin for cps in root.of("CPS") for lin in cps.of("LIN")]
    lines = [line for lin in groups if (line := _line(message, lin, notes)) is not None]
    if not groups:
        notes.add("no-lines", "at least one LIN")
    if errors_of(notes.findings) or (received or issued) is None:
        raise MessageRefused(notes.findings)
    at = received or issued
    assert at is not None
    asked = profile.qualifiers_of("advice", "AAK")
    told = ReceiptAdvice(
        number=number,
        issued_at=issued or at,
        received_at=at,
        lines=tuple(lines),
        advice=next((references[each] for each in asked if references.get(each)), ""),
        delivery_note=references.get("DQ", "") or references.get("AAU", ""),
        customer=party_of(root, "BY", "MI"),
        supplier=party_of(root, "SU", "SE"),
        ship_to=party_of(root, "ST", "DP"),
    )
    return Reading(told, tuple(notes.findings))


def _line(message: Message, lin: Group, notes: Notes) -> ReceivedItem | None:
    place = place_of(message, lin.trigger) | {"line": lin.trigger.value(0)}
    part = lin.trigger.value(2)
    received, unit = quantity_of(message, lin, RECEIVED, notes)
    advised, advised_unit = quantity_of(message, lin, ADVISED, notes)
    damaged, _unit = quantity_of(message, lin, DAMAGED, notes)
    if not part:
        notes.add("part", "the customer's part number", "", **place)
    if received is None:
        notes.add("segment-missing", "the received quantity in QTY+48", **place)
    if not part or received is None:
        return None
    gap = next(iter(lin.all("QVR")), None)
    if gap is not None and advised is not None:
        _check_gap(message, gap, received - advised, notes)
    return ReceivedItem(
        position=lin.trigger.value(0),
        part_number=part,
        received=received,
        advised=advised,
        damaged=damaged or Decimal(0),
        unit=unit or advised_unit,
        supplier_part_number=other_number(lin, "SA"),
        order=references_of(lin).get("ON", ""),
    )


def _check_gap(message: Message, gap: Segment, real: Decimal, notes: Notes) -> None:
    """Note a QVR that is not what QTY 48 less QTY 12 gives."""
    told = gap.value(0)
    if told.lstrip("+-").replace(".", "", 1).isdecimal() and Decimal(told) == real:
        return
    expected = f"{plain(real)}, what was received less what was advised"
    notes.add("difference", expected, told, **place_of(message, gap))


def write(told: ReceiptAdvice) -> list[Segment]:
    """Return the segments between UNH and UNT; the type is ``MESSAGE_TYPE``."""
    found = [segment("BGM", "632", told.number, "9")]
    found += [date("137", told.issued_at), date("50", told.received_at)]
    if told.advice:
        found.append(segment("RFF", ("AAK", told.advice)))
    if told.delivery_note:
        found.append(segment("RFF", ("DQ", told.delivery_note)))
    for qualifier, who in (("BY", told.customer), ("SU", told.supplier), ("ST", told.ship_to)):
        found += party(qualifier, who)
    found.append(segment("CPS", "1"))
    for line in told.lines:
        found += _written(line)
    return found


def _written(line: ReceivedItem) -> Iterator[Segment]:
    yield segment("LIN", line.position, "", (line.part_number, "IN"))
    if line.supplier_part_number:
        yield segment("PIA", "1", (line.supplier_part_number, "SA"))
    if line.advised is not None:
        yield quantity(ADVISED, line.advised, line.unit)
    yield quantity(RECEIVED, line.received, line.unit)
    if line.damaged:
        yield quantity(DAMAGED, line.damaged, line.unit)
    gap = line.received - line.advised if line.advised is not None else Decimal(0)
    if gap:
        yield segment("QVR", (plain(gap), DIFFERENCE), REASON)
    if line.order:
        yield segment("RFF", ("ON", line.order))
