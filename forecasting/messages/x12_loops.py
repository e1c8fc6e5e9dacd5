"""What 830 and 862 have in common: parties, part numbers, dates and the forecast segment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from collab.integration.inbox.findings import Finding
from collab.integration.inbox.profile import Profile
from collab.integration.x12.envelope import TransactionSet
from collab.integration.x12.tokens import Segment
from forecasting.messages import values
from forecasting.messages.canonical import Basis, Commitment, Entry, Identifier, Measure, Moment
from forecasting.messages.values import Notes

BASIS: Final = {"SH": Basis.SHIP, "DL": Basis.DELIVERY}
_BASIS_OF_DATE: Final = {"010": Basis.SHIP, "002": Basis.DELIVERY}
_IMMEDIATE: Final = "A"


@dataclass(frozen=True, slots=True)
class Line:
    """A LIN with the segments behind it, and what reading it needs; errors go to ``notes``."""

    number: str
    segments: Sequence[Segment]
    parties: Mapping[str, Identifier]
    about: TransactionSet
    profile: Profile
    basis: Basis
    measure: Measure
    notes: Notes

    def numbers(self) -> dict[str, str]:
        """Return the part's numbers of LIN by their qualifier."""
        trigger = self.segments[0]
        pairs = zip(trigger.elements[1::2], trigger.elements[2::2], strict=False)
        return {kind.strip(): value.strip() for kind, value in pairs if kind.strip()}

    def first(self, tag: str) -> Segment | None:
        """Return the first segment of ``tag``."""
        return next((each for each in self.segments if each.tag == tag), None)

    def references(self) -> dict[str, str]:
        """Return REF qualifier → value; the first of a qualifier counts."""
        found: dict[str, str] = {}
        for each in self.segments:
            if each.tag == "REF":
                found.setdefault(each.value(1), each.value(2))
        return found

    def unit(self) -> str:
        """Return the unit of UIT as a Rec 20 code."""
        found = self.first("UIT")
        if found is None:
            return ""
        written = found.value(1)
        for mark in ">:@^|{`":
            written = written.partition(mark)[0]
        return values.unit(written, self.notes, **self.at(found, 1))

    def amount(self, found: Segment, element: int) -> Decimal | None:
        """Return a quantity >= 0."""
        amount = values.quantity(found.value(element), self.notes, **self.at(found, element))
        if amount is not None and amount < 0:
            text = found.value(element)
            self.notes.add("quantity", "a quantity >= 0", text, **self.at(found, element))
            return None
        return amount

    def day(self, found: Segment, element: int) -> date | None:
        """Return a date, ``None`` for an empty element."""
        if not found.value(element):
            return None
        return values.day_of_x12(found.value(element), self.notes, **self.at(found, element))

    def entry(self, found: Segment) -> Entry | None:
        """Return the need of one FST, noted and ``None`` where it is not understood."""
        code = found.value(2)
        commitment = self._commitment(code, found)
        amount = self.amount(found, 1)
        start = self.day(found, 4)
        if not found.value(4):
            self.notes.add("segment-missing", "a date in FST04", **self.at(found, 4))
        at = None
        if found.value(7):
            at = values.time_of_x12(found.value(7), self.notes, **self.at(found, 7))
        if commitment is None or amount is None or start is None:
            return None
        end = self.day(found, 5) or values.end_of(start, found.value(3))
        if end is not None and end < start:
            place = self.at(found, 5)
            self.notes.add("date", f"a last day from {start} on", str(end), **place)
        return Entry(
            commitment=commitment,
            quantity=amount,
            basis=_BASIS_OF_DATE.get(found.value(6), self.basis),
            start=Moment(start, at),
            end=end,
            measure=self.measure,
            is_immediate=code == _IMMEDIATE,
        )

    def at(self, found: Segment, element: int = 0) -> dict[str, Any]:
        """Return the place of a segment for a finding."""
        place = self.about.place(found)
        return {"segment": place, "tag": found.tag, "element": element, "line": self.number}

    def _commitment(self, code: str, found: Segment) -> Commitment | None:
        usual = values.commitment(code, self.profile, values.COMMITMENT_OF_FST)
        if usual is None:
            expected = "a forecast qualifier that the profile knows"
            self.notes.add("commitment", expected, code, **self.at(found, 2))
        return usual


def cut(about: TransactionSet) -> tuple[list[Segment], list[list[Segment]]]:
    """Return the segments before the first LIN, and each LIN with those behind it."""
    header: list[Segment] = []
    lines: list[list[Segment]] = []
    for each in about.segments[1:]:
        if each.tag in {"CTT", "SE"}:
            break
        if each.tag == "LIN":
            lines.append([each])
        else:
            (lines[-1] if lines else header).append(each)
    return header, lines


def parties_of(segments: Sequence[Segment]) -> dict[str, Identifier]:
    """Return N1 qualifier → party."""
    return {
        each.value(1): Identifier(
            value=each.value(4),
            scheme=values.SCHEME_OF_N1.get(each.value(3).lstrip("0"), each.value(3)),
            name=each.value(2),
        )
        for each in segments
        if each.tag == "N1"
    }


def party(parties: Mapping[str, Identifier], order: tuple[str, ...]) -> Identifier | None:
    """Return the party with the first of the qualifiers in ``order`` that is there."""
    return next((parties[each] for each in order if each in parties), None)


def first_of(found: Mapping[str, str], order: tuple[str, ...]) -> str:
    """Return the first value in ``order`` that is there and not empty."""
    return next((found[each] for each in order if found.get(each)), "")


def header_day(
    found: Segment | None, element: int, about: TransactionSet, notes: Notes
) -> date | None:
    """Return a date of a header segment, ``None`` for an empty element."""
    if found is None or not found.value(element):
        return None
    place = {"segment": about.place(found), "tag": found.tag, "element": element}
    return values.day_of_x12(found.value(element), notes, **place)


def totals(about: TransactionSet, lines: Sequence[Sequence[Segment]]) -> Iterator[Finding]:
    """Yield warnings where CTT differs from the lines and quantities that are there."""
    trailer = next((each for each in about.segments if each.tag == "CTT"), None)
    if trailer is None:
        return
    place = about.place(trailer)
    if trailer.value(1) and trailer.value(1).lstrip("0") != (str(len(lines)).lstrip("0")):
        yield Finding(
            code="total",
            expected=f"{len(lines)} lines",
            found=trailer.value(1),
            message=about.control,
            segment=place,
            tag="CTT",
            element=1,
            is_warning=True,
        )
    ignored = Notes(about.control)
    declared = values.quantity(trailer.value(2), ignored) if trailer.value(2) else None
    amounts = [
        values.quantity(each.value(1), ignored)
        for line in lines
        for each in line
        if each.tag == "FST"
    ]
    total = sum((amount for amount in amounts if amount is not None), Decimal(0))
    if declared is not None and declared != total:
        yield Finding(
            code="total",
            expected=f"{total}, the sum of FST01",
            found=trailer.value(2),
            message=about.control,
            segment=place,
            tag="CTT",
            element=2,
            is_warning=True,
        )
