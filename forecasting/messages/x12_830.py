"""The 830, the planning schedule of X12: the same schedule as a DELFOR says."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from collab.integration.inbox.findings import Finding
from collab.integration.inbox.profile import STANDARD, Profile
from collab.integration.x12.envelope import TransactionSet
from collab.integration.x12.tokens import Segment
from forecasting.messages import values, x12_loops
from forecasting.messages.canonical import (
    Basis,
    Commitment,
    Function,
    GoAhead,
    LastReceipt,
    Measure,
    Moment,
    ScheduleItem,
    ScheduleMessage,
)
from forecasting.messages.values import Notes, Reading
from forecasting.messages.x12_loops import Line, first_of, header_day, party

FUNCTIONS: Final = {"00": Function.ORIGINAL, "05": Function.REPLACE}
_MEASURES: Final = {"A": Measure.DISCRETE, "C": Measure.CUMULATIVE}
_GO_AHEADS: Final = {"FI": Commitment.PRODUCTION, "MT": Commitment.MATERIAL}


def read(about: TransactionSet, profile: Profile = STANDARD) -> Reading[ScheduleMessage]:
    """Return the schedule that an 830 means; lines that cannot be understood are left out.

    Raises
    ------
    MessageRefused
        For a header that is wrong, for no good line, and for any bad line where the profile wants
        everything or nothing.
    """
    before, loops = x12_loops.cut(about)
    notes = Notes(about.control, list(x12_loops.totals(about, loops)))
    bfr = next((each for each in before if each.tag == "BFR"), None)
    header = _header(bfr, about, notes)
    parties = x12_loops.parties_of(before)
    basis, measure = _bases(bfr, profile)
    lines: list[tuple[ScheduleItem | None, list[Finding]]] = []
    for segments in loops:
        mine = Notes(about.control)
        inside = parties | x12_loops.parties_of(segments)
        number = segments[0].value(1) or str(len(lines) + 1)
        line = Line(number, segments, inside, about, profile, basis, measure, mine)
        lines.append((_item(line), mine.findings))
    items, held, findings = values.lines_of(lines, notes, profile)
    schedule = ScheduleMessage(
        **header,
        items=items,
        customer=party(parties, profile.qualifiers_of("customer", "MI", "BT", "BY")),
        supplier=party(parties, profile.qualifiers_of("supplier", "SU", "SF", "SE", "EV")),
    )
    return Reading(schedule, findings, held)


def _header(bfr: Segment | None, about: TransactionSet, notes: Notes) -> dict[str, Any]:
    """Return number, function, issue and validity; what is missing is noted."""
    code = bfr.value(1) if bfr is not None else ""
    number = (bfr.value(3) or bfr.value(2)) if bfr is not None else ""
    place: dict[str, Any] = {"segment": about.place(bfr) if bfr is not None else 0, "tag": "BFR"}
    if not number:
        notes.add("segment-missing", "a release or schedule number in BFR", element=2, **place)
    if code and code not in FUNCTIONS:
        expected = f"function {', '.join(FUNCTIONS)}: a schedule replaces the one before"
        notes.add("function", expected, code, element=1, **place)
    issued = header_day(bfr, 8, about, notes)
    if bfr is not None and not bfr.value(8):
        notes.add("segment-missing", "the date of issue in BFR08", element=8, **place)
    return {
        "number": number,
        "function": FUNCTIONS.get(code, Function.REPLACE),
        "issued_at": None if issued is None else Moment(issued),
        "valid_from": header_day(bfr, 6, about, notes),
        "valid_to": header_day(bfr, 7, about, notes),
    }


def _bases(bfr: Segment | None, profile: Profile) -> tuple[Basis, Measure]:
    """Return what dates and quantities mean: BFR04 and 05, else the profile's word."""
    said = (bfr.value(4), bfr.value(5)) if bfr is not None else ("", "")
    basis = x12_loops.BASIS.get(said[0]) or Basis(profile.date_basis or Basis.DELIVERY)
    return basis, _MEASURES.get(said[1]) or Measure(profile.quantity_basis or Measure.DISCRETE)


def _item(line: Line) -> ScheduleItem | None:
    """Return one LIN loop, or ``None`` if it names no part."""
    asked = line.profile.qualifiers_of
    numbers, references = line.numbers(), _references(line)
    part = first_of(numbers, asked("part", "BP", "IN"))
    if not part:
        place = line.at(line.segments[0], 3)
        line.notes.add("part", "the customer's part number", "", **place)
        return None
    described = line.first("PID")
    return ScheduleItem(
        line=line.number,
        part_number=part,
        unit=line.unit(),
        supplier_part_number=first_of(numbers, asked("supplier_part", "VP", "VN")),
        revision=first_of(numbers, asked("revision", "EC")),
        description=described.value(5) if described is not None else "",
        order=first_of(numbers | references, asked("order", "PO")),
        ship_to=party(line.parties, asked("ship_to", "ST")),
        ship_from=party(line.parties, asked("ship_from", "SF")),
        unloading_point=first_of(references, asked("unloading_point", "DK")),
        line_feed=first_of(references, asked("line_feed", "LF", "LU")),
        **_progress(line),
        entries=tuple(
            entry
            for each in line.segments
            if each.tag == "FST" and (entry := line.entry(each)) is not None
        ),
        go_aheads=tuple(_go_aheads(line)),
    )


def _references(line: Line) -> dict[str, str]:
    """Return the REF of the line itself; one behind SHP belongs to that receipt."""
    found: dict[str, str] = {}
    owner = ""
    for each in line.segments:
        if each.tag == "REF" and owner != "SHP":
            found.setdefault(each.value(1), each.value(2))
        elif each.tag != "REF":
            owner = each.tag
    return found


def _progress(line: Line) -> dict[str, Any]:
    """Return the cumulatives and the last receipt of SHP: 01 one delivery, 02 all of them."""
    found: dict[str, Any] = {}
    for at, each in enumerate(line.segments):
        if each.tag != "SHP":
            continue
        amount, on = line.amount(each, 2), line.day(each, 4)
        match each.value(1), each.value(3):
            case ("02", "050" | "051"):
                found["received_cumulative"], found["received_since"] = amount, on
            case ("02", "011"):
                found["shipped_cumulative"], found["shipped_on"] = amount, on
            case ("01", "050"):
                found["last_receipt"] = _last_receipt(line, at, amount, on)
            case (kind, date_kind):
                if kind not in {"01", "02"} or date_kind != "011":
                    place = line.at(each, 1)
                    line.notes.add(
                        "receipt",
                        "SHP of 01 or 02 with a date of 011 or 050",
                        f"{kind} {date_kind}",
                        **place,
                        is_warning=True,
                    )
    return found


def _last_receipt(line: Line, at: int, amount: Decimal | None, on: date | None) -> LastReceipt:
    number = ""
    for each in line.segments[at + 1 :]:
        if each.tag != "REF":
            break
        if each.value(1) in line.profile.qualifiers_of("dispatch", "SI", "MA"):
            number = each.value(2)
    return LastReceipt(
        quantity=amount, on=None if on is None else Moment(on), dispatch_number=number
    )


def _go_aheads(line: Line) -> Iterator[GoAhead]:
    for each in line.segments:
        if each.tag != "ATH" or each.value(1) not in _GO_AHEADS:
            continue
        amount = line.amount(each, 3)
        if amount is not None:
            yield GoAhead(
                commitment=_GO_AHEADS[each.value(1)],
                quantity=amount,
                since=line.day(each, 5),
                until=line.day(each, 2),
            )
