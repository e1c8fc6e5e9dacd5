"""Import the bill of material: one row a component of a parent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.integration.imports import (
    DAY,
    NUMBER,
    WHOLE,
    ImportColumn,
    ImportKind,
    Values,
    Verdict,
)
from collab.masterdata.imports.lookups import (
    Parts,
    differences,
    given,
    plain,
    refusals,
    refused,
    undo_conflicts,
)
from collab.masterdata.models import BomLine
from collab.masterdata.services.bill_of_material import (
    FIELDS,
    add_bom_line,
    change_bom_line,
    fill_line,
    pairs_below,
    remove_bom_line,
)

COLUMNS = (
    ImportColumn(
        "parent",
        _("Parent"),
        is_required=True,
        also_called=("assembly", "parent part", "parent number", "Oberteil", "Baugruppe"),
        longest=40,
        example="DOOR-L",
    ),
    ImportColumn(
        "component",
        _("Component"),
        is_required=True,
        also_called=("component number", "child", "Komponente", "Unterteil"),
        longest=40,
        example="4711-A",
    ),
    ImportColumn(
        "quantity",
        _("Usage"),
        NUMBER,
        is_required=True,
        also_called=("quantity", "qty", "Menge"),
        example="2",
    ),
    ImportColumn("unit", _("Unit"), also_called=("uom", "Einheit", "ME"), longest=20),
    ImportColumn("position", _("Position"), also_called=("pos", "item"), longest=10),
    ImportColumn("take_rate", _("Take rate"), NUMBER, also_called=("Einbaurate",), example="0.4"),
    ImportColumn("scrap_rate", _("Scrap rate"), NUMBER, also_called=("scrap", "Ausschuss")),
    ImportColumn("valid_from", _("Effective from"), DAY, also_called=("from", "gültig ab")),
    ImportColumn("valid_to", _("Effective until"), DAY, also_called=("until", "gültig bis")),
    ImportColumn(
        "change_number", _("Change number"), also_called=("ECN", "Änderungsnummer"), longest=20
    ),
    ImportColumn("alternate_group", _("Alternate group"), longest=20),
    ImportColumn("priority", _("Priority"), WHOLE),
)
CHANGING = tuple(name for name in FIELDS if name not in {"position", "valid_from"})
Place = tuple[str, str, str, date | None]


@dataclass(slots=True)
class Context:
    """What a chunk of rows needs to know; ``below`` grows by the rows already judged."""

    parts: Parts
    known: dict[Place, BomLine]
    below: defaultdict[str, set[str]]


def prepare(rows: Sequence[Values]) -> Context:
    named = [str(row[name]) for row in rows for name in ("parent", "component") if row.get(name)]
    parts = Parts.named(named)
    every = parts.by_number.values()
    lines = BomLine.objects.filter(parent__in=list(every)).select_related("parent", "component")
    known = {
        (line.parent.number, line.component.number, line.position, line.valid_from): line
        for line in lines
    }
    below: defaultdict[str, set[str]] = defaultdict(set)
    for parent, component in pairs_below(part.pk for part in every):
        below[parent].add(component)
    return Context(parts, known, below)


def validate_row(values: Values, context: Context) -> Verdict:
    line, changes = _understood(values, context)
    if not line._state.adding:
        before = {name: getattr(line, name) for name in FIELDS}
        copy = BomLine(parent=line.parent, component=line.component, **before)
        with refusals({}):
            fill_line(copy, changes)
        found = differences(before, {name: getattr(copy, name) for name in changes})
        return Verdict("changed" if found else "unchanged", found)
    parent, component = line.parent.number, line.component.number
    if way := _way(context.below, component, parent):
        ring = " > ".join([parent, *way])
        raise refused("component", ring, "no part to contain itself")
    context.below[parent].add(component)
    fields = {name: getattr(line, name) for name in FIELDS if name in changes or name == "unit"}
    return Verdict("new", differences({}, {"parent": parent, "component": component, **fields}))


def apply_row(values: Values, context: Context) -> dict[str, Any]:
    line, changes = _understood(values, context)
    with refusals({}):
        if line._state.adding:
            wanted = given(values, FIELDS)
            made = add_bom_line(parent=line.parent, component=line.component, **wanted)
            return {"id": str(made.pk), "version": made.version, "before": None}
        before = {name: getattr(line, name) for name in FIELDS}
        changed = change_bom_line(line.pk, version=line.version, **changes)
    return {"id": str(line.pk), "version": changed.version, "before": plain(before)}


def undo_row(record: dict[str, Any]) -> None:
    key = UUID(record["id"])
    with undo_conflicts(BomLine.DoesNotExist):
        if record["before"] is None:
            remove_bom_line(key, version=record["version"])
            return
        before = dict(record["before"])
        for name in ("quantity", "take_rate", "scrap_rate"):
            before[name] = Decimal(before[name])
        for name in ("valid_from", "valid_to"):
            before[name] = before[name] and date.fromisoformat(before[name])
        change_bom_line(key, version=record["version"], **before)


def _understood(values: Values, context: Context) -> tuple[BomLine, dict[str, Any]]:
    """Return the line the row means, perhaps a new one, and what the row says about it."""
    parent = context.parts.get("parent", values["parent"])
    component = context.parts.get("component", values["component"])
    if parent.pk == component.pk:
        raise refused("component", component.number, "another part than the parent")
    place = (
        parent.number,
        component.number,
        values.get("position") or "",
        values.get("valid_from"),
    )
    changes = given(values, CHANGING)
    if (line := context.known.get(place)) is not None:
        return line, changes
    line = BomLine(parent=parent, component=component)
    wanted = given(values, FIELDS)
    with refusals({}):
        fill_line(line, {"unit": component.base_unit, **wanted})
    return line, changes


def _way(below: Mapping[str, set[str]], start: str, goal: str) -> list[str]:
    """Return the parts from ``start`` down to ``goal``, both included; empty if there is no way."""
    came_from: dict[str, str] = {start: ""}
    level = [start]
    while level:
        if goal in came_from:
            way = [goal]
            while came_from[way[-1]]:
                way.append(came_from[way[-1]])
            return way[::-1]
        following: list[str] = []
        for number in level:
            for component in sorted(below.get(number, ())):
                if component not in came_from:
                    came_from[component] = number
                    following.append(component)
        level = following
    return []


BILL_OF_MATERIAL = ImportKind(
    name="bill_of_material",
    title=_("Bill of material"),
    columns=COLUMNS,
    key=("component", "parent", "position", "valid_from"),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="masterdata:parts",
)
