"""Stock by part, site and stage; what is on its way; one position with its ledger."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from collab.integration.exports import export_response, wanted_form
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.models import Stage, StockPosition
from inventory.queries.deliveries import DeliveryRow, deliveries
from inventory.queries.stages import (
    SORTS,
    VIEWS,
    StageRow,
    StockFilter,
    stage_labels,
    stage_rows,
    stock_groups,
)

SHOWN, EXPORTED = 50, 20_000
TRANSIT = "transit"
VIEW_LABELS = {
    "all": gettext_lazy("All stages"),
    TRANSIT: gettext_lazy("In transit"),
    "blocked": gettext_lazy("Blocked"),
    "old": gettext_lazy("Older than 2 days"),
}
SORT_LABELS = {
    "part": gettext_lazy("Part number"),
    "holder": gettext_lazy("Holder"),
    "site": gettext_lazy("Site"),
    "age": gettext_lazy("Oldest report"),
}


@require_GET
@for_roles()
def stock(request: PageRequest) -> HttpResponse:
    """List stock over own and granted tiers, or what is on its way."""
    view = request.GET.get("view", "all")
    wanted = _filter(request.GET)
    context: dict[str, Any] = {
        "view": view if view == TRANSIT else wanted.view,
        "views": tabs(request, VIEW_LABELS, view if view == TRANSIT else wanted.view),
        "sorts": SORT_LABELS.items(),
        "stages": Stage.choices,
        "stage_labels": stage_labels(),
        "wanted": wanted,
        "is_filtered": any((wanted.part, wanted.site, wanted.partner_bpn, wanted.stage)),
        "tenant": request.organisation.slug,
    }
    page = of_page(request.GET)
    start = (page - 1) * SHOWN
    if view == TRANSIT:
        moving = deliveries(part=wanted.part, site=wanted.site, partner_bpn=wanted.partner_bpn)
        if wanted_form(request):
            return _export_moving(request, moving)
        context |= {"rows": moving[start : start + SHOWN], "total": len(moving)}
        context |= paging(request, page, found=len(moving) - start, shown=SHOWN)
    else:
        groups = stock_groups(wanted)
        if wanted_form(request):
            return _export(request, stage_rows(groups[:EXPORTED]))
        found = list(groups[start : start + SHOWN + 1])
        context |= {"rows": stage_rows(found[:SHOWN]), "total": groups.count()}
        context |= paging(request, page, found=len(found), shown=SHOWN)
    name = "inventory/stock_list.html" if is_fragment(request) else "inventory/stock.html"
    return render(request, name, context)


@require_GET
@for_roles()
def one(request: PageRequest, key: UUID) -> HttpResponse:
    """Lead to the part whose stock this is: where exceptions about a stock figure point to."""
    found = StockPosition.objects.filter(pk=key, owner_id=request.organisation.pk).first()
    if found is None:
        raise Http404
    return go_to(request, page_url(request, "inventory:part", found.part_number))


def _export(request: PageRequest, rows: list[StageRow]) -> HttpResponse:
    columns = [
        _("Part"), _("Partner's part"), _("Holder"), _("For"), _("Site"), _("Stage"),
        _("Usable"), _("Blocked"), _("Unit"), _("Source"), _("As of"), _("Confidence"),
        _("Expected"),
    ]  # fmt: skip
    words = dict(Stage.choices)
    cells = (
        [
            row.part_number, row.partner_part_number, row.holder.bpn, row.partner.bpn,
            row.site_code, str(words[stage]), figure.usable, figure.blocked, row.unit,
            figure.grade_label, figure.evidence.observed_at, figure.confidence,
            figure.expected_at,
        ]
        for row in rows
        for stage, figure in row.figures.items()
    )  # fmt: skip
    return export_response(request, "stock-by-stage", columns, cells)


def _export_moving(request: PageRequest, rows: list[DeliveryRow]) -> HttpResponse:
    columns = [
        _("Part"), _("Supplier's part"), _("Supplier"), _("Customer"), _("From"), _("To"),
        _("Quantity"), _("Unit"), _("Advice"), _("Departed"), _("Expected"), _("Overdue"),
        _("Source"),
    ]  # fmt: skip
    cells = (
        [
            row.part_number, row.supplier_part_number, row.supplier.bpn, row.customer.bpn,
            row.origin, row.destination, row.quantity, row.unit, row.advice_number,
            row.despatched_at, row.expected_at, row.is_overdue, row.grade_label,
        ]
        for row in rows
    )  # fmt: skip
    return export_response(request, "stock-in-transit", columns, cells)


def _filter(asked: QueryDict) -> StockFilter:
    view, sort, stage = (asked.get(name, "") for name in ("view", "sort", "stage"))
    return StockFilter(
        view=view if view in VIEWS else "all",
        part=text_of(asked, "part", 40),
        site=text_of(asked, "site", 20),
        partner_bpn=text_of(asked, "partner", 16),
        stage=stage if stage in Stage.values else "",
        sort=sort if sort in SORTS else "part",
    )


routes: list[URLPattern] = [
    path("inventory/stock/", stock, name="stock"),
    path("inventory/stock/<uuid:key>/", one, name="stock-one"),
]
