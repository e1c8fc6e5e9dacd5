"""Vehicles at one's own places: for suppliers, cross-docks and plants."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from collab.integration.exports import export_response, wanted_form
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import PageRequest, for_roles, is_fragment
from transport.pages.base import EXPORTED, SHOWN, chosen
from transport.queries.visits import VisitFilter, visit_rows
from transport.queries.visits import visits as visits_of

VIEW_LABELS = {
    "coming": gettext_lazy("Coming"),
    "past": gettext_lazy("Past"),
    "all": gettext_lazy("All"),
}


@require_GET
@for_roles()
def visits(request: PageRequest) -> HttpResponse:
    """List the vehicles that come to one's own places, with one's own units."""
    wanted = _filter(request.GET)
    found = visits_of(wanted)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = visit_rows(found[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "rows": rows[:SHOWN],
        "total": found.count(),
        "views": tabs(request, VIEW_LABELS, wanted.view),
        "wanted": wanted,
        "is_filtered": bool(wanted.site),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = "transport/visits_list.html" if is_fragment(request) else "transport/visits.html"
    return render(request, name, context)


def _export(request: PageRequest, wanted: VisitFilter) -> HttpResponse:
    columns = [
        _("Load"), _("State"), _("Arranged by"), _("Purpose"), _("Place"), _("Dock"),
        _("Carrier"), _("Plate"), _("Planned arrival"), _("Expected"), _("Arrived"), _("Departed"),
        _("Weight [kg]"), _("Pallet places"),
    ]  # fmt: skip
    rows = (
        [
            row.load_number, row.state_label, row.owner.short, row.purpose_label,
            (row.place or {}).get("name"), row.dock, row.carrier_name, row.plate,
            row.planned_arrival, row.expected, row.arrived_at, row.departed_at, row.weight_kg,
            row.pallets,
        ]
        for row in visit_rows(visits_of(wanted)[:EXPORTED])
    )  # fmt: skip
    return export_response(request, "visits", columns, rows)


def _filter(asked: QueryDict) -> VisitFilter:
    return VisitFilter(
        view=chosen(asked, "view", VIEW_LABELS, "coming"), site=text_of(asked, "site", 20)
    )


routes: list[URLPattern] = [path("transport/stops/", visits, name="visits")]
