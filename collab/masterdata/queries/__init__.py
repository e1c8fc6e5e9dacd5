"""What master data answers: frozen rows of the acting organisation, never models."""

from collab.masterdata.queries.bill_of_material import (
    BomLineRow,
    BomTree,
    bill_of_material,
    bom_tree_down,
    bom_tree_up,
    explosion,
    structure_below,
    where_used,
)
from collab.masterdata.queries.calendars import (
    CalendarRow,
    calendar_of,
    calendars,
    working_days,
)
from collab.masterdata.queries.packaging import PackagingRow, packaging_of, packs_of
from collab.masterdata.queries.parts import (
    AliasRow,
    PartRow,
    aliases_of,
    part_by_id,
    part_by_number,
    parts_by_id,
    probable_matches,
    quantity_in_base_unit,
    resolve_partner_number,
    unit_factors,
)
from collab.masterdata.queries.places import (
    UnloadingPointRow,
    resolve_unloading_point,
    site_aliases,
)

__all__ = [
    "AliasRow",
    "BomLineRow",
    "BomTree",
    "CalendarRow",
    "PackagingRow",
    "PartRow",
    "UnloadingPointRow",
    "aliases_of",
    "bill_of_material",
    "bom_tree_down",
    "bom_tree_up",
    "calendar_of",
    "calendars",
    "explosion",
    "packaging_of",
    "packs_of",
    "part_by_id",
    "part_by_number",
    "parts_by_id",
    "probable_matches",
    "quantity_in_base_unit",
    "resolve_partner_number",
    "resolve_unloading_point",
    "site_aliases",
    "structure_below",
    "unit_factors",
    "where_used",
    "working_days",
]
