"""The map of sites and their stock, with what is on its way; its table is the twin."""

import json
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from collab.integration.exports import export_response, wanted_form
from collab.organisations.names import Name
from collab.shell.asking import paging, text_of
from collab.shell.network import network
from collab.shell.page import PageRequest, for_roles, is_fragment, page_url
from inventory.models import Coverage
from inventory.queries.coverage_filter import holders
from inventory.queries.stock_map import (
    SIZES,
    WARNING,
    Flow,
    MapFilter,
    SiteStock,
    StockMap,
    sized,
    stock_map,
)
from inventory.queries.tiers import tiers_among

SIZE_LABELS = {
    "quantity": gettext_lazy("Size: quantity"),
    "parts": gettext_lazy("Size: number of parts"),
    "value": gettext_lazy("Size: value"),
}
OFFSET = 0.18  # degrees between sites that stand at one place


@require_GET
@for_roles()
def shown(request: PageRequest) -> HttpResponse:
    """Show the map, as a fragment only what the filters change; or the rows as a file."""
    wanted, size = filter_of(request.GET), _size(request.GET)
    found = stock_map(wanted, with_value=size == "value" or bool(wanted_form(request)))
    if wanted_form(request):
        return _export(request, found)
    context: dict[str, Any] = {
        "found": found,
        "data": json.dumps(map_data(request, found, size)),
        "placed": sum(each.site is not None for each in found.sites),
        "wanted": wanted,
        "size": size,
        "sizes": SIZE_LABELS.items(),
        "has_vehicles": not wanted.is_narrow,
        "tenant": request.organisation.slug,
        **paging(request, 1),
    }
    if is_fragment(request):
        return render(request, "inventory/stock_map_body.html", context)
    return render(request, "inventory/stock_map.html", context | _choices())


def filter_of(asked: QueryDict) -> MapFilter:
    """Return what the address asks for; a level nobody knows counts as not said."""
    level = asked.get("level", "")
    return MapFilter(
        part=text_of(asked, "part", 40),
        tier=text_of(asked, "tier", 10),
        partner_bpn=text_of(asked, "partner", 16),
        level=level if level in Coverage.Level.values else "",
    )


def map_data(request: PageRequest, found: StockMap, size: str) -> dict[str, Any]:
    """Return what the island draws: sites with a place (WGS 84 degrees), flows between them."""
    share = sized(found.sites, size)
    taken: set[tuple[float, float]] = set()
    sites = []
    for each in found.sites:
        if each.site is None:
            continue
        place = (round(each.site.longitude, 2), round(each.site.latitude, 2))
        while place in taken:
            place = (round(place[0] + OFFSET, 2), place[1])
        taken.add(place)
        sites.append(
            {
                "id": _key(each.holder, each.code),
                "name": each.site.name,
                "owner": each.holder.short,
                "own": each.is_own,
                "status": "ok" if each.status == "unknown" else each.status,
                "size": round(share(each), 3),
                "tone": each.tone,
                "note": _note(each),
                "lon": place[0],
                "lat": place[1],
                "href": f"{page_url(request, 'inventory:stock')}?site={each.code}",
            }
        )
    return {"sites": sites, "flows": [_flow(each) for each in found.flows]}


def _flow(each: Flow) -> dict[str, Any]:
    lines = ngettext("%(n)s line", "%(n)s lines", each.lines) % {"n": each.lines}
    expected = date_format(each.next_at, "SHORT_DATETIME_FORMAT")
    return {
        "from": _key(each.supplier, each.start[1]),
        "to": _key(each.customer, each.end[1]),
        "status": WARNING if each.overdue else "ok",
        "label": f"{each.supplier.short} \u2192 {each.customer.short}: {lines}, {expected}",
    }


def _note(each: SiteStock) -> str:
    """Return the figures of a site in words, for its marker."""
    told = []
    if each.lowest is not None:
        told.append(_("lowest %(days)s days") % {"days": number_format(each.lowest)})
    if each.short:
        told.append(_("%(n)s below minimum") % {"n": each.short})
    if each.parts:
        told.append(ngettext("%(n)s part", "%(n)s parts", each.parts) % {"n": each.parts})
    return ", ".join(told)


def _key(holder: Name, code: str) -> str:
    """Name a place on the page without the keys of organisations."""
    return f"{holder.bpn}/{code}"


def _size(asked: QueryDict) -> str:
    size = asked.get("size", "")
    return size if size in SIZES else SIZES[0]


def _choices() -> dict[str, Any]:
    """Return what the filters offer: what is there to see, in the viewer's own network."""
    partners = [
        (node.organisation.bpn, node.organisation.short_name)
        for node in network().nodes
        if node.tier
    ]
    return {
        "tiers": tiers_among(holders()),
        "partners": sorted(partners, key=lambda each: each[1]),
        "levels": Coverage.Level.choices,
    }


def _export(request: PageRequest, found: StockMap) -> HttpResponse:
    """Return a row a site and unit; a site whose quantities are not shared has one without."""
    unknown: dict[str, Decimal | None] = {"": None}
    columns = [
        _("Site"), _("Holder"), _("Tier"), _("Parts"), _("Usable"), _("Unit"), _("Blocked"),
        _("Value"), _("Currency"), _("Lowest days of supply"), _("Below minimum"),
        _("Handling units"), _("Oldest report"),
    ]  # fmt: skip
    cells = (
        [
            each.code, each.holder.bpn, each.tier.label, each.parts, amount, unit, each.blocked,
            each.value, found.currency if each.value is not None else "", each.lowest,
            each.short, each.units, each.oldest,
        ]
        for each in found.sites
        for unit, amount in (each.amounts or unknown).items()
    )  # fmt: skip
    return export_response(request, "stock-by-site", columns, cells)


routes: list[URLPattern] = [path("inventory/map/", shown, name="map")]
