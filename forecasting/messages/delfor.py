"""DELFOR, the delivery schedule of EDIFACT: D.04A (VDA 4984), D.97A and D.96A in, by profile.

Segments and qualifiers as in the UN/EDIFACT directories; which of them a partner uses for what
is the profile's word, not the version's.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from collab.integration.edifact.envelope import Message
from collab.integration.edifact.groups import ROOT, Group, Structure, level, walk
from collab.integration.edifact.tokens import Segment
from collab.integration.inbox.findings import Finding
from collab.integration.inbox.profile import STANDARD, Profile
from forecasting.messages import values
from forecasting.messages.canonical import (
    Function,
    Identifier,
    Moment,
    ScheduleItem,
    ScheduleMessage,
)
from forecasting.messages.delfor_line import Line, party
from forecasting.messages.values import Notes, Reading

STRUCTURE: Final[Structure] = {
    ROOT: level(holds="BGM DTM FTX UNS CNT", opens="RFF NAD GEI GIS TDT LIN"),
    "RFF": level(holds="DTM"),
    "NAD": level(holds="LOC FTX", opens="RFF CTA DOC TDT"),
    "CTA": level(holds="COM"),
    "TDT": level(holds="LOC DTM"),
    "GEI": level(holds="DTM FTX", opens="NAD RFF TDT LIN"),
    "GIS": level(holds="DTM FTX", opens="NAD RFF TDT LIN"),
    "LIN": level(holds="PIA IMD MEA ALI GIN GIR LOC DTM FTX PRI QVR", opens="RFF QTY SCC PAC TDT"),
    "QTY": level(holds="DTM", opens="RFF"),
    "SCC": level(holds="DTM", opens="QTY"),
    "PAC": level(holds="MEA QTY+52 DTM", opens="PCI"),
    "PCI": level(holds="GIN DTM", opens="RFF"),
}
"""Which segment may stand where, in all versions read; D.97A has its lines behind UNS+D and GIS."""

PARTIES_IN_LINE: Final[Structure] = {
    **STRUCTURE,
    "LIN": level(
        holds="PIA IMD MEA ALI GIN GIR LOC DTM FTX PRI QVR", opens="RFF QTY SCC PAC TDT NAD"
    ),
}
"""For partners whose ship-to follows the line it belongs to: profile ``party_level`` = ``line``."""

FUNCTIONS: Final = {"9": Function.ORIGINAL, "5": Function.REPLACE}


def read(message: Message, profile: Profile = STANDARD) -> Reading[ScheduleMessage]:
    """Return the schedule that a DELFOR means; lines that cannot be understood are left out.

    Raises
    ------
    MessageRefused
        For a header that is wrong, for no good line, and for any bad line where the profile wants
        everything or nothing.
    """
    in_line = profile.qualifiers_of("party_level") == ("line",)
    root, unexpected = walk(message, PARTIES_IN_LINE if in_line else STRUCTURE)
    notes = Notes(message.reference, list(unexpected))
    header = _header(root, message, notes)
    issued = header["issued_at"]
    lines: list[tuple[ScheduleItem | None, list[Finding]]] = []
    if issued is not None:
        for group, parties in _lines(root, {}):
            about = Notes(message.reference)
            number = group.trigger.value(0) or str(len(lines) + 1)
            line = Line(number, group, parties, message, profile, issued, about)
            lines.append((line.item(), about.findings))
    items, held, findings = values.lines_of(lines, notes, profile)
    parties = _parties(root)
    schedule = ScheduleMessage(
        **header,
        items=items,
        customer=party(parties, profile.qualifiers_of("customer", "BY", "MI")),
        supplier=party(parties, profile.qualifiers_of("supplier", "SE", "SU", "MF")),
    )
    return Reading(schedule, findings, held)


def _header(root: Group, message: Message, notes: Notes) -> dict[str, Any]:
    """Return number, function, issue and validity; what is missing is noted."""
    bgm = root.first("BGM")
    number = bgm.value(1) if bgm is not None else ""
    code = bgm.value(2) if bgm is not None else ""
    place = {"segment": message.place(bgm), "tag": "BGM"} if bgm is not None else {}
    if not number:
        notes.add("segment-missing", "a document number in BGM", element=2, **place)  # type: ignore[arg-type]
    if code and code not in FUNCTIONS:
        expected = f"function {', '.join(sorted(FUNCTIONS))}: a schedule replaces the one before"
        notes.add("function", expected, code, element=3, **place)  # type: ignore[arg-type]
    issued = _date(root, message, notes, "137")
    if issued is None and root.first("DTM", "137") is None:
        notes.add("segment-missing", "the date of issue in DTM+137")
    first, last = (_date(root, message, notes, *q) for q in (("157", "158"), ("36", "159")))
    return {
        "number": number,
        "function": FUNCTIONS.get(code, Function.REPLACE),
        "issued_at": issued,
        "valid_from": None if first is None else first.on,
        "valid_to": None if last is None else last.on,
    }


def _date(group: Group, message: Message, notes: Notes, *qualifiers: str) -> Moment | None:
    found = group.first("DTM", *qualifiers)
    if found is None:
        return None
    place = {"segment": message.place(found), "tag": "DTM"}
    return values.moment(found.value(0, 1), found.value(0, 2), notes, **place)


def _lines(
    group: Group, parties: Mapping[str, Identifier]
) -> Iterator[tuple[Group, dict[str, Identifier]]]:
    """Yield each line with the parties that hold for it: the nearest before it, or inside it."""
    known = dict(parties)
    for each in group.groups:
        if each.trigger.tag == "NAD":
            known[each.trigger.qualifier] = _identifier(each.trigger)
        elif each.trigger.tag == "LIN":
            yield each, known | _parties(each)
        elif each.trigger.tag in {"GEI", "GIS"}:
            yield from _lines(each, known)


def _parties(group: Group) -> dict[str, Identifier]:
    return {each.trigger.qualifier: _identifier(each.trigger) for each in group.of("NAD")}


def _identifier(nad: Segment) -> Identifier:
    agency = nad.value(1, 2)
    return Identifier(
        value=nad.value(1),
        scheme=values.SCHEME_OF_AGENCY.get(agency, agency),
        name=nad.value(3) or nad.value(2),
    )
