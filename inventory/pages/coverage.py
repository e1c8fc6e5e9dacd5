"""Coverage, the page of a part, and the form that reports a stock count."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.shell.asking import of_page, paging
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from collab.work import queries as work
from inventory.charts import projection_chart
from inventory.forms import StockCountForm
from inventory.queries import (
    CoverageFilter,
    CoverageRow,
    count_coverage,
    coverage_list,
    heat_days,
    heat_weeks,
    part_picture,
    rejected_counts,
    summary,
)
from inventory.queries.coverage import SORTS, VIEWS
from inventory.queries.deliveries import deliveries
from inventory.queries.heat import heat_row
from inventory.queries.movements import MovementFilter, level_history, movement_rows, movements
from inventory.queries.notice_hints import hints_of, marked_days
from inventory.queries.part_use import part_use
from inventory.queries.parts import PartPicture
from inventory.services import record_stock_count, settle_rejected

SHOWN = 100
EXPORTED = 100_000
VIEW_LABELS = {
    "all": gettext_lazy("All"),
    "short": gettext_lazy("Below minimum"),
    "under_3": gettext_lazy("Under 3 days"),
    "stale": gettext_lazy("Stale"),
}
SHAPES = {
    "weeks": gettext_lazy("Weeks"),
    "days": gettext_lazy("Days"),
    "list": gettext_lazy("List"),
}


@require_GET
@for_roles()
def coverage(request: PageRequest) -> HttpResponse:
    """Show how long parts last: as a heat grid by week or day, or as a list."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    shape = request.GET.get("shape", "weeks")
    shape = shape if shape in SHAPES else "weeks"
    page = of_page(request.GET)
    start = (page - 1) * SHOWN
    rows = coverage_list(wanted, limit=SHOWN, offset=start)
    today = timezone.localdate()
    columns = heat_days(today) if shape == "days" else heat_weeks(today)
    total = count_coverage(wanted)
    context = {
        "rows": rows,
        "heat": [heat_row(row, columns) for row in rows] if shape != "list" else [],
        "columns": columns,
        "shape": shape,
        "shapes": SHAPES.items(),
        "views": VIEW_LABELS.items(),
        "wanted": wanted,
        "total": total,
        "summary": summary(),
        "is_filtered": bool(
            wanted.part or wanted.site or wanted.partner_bpn or wanted.view != "all"
        ),
        "query": _query(request.GET),
        **paging(request, page, has_more=total > start + SHOWN),
    }
    name = "inventory/coverage_body.html" if is_fragment(request) else "inventory/coverage.html"
    return render(request, name, context)


@require_GET
@for_roles()
def part(request: PageRequest, number: str) -> HttpResponse:
    """Show everything known about the stock of one part."""
    picture = part_picture(number)
    if picture is None:
        raise Http404
    chosen = _chosen(picture.coverages, request.GET.get("coverage", "")) or picture.worst
    chart = projection_chart(chosen) if chosen else None
    hints = hints_of(picture.number)
    context = {
        "picture": picture,
        "chosen": chosen,
        "chart": chart,
        "hints": hints,
        "marked": marked_days(hints, chart.labels if chart else ()),
        "exceptions": work.exceptions(work.QueueFilter(view="all", part=picture.number), limit=20),
        "tenant": request.organisation.slug,
        **_ledger_of(picture),
    }
    return render(request, "inventory/part.html", context)


def _ledger_of(picture: PartPicture) -> dict[str, Any]:
    """Return an own part's ledger, what it is needed for, and what is on its way of any part."""
    moving = deliveries(number=picture.number)[:10]
    if picture.part is None:
        return {"moving": moving}
    rows = movements(MovementFilter(part_id=picture.part.id)).order_by("-moved_at", "-pk")
    return {
        "moving": moving,
        "levels": level_history(picture.part.id),
        "entries": movement_rows(rows[:10]),
        "use": part_use(picture.part.id, picture.number, today=timezone.localdate()),
    }


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
        "rows": [row for row in coverage_list(limit=SHOWN) if row.is_own],
    }
    return render(request, "inventory/report.html", context)


@require_POST
@for_roles(*WRITERS)
def settle(request: PageRequest, key: UUID) -> HttpResponse:
    """Mark a rejected report as dealt with."""
    if not settle_rejected(key):
        raise Http404
    return go_to(request, page_url(request, "inventory:report"), toast=_("Done."))


def _filter(asked: QueryDict) -> CoverageFilter:
    view, sort = asked.get("view", "all"), asked.get("sort", "run_out")
    return CoverageFilter(
        view=view if view in VIEWS else "all",
        part=asked.get("part", "").strip()[:40],
        site=asked.get("site", "").strip()[:20],
        partner_bpn=asked.get("partner", "").strip()[:16],
        sort=sort if sort in SORTS else "run_out",
    )


def _query(asked: QueryDict) -> str:
    """Return the filter as a query string without the export, for links that keep it."""
    kept = asked.copy()
    kept.pop("export", None)
    return kept.urlencode()


def _export(request: PageRequest, wanted: CoverageFilter) -> HttpResponse:
    columns = [
        _("Part"), _("Partner's part"), _("Holder"), _("Site"), _("On hand"), _("Unit"),
        _("Daily need"), _("Days of supply"), _("At least"), _("Minimum days"), _("Runs out"),
        _("Counted"),
    ]  # fmt: skip
    rows = (
        [
            row.part_number, row.partner_part_number, row.owner.short, row.site_code, row.on_hand,
            row.unit, row.daily_need, row.days_of_supply, row.is_at_least, row.minimum_days,
            row.run_out_at, row.observed_at,
        ]
        for row in coverage_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "coverage", columns, rows)


def _chosen(rows: Any, key: str) -> CoverageRow | None:
    return next((row for row in rows if str(row.id) == key), None)


def _initial(asked: QueryDict) -> dict[str, str]:
    names = ("counterparty", "part_number", "site")
    return {name: asked.get(name, "") for name in names if name in asked}
