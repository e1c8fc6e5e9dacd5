"""DESADV, the dispatch advice of EDIFACT: D.07A in the manner of VDA 4987.

Segments and qualifiers as in the UN/EDIFACT directory; a partner's profile may name others.
"""

from decimal import Decimal
from typing import Any, Final

from collab.integration.edifact.envelope import Message
from collab.integration.edifact.groups import ROOT, Group, Structure, level, walk
from collab.integration.edifact.tokens import Segment
from collab.integration.inbox.findings import MessageRefused, errors_of
from collab.integration.inbox.profile import STANDARD, Profile
from forecasting.messages import values
from forecasting.messages.canonical import Identifier, Moment
from forecasting.messages.values import Notes, Reading
from transport.messages import packs
from transport.messages.dispatch import Advice, Function, Line
from transport.messages.weights import kilograms
from transport.rules.licence_plate import expand, normalised

STRUCTURE: Final[Structure] = {
    ROOT: level(holds="BGM DTM ALI MEA MOA GEI CUX CNT", opens="RFF NAD TOD TDT EQD CPS"),
    "RFF": level(holds="DTM"),
    "NAD": level(holds="LOC", opens="RFF CTA"),
    "CTA": level(holds="COM"),
    "TOD": level(holds="LOC FTX"),
    "TDT": level(holds="PCD TMD LOC DTM"),
    "EQD": level(holds="MEA SEL EQA"),
    "CPS": level(holds="FTX QVR", opens="PAC LIN"),
    "PAC": level(holds="MEA QTY ALI", opens="PCI"),
    "PCI": level(holds="RFF DTM GIR GIN"),
    "LIN": level(holds="PIA IMD MEA QTY ALI GIN GIR DLM DTM FTX MOA", opens="RFF LOC PCI QVR"),
}
FUNCTIONS: Final = {"9": Function.ORIGINAL, "5": Function.REPLACE, "1": Function.CANCEL}


def read(message: Message, profile: Profile = STANDARD) -> Reading[Advice]:
    """Return the advice that a DESADV means.

    Raises
    ------
    MessageRefused
        For anything wrong, each with its place: an advice is taken whole or not at all.
    """
    root, unexpected = walk(message, STRUCTURE)
    notes = Notes(message.reference, list(unexpected))
    reader = _Reader(message, root, profile, notes)
    header = reader.header()
    gross, net = reader.weight("AAD"), reader.weight("AAL")
    packed = packs.build(reader.groups(), notes, gross_kg=gross, net_kg=net)
    if not packed.lines and not errors_of(notes.findings):
        notes.add("no-lines", "at least one LIN")
    if errors_of(notes.findings):
        raise MessageRefused(notes.findings)
    advice = Advice(
        **header, lines=packed.lines, units=packed.units, gross_kg=gross, net_kg=net
    )  # fmt: skip
    return Reading(advice, tuple(notes.findings))


class _Reader:
    """Reads one message; what is wrong goes to ``notes``."""

    def __init__(self, message: Message, root: Group, profile: Profile, notes: Notes) -> None:
        self.message, self.root, self.profile, self.notes = message, root, profile, notes

    def header(self) -> dict[str, Any]:
        """Return everything but weights, lines and units."""
        bgm = self.root.first("BGM")
        number = bgm.value(1) if bgm is not None else ""
        code = bgm.value(2) if bgm is not None else ""
        if not number:
            self.notes.add("segment-missing", "a document number in BGM", tag="BGM", element=2)
        if code and code not in FUNCTIONS:
            expected = f"function {', '.join(sorted(FUNCTIONS))}"
            self.notes.add("function", expected, code, tag="BGM", element=3)
        issued = self._date("137")
        if self.root.first("DTM", "137") is None:
            self.notes.add("segment-missing", "the time of the document in DTM+137")
        ship_to = self._group("ship_to", "ST", "DP")
        place = None if ship_to is None else ship_to.first("LOC", *self._asked("dock", "11"))
        return {
            "number": number,
            "function": FUNCTIONS.get(code, Function.ORIGINAL),
            "issued_at": issued,
            "despatched_at": self._date("11", "10"),
            "expected_at": self._date("132", "17", "2"),
            "customer": self._party("customer", "BY", "MI"),
            "supplier": self._party("supplier", "SE", "SU"),
            "ship_to": None if ship_to is None else _identifier(ship_to.trigger),
            "ship_from": self._party("ship_from", "SF", "CZ"),
            "dock": "" if place is None else place.value(1),
            "shipment_number": self._reference("shipment", "CRN"),
            "transport_document": self._reference("transport_document", "AAS", "BM", "CN"),
            **self._vehicle(),
        }

    def weight(self, measured: str) -> Decimal | None:
        """Return a weight of the consignment [kg]; AAD is gross, AAL net."""
        for each in self.root.all("MEA"):
            if each.value(1) == measured:
                return kilograms(each.value(2, 1), each.value(2), self.notes, **self._at(each))
        what = {"AAD": "gross", "AAL": "net"}[measured]
        self.notes.add("segment-missing", f"the {what} weight in MEA+AAX+{measured}")
        return None

    def groups(self) -> list[packs.Group]:
        """Return the packs of each CPS."""
        return [self._packs(each) for each in self.root.of("CPS")]

    def _packs(self, cps: Group) -> packs.Group:
        key = cps.trigger.value(0)
        found = packs.Group(key=key, parent=cps.trigger.value(1), place=self._at(cps.trigger))
        told = cps.of("PAC")
        if len(told) > 1:
            place = self._at(told[1].trigger)
            self.notes.add("packs-group", "one PAC in each CPS", str(len(told)), **place)
        for pac in told[:1]:
            self._fill(found, pac)
        found.items = [item for lin in cps.of("LIN") if (item := self._item(lin)) is not None]
        return found

    def _fill(self, found: packs.Group, pac: Group) -> None:
        place = self._at(pac.trigger)
        found.place = place
        text = pac.trigger.value(0)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 99_999):
            self.notes.add("count", "a number of packs from 1 on", text, **place)
            return
        found.count = int(text)
        found.pack_type = (pac.trigger.value(3) or pac.trigger.value(2))[:20]
        inside = next((each for each in pac.all("QTY", "52")), None)
        if inside is not None:
            found.per_pack = values.quantity(inside.value(0, 1), self.notes, **self._at(inside))
        for pci in pac.of("PCI"):
            for gin in pci.all("GIN"):
                if gin.qualifier == "ML":
                    found.plates += self._plates(gin)
                elif gin.qualifier == "BX":
                    found.lot = gin.value(1)[:40]

    def _plates(self, gin: Segment) -> list[str]:
        found: list[str] = []
        for element in range(1, len(gin.elements)):
            first, last = gin.value(element), gin.value(element, 1)
            if not first:
                continue
            try:
                found += expand(normalised(first), normalised(last or first))
            except ValueError as error:
                expected = str(error).removeprefix("expected ").partition(", got ")[0]
                self.notes.add("plates", expected, last or first, **self._at(gin))
        return found

    def _item(self, lin: Group) -> Line | None:
        number, part = lin.trigger.value(0), lin.trigger.value(2)
        place = self._at(lin.trigger) | {"line": number}
        told = next(iter(lin.all("QTY", "12")), None)
        if not part:
            self.notes.add("part", "the customer's part number", "", **place)
        if told is None:
            self.notes.add("segment-missing", "the quantity in QTY+12", **place)
        if not part or told is None:
            return None
        at = self._at(told) | {"line": number}
        quantity = values.quantity(told.value(0, 1), self.notes, **at)
        if quantity is not None and quantity <= 0:
            self.notes.add("quantity", "a quantity above 0", told.value(0, 1), **at)
        if quantity is None:
            return None
        total = next(iter(lin.all("QTY", "3")), None)
        described = lin.first("IMD")
        return Line(
            position=0,
            part_number=part,
            quantity=quantity,
            unit=values.unit(told.value(0, 2), self.notes, **at),
            supplier_part_number=self._number(lin, "supplier_part", "SA"),
            name="" if described is None else described.value(2, 3)[:120],
            cumulative=None
            if total is None
            else values.quantity(total.value(0, 1), self.notes, **self._at(total)),
            order=_reference_of(lin, self._asked("order", "ON", "CT")),
            delivery_note=_reference_of(lin, self._asked("delivery_note", "AAU", "DQ")),
        )

    def _number(self, lin: Group, name: str, *usual: str) -> str:
        found = {
            pia.value(place, 1): pia.value(place)
            for pia in lin.all("PIA")
            for place in range(1, len(pia.elements))
        }
        return next((found[each] for each in self._asked(name, *usual) if found.get(each)), "")

    def _vehicle(self) -> dict[str, str]:
        transport, equipment = self.root.group("TDT", "12", "20"), self.root.first("EQD", "TE")
        carrier = ""
        if transport is not None:
            carrier = transport.trigger.value(4, 3) or transport.trigger.value(4)
        return {"carrier": carrier, "plate": "" if equipment is None else equipment.value(1)}

    def _reference(self, name: str, *usual: str) -> str:
        return _reference_of(self.root, self._asked(name, *usual))

    def _group(self, name: str, *usual: str) -> Group | None:
        return self.root.group("NAD", *self._asked(name, *usual))

    def _party(self, name: str, *usual: str) -> Identifier | None:
        found = self._group(name, *usual)
        return None if found is None else _identifier(found.trigger)

    def _date(self, *qualifiers: str) -> Moment | None:
        found = self.root.first("DTM", *qualifiers)
        if found is None:
            return None
        return values.moment(found.value(0, 1), found.value(0, 2), self.notes, **self._at(found))

    def _asked(self, name: str, *usual: str) -> tuple[str, ...]:
        return self.profile.qualifiers_of(name, *usual)

    def _at(self, found: Segment) -> dict[str, Any]:
        return {"segment": self.message.place(found), "tag": found.tag}


def _reference_of(group: Group, qualifiers: tuple[str, ...]) -> str:
    found = {each.trigger.qualifier: each.trigger.value(0, 1) for each in group.of("RFF")}
    return next((found[each] for each in qualifiers if found.get(each)), "")


def _identifier(nad: Segment) -> Identifier:
    agency = nad.value(1, 2)
    return Identifier(
        value=nad.value(1),
        scheme=values.SCHEME_OF_AGENCY.get(agency, agency),
        name=nad.value(3) or nad.value(2),
    )
