"""The counters of both sides: part by partner, and the documents behind one of them (IN-08)."""

from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from collab.integration.exports import export_response, wanted_form
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import PageRequest, for_roles, is_fragment
from inventory.queries.cumulative import (
    SORTS,
    VIEWS,
    StandingFilter,
    count_standings,
    papers_behind,
    standing_list,
    standings_by_key,
)

SHOWN, EXPORTED = 100, 100_000
VIEW_LABELS = {
    "all": gettext_lazy("All"),
    "mismatch": gettext_lazy("Mismatch"),
    "road": gettext_lazy("On the road"),
    "to_ship": gettext_lazy("Still to ship"),
}
SORT_LABELS = {
    "part": gettext_lazy("Part number"),
    "partner": gettext_lazy("Partner"),
    "to_ship": gettext_lazy("Most to ship"),
    "newest": gettext_lazy("Latest document"),
}


@require_GET
@for_roles()
def cumulative(request: PageRequest) -> HttpResponse:
    """List received, shipped and required quantities, part by partner."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = standing_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    odd = count_standings(StandingFilter(view="mismatch", partner_bpn=wanted.partner_bpn))
    context = {
        "rows": rows[:SHOWN],
        "total": count_standings(wanted),
        "views": tabs(request, VIEW_LABELS, wanted.view, {"mismatch": odd}),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.part or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    fragment, whole = "inventory/cumulative_list.html", "inventory/cumulative.html"
    return render(request, fragment if is_fragment(request) else whole, context)


@require_GET
@for_roles()
def one(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one row of counters with the documents that it is made of."""
    row = next(iter(standings_by_key([key])), None)
    if row is None:
        raise Http404
    context = {"row": row, "papers": papers_behind(key), "tenant": request.organisation.slug}
    fragment, whole = "inventory/cumulative_body.html", "inventory/cumulative_one.html"
    return render(request, fragment if is_fragment(request) else whole, context)


def _export(request: PageRequest, wanted: StandingFilter) -> HttpResponse:
    columns = [
        _("Customer"), _("Supplier"), _("Customer's part"), _("Supplier's part"), _("Site"),
        _("Counted since"), _("Received"), _("Shipped"), _("In transit"), _("Open advices"),
        _("Open before the reset"), _("Mismatch"), _("Required"), _("Not yet received"),
        _("Over-received"), _("To ship"), _("Unit"), _("Latest document"),
    ]  # fmt: skip
    rows = (
        [
            row.customer.bpn, row.supplier.bpn, row.part_number, row.supplier_part_number,
            row.site_code, row.since, row.received, row.shipped, row.in_transit,
            row.open_advices, row.previous_open, row.total_mismatch, row.required,
            row.not_yet_received, row.over_received, row.to_ship, row.unit, row.observed_at,
        ]
        for row in standing_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "cumulative-quantities", columns, rows)


def _filter(asked: QueryDict) -> StandingFilter:
    view, sort = asked.get("view", "all"), asked.get("sort", "part")
    return StandingFilter(
        view=view if view in VIEWS else "all",
        part=text_of(asked, "part", 40),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "part",
    )


routes: list[URLPattern] = [
    path("inventory/cumulative/", cumulative, name="cumulative"),
    path("inventory/cumulative/<uuid:key>/", one, name="cumulative-one"),
]
