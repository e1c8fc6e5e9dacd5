"""What events say about one unit, folded into where it is and what it is in.

Each fact (seen, place, disposition, parent, emptied) is the newest event that says it. Keys sort
by event time, then by the event itself, so events may come late, repeated or in any order: the end
is the same. It is a last-writer-wins register for each fact, and merging two folds is folding all
their events.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

SINGLE_ROLES: Final = frozenset({"parent", "epc", "child", "input", "output"})
PACKING_KINDS: Final = frozenset({"AggregationEvent", "AssociationEvent"})
ENDING_STEPS: Final = frozenset({"decommissioning", "destroying"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSaid:
    """What one event says about all its things; ``key`` is the number of its UUID.

    ``parent`` is what its children are put into or taken out of; ``has_children``: it names them.
    """

    key: int
    happened_at: datetime
    kind: str
    action: str
    biz_step: str = ""
    disposition: str = ""
    read_point: str = ""
    biz_location: str = ""
    site_id: UUID | None = None
    site_code: str = ""
    parent: str = ""
    has_children: bool = False
    counterparty_id: int = 0
    source: str = ""
    source_grade: str = ""


LAST: Final = (1 << 128) - 1
"""A key after all others."""
NOTHING: Final = EventSaid(
    key=0, happened_at=datetime(1970, 1, 1, tzinfo=UTC), kind="", action="OBSERVE"
)
"""Stands for a fact that no event has said."""


@dataclass(slots=True)
class Unit:
    """One thing as its events make it: for each fact the event that said it last."""

    first: int = LAST  # key of the first event that names it
    seen: EventSaid = NOTHING
    role: str = ""  # of the thing in ``seen``
    place: EventSaid = NOTHING
    disposition: EventSaid = NOTHING
    packing: EventSaid = NOTHING  # the last that had it as a child
    emptying: EventSaid = NOTHING  # the last that took everything out of it

    @property
    def is_ended(self) -> bool:
        """Whether it was used up, destroyed or taken out of use."""
        seen = self.seen
        return self.role == "input" or (
            self.role == "epc" and seen.action == "DELETE" and seen.biz_step in ENDING_STEPS
        )

    @property
    def parent(self) -> str:
        """What it was put into last; empty after it was taken out."""
        return "" if self.packing.action == "DELETE" else self.packing.parent


def fold(unit: Unit, said: EventSaid, role: str) -> None:
    """Fold into ``unit`` what an event says about it; one folded before changes nothing."""
    key = said.key
    unit.first = min(unit.first, key)
    if key > unit.seen.key or (key == unit.seen.key and role > unit.role):
        unit.seen, unit.role = said, role
    if key > unit.place.key and (said.read_point or said.biz_location):
        unit.place = said
    if key > unit.disposition.key and said.disposition and role != "input":
        unit.disposition = said
    if said.kind in PACKING_KINDS:
        if role == "child" and key > unit.packing.key:
            unit.packing = said
        elif role == "parent" and said.action == "DELETE" and not said.has_children:
            unit.emptying = max(unit.emptying, said, key=lambda each: each.key)


def fold_all(told: Iterable[tuple[EventSaid, str]]) -> Unit:
    """Return the unit that all these events make, in whatever order they come."""
    unit = Unit()
    for said, role in told:
        fold(unit, said, role)
    return unit


def is_inside(child: Unit, parent: Unit) -> bool:
    """Say whether a child is still in its parent: that was not emptied after it was put in."""
    return bool(child.parent) and child.packing.key > parent.emptying.key
