"""Routes of master data."""

from django.urls import URLPattern, path

from collab.masterdata import api as rest
from collab.masterdata.pages import part, parts, places

api: list[URLPattern] = [
    path("parts", rest.Parts.as_view(), name="parts"),
    path("parts/<uuid:part_id>", rest.OnePart.as_view(), name="part"),
    path("parts/<uuid:part_id>/explosion", rest.Explosion.as_view(), name="part-explosion"),
    path("parts/<uuid:part_id>/where-used", rest.WhereUsed.as_view(), name="part-where-used"),
    path("parts/<uuid:part_id>/unit-factors", rest.UnitFactors.as_view(), name="unit-factors"),
    path(
        "parts/<uuid:part_id>/unit-factors/<str:unit>",
        rest.OneUnitFactor.as_view(),
        name="unit-factor",
    ),
    path("part-aliases", rest.PartAliases.as_view(), name="part-aliases"),
    path("part-aliases/<uuid:alias_id>", rest.OnePartAlias.as_view(), name="part-alias"),
    path("bill-of-material", rest.BillOfMaterial.as_view(), name="bill-of-material"),
    path("bill-of-material/<uuid:line_id>", rest.OneBomLine.as_view(), name="bom-line"),
    path("packaging", rest.Packagings.as_view(), name="packaging"),
    path("packaging/<uuid:packaging_id>", rest.OnePackaging.as_view(), name="one-packaging"),
    path("calendars", rest.Calendars.as_view(), name="calendars"),
    path("calendars/<uuid:calendar_id>", rest.OneCalendar.as_view(), name="calendar"),
    path("units", rest.Units.as_view(), name="units"),
    path("units/conversion", rest.Conversion.as_view(), name="unit-conversion"),
]
pages: list[URLPattern] = [
    path("network/parts/", parts.part_list, name="parts"),
    path("network/parts/retire", parts.retire, name="parts-retire"),
    path("network/parts/bring-back", parts.bring_back, name="parts-bring-back"),
    path("network/parts/new", part.create, name="part-new"),
    path("network/parts/<uuid:part_id>/", part.part, name="part"),
    path("network/parts/<uuid:part_id>/edit", part.edit, name="part-edit"),
    path("network/parts/<uuid:part_id>/switch", part.switch, name="part-switch"),
    path("network/parts/<uuid:part_id>/<slug:section>/add", part.add, name="part-add"),
    path(
        "network/parts/<uuid:part_id>/<slug:section>/<uuid:row_id>/remove",
        part.remove,
        name="part-remove",
    ),
    path("network/calendars/", places.calendar_list, name="calendars"),
    path("network/calendars/new", places.calendar_create, name="calendar-new"),
    path("network/calendars/<uuid:calendar_id>/", places.calendar_edit, name="calendar"),
    path(
        "network/calendars/<uuid:calendar_id>/remove",
        places.calendar_remove,
        name="calendar-remove",
    ),
    path("network/sites/", places.site_list, name="sites"),
    path(
        "network/sites/codes/<uuid:alias_id>/remove",
        places.site_alias_remove,
        name="site-code-remove",
    ),
]
