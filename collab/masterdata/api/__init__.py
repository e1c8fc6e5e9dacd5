"""REST: parts, partners' numbers, bills of material, packaging, calendars, units."""

from collab.masterdata.api.aliases import OnePartAlias, PartAliases
from collab.masterdata.api.bill_of_material import (
    BillOfMaterial,
    Explosion,
    OneBomLine,
    WhereUsed,
)
from collab.masterdata.api.calendars import Calendars, OneCalendar
from collab.masterdata.api.packaging import OnePackaging, Packagings
from collab.masterdata.api.parts import OnePart, OneUnitFactor, Parts, UnitFactors
from collab.masterdata.api.units import Conversion, Units

__all__ = [
    "BillOfMaterial",
    "Calendars",
    "Conversion",
    "Explosion",
    "OneBomLine",
    "OneCalendar",
    "OnePackaging",
    "OnePart",
    "OnePartAlias",
    "OneUnitFactor",
    "Packagings",
    "PartAliases",
    "Parts",
    "UnitFactors",
    "Units",
    "WhereUsed",
]
