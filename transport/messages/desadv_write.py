"""An advice written as DESADV D.07A in the manner of VDA 4987; reading it gives it back."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from collab.integration.edifact.tokens import Segment, segment
from forecasting.messages import values
from forecasting.messages.canonical import Identifier, Moment
from transport.messages.dispatch import Advice, Function, Line
from transport.messages.packs import Run, runs
from transport.rules.handling_units import Unit, kinds_of, plain
from transport.rules.licence_plate import IDENTIFIER_OF, ranges

MESSAGE_TYPE: Final = "DESADV:D:07A:UN:GA0220"
UNIT_AS_WRITTEN: Final = {"H87": "PCE"}
RANGES_A_SEGMENT: Final = 5
_AGENCY: Final = {scheme: agency for agency, scheme in values.SCHEME_OF_AGENCY.items()}
_FUNCTION: Final = {Function.ORIGINAL: "9", Function.REPLACE: "5", Function.CANCEL: "1"}


def sayable(advice: Advice) -> Advice:
    """Return what of an advice a DESADV says here.

    It has no weight and no asset number of a single pack; units are numbered as they are told,
    each before those inside it.
    """
    return replace(advice, units=tuple(numbered(advice.units)))


def numbered(units: tuple[Unit, ...]) -> Iterator[Unit]:
    """Yield units from the outside in, numbered in that order, without weights and assets."""
    keys: dict[str, str] = {"": ""}
    for unit in _outside_in(units):
        keys[unit.key] = str(len(keys))
        yield replace(
            unit, key=keys[unit.key], parent=keys[unit.parent], gross_kg=None, asset=""
        )  # fmt: skip


def _outside_in(units: tuple[Unit, ...]) -> Iterator[Unit]:
    """Yield each unit, then those inside it."""
    inside: dict[str, list[Unit]] = {}
    for unit in units:
        inside.setdefault(unit.parent, []).append(unit)
    waiting = inside.get("", [])[::-1]
    while waiting:
        unit = waiting.pop()
        yield unit
        waiting += inside.get(unit.key, [])[::-1]


def write(advice: Advice) -> list[Segment]:
    """Return the segments between UNH and UNT; the type is ``MESSAGE_TYPE``.

    Raises ``ValueError`` for an advice without weights.
    """
    told = sayable(advice)
    if told.gross_kg is None or told.net_kg is None:
        raise ValueError("expected gross and net weight, got none")
    found = [segment("BGM", "351", told.number, _FUNCTION[told.function])]
    moments = (("137", told.issued_at), ("11", told.despatched_at), ("132", told.expected_at))
    found += [_date(qualifier, at) for qualifier, at in moments if at is not None]
    found += [
        segment("MEA", "AAX", "AAD", ("KGM", plain(told.gross_kg))),
        segment("MEA", "AAX", "AAL", ("KGM", plain(told.net_kg))),
    ]
    if told.shipment_number:
        found.append(segment("RFF", ("CRN", told.shipment_number)))
    if told.transport_document:
        found.append(segment("RFF", ("AAS", told.transport_document)))
    found += _party("ST", told.ship_to)
    if told.dock:
        found.append(segment("LOC", "11", told.dock))
    for qualifier, party in (("SE", told.supplier), ("BY", told.customer), ("SF", told.ship_from)):
        found += _party(qualifier, party)
    if told.carrier:
        found.append(segment("TDT", "12", "", "30", "31", ("", "", "", told.carrier)))
    if told.plate:
        found.append(segment("EQD", "TE", told.plate))
    return [*found, *_tree(told)]


def _tree(advice: Advice) -> Iterator[Segment]:
    """Yield CPS by CPS; the first is the consignment, unless a single pack holds everything."""
    lines = {line.position: line for line in advice.lines}
    kinds = {key: IDENTIFIER_OF[kind] for key, kind in kinds_of(advice.units).items()}
    cps: dict[str, str] = {}
    number = 0
    if len([unit for unit in advice.units if not unit.parent]) != 1:
        number = 1
        cps[""] = "1"
        yield segment("CPS", "1", "", "1")
    item = 0
    for run in runs(advice.units):
        first = run.units[0]
        number += 1
        cps |= {unit.key: str(number) for unit in run.units}
        yield segment("CPS", str(number), cps.get(first.parent, ""), "1")
        yield from _packs(run, lines, kinds[first.key])
        for position, quantity in _inside(run).items():
            item += 1
            yield from _line(replace(lines[position], quantity=quantity), item)
    if not advice.units:
        for line in advice.lines:
            item += 1
            yield from _line(line, item)


def _inside(run: Run) -> Mapping[int, Decimal]:
    found: dict[int, Decimal] = {}
    for unit in run.units:
        for content in unit.contents:
            found[content.line] = found.get(content.line, Decimal(0)) + content.quantity
    return found


def _packs(run: Run, lines: Mapping[int, Line], identifier: str) -> Iterator[Segment]:
    first = run.units[0]
    level = "4" if identifier == "6J" else "1"
    yield segment("PAC", str(len(run.units)), "", level, (first.pack_type, "", "92"))
    if run.per_pack is not None:
        unit = lines[first.contents[0].line].unit
        yield segment("QTY", ("52", plain(run.per_pack), UNIT_AS_WRITTEN.get(unit, unit)))
    yield segment("PCI", "17", "", "", (identifier, "", "5"))
    found = ranges([unit.plate for unit in run.units])
    for start in range(0, len(found), RANGES_A_SEGMENT):
        told = [
            (begin, end) if begin != end else begin
            for begin, end in found[start : start + RANGES_A_SEGMENT]
        ]
        yield segment("GIN", "ML", *told)
    if first.lot:
        yield segment("GIN", "BX", first.lot)


def _line(line: Line, number: int) -> Iterator[Segment]:
    unit = UNIT_AS_WRITTEN.get(line.unit, line.unit)
    yield segment("LIN", str(number), "", (line.part_number, "IN"))
    if line.supplier_part_number:
        yield segment("PIA", "1", (line.supplier_part_number, "SA"))
    if line.name:
        yield segment("IMD", "", "", ("", "", "", line.name))
    yield segment("QTY", ("12", plain(line.quantity), unit))
    if line.cumulative is not None:
        yield segment("QTY", ("3", plain(line.cumulative), unit))
    if line.order:
        yield segment("RFF", ("ON", line.order))
    if line.delivery_note:
        yield segment("RFF", ("AAU", line.delivery_note))


def _party(qualifier: str, party: Identifier | None) -> list[Segment]:
    if party is None:
        return []
    agency = _AGENCY.get(party.scheme, party.scheme)
    return [segment("NAD", qualifier, (party.value, "", agency), "", party.name)]


def _date(qualifier: str, moment: Moment) -> Segment:
    day = moment.on.strftime("%Y%m%d")
    if moment.at is None:
        return segment("DTM", (qualifier, day, "102"))
    return segment("DTM", (qualifier, f"{day}{moment.at:%H%M}", "203"))
