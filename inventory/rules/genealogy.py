"""Which links tracking events make between things: a pure function of the events that stand.

Two rules, one for each way in which things come together. A transformation stands alone: it links
each input and each output to a node of its own: n inputs and m outputs are n + m links. What
is put into a parent depends on what is taken out of it later: all events of one parent are read
together. Neither depends on the order in which events arrive.

A class of goods without a lot or a serial number is no thing that can be traced: a link to it would
join every lot there is.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from collab.integration.epcis.identifiers import gtin_of, lot_of, serial_of

USED, MADE, ASSEMBLED, PACKED = "used", "made", "assembled", "packed"
INPUTS: Final = frozenset({"input", "input_class"})
OUTPUTS: Final = frozenset({"output", "output_class"})
CHILDREN: Final = frozenset({"child", "child_class"})
TRANSFORMATION: Final = "TransformationEvent"
TOGETHER: Final = frozenset({"AggregationEvent", "AssociationEvent"})
STEP_URN: Final = "urn:x-transformation:"
_VERSION_8: Final = 0x8 << 76 | 0x2 << 62
_HASHED: Final = ~(0xF << 76 | 0x3 << 62)


@dataclass(frozen=True, slots=True)
class Named:
    """One thing of an event in its role; ``quantity`` in ``uom``, ``None`` for one piece."""

    role: str
    thing: str
    quantity: Decimal | None = None
    uom: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One standing event as far as genealogy reads it; keys sort by event time."""

    key: UUID
    kind: str
    action: str
    at: datetime
    counterparty_id: int
    biz_step: str = ""
    transformation_id: str = ""
    things: Sequence[Named] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """``child`` went into ``parent`` by the event ``event``; see ``models.TraceLink``."""

    parent: str
    child: str
    how: str
    event: UUID | None
    at: datetime
    counterparty_id: int
    ended_at: datetime | None = None
    quantity: Decimal | None = None
    uom: str = ""


def is_traceable(thing: str) -> bool:
    """Say whether a thing is one that can be told from others of its kind."""
    if not thing or thing.startswith(STEP_URN):
        return False  # nobody else's event may reach into a transformation
    return not gtin_of(thing) or bool(lot_of(thing) or serial_of(thing))


def step_of(event: Happened, owner_id: int) -> str:
    """Return the name of the node of a transformation.

    Events of one owner with one transformation id are one transformation: goods go in today and
    come out tomorrow. The name says whose it is, so that nobody joins another's by its id.
    """
    told = event.transformation_id
    if not told:
        return f"{STEP_URN}{event.key}"
    return f"{STEP_URN}{hashlib.sha256(f'{owner_id}|{told}'.encode()).hexdigest()[:40]}"


def transformed(event: Happened, owner_id: int) -> list[Link]:
    """Return the links of one transformation event."""
    step = step_of(event, owner_id)
    links = []
    for named in event.things:
        if not is_traceable(named.thing) or named.role not in INPUTS | OUTPUTS:
            continue
        is_input = named.role in INPUTS
        links.append(
            Link(
                parent=step if is_input else named.thing,
                child=named.thing if is_input else step,
                how=USED if is_input else MADE,
                event=event.key,
                at=event.at,
                counterparty_id=event.counterparty_id,
                quantity=named.quantity,
                uom=named.uom,
            )
        )
    return links


def put_together(events: Iterable[Happened]) -> list[Link]:
    """Return the links of everything that was put into one parent, by all its events.

    A child is in it from the first event that says so until one takes it, or everything, out. An
    association is there to stay, as is an aggregation in an assembling step; other aggregations
    are packing.
    """
    inside: dict[str, Link] = {}
    done: list[Link] = []
    for event in sorted(events, key=lambda each: each.key):
        parent = next((each.thing for each in event.things if each.role == "parent"), "")
        children = [each for each in event.things if each.role in CHILDREN]
        if event.action == "DELETE":
            gone = [each.thing for each in children] if children else list(inside)
            done += [_ended(inside.pop(thing), event) for thing in gone if thing in inside]
            continue
        for named in children:
            if parent and is_traceable(named.thing) and named.thing not in inside:
                inside[named.thing] = _put(event, parent, named)
    return [*done, *inside.values()]


def link_key(owner_id: int, link: Link) -> UUID:
    """Return the key of a link: the same link of the same owner always has the same."""
    source = link.event or f"stated by {link.counterparty_id}"
    told = f"{owner_id}|{source}|{link.how}|{link.parent}|{link.child}"
    number = int.from_bytes(hashlib.sha256(told.encode()).digest()[:16])
    return UUID(int=number & _HASHED | _VERSION_8)


def merged(links: Iterable[Link]) -> list[Link]:
    """Return links with each pair of things of an event once, its quantities added up.

    A sum is kept only where all its parts say a quantity in one unit.
    """
    groups: dict[tuple[UUID | None, str, str, str], list[Link]] = defaultdict(list)
    for link in links:
        groups[link.event, link.how, link.parent, link.child].append(link)
    return [each[0] if len(each) == 1 else _sum(each) for each in groups.values()]


def _put(event: Happened, parent: str, named: Named) -> Link:
    is_built_in = event.kind == "AssociationEvent" or event.biz_step == "assembling"
    return Link(
        parent=parent,
        child=named.thing,
        how=ASSEMBLED if is_built_in else PACKED,
        event=event.key,
        at=event.at,
        counterparty_id=event.counterparty_id,
        quantity=named.quantity,
        uom=named.uom,
    )


def _ended(link: Link, event: Happened) -> Link:
    return replace(link, ended_at=event.at)


def _sum(links: Sequence[Link]) -> Link:
    first = links[0]
    amounts = [each.quantity for each in links if each.quantity is not None]
    if len(amounts) < len(links) or len({each.uom for each in links}) > 1:
        return replace(first, quantity=None, uom="")
    return replace(first, quantity=sum(amounts, Decimal(0)))
