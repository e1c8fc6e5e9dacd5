"""The form that reports a stock count, and what was not taken."""

from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from collab.masterdata.refusals import Refused
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from inventory.forms import StockCountForm
from inventory.queries import CoverageFilter, coverage_list, rejected_counts
from inventory.queries.tiers import OWN
from inventory.services import record_stock_count, settle_rejected

SHOWN = 100


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def report(request: PageRequest) -> HttpResponse:
    """Report a stock count by hand; the answer says how it differs from the last report."""
    form = StockCountForm(request.POST or None, initial=_initial(request.GET))
    recorded = None
    if request.method == "POST" and form.is_valid():
        try:
            recorded = record_stock_count(form.report())
        except Refused as refused:
            form.refuse(refused)
        else:
            form = StockCountForm(initial=form.again())
    context = {
        "form": form,
        "recorded": recorded,
        "last": form.last(),
        "rejected": rejected_counts(),
        "rows": coverage_list(CoverageFilter(tier=OWN), limit=SHOWN),
    }
    return render(request, "inventory/report.html", context)


@require_POST
@for_roles(*WRITERS)
def settle(request: PageRequest, key: UUID) -> HttpResponse:
    """Mark a rejected report as dealt with."""
    if not settle_rejected(key):
        raise Http404
    return go_to(request, page_url(request, "inventory:report"), toast=_("Done."))


def _initial(asked: QueryDict) -> dict[str, str]:
    names = ("counterparty", "part_number", "site")
    return {name: asked.get(name, "") for name in names if name in asked}


routes: list[URLPattern] = [
    path("inventory/report/", report, name="report"),
    path("inventory/report/rejected/<uuid:key>", settle, name="settle"),
]
