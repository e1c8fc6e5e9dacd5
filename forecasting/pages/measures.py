"""Accuracy and bullwhip: how good figures were beside zero and naive, and where orders swing."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.shell.asking import address, of_page, paging
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from forecasting.queries.bullwhip import SORTS as BULLWHIP_SORTS
from forecasting.queries.bullwhip import bullwhip_rows, bullwhips, tiers
from forecasting.queries.measures import (
    CUSTOMERS,
    REFERENCES,
    SORTS,
    STEPS,
    SUPPLIERS,
    VIEWS,
    AccuracyFilter,
    FigureRow,
    figure_rows,
    figures,
    filtered,
    measured_at,
    override_summary,
    partner_summaries,
    partners_measured,
    step_summaries,
    trend,
    worth_of_steps,
)
from forecasting.services.measure_scores import LAGS, RELEASE
from forecasting.services.measures import start_measuring

PLANNERS = ("planner", "admin")
SHOWN, EXPORTED, SWINGS = 50, 20_000, 12
MEASURES = ("msse", "msse_zero", "msse_naive", "spl", "coverage", "bias", "nervousness", "wape")
COLUMNS = ("part", "site", "customer", "supplier", "step", "lag_weeks", "weeks", "until", *MEASURES)
SWING_COLUMNS = ("part", "site", "customer", "supplier", "ratio", "verdict", "weeks", "until")
HEADS: tuple[tuple[str, Any], ...] = (
    ("msse", gettext_lazy("MSSE")),
    ("bias", gettext_lazy("Bias")),
    ("spl", gettext_lazy("SPL")),
    ("coverage", gettext_lazy("Coverage")),
    ("nervousness", gettext_lazy("Nervousness")),
)


@require_GET
@for_roles()
def accuracy(request: PageRequest) -> HttpResponse:
    """Show how good the figures of each step were at a lag, by partner and by part."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        if request.GET.get("what") == "bullwhip":
            return export_response(request, "bullwhip", SWING_COLUMNS, _swings(wanted))
        rows = filtered(wanted).order_by(*SORTS[wanted.sort])[:EXPORTED]
        return export_response(
            request, "accuracy", COLUMNS, (_line(each) for each in figure_rows(rows))
        )
    context = _context(request, wanted)
    name = "forecasting/accuracy_body.html" if is_fragment(request) else "forecasting/accuracy.html"
    return render(request, name, context)


@require_POST
@for_roles(*PLANNERS)
def measure(request: PageRequest) -> HttpResponse:
    """Measure all own series now, as a job."""
    url = page_url(request, "forecasting:accuracy")
    try:
        start_measuring()
    except Refused:
        return go_to(request, url, toast=_("There is no active demand series of your own."))
    return go_to(request, url, toast=_("Measuring is under way; the page follows."))


def _context(request: PageRequest, wanted: AccuracyFilter) -> dict[str, Any]:
    page = of_page(request.GET)
    rows = filtered(wanted)
    shown = figure_rows(rows.order_by(*SORTS[wanted.sort])[(page - 1) * SHOWN : page * SHOWN + 1])
    n_series, worth = worth_of_steps(wanted) if wanted.view == SUPPLIERS else (0, ())
    swing = request.GET.get("swing", "-ratio")
    swings = bullwhips(wanted.view, part=wanted.part, partner=wanted.partner)
    return {
        "wanted": wanted,
        "views": _views(request, wanted),
        "lags": LAGS,
        "step_names": {step: name for step, name in STEPS.items() if step not in REFERENCES},
        "step_label": STEPS[wanted.step],
        "partners": partners_measured(wanted.view),
        "steps": step_summaries(wanted),
        "worth": [{"label": STEPS[each.name], "value": each} for each in worth],
        "worth_series": n_series,
        "overrides": override_summary(wanted) if wanted.view == SUPPLIERS else None,
        "trend": trend(wanted),
        "by_partner": partner_summaries(wanted),
        "rows": shown[:SHOWN],
        "total": rows.count(),
        "heads": [_head(request, wanted, name, label) for name, label in HEADS],
        "part_head": _head(request, wanted, "part", _("Part")),
        **paging(request, page, found=len(shown), shown=SHOWN),
        "swings": bullwhip_rows(
            swings.order_by(*BULLWHIP_SORTS.get(swing, BULLWHIP_SORTS["-ratio"]))[:SWINGS]
        ),
        "swings_total": swings.count(),
        "swings_csv": address(request, export="csv", what="bullwhip", page=""),
        "swings_xlsx": address(request, export="xlsx", what="bullwhip", page=""),
        "tiers": tiers(),
        "measured_at": measured_at(),
        "has_figures": figures(wanted.view).exists(),
        "may_measure": request.membership.role in PLANNERS,
        "is_supplier_view": wanted.view == CUSTOMERS,
    }


def _filter(asked: QueryDict) -> AccuracyFilter:
    view, step, sort = (asked.get(name, "") for name in ("view", "step", "sort"))
    if view not in VIEWS:
        view = SUPPLIERS if figures(SUPPLIERS).exists() else CUSTOMERS
    lag = asked.get("lag", "")
    return AccuracyFilter(
        view=view,
        lag=int(lag) if lag in {str(each) for each in LAGS} else LAGS[1],
        step=step if step in STEPS else RELEASE,
        partner=asked.get("partner", "")[:16].replace("\0", ""),
        part=asked.get("part", "").replace("\0", "").strip()[:40],
        sort=sort if sort in SORTS else "-msse",
    )


def _views(request: PageRequest, wanted: AccuracyFilter) -> list[dict[str, Any]]:
    labels = {SUPPLIERS: _("What we asked for"), CUSTOMERS: _("What customers asked of us")}
    return [
        {
            "label": label,
            "href": address(request, view=view, partner="", page="", step=""),
            "current": view == wanted.view,
        }
        for view, label in labels.items()
    ]


def _head(request: PageRequest, wanted: AccuracyFilter, name: str, label: Any) -> dict[str, Any]:
    """Return a heading that sorts; a second click turns the order round."""
    is_down = wanted.sort == f"-{name}"
    order = {name: "ascending", f"-{name}": "descending"}.get(wanted.sort, "")
    return {
        "label": label,
        "href": address(request, sort=name if is_down else f"-{name}", page=""),
        "order": order,
    }


def _line(row: FigureRow) -> list[Any]:
    return [
        row.part_number, row.site_code, row.owner.short, row.partner.short, row.step, row.lag_weeks,
        row.weeks, row.until, *(row.measures.get(name) for name in MEASURES),
    ]  # fmt: skip


def _swings(wanted: AccuracyFilter) -> Iterable[list[Any]]:
    rows = bullwhips(wanted.view, part=wanted.part, partner=wanted.partner)
    for each in bullwhip_rows(rows.order_by(*BULLWHIP_SORTS["-ratio"])[:EXPORTED]):
        yield [
            each.part_number, each.site_code, each.owner.short, each.partner.short, each.ratio,
            each.verdict, each.weeks, each.until,
        ]  # fmt: skip


routes: list[URLPattern] = [
    path("forecasts/accuracy/", accuracy, name="accuracy"),
    path("forecasts/accuracy/measure", measure, name="accuracy-measure"),
]
