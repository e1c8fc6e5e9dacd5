"""An advice written as an 856 of 004010; reading it gives it back as far as an 856 tells it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from collab.integration.x12.tokens import Segment
from collab.integration.x12.writing import segment
from forecasting.messages.canonical import Identifier, Moment
from transport.messages.desadv_write import numbered
from transport.messages.dispatch import Advice, Function, Line
from transport.messages.x12_856 import ITEM, PACK, SHIPMENT, TARE
from transport.rules.handling_units import ZERO, Unit, plain

SET, GROUP_CODE = "856", "SH"
UNIT_AS_WRITTEN: Final = {"H87": "EA", "KGM": "KG"}
_SCHEME: Final = {"duns": "1", "seller": "91", "buyer": "92"}
_FUNCTION: Final = {Function.ORIGINAL: "00", Function.REPLACE: "05", Function.CANCEL: "01"}


def sayable(advice: Advice) -> Advice:
    """Return what of an advice an 856 says here: no weight and no asset number of a single pack."""
    return replace(advice, units=tuple(numbered(advice.units)))


def write(advice: Advice) -> list[Segment]:
    """Return the segments between ST and SE; raise ``ValueError`` for an advice without weights.

    The tree is S, then T for units with others inside, P for packs, and I for what is in them.
    """
    told = sayable(advice)
    if told.gross_kg is None or told.net_kg is None:
        raise ValueError("expected gross and net weight, got none")
    issued = told.issued_at
    found = [segment("BSN", _FUNCTION[told.function], told.number, *_day_and_time(issued))]
    found += _date("011", told.despatched_at) + _date("017", told.expected_at)
    tree = _Tree(told)
    body = [*tree.shipment(), *tree.units()]
    return [*found, *body, segment("CTT", str(tree.count))]


class _Tree:
    """Writes HL by HL and counts them."""

    def __init__(self, advice: Advice) -> None:
        self.advice, self.count = advice, 0
        self.lines = {line.position: line for line in advice.lines}

    def level(self, code: str, parent: str = "") -> Segment:
        """Return the next HL; ``self.count`` is its number."""
        self.count += 1
        return segment("HL", str(self.count), parent, code)

    def shipment(self) -> Iterator[Segment]:
        """Yield the consignment, with its items where there are no packs."""
        told = self.advice
        yield self.level(SHIPMENT)
        yield segment("MEA", "PD", "G", plain(told.gross_kg or ZERO), "KG")
        yield segment("MEA", "PD", "N", plain(told.net_kg or ZERO), "KG")
        if told.carrier:
            yield segment("TD5", "", "", "", "", told.carrier)
        if told.plate:
            yield segment("TD3", "TL", "", told.plate)
        for qualifier, value in (
            ("SI", told.shipment_number), ("BM", told.transport_document), ("DK", told.dock),
        ):  # fmt: skip
            if value:
                yield segment("REF", qualifier, value)
        for qualifier, party in (
            ("SU", told.supplier), ("BY", told.customer), ("ST", told.ship_to),
            ("SF", told.ship_from),
        ):  # fmt: skip
            yield from _party(qualifier, party)
        if not told.units:
            for line in told.lines:
                yield from self.item(line, "1")

    def units(self) -> Iterator[Segment]:
        """Yield each unit and what is in it."""
        holders = {unit.parent for unit in self.advice.units}
        keys = {"": "1"}
        for unit in self.advice.units:
            yield self.level(TARE if unit.key in holders else PACK, keys[unit.parent])
            keys[unit.key] = str(self.count)
            yield from _marks(unit)
            for content in unit.contents:
                line = replace(self.lines[content.line], quantity=content.quantity)
                yield from self.item(line, keys[unit.key])

    def item(self, line: Line, parent: str) -> Iterator[Segment]:
        """Yield one item."""
        yield self.level(ITEM, parent)
        numbers = (
            ("BP", line.part_number), ("VP", line.supplier_part_number), ("PO", line.order),
        )  # fmt: skip
        told = [each for pair in numbers if pair[1] for each in pair]
        yield segment("LIN", "", *told)
        total = "" if line.cumulative is None else plain(line.cumulative)
        unit = UNIT_AS_WRITTEN.get(line.unit, line.unit)
        yield segment("SN1", "", plain(line.quantity), unit, *([total] if total else []))
        if line.name:
            yield segment("PID", "F", "", "", "", line.name)
        if line.delivery_note:
            yield segment("REF", "PK", line.delivery_note)


def _marks(unit: Unit) -> Iterator[Segment]:
    if unit.pack_type:
        yield segment("TD1", unit.pack_type, "1")
    if unit.lot:
        yield segment("REF", "LT", unit.lot)
    if unit.plate:
        yield segment("REF", "LS", unit.plate)


def _party(qualifier: str, party: Identifier | None) -> list[Segment]:
    if party is None:
        return []
    scheme = _SCHEME.get(party.scheme, party.scheme)
    return [segment("N1", qualifier, party.name, scheme, party.value)]


def _date(kind: str, moment: Moment | None) -> list[Segment]:
    return [] if moment is None else [segment("DTM", kind, *_day_and_time(moment))]


def _day_and_time(moment: Moment) -> tuple[str, ...]:
    day = moment.on.strftime("%Y%m%d")
    return (day,) if moment.at is None else (day, f"{moment.at:%H%M}")
