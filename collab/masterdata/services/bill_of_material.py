"""Change what parts are made of; a part that would contain itself is refused by name."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from collab.events.bus import publish
from collab.masterdata.events import BillOfMaterialChanged
from collab.masterdata.models import BomLine, Part
from collab.masterdata.refusals import (
    Refused,
    clean_decimal,
    clean_text,
    clean_whole,
    locked,
    refusing,
)
from collab.masterdata.rules.bill_of_material import BillOfMaterialCycle, check_acyclic
from collab.masterdata.rules.bill_of_material import BomLine as Link
from collab.masterdata.services.parts import check_unit_fits
from collab.organisations.context import acting_organisation_id

FIELDS = (
    "position",
    "quantity",
    "unit",
    "take_rate",
    "scrap_rate",
    "valid_from",
    "valid_to",
    "change_number",
    "alternate_group",
    "priority",
)
REASONS = {
    "masterdata_bomline_one_at_a_time": (
        "component",
        "no other line of this component in the same position on these dates",
    ),
    "masterdata_bomline_not_itself": ("component", "another part than the parent"),
    "masterdata_bomline_dates": ("valid_to", "a day after valid_from"),
}

CLEANERS: Mapping[str, Callable[[str, Any], Any]] = {
    "position": partial(clean_text, longest=10, required=False),
    "change_number": partial(clean_text, longest=20, required=False),
    "alternate_group": partial(clean_text, longest=20, required=False),
    "quantity": partial(clean_decimal, digits=18, places=6, above=Decimal(0)),
    "take_rate": partial(clean_decimal, digits=7, places=6, above=Decimal(0), at_most=Decimal(1)),
    "scrap_rate": partial(clean_decimal, digits=7, places=6, at_least=Decimal(0)),
    "priority": partial(clean_whole, at_least=1),
}


@transaction.atomic
def add_bom_line(
    *, parent: Part, component: Part, quantity: Decimal, unit: str = "", **more: Any
) -> BomLine:
    """Put ``quantity`` [``unit``, or the component's base unit] into one unit of ``parent``.

    Raises ``Refused`` for a unit that does not convert, and for a ring: its error names the parts
    all the way round.
    """
    line = BomLine(parent=parent, component=component)
    fill_line(line, {"quantity": quantity, "unit": unit or component.base_unit, **more})
    refuse_ring(parent, component)
    _save(line)
    _tell(line, "created")
    return line


@transaction.atomic
def change_bom_line(line_id: UUID, *, version: int | None = None, **changes: Any) -> BomLine:
    """Change fields of ``FIELDS``; parent and component stay, another pair is another line."""
    line = locked(BomLine, line_id, version)
    before = {name: getattr(line, name) for name in FIELDS}
    fill_line(line, changes)
    if any(getattr(line, name) != value for name, value in before.items()):
        line.version += 1
        _save(line)
        _tell(line, "updated")
    return line


@transaction.atomic
def remove_bom_line(line_id: UUID, *, version: int | None = None) -> None:
    """Delete a line."""
    line = locked(BomLine, line_id, version)
    _tell(line, "removed")
    line.delete()


def refuse_ring(parent: Part, component: Part) -> None:
    """Raise ``Refused`` if ``component`` holds ``parent`` on any level.

    One writer of an organisation's structure at a time: two that each close half of a ring would
    not see the other's line.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('masterdata.bom:' || %s, 0))",
            [str(acting_organisation_id())],
        )
    pairs = [(parent.number, component.number), *pairs_below([component.pk])]
    try:
        check_acyclic(
            Link(parent=above, component=below, usage=Decimal(1)) for above, below in pairs
        )
    except BillOfMaterialCycle as ring:
        raise Refused("component", "no part to contain itself", " > ".join(ring.parts)) from None


def pairs_below(roots: Iterable[UUID]) -> list[tuple[str, str]]:
    """Return (parent, component) numbers of all lines under the parts, one query a level."""
    found: dict[tuple[str, str], None] = {}
    seen: set[UUID] = set()
    level = set(roots)
    while level:
        seen |= level
        below: set[UUID] = set()
        rows = BomLine.objects.filter(parent_id__in=level).values_list(
            "parent__number", "component__number", "component_id"
        )
        for above_number, below_number, key in rows.order_by("pk"):
            found[(above_number, below_number)] = None
            below.add(key)
        level = below - seen
    return list(found)


def fill_line(line: BomLine, values: Mapping[str, Any]) -> None:
    """Set checked fields of ``FIELDS`` on ``line`` without saving; raise ``Refused``."""
    if unknown := sorted(set(values) - set(FIELDS)):
        raise TypeError(f"expected fields among {FIELDS}, got {unknown}")
    for name, value in values.items():
        clean = CLEANERS.get(name)
        setattr(line, name, value if clean is None else clean(name, value))
    if "unit" in values:
        line.unit = check_unit_fits(line.component, values["unit"])
    since, until = line.valid_from, line.valid_to
    if since is not None and until is not None and until <= since:
        raise Refused("valid_to", f"a day after {since}", until)


def _save(line: BomLine) -> None:
    values = {name: getattr(line, name) for name in FIELDS} | {"component": line.component.number}
    with refusing(REASONS, values):
        line.save()


def _tell(line: BomLine, change: str) -> None:
    publish(
        BillOfMaterialChanged(
            parent_id=str(line.parent_id), component_id=str(line.component_id), change=change
        )
    )
