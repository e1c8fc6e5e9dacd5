"""The 856, the ship notice of X12: the same advice as a DESADV tells.

The levels S (shipment), O (order), T (tare), P (pack) and I (item) may come in any order below S.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Any, Final

from collab.integration.inbox.findings import MessageRefused, errors_of
from collab.integration.inbox.profile import STANDARD, Profile
from collab.integration.x12.envelope import TransactionSet
from collab.integration.x12.tokens import Segment
from forecasting.messages import values, x12_loops
from forecasting.messages.canonical import Moment
from forecasting.messages.values import Notes, Reading
from forecasting.messages.x12_loops import first_of, party
from transport.messages import packs
from transport.messages.dispatch import Advice, Function, Line
from transport.messages.weights import kilograms
from transport.rules.licence_plate import normalised

FUNCTIONS: Final = {"00": Function.ORIGINAL, "05": Function.REPLACE, "01": Function.CANCEL}
SHIPMENT, ORDER, TARE, PACK, ITEM = "S", "O", "T", "P", "I"


@dataclass(slots=True)
class _Level:
    """One HL with the segments behind it, up to the next."""

    key: str
    parent: str
    code: str
    segments: list[Segment]

    def all(self, tag: str) -> Iterator[Segment]:
        return (each for each in self.segments if each.tag == tag)

    def first(self, tag: str) -> Segment | None:
        return next(self.all(tag), None)

    def references(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for each in self.all("REF"):
            found.setdefault(each.value(1), each.value(2))
        return found


def read(about: TransactionSet, profile: Profile = STANDARD) -> Reading[Advice]:
    """Return the advice that an 856 means.

    Raises
    ------
    MessageRefused
        For anything wrong, each with its place: an advice is taken whole or not at all.
    """
    notes = Notes(about.control)
    before, levels = _cut(about)
    reader = _Reader(about, before, levels, profile, notes)
    header = reader.header()
    gross, net = reader.weight("G"), reader.weight("N")
    packed = packs.build(reader.groups(), notes, gross_kg=gross, net_kg=net)
    if not packed.lines and not errors_of(notes.findings):
        notes.add("no-lines", "at least one item in HL with LIN and SN1")
    reader.check_total()
    if errors_of(notes.findings):
        raise MessageRefused(notes.findings)
    advice = Advice(
        **header, lines=packed.lines, units=packed.units, gross_kg=gross, net_kg=net
    )  # fmt: skip
    return Reading(advice, tuple(notes.findings))


def _cut(about: TransactionSet) -> tuple[list[Segment], list[_Level]]:
    """Return the segments before the first HL, and each HL with those behind it."""
    before: list[Segment] = []
    levels: list[_Level] = []
    for each in about.segments[1:]:
        if each.tag in {"CTT", "SE"}:
            break
        if each.tag == "HL":
            levels.append(_Level(each.value(1), each.value(2), each.value(3), [each]))
        else:
            (levels[-1].segments if levels else before).append(each)
    return before, levels


class _Reader:
    """Reads one set; what is wrong goes to ``notes``."""

    def __init__(
        self,
        about: TransactionSet,
        before: Sequence[Segment],
        levels: Sequence[_Level],
        profile: Profile,
        notes: Notes,
    ) -> None:
        self.about, self.profile, self.notes = about, profile, notes
        self.before, self.levels = before, levels
        self.known = {level.key: level for level in levels}
        shipments = [level for level in levels if level.code == SHIPMENT]
        self.shipment = shipments[0] if shipments else None
        if len(shipments) != 1:
            notes.add("root", "one HL of level S", str(len(shipments)), tag="HL")

    def header(self) -> dict[str, Any]:
        """Return everything but weights, lines and units."""
        bsn = next((each for each in self.before if each.tag == "BSN"), None)
        number, code = ("", "") if bsn is None else (bsn.value(2), bsn.value(1))
        if not number:
            self.notes.add("segment-missing", "a shipment number in BSN02", tag="BSN", element=2)
        if code and code not in FUNCTIONS:
            expected = f"purpose {', '.join(FUNCTIONS)}"
            self.notes.add("function", expected, code, tag="BSN", element=1)
        parties = {
            name: found
            for level in self.levels
            if level.code in {SHIPMENT, ORDER}
            for name, found in x12_loops.parties_of(level.segments).items()
        }
        references = self.shipment.references() if self.shipment is not None else {}
        asked = self.profile.qualifiers_of
        return {
            "number": number,
            "function": FUNCTIONS.get(code, Function.ORIGINAL),
            "issued_at": None if bsn is None else self._moment(bsn, 3),
            "despatched_at": self._date("011"),
            "expected_at": self._date("017"),
            "customer": party(parties, asked("customer", "BY", "BT", "MI")),
            "supplier": party(parties, asked("supplier", "SU", "SE")),
            "ship_to": party(parties, asked("ship_to", "ST")),
            "ship_from": party(parties, asked("ship_from", "SF")),
            "dock": first_of(references, asked("dock", "DK")),
            "shipment_number": first_of(references, asked("shipment", "SI")),
            "transport_document": first_of(references, asked("transport_document", "BM", "CN")),
            **self._vehicle(),
        }

    def weight(self, kind: str) -> Decimal | None:
        """Return a weight of the shipment [kg]; G is gross, N net."""
        for each in self.shipment.all("MEA") if self.shipment is not None else ():
            if each.value(2) == kind:
                place = self._at(each)
                return kilograms(each.value(3), each.value(4), self.notes, **place)
        what = {"G": "gross", "N": "net"}[kind]
        self.notes.add("segment-missing", f"the {what} weight in MEA*PD*{kind}")
        return None

    def groups(self) -> list[packs.Group]:
        """Return a group for each HL; the items are in the group of the HL around them."""
        found = {level.key: self._group(level) for level in self.levels if level.code != ITEM}
        lost = []
        for level in self.levels:
            if level.code != ITEM:
                continue
            around = found.get(level.parent)
            if around is None:  # a parent that is not there, or an item: a fault of the tree
                lost.append(packs.Group(key=level.key, parent=level.parent, place=self._of(level)))
            elif (item := self._item(level)) is not None:
                around.items.append(item)
        return [*found.values(), *lost]

    def check_total(self) -> None:
        """Warn where CTT01 is not the number of HL."""
        ctt = next((each for each in self.about.segments if each.tag == "CTT"), None)
        if ctt is not None and ctt.value(1).lstrip("0") != str(len(self.levels)):
            expected = f"{len(self.levels)}, the number of HL"
            place = self._at(ctt) | {"element": 1}
            self.notes.add("total", expected, ctt.value(1), **place, is_warning=True)

    def _group(self, level: _Level) -> packs.Group:
        found = packs.Group(key=level.key, parent=level.parent, place=self._of(level))
        if level.code not in {TARE, PACK}:
            return found
        marks = [each.value(2) for each in level.all("MAN") if each.value(2)]
        serial = level.references().get("LS", "")
        found.plates = [normalised(each) for each in marks or [serial] if each]
        found.count = max(1, len(found.plates))
        packing = level.first("TD1")
        found.pack_type = "" if packing is None else packing.value(1)[:20]
        found.lot = level.references().get("LT", "")[:40]
        return found

    def _item(self, level: _Level) -> Line | None:
        lin, sn1 = level.first("LIN"), level.first("SN1")
        numbers = {} if lin is None else _numbers(lin)
        asked = self.profile.qualifiers_of
        part = first_of(numbers, asked("part", "BP", "IN"))
        if not part:
            self.notes.add("part", "the customer's part number in LIN", "", **self._of(level))
        if sn1 is None:
            self.notes.add("segment-missing", "the quantity in SN1", **self._of(level))
        if not part or sn1 is None:
            return None
        place = self._at(sn1) | {"element": 2}
        quantity = values.quantity(sn1.value(2), self.notes, **place)
        if quantity is not None and quantity <= 0:
            self.notes.add("quantity", "a quantity above 0", sn1.value(2), **place)
        if quantity is None:
            return None
        total = sn1.value(4)
        described = level.first("PID")
        return Line(
            position=0,
            part_number=part,
            quantity=quantity,
            unit=values.unit(sn1.value(3), self.notes, **self._at(sn1)),
            supplier_part_number=first_of(numbers, asked("supplier_part", "VP", "VN")),
            name="" if described is None else described.value(5)[:120],
            cumulative=values.quantity(total, self.notes, **self._at(sn1)) if total else None,
            order=first_of(numbers, asked("order", "PO")) or self._above(level, _order),
            delivery_note=self._above(
                level, lambda each: first_of(each.references(), asked("delivery_note", "PK"))
            ),
        )

    def _above(self, level: _Level, told: Any) -> str:
        """Return what the nearest level from ``level`` up tells."""
        at: _Level | None = level
        seen: set[str] = set()
        while at is not None and at.key not in seen:
            seen.add(at.key)
            if value := told(at):
                return str(value)
            at = self.known.get(at.parent)
        return ""

    def _vehicle(self) -> dict[str, str]:
        carrier = self.shipment.first("TD5") if self.shipment is not None else None
        equipment = self.shipment.first("TD3") if self.shipment is not None else None
        return {
            "carrier": "" if carrier is None else carrier.value(5) or carrier.value(3),
            "plate": "" if equipment is None else equipment.value(3),
        }

    def _date(self, kind: str) -> Moment | None:
        inside = self.shipment.segments if self.shipment is not None else []
        for each in [*self.before, *inside]:
            if each.tag == "DTM" and each.value(1) == kind:
                return self._moment(each, 2)
        return None

    def _moment(self, found: Segment, element: int) -> Moment | None:
        place = self._at(found) | {"element": element}
        on = values.day_of_x12(found.value(element), self.notes, **place)
        at: time | None = None
        if found.value(element + 1):
            at = values.time_of_x12(found.value(element + 1), self.notes, **place)
        return None if on is None else Moment(on, at)

    def _of(self, level: _Level) -> dict[str, Any]:
        return self._at(level.segments[0])

    def _at(self, found: Segment) -> dict[str, Any]:
        return {"segment": self.about.place(found), "tag": found.tag}


def _order(level: _Level) -> str:
    prf = level.first("PRF")
    return "" if prf is None else prf.value(1)


def _numbers(lin: Segment) -> Mapping[str, str]:
    pairs = zip(lin.elements[1::2], lin.elements[2::2], strict=False)
    return {kind.strip(): value.strip() for kind, value in pairs if kind.strip()}
