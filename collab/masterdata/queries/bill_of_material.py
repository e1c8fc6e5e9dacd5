"""What a part is made of, and what it goes into, over all levels of the owner's own structure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from collab.masterdata.models import BomLine, Part, UnitFactor
from collab.masterdata.queries.parts import PartRow, part_row
from collab.masterdata.rules import bill_of_material as rules
from collab.masterdata.rules.units import convert

MAX_LEVELS = 20


@dataclass(frozen=True, slots=True)
class BomLineRow:
    """One component of one parent; ``quantity`` in ``unit`` as entered."""

    id: UUID
    parent: PartRow
    component: PartRow
    position: str
    quantity: Decimal
    unit: str
    take_rate: Decimal
    scrap_rate: Decimal
    valid_from: date | None
    valid_to: date | None
    change_number: str
    alternate_group: str
    priority: int
    version: int

    @property
    def quantity_per_parent(self) -> Decimal:
        """Units of the component in one parent, take rate and scrap in it."""
        return self.quantity * self.take_rate * (1 + self.scrap_rate)

    def is_effective(self, on: date) -> bool:
        """Say whether the line counts on that day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on < self.valid_to
        )


Follow = Callable[[BomLineRow], PartRow]


@dataclass(frozen=True, slots=True)
class BomTree:
    """A part in a tree of components (or of assemblies), with the line that leads to it."""

    part: PartRow
    level: int
    line: BomLineRow | None
    branches: tuple["BomTree", ...]


def bill_of_material(
    *, parent_id: UUID | None = None, component_id: UUID | None = None, on: date | None = None
) -> list[BomLineRow]:
    """Return the lines of a parent, of a component or of all; with ``on`` the effective ones."""
    rows = BomLine.objects.all()
    if parent_id is not None:
        rows = rows.filter(parent_id=parent_id)
    if component_id is not None:
        rows = rows.filter(component_id=component_id)
    if on is not None:
        rows = effective_on(rows, on)
    found = rows.select_related("parent", "component").order_by(
        "parent__number", "position", "alternate_group", "priority", "component__number"
    )
    return [line_row(line) for line in found]


def effective_on(rows: QuerySet[BomLine], on: date) -> QuerySet[BomLine]:
    """Return the lines that count on that day."""
    return rows.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=on),
        Q(valid_to__isnull=True) | Q(valid_to__gt=on),
    )


def line_row(line: BomLine) -> BomLineRow:
    """Return the plain row of a line whose parts are loaded."""
    return BomLineRow(
        line.id,
        part_row(line.parent),
        part_row(line.component),
        line.position,
        line.quantity,
        line.unit,
        line.take_rate,
        line.scrap_rate,
        line.valid_from,
        line.valid_to,
        line.change_number,
        line.alternate_group,
        line.priority,
        line.version,
    )


def where_used(part_id: UUID, *, on: date | None = None) -> list[PartRow]:
    """Return every assembly that holds the part on any level, nearest first, then by number."""
    lines = _lines_up(part_id)
    if on is not None:
        lines = [line for line in lines if line.is_effective(on)]
    by_number = {line.parent.number: line.parent for line in lines}
    links = [
        rules.BomLine(parent=line.parent.number, component=line.component.number, usage=Decimal(1))
        for line in lines
    ]
    start = Part.objects.filter(pk=part_id).values_list("number", flat=True).first()
    if start is None:
        return []
    return [by_number[number] for number in rules.where_used(links, start)]


def explosion(
    demand: Mapping[UUID, Decimal], *, on: date
) -> dict[UUID, tuple[PartRow, rules.Need]]:
    """Return what ``demand`` [base units per part] needs of every part on every level.

    Of alternates the effective line with the lowest priority counts. ``Need`` names parts by
    their key as text. Raises ``BillOfMaterialCycle`` or ``ValueError`` as ``rules.explode`` does.
    """
    lines = preferred([line for line in _lines_down(demand) if line.is_effective(on)])
    parts = {line.component.id: line.component for line in lines}
    parts |= {line.parent.id: line.parent for line in lines}
    missing = set(demand) - set(parts)
    parts |= {part.id: part_row(part) for part in Part.objects.filter(pk__in=missing)}
    needs = rules.explode(
        edges(lines), {str(key): quantity for key, quantity in demand.items()}, on=on
    )
    return {UUID(key): (parts[UUID(key)], need) for key, need in needs.items()}


def structure_below(part_ids: Iterable[UUID], *, on: date) -> list[rules.BomLine]:
    """Return the lines under these parts on every level, parts named by their key as text.

    Usage is in the component's base unit. Lines of other times are among them and say when they
    count; of alternates there is only the one that is preferred on that day.
    """
    lines = _lines_down(part_ids)
    chosen = preferred([line for line in lines if line.alternate_group and line.is_effective(on)])
    return edges([*(line for line in lines if not line.alternate_group), *chosen])


def bom_tree_down(part_id: UUID, *, on: date, levels: int = MAX_LEVELS) -> BomTree | None:
    """Return the part with all it is made of on that day, alternates included."""
    lines = defaultdict(list)
    for line in _lines_down([part_id]):
        if line.is_effective(on):
            lines[line.parent.id].append(line)
    return _tree(part_id, lines, lambda line: line.component, levels)


def bom_tree_up(part_id: UUID, *, on: date, levels: int = MAX_LEVELS) -> BomTree | None:
    """Return the part with all assemblies it goes into on that day."""
    lines = defaultdict(list)
    for line in _lines_up(part_id):
        if line.is_effective(on):
            lines[line.component.id].append(line)
    return _tree(part_id, lines, lambda line: line.parent, levels)


def preferred(lines: Iterable[BomLineRow]) -> list[BomLineRow]:
    """Return the lines that count: of each alternate group the one with the lowest priority."""
    best: dict[tuple[UUID, str], BomLineRow] = {}
    chosen: list[BomLineRow] = []
    for line in lines:
        if not line.alternate_group:
            chosen.append(line)
            continue
        key = (line.parent.id, line.alternate_group)
        rank = (line.priority, line.component.number)
        if key not in best or rank < (best[key].priority, best[key].component.number):
            best[key] = line
    return chosen + list(best.values())


def edges(lines: Iterable[BomLineRow]) -> list[rules.BomLine]:
    """Return the lines as the rule wants them: keys as text, usage in the component's base unit."""
    wanted = list(lines)
    factors: dict[UUID, dict[str, Decimal]] = defaultdict(dict)
    others = {line.component.id for line in wanted if line.unit != line.component.base_unit}
    if others:
        for part_id, unit, factor in UnitFactor.objects.filter(part_id__in=others).values_list(
            "part_id", "unit", "factor"
        ):
            factors[part_id][unit] = factor
    return [
        rules.BomLine(
            parent=str(line.parent.id),
            component=str(line.component.id),
            usage=convert(
                line.quantity,
                line.unit,
                line.component.base_unit,
                part_factors=factors[line.component.id],
                base_unit=line.component.base_unit,
            ),
            take_rate=line.take_rate,
            scrap=line.scrap_rate,
            effective_from=line.valid_from,
            effective_until=line.valid_to,
        )
        for line in wanted
    ]


def _lines_down(roots: Iterable[UUID]) -> list[BomLineRow]:
    """Return the lines under the roots, level by level: one query a level, never the whole BOM."""
    seen: set[UUID] = set()
    found: list[BomLineRow] = []
    level = set(roots)
    while level:
        seen |= level
        rows = BomLine.objects.filter(parent_id__in=level).select_related("parent", "component")
        ordered = rows.order_by("position", "priority", "component__number")
        lines = [line_row(line) for line in ordered]
        found += lines
        level = {line.component.id for line in lines} - seen
    return found


def _lines_up(part_id: UUID) -> list[BomLineRow]:
    """Return the lines above a part, level by level."""
    seen: set[UUID] = set()
    found: list[BomLineRow] = []
    level = {part_id}
    while level:
        seen |= level
        rows = BomLine.objects.filter(component_id__in=level).select_related("parent", "component")
        lines = [line_row(line) for line in rows.order_by("parent__number")]
        found += lines
        level = {line.parent.id for line in lines} - seen
    return found


def _tree(
    part_id: UUID, lines: Mapping[UUID, list[BomLineRow]], follow: Follow, levels: int
) -> BomTree | None:
    def grow(part: PartRow, line: BomLineRow | None, level: int) -> BomTree:
        onward = lines.get(part.id, []) if level < levels else []
        return BomTree(
            part, level, line, tuple(grow(follow(one), one, level + 1) for one in onward)
        )

    root = Part.objects.filter(pk=part_id).first()
    return None if root is None else grow(part_row(root), None, 0)
