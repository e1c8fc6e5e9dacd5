"""Say how a part is packed, in general or for one partner."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from collab.events.bus import publish
from collab.masterdata.events import PackagingChanged
from collab.masterdata.models import Packaging, Part
from collab.masterdata.refusals import (
    Refused,
    clean_decimal,
    clean_text,
    clean_whole,
    locked,
    refusing,
)
from collab.organisations.models import Organisation

FIELDS = (
    "code",
    "kind",
    "quantity",
    "tare_weight_kg",
    "length_mm",
    "width_mm",
    "height_mm",
    "stack_limit",
    "packs_per_load_unit",
    "is_returnable",
)
REASONS = {
    "masterdata_packaging_code": ("code", "a pack number this part and partner do not have yet")
}
MAY_BE_EMPTY = {"tare_weight_kg", "length_mm", "width_mm", "height_mm"}
_PACK_TYPE = re.compile(r"[A-Z0-9]{2,3}")


def _pack_type(field: str, value: str) -> str:
    kind = clean_text(field, value, 3).upper()
    if not _PACK_TYPE.fullmatch(kind):
        raise Refused(field, "a UN/ECE Rec 21 pack type of 2 or 3 letters or digits", value)
    return kind


CLEANERS: Mapping[str, Callable[[str, Any], Any]] = {
    "code": partial(clean_text, longest=20),
    "kind": _pack_type,
    "quantity": partial(clean_decimal, digits=18, places=3, above=Decimal(0)),
    "tare_weight_kg": partial(clean_decimal, digits=10, places=3, at_least=Decimal(0)),
    "length_mm": partial(clean_whole, at_least=1, at_most=100_000),
    "width_mm": partial(clean_whole, at_least=1, at_most=100_000),
    "height_mm": partial(clean_whole, at_least=1, at_most=100_000),
    "stack_limit": partial(clean_whole, at_least=1),
    "packs_per_load_unit": partial(clean_whole, at_least=1),
    "is_returnable": lambda _field, value: bool(value),
}


@transaction.atomic
def create_packaging(
    *, part: Part, code: str, quantity: Decimal, partner: Organisation | None = None, **more: Any
) -> Packaging:
    """Say that a pack ``code`` holds ``quantity`` base units of ``part``.

    Without ``partner`` it holds for all partners that have no pack of their own.
    """
    pack = Packaging(part=part, partner=partner)
    _fill(pack, {"code": code, "quantity": quantity, **more})
    _save(pack)
    _tell(pack, "created")
    return pack


@transaction.atomic
def update_packaging(pack_id: UUID, *, version: int | None = None, **changes: Any) -> Packaging:
    """Change fields of ``FIELDS``; part and partner stay."""
    pack = locked(Packaging, pack_id, version)
    before = {name: getattr(pack, name) for name in FIELDS}
    _fill(pack, changes)
    if any(getattr(pack, name) != value for name, value in before.items()):
        pack.version += 1
        _save(pack)
        _tell(pack, "updated")
    return pack


@transaction.atomic
def remove_packaging(pack_id: UUID, *, version: int | None = None) -> None:
    """Delete a kind of pack."""
    pack = locked(Packaging, pack_id, version)
    _tell(pack, "removed")
    pack.delete()


def _fill(pack: Packaging, values: dict[str, Any]) -> None:
    if unknown := sorted(set(values) - set(FIELDS)):
        raise TypeError(f"expected fields among {FIELDS}, got {unknown}")
    for name, value in values.items():
        empty = value is None and name in MAY_BE_EMPTY
        setattr(pack, name, None if empty else CLEANERS[name](name, value))


def _save(pack: Packaging) -> None:
    with refusing(REASONS, {name: getattr(pack, name) for name in FIELDS}):
        pack.save()


def _tell(pack: Packaging, change: str) -> None:
    publish(PackagingChanged(packaging_id=str(pack.pk), part_id=str(pack.part_id), change=change))
