"""Import parts: new numbers are created, known ones changed where the file says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.integration.imports import NUMBER, ImportColumn, ImportKind, Values, Verdict
from collab.masterdata.imports.lookups import (
    Parts,
    differences,
    given,
    plain,
    refusals,
    refused,
    undo_conflicts,
)
from collab.masterdata.models import Part
from collab.masterdata.services.parts import (
    FIELDS,
    check_unit_change,
    create_part,
    fill_part,
    remove_part,
    update_part,
)

COLUMNS = (
    ImportColumn(
        "number",
        _("Part number"),
        is_required=True,
        also_called=("part", "part no", "part no.", "material", "Teilenummer", "Sachnummer"),
        longest=40,
        example="4711-A",
    ),
    ImportColumn(
        "name",
        _("Name"),
        also_called=("description", "Benennung", "Bezeichnung"),
        longest=120,
        example="Wire harness, front door",
    ),
    ImportColumn("kind", _("Kind"), also_called=("type", "Art"), choices=tuple(Part.Kind.values)),
    ImportColumn(
        "base_unit",
        _("Base unit"),
        also_called=("unit", "uom", "Einheit", "ME", "Basismengeneinheit"),
        longest=20,
        example="PCE",
    ),
    ImportColumn("gtin", _("GTIN"), also_called=("EAN",), longest=20),
    ImportColumn(
        "gross_weight_g",
        _("Gross weight [g]"),
        NUMBER,
        also_called=("weight g", "Bruttogewicht g"),
        example="1250",
    ),
)
NAMES = tuple(column.name for column in COLUMNS)


@dataclass(slots=True)
class Context:
    """What a chunk of rows needs to know."""

    parts: Parts
    gtins: dict[str, str]  # GTIN: number of its part


def prepare(rows: Sequence[Values]) -> Context:
    parts = Parts.named(str(row["number"]) for row in rows if row.get("number"))
    gtins = {str(row["gtin"]).replace(" ", "") for row in rows if row.get("gtin")}
    taken = Part.objects.filter(gtin__in=gtins).values_list("gtin", "number")
    return Context(parts, dict(taken))


def validate_row(values: Values, context: Context) -> Verdict:
    changes = given(values, NAMES)
    part = context.parts.by_number.get(changes["number"])
    if part is None:
        return _validate_new(changes, context)
    if not part.is_active:
        raise refused("number", part.number, "a part in use, not a retired one")
    before = {name: getattr(part, name) for name in FIELDS}
    copy = Part(**before, compare_key=part.compare_key, pk=part.pk, owner_id=part.owner_id)
    with refusals({}):
        fill_part(copy, changes)
        if copy.base_unit != part.base_unit:
            check_unit_change(copy, part.base_unit)
    _refuse_gtin(copy, context)
    found = differences(before, {name: getattr(copy, name) for name in changes})
    return Verdict("changed" if found else "unchanged", found)


def _validate_new(changes: dict[str, Any], context: Context) -> Verdict:
    number = changes["number"]
    if alike := context.parts.alike(number):
        raise refused(
            "number", number, "a number that differs in more than separators", alike[0].number
        )
    if "name" not in changes:
        raise refused("name", "", "a name for a new part")
    part = Part()
    with refusals({}):
        fill_part(part, changes)
    _refuse_gtin(part, context)
    context.parts.by_key.setdefault(part.compare_key, []).append(part)
    if part.gtin:
        context.gtins[part.gtin] = part.number
    fields = {name: getattr(part, name) for name in (*changes, "kind", "base_unit")}
    return Verdict("new", differences({}, fields))


def _refuse_gtin(part: Part, context: Context) -> None:
    if part.gtin and context.gtins.get(part.gtin, part.number) != part.number:
        raise refused("gtin", part.gtin, "a GTIN no other part has")


def apply_row(values: Values, context: Context) -> dict[str, Any]:
    changes = given(values, NAMES)
    part = context.parts.by_number.get(changes["number"])
    with refusals({}):
        if part is None:
            if "name" not in changes:
                raise refused("name", "", "a name for a new part")
            made = create_part(**changes)
            return {"id": str(made.pk), "version": made.version, "before": None}
        before = {name: getattr(part, name) for name in FIELDS}
        changed = update_part(part.pk, version=part.version, **changes)
    return {"id": str(part.pk), "version": changed.version, "before": plain(before)}


def undo_row(record: dict[str, Any]) -> None:
    key = UUID(record["id"])
    with undo_conflicts(Part.DoesNotExist):
        if record["before"] is None:
            remove_part(key, version=record["version"])
            return
        before = dict(record["before"])
        if before["material_uuid"] is not None:
            before["material_uuid"] = UUID(before["material_uuid"])
        if before["gross_weight_g"] is not None:
            before["gross_weight_g"] = Decimal(before["gross_weight_g"])
        update_part(key, version=record["version"], **before)


PARTS = ImportKind(
    name="parts",
    title=_("Parts"),
    columns=COLUMNS,
    key=("number",),
    prepare=prepare,
    validate_row=validate_row,
    apply_row=apply_row,
    undo_row=undo_row,
    page="masterdata:parts",
)
