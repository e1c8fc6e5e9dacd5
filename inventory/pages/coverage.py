"""Coverage: how long parts last, as a heat grid by week or day, as a chart and as a list."""

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET

from collab.integration.exports import wanted_form
from collab.organisations.clock import own_day
from collab.shell.asking import address, key_of, of_page, paging, text_of
from collab.shell.network import network
from collab.shell.page import PageRequest, for_roles, is_fragment
from inventory.models import Coverage
from inventory.pages.coverage_export import export
from inventory.queries import (
    CoverageFilter,
    coverage_list,
    heat_days,
    heat_weeks,
    summary,
)
from inventory.queries.coverage_chart import chart_columns
from inventory.queries.coverage_filter import (
    BINS,
    LEVELS,
    SORTS,
    VIEWS,
    Summary,
    holders,
    site_codes,
)
from inventory.queries.coverage_grid import grid_lines
from inventory.queries.heat import HeatColumn
from inventory.queries.tiers import tiers_among
from inventory.stacked import stacked_chart

SHOWN = 50
VIEW_LABELS = {
    "all": gettext_lazy("All"),
    "short": gettext_lazy("Below minimum"),
    "under_3": gettext_lazy("Under 3 days"),
    "stale": gettext_lazy("Stale"),
}
SHAPES = {
    "weeks": gettext_lazy("Weeks"),
    "days": gettext_lazy("Days"),
    "chart": gettext_lazy("Chart"),
    "list": gettext_lazy("List"),
}
SORT_LABELS = {
    "run_out": gettext_lazy("Runs out first"),
    "days": gettext_lazy("Fewest days"),
    "-days": gettext_lazy("Most days"),
    "part": gettext_lazy("Part number"),
    "holder": pgettext_lazy("stock", "Holder"),
    "site": gettext_lazy("Site"),
    "age": gettext_lazy("Oldest report"),
    "-age": gettext_lazy("Newest report"),
}
HEADS = ("part", "holder", "on_hand", "days", "run_out", "age")  # columns that sort


@require_GET
@for_roles()
def coverage(request: PageRequest) -> HttpResponse:
    """Show how long parts last; the filter stands in the address and holds for every shape."""
    wanted, shape = filter_of(request.GET), request.GET.get("shape", "weeks")
    shape = shape if shape in SHAPES else "weeks"
    columns = columns_of(shape, request.GET)
    if wanted_form(request):
        return export(request, wanted, shape, columns)
    found = summary(wanted)
    context = {
        "shape": shape,
        "shapes": _switch(request, SHAPES, "shape", shape),
        "views": _views(request, wanted, found),
        "bins": _bins(request, wanted, found),
        "wanted": wanted,
        "summary": found,
        "columns": columns,
        "is_filtered": wanted.is_narrow or wanted.view != "all",
        "total": found.counts[wanted.view] if wanted.bin is None else found.by_bin[wanted.bin],
        "tenant": request.organisation.slug,
        **_shown(request, wanted, shape, columns),
    }
    if wanted.keys is not None:
        return render(request, "inventory/coverage_lines.html", context)
    if is_fragment(request):
        return render(request, "inventory/coverage_body.html", context)
    return render(request, "inventory/coverage.html", context | _choices(wanted))


def filter_of(asked: QueryDict) -> CoverageFilter:
    """Return what the address asks for; words it does not know count as not said."""
    view, sort, level = (asked.get(name, "") for name in ("view", "sort", "level"))
    wanted_bin = asked.get("bin", "")
    only = asked.get("only", "")
    keys = [key_of(text) for text in only.split(",")[: 2 * SHOWN]] if only else None
    return CoverageFilter(
        view=view if view in VIEWS else "all",
        part=text_of(asked, "part", 40),
        site=text_of(asked, "site", 20),
        tier=text_of(asked, "tier", 10),
        partner_bpn=text_of(asked, "partner", 16),
        level=level if level in LEVELS else "",
        bin=BINS[int(wanted_bin)] if wanted_bin in {str(n) for n in range(len(BINS))} else None,
        keys=None if keys is None else frozenset(key for key in keys if key is not None),
        sort=sort if sort in SORTS else "run_out",
    )


def columns_of(shape: str, asked: QueryDict) -> list[HeatColumn]:
    """Return the columns of a shape; a chart is by day where ``by=days`` says so."""
    today = own_day()
    if shape == "list":
        return []
    by_day = shape == "days" or (shape == "chart" and asked.get("by") == "days")
    return heat_days(today) if by_day else heat_weeks(today)


def _shown(
    request: PageRequest, wanted: CoverageFilter, shape: str, columns: list[HeatColumn]
) -> dict[str, Any]:
    """Return the rows of the page, or the columns of the chart."""
    if shape == "chart":
        told = chart_columns(wanted, columns)
        by_day = len(columns) > 0 and columns[0].first == columns[0].last
        steps = {"weeks": SHAPES["weeks"], "days": SHAPES["days"]}
        chart = stacked_chart([each.counts for each in told])
        return {
            "chart": chart,
            "labelled": list(zip(chart.middles, told, strict=True)),
            "chart_columns": told,
            "by_day": by_day,
            "steps": _switch(request, steps, "by", "days" if by_day else "weeks"),
            **paging(request, 1),
        }
    page = of_page(request.GET) if wanted.keys is None else 1
    start = (page - 1) * SHOWN
    found = coverage_list(wanted, limit=SHOWN + 1, offset=start)
    return {
        "lines": grid_lines(found[:SHOWN], columns),
        "by_day": shape == "days",
        "heads": {name: _head(request, wanted.sort, name) for name in HEADS},
        "sorts": SORT_LABELS.items(),
        **paging(request, page, found=len(found), shown=SHOWN),
    }


def _choices(wanted: CoverageFilter) -> dict[str, Any]:
    """Return what the filters offer: what is there to see, in the viewer's own network."""
    known = holders()
    partners = [
        (node.organisation.bpn, node.organisation.short_name)
        for node in network().nodes
        if node.tier
    ]
    return {
        "tiers": tiers_among(known),
        "sites": site_codes(),
        "partners": sorted(partners, key=lambda each: each[1]),
        "levels": [(key, label) for key, label in Coverage.Level.choices if key in LEVELS],
        "knows_partner": wanted.partner_bpn in {"", *(bpn for bpn, _name in partners)},
        "sorts": SORT_LABELS.items(),
    }


def _switch(request: PageRequest, labels: Any, name: str, current: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": address(request, **{name: key, "page": ""}),
            "current": key == current,
        }
        for key, label in labels.items()
    ]


def _views(request: PageRequest, wanted: CoverageFilter, found: Summary) -> list[dict[str, Any]]:
    """Return the views with their rows; ``tally`` names the count for live updates."""
    return [
        {
            "tally": key,
            "label": label,
            "count": found.counts[key],
            "current": key == wanted.view,
            "href": address(request, view=key, page=""),
        }
        for key, label in VIEW_LABELS.items()
    ]


def _bins(request: PageRequest, wanted: CoverageFilter, found: Summary) -> list[dict[str, Any]]:
    """Return the bins of the heat map with their rows; choosing one again lets go of it."""
    return [
        {
            "tally": f"bin-{place}",
            "tone": f"h{place}",
            "label": each.value.replace("-", "–"),
            "count": found.by_bin[each],
            "current": each is wanted.bin,
            "href": address(request, bin="" if each is wanted.bin else str(place), page=""),
        }
        for place, each in enumerate(BINS)
    ]


def _head(request: PageRequest, sort: str, name: str) -> dict[str, str]:
    """Return where a column's head leads, and how the list is sorted by it now."""
    turned = f"-{name}" if sort == name else name
    state = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    return {"href": address(request, sort=turned, page=""), "sorted": state}


routes: list[URLPattern] = [path("inventory/", coverage, name="coverage")]
