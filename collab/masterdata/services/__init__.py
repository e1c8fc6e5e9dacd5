"""The only writers of master data: checked, atomic, told to the others by an event."""

from collab.masterdata.services.aliases import create_alias, remove_alias, update_alias
from collab.masterdata.services.bill_of_material import (
    add_bom_line,
    change_bom_line,
    remove_bom_line,
)
from collab.masterdata.services.calendars import (
    DayOff,
    create_calendar,
    remove_calendar,
    set_exceptions,
    update_calendar,
)
from collab.masterdata.services.packaging import (
    create_packaging,
    remove_packaging,
    update_packaging,
)
from collab.masterdata.services.parts import (
    create_part,
    reactivate_part,
    remove_part,
    remove_unit_factor,
    retire_part,
    retire_parts,
    set_unit_factor,
    update_part,
)
from collab.masterdata.services.places import create_site_alias, remove_site_alias

__all__ = [
    "DayOff",
    "add_bom_line",
    "change_bom_line",
    "create_alias",
    "create_calendar",
    "create_packaging",
    "create_part",
    "create_site_alias",
    "reactivate_part",
    "remove_alias",
    "remove_bom_line",
    "remove_calendar",
    "remove_packaging",
    "remove_part",
    "remove_site_alias",
    "remove_unit_factor",
    "retire_part",
    "retire_parts",
    "set_exceptions",
    "set_unit_factor",
    "update_alias",
    "update_calendar",
    "update_packaging",
    "update_part",
]
