"""Packs as messages tell them, in groups of equal ones, and the units that they mean."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from forecasting.messages.values import Notes
from transport.messages.dispatch import Line
from transport.rules.handling_units import (
    MOST_UNITS,
    Content,
    Fault,
    Unit,
    faults_of,
    fills,
    plain,
    tree_faults,
)

Place = Mapping[str, Any]
"""Segment, tag and line of a finding."""


@dataclass(slots=True, kw_only=True)
class Group:
    """Equal packs under one number of the message; ``count`` 0 stands for no pack at all.

    ``per_pack`` is what a full one holds, if that was said. ``items`` are lines whose position is
    not known yet.
    """

    key: str
    parent: str
    place: Place
    count: int = 0
    pack_type: str = ""
    per_pack: Decimal | None = None
    plates: list[str] = field(default_factory=list)
    items: list[Line] = field(default_factory=list)
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Packed:
    """What the groups of a message mean together."""

    lines: tuple[Line, ...]
    units: tuple[Unit, ...]


def build(
    groups: Sequence[Group], notes: Notes, *, gross_kg: Decimal | None, net_kg: Decimal | None
) -> Packed:
    """Return lines and units of these groups; every broken law is noted with its place.

    Items of the same part, order and delivery note become one line, in order of appearance.
    """
    places = {group.key: group.place for group in groups}
    broken = tree_faults([(group.key, group.parent) for group in groups], one_root=True)
    if broken:
        _note(broken, notes, places)
        return Packed((), ())
    lines = _Lines()
    units = _units(groups, lines, notes)
    made = lines.all()
    laws = faults_of(
        units, {line.position: line.quantity for line in made}, gross_kg=gross_kg, net_kg=net_kg
    )
    if not [each for each in notes.findings if not each.is_warning]:
        _note(laws, notes, {})
    return Packed(made, tuple(units))


class _Lines:
    """Items gathered to lines."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, ...], Line] = {}

    def add(self, item: Line) -> int:
        """Add an item's quantity to its line and return the position."""
        key = (
            item.part_number, item.supplier_part_number, item.unit, item.order, item.delivery_note,
        )  # fmt: skip
        known = self.found.get(key)
        if known is None:
            position = len(self.found) + 1
            self.found[key] = replace(item, position=position)
            return position
        totals = [each for each in (known.cumulative, item.cumulative) if each is not None]
        self.found[key] = replace(
            known,
            quantity=known.quantity + item.quantity,
            cumulative=max(totals, default=None),
            name=known.name or item.name,
        )
        return known.position

    def all(self) -> tuple[Line, ...]:
        return tuple(self.found.values())


def _units(groups: Sequence[Group], lines: _Lines, notes: Notes) -> list[Unit]:
    """Return a unit for each pack; ``keys`` maps a group to the unit that it is."""
    holders = {group.parent for group in groups}
    keys: dict[str, str] = {}
    above = {group.key: group for group in groups}
    found: list[Unit] = []
    for group in groups:
        parent = _unit_above(group, above, keys)
        inside = [
            Content(position, item.quantity)
            for item in group.items
            for position in [lines.add(item)]
        ]
        if not group.count:
            continue
        if len(found) + group.count > MOST_UNITS:
            notes.add("units", f"at most {MOST_UNITS} packs", str(group.count), **group.place)
            return found
        contents = _contents(group, inside, notes, is_holder=group.key in holders)
        plates = group.plates
        if len(plates) != group.count:
            expected = f"{group.count} licence plates, one for each pack"
            notes.add("plates", expected, str(len(plates)), **group.place)
            plates = [*plates, *[""] * group.count][: group.count]
        for plate, content in zip(plates, contents, strict=True):
            unit = Unit(
                key=str(len(found) + 1), parent=parent, pack_type=group.pack_type,
                plate=plate, contents=content, lot=group.lot,
            )  # fmt: skip
            keys[group.key] = unit.key
            found.append(unit)
    return found


def _unit_above(group: Group, above: Mapping[str, Group], keys: Mapping[str, str]) -> str:
    """Return the key of the nearest unit around a group; a number of no pack is passed over."""
    at = group.parent
    while at and at not in keys:
        at = above[at].parent
    return keys.get(at, "")


def _contents(
    group: Group, inside: Sequence[Content], notes: Notes, *, is_holder: bool
) -> list[tuple[Content, ...]]:
    """Return what each pack of a group holds; what does not add up is noted."""
    empty: list[tuple[Content, ...]] = [()] * group.count
    if is_holder:
        if group.count > 1:
            expected = "one pack, as other packs are inside"
            notes.add("count", expected, str(group.count), **group.place)
        return [tuple(inside)] * group.count if group.count == 1 else empty
    if group.count == 1:
        return [tuple(inside)]
    if len(inside) != 1:
        expected = "one line in packs that are told together"
        notes.add("contents", expected, str(len(inside)), **group.place)
        return empty
    total = inside[0].quantity
    per_pack = group.per_pack or total / group.count
    amounts = fills(group.count, per_pack, total)
    if amounts is None:
        expected = f"{group.count} packs of {plain(per_pack)}, the last perhaps not full"
        notes.add("quantity", expected, plain(total), **group.place)
        return empty
    return [(Content(inside[0].line, amount),) for amount in amounts]


def _note(faults: Iterable[Fault], notes: Notes, places: Mapping[str, Place]) -> None:
    for each in faults:
        place = dict(places.get(each.unit, {}))
        if each.line:
            place["line"] = str(each.line)
        notes.add(f"packs-{each.code}", each.expected, each.found or each.unit, **place)


@dataclass(frozen=True, slots=True)
class Run:
    """Units that a message can tell together: siblings alike, all full but perhaps the last."""

    units: tuple[Unit, ...]

    @property
    def per_pack(self) -> Decimal | None:
        """What a full one holds; ``None`` for units that hold others or several lines."""
        first = self.units[0]
        return first.contents[0].quantity if len(first.contents) == 1 else None


def runs(units: Iterable[Unit]) -> list[Run]:
    """Cut units in their order into the longest runs."""
    found: list[list[Unit]] = []
    for unit in units:
        if found and _continues(found[-1], unit):
            found[-1].append(unit)
        else:
            found.append([unit])
    return [Run(tuple(each)) for each in found]


def _continues(before: Sequence[Unit], unit: Unit) -> bool:
    first, last = before[0], before[-1]
    if len(first.contents) != 1 or len(unit.contents) != 1:
        return False
    told = (first.parent, first.pack_type, first.lot, first.contents[0].line)
    if told != (unit.parent, unit.pack_type, unit.lot, unit.contents[0].line):
        return False
    full = first.contents[0].quantity
    return last.contents[0].quantity == full and unit.contents[0].quantity <= full
