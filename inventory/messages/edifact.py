"""What RECADV and INVRPT have in common: parties, dates and how a line is read and written."""

from decimal import Decimal
from typing import Any, Final

from collab.integration.edifact.envelope import Message
from collab.integration.edifact.groups import Group
from collab.integration.edifact.tokens import Segment, segment
from forecasting.messages import values
from forecasting.messages.canonical import Identifier, Moment
from forecasting.messages.values import Notes

UNIT_AS_WRITTEN: Final = {"H87": "PCE"}
_AGENCY: Final = {scheme: agency for agency, scheme in values.SCHEME_OF_AGENCY.items()}


def plain(number: Decimal) -> str:
    """Return a number without trailing zeros or an exponent."""
    return format(number.normalize() + 0, "f")


def place_of(message: Message, found: Segment) -> dict[str, Any]:
    """Return where a segment stands, for findings."""
    return {"segment": message.place(found), "tag": found.tag}


def party_of(root: Group, *qualifiers: str) -> Identifier | None:
    """Return the party of the first qualifier that is there."""
    found = root.group("NAD", *qualifiers)
    if found is None:
        return None
    nad = found.trigger
    agency = nad.value(1, 2)
    return Identifier(
        value=nad.value(1),
        scheme=values.SCHEME_OF_AGENCY.get(agency, agency),
        name=nad.value(3) or nad.value(2),
    )


def date_of(message: Message, group: Group, notes: Notes, *qualifiers: str) -> Moment | None:
    """Return the date of the first qualifier that is there."""
    found = group.first("DTM", *qualifiers)
    if found is None:
        return None
    place = place_of(message, found)
    return values.moment(found.value(0, 1), found.value(0, 2), notes, **place)


def number_of(message: Message, root: Group, notes: Notes) -> str:
    """Return the number of the document; note its absence."""
    bgm = root.first("BGM")
    number = bgm.value(1) if bgm is not None else ""
    if not number:
        notes.add("segment-missing", "a document number in BGM", tag="BGM", element=2)
    return number


def quantity_of(
    message: Message, lin: Group, qualifier: str, notes: Notes
) -> tuple[Decimal | None, str]:
    """Return the quantity >= 0 of a qualifier and its unit, nothing where it is not told."""
    told = next(iter(lin.all("QTY", qualifier)), None)
    if told is None:
        return None, ""
    place = place_of(message, told) | {"line": lin.trigger.value(0)}
    quantity = values.quantity(told.value(0, 1), notes, **place)
    if quantity is not None and quantity < 0:
        notes.add("quantity", "a quantity >= 0", told.value(0, 1), **place)
        return None, ""
    return quantity, values.unit(told.value(0, 2), notes, **place)


def other_number(lin: Group, qualifier: str) -> str:
    """Return the part's other number of PIA by its qualifier."""
    for pia in lin.all("PIA"):
        for place in range(1, len(pia.elements)):
            if pia.value(place, 1) == qualifier:
                return pia.value(place)
    return ""


def references_of(group: Group) -> dict[str, str]:
    """Return RFF qualifier → value."""
    return {each.trigger.qualifier: each.trigger.value(0, 1) for each in group.of("RFF")}


def party(qualifier: str, told: Identifier | None) -> list[Segment]:
    """Return the NAD of a party, nothing for none."""
    if told is None:
        return []
    agency = _AGENCY.get(told.scheme, told.scheme)
    return [segment("NAD", qualifier, (told.value, "", agency), "", told.name)]


def date(qualifier: str, moment: Moment) -> Segment:
    """Return the DTM of a moment, with its time where there is one."""
    day = moment.on.strftime("%Y%m%d")
    if moment.at is None:
        return segment("DTM", (qualifier, day, "102"))
    return segment("DTM", (qualifier, f"{day}{moment.at:%H%M}", "203"))


def quantity(qualifier: str, number: Decimal, unit: str) -> Segment:
    """Return a QTY."""
    return segment("QTY", (qualifier, plain(number), UNIT_AS_WRITTEN.get(unit, unit)))
