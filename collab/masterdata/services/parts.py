"""Create, change and retire parts, and say how their other units translate."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from collab.events.bus import publish
from collab.masterdata.events import PartChanged
from collab.masterdata.models import BomLine, Packaging, Part, UnitFactor
from collab.masterdata.refusals import (
    Refused,
    checked,
    clean_decimal,
    clean_text,
    locked,
    refusing,
)
from collab.masterdata.rules.identifiers import check_gtin
from collab.masterdata.rules.part_numbers import compare_key
from collab.masterdata.rules.units import canonical_unit, convert

FIELDS = ("number", "name", "kind", "base_unit", "gtin", "material_uuid", "gross_weight_g")
REASONS = {
    "masterdata_part_number": ("number", "a number no other part has"),
    "masterdata_part_gtin": ("gtin", "a GTIN no other part has"),
    "masterdata_part_material": ("material_uuid", "a material UUID no other part has"),
}


@transaction.atomic
def create_part(
    *,
    number: str,
    name: str,
    kind: str = Part.Kind.COMPONENT,
    base_unit: str = "H87",
    gtin: str = "",
    material_uuid: UUID | None = None,
    gross_weight_g: Decimal | None = None,
) -> Part:
    """Create a part of the acting organisation; ``base_unit`` is a Rec 20 code or an alias.

    Raises ``Refused`` for a number that is taken, an unknown unit or a wrong GTIN.
    """
    part = Part()
    fill_part(
        part,
        {
            "number": number,
            "name": name,
            "kind": kind,
            "base_unit": base_unit,
            "gtin": gtin,
            "material_uuid": material_uuid,
            "gross_weight_g": gross_weight_g,
        },
    )
    _save(part)
    _tell(part, "created")
    return part


@transaction.atomic
def update_part(part_id: UUID, *, version: int | None = None, **changes: Any) -> Part:
    """Change fields of ``FIELDS``; without a difference nothing is written and nothing told.

    Raises ``VersionConflict`` when ``version`` is no longer the row's, ``Refused`` for a value
    that cannot stand: the base unit never changes its dimension, nor while packs or unit
    factors count in it.
    """
    part = locked(Part, part_id, version)
    before = {name: getattr(part, name) for name in FIELDS}
    fill_part(part, changes)
    if all(getattr(part, name) == value for name, value in before.items()):
        return part
    if part.base_unit != before["base_unit"]:
        check_unit_change(part, before["base_unit"])
    part.version += 1
    _save(part)
    _tell(part, "updated")
    return part


@transaction.atomic
def retire_part(part_id: UUID, *, version: int | None = None) -> Part:
    """Take the part out of use; its number stays known and it can be brought back."""
    return _switch(part_id, version, is_active=False)


@transaction.atomic
def reactivate_part(part_id: UUID, *, version: int | None = None) -> Part:
    """Bring a retired part back."""
    return _switch(part_id, version, is_active=True)


@transaction.atomic
def remove_part(part_id: UUID, *, version: int | None = None) -> None:
    """Delete a part that nothing refers to; raise ``Refused`` for any other."""
    part = locked(Part, part_id, version)
    try:
        with transaction.atomic():
            _tell(part, "removed")
            part.delete()
    except (ProtectedError, RestrictedError):
        raise Refused("number", "a part that nothing refers to", part.number) from None


@transaction.atomic
def retire_parts(part_ids: Iterable[UUID]) -> list[UUID]:
    """Retire the acting organisation's active ones of the parts; return which, for undo."""
    wanted = Part.objects.select_for_update().filter(pk__in=set(part_ids), is_active=True)
    return [_switch(part.pk, None, is_active=False).pk for part in wanted.order_by("pk")]


@transaction.atomic
def set_unit_factor(part_id: UUID, *, unit: str, factor: Decimal) -> UnitFactor:
    """Say that one ``unit`` of the part holds ``factor`` base units.

    Raises ``Refused`` for a unit that converts by itself: its factor is not the part's to set.
    """
    part = locked(Part, part_id, None)
    found = checked("unit", canonical_unit, unit)
    if found.dimension is canonical_unit(part.base_unit).dimension:
        raise Refused("unit", f"a unit that does not convert to {part.base_unit} by itself", unit)
    number = clean_decimal("factor", factor, digits=18, places=9, above=Decimal(0))
    row, is_new = UnitFactor.objects.get_or_create(
        owner_id=part.owner_id, part=part, unit=found.code, defaults={"factor": number}
    )
    if not is_new and row.factor != number:
        row.factor = number
        row.save(update_fields=["factor"])
    part.version += 1
    part.save(update_fields=["version", "changed_at"])
    _tell(part, "updated")
    return row


@transaction.atomic
def remove_unit_factor(part_id: UUID, *, unit: str) -> None:
    """Forget a factor; raise ``Refused`` while a line of the bill of material needs it."""
    part = locked(Part, part_id, None)
    if BomLine.objects.filter(component=part, unit=unit).exists():
        raise Refused("unit", "a unit that no bill-of-material line of the part uses", unit)
    UnitFactor.objects.filter(part=part, unit=unit).delete()
    part.version += 1
    part.save(update_fields=["version", "changed_at"])
    _tell(part, "updated")


def check_unit_fits(part: Part, unit: str, *, field: str = "unit") -> str:
    """Return the canonical code of ``unit`` if it converts to the part's base unit.

    Raises ``Refused`` for an unknown unit or another dimension that no factor bridges.
    """
    code = checked(field, canonical_unit, unit).code
    if code == part.base_unit:
        return code
    factors = dict(UnitFactor.objects.filter(part=part).values_list("unit", "factor"))
    try:
        convert(Decimal(1), code, part.base_unit, part_factors=factors, base_unit=part.base_unit)
    except ValueError:
        raise Refused(
            field, f"a unit that converts to {part.base_unit}, the base unit of {part.number}", unit
        ) from None
    return code


def fill_part(part: Part, values: Mapping[str, Any]) -> None:
    """Set checked fields of ``FIELDS`` on ``part`` without saving; raise ``Refused``."""
    if unknown := sorted(set(values) - set(FIELDS)):
        raise TypeError(f"expected fields among {FIELDS}, got {unknown}")
    if "number" in values:
        part.number = clean_text("number", values["number"], 40)
        part.compare_key = checked("number", compare_key, part.number)[:40]
    if "name" in values:
        part.name = clean_text("name", values["name"], 120)
    if "kind" in values:
        if values["kind"] not in Part.Kind.values:
            raise Refused("kind", f"one of {', '.join(Part.Kind.values)}", values["kind"])
        part.kind = values["kind"]
    if "base_unit" in values:
        part.base_unit = checked("base_unit", canonical_unit, values["base_unit"]).code
    if "gtin" in values:
        gtin = (values["gtin"] or "").strip()
        part.gtin = checked("gtin", check_gtin, gtin) if gtin else ""
    if "material_uuid" in values:
        part.material_uuid = values["material_uuid"]
    if "gross_weight_g" in values:
        weight = values["gross_weight_g"]
        part.gross_weight_g = (
            None
            if weight is None
            else clean_decimal("gross_weight_g", weight, digits=14, places=3, at_least=Decimal(0))
        )


def check_unit_change(part: Part, before: str) -> None:
    """Raise ``Refused`` if quantities counted in ``before`` would change their meaning."""
    old, new = canonical_unit(before), canonical_unit(part.base_unit)
    if old.dimension is not new.dimension:
        raise Refused("base_unit", f"a unit of {old.dimension} as before ({before})", new.code)
    if old.factor == new.factor:
        return
    counted = (
        Packaging.objects.filter(part=part).exists()
        or UnitFactor.objects.filter(part=part).exists()
    )
    if counted:
        raise Refused("base_unit", f"{before} while packs or unit factors count in it", new.code)


def _switch(part_id: UUID, version: int | None, *, is_active: bool) -> Part:
    part = locked(Part, part_id, version)
    if part.is_active is not is_active:
        part.is_active = is_active
        part.version += 1
        part.save(update_fields=["is_active", "version", "changed_at"])
        _tell(part, "reactivated" if is_active else "retired")
    return part


def _save(part: Part) -> None:
    with refusing(REASONS, {name: getattr(part, name) for name in FIELDS}):
        part.save()


def _tell(part: Part, change: str) -> None:
    publish(PartChanged(part_id=str(part.pk), number=part.number, change=change))
