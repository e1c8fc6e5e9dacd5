"""Tables of master data; each fact belongs to one organisation, partners' names for it included."""

from collab.masterdata.models.bill_of_material import BomLine
from collab.masterdata.models.calendars import CalendarException, WorkingCalendar
from collab.masterdata.models.packaging import Packaging
from collab.masterdata.models.parts import Part, PartAlias, UnitFactor
from collab.masterdata.models.places import SiteAlias

__all__ = [
    "BomLine",
    "CalendarException",
    "Packaging",
    "Part",
    "PartAlias",
    "SiteAlias",
    "UnitFactor",
    "WorkingCalendar",
]
