"""Forecast runs: start one, watch it, read its results."""

import tempfile
from pathlib import Path
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.jobs.queries import job_rows
from collab.masterdata.refusals import Refused
from collab.shell.asking import of_page
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from forecasting import queries
from forecasting.engine.reader import UnreadableDemand
from forecasting.models import Frequency
from forecasting.services import HORIZONS, load_history, start_forecast
from forecasting.services.hierarchy import Method

SHOWN = 50
PLANNERS = ("planner", "admin")
MEASURES = {
    "wql": gettext_lazy("Weighted quantile loss"),
    "msse": gettext_lazy("Mean squared scaled error"),
    "bias": gettext_lazy("Relative bias"),
}
METHODS = {
    "forecast": gettext_lazy("This forecast"),
    "naive": gettext_lazy("Last value again"),
    "zero": gettext_lazy("Always zero"),
}


class HistoryForm(forms.Form):
    """A CSV file of past demand."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("CSV: series, period, quantity")
    )
    frequency = forms.ChoiceField(label=gettext_lazy("Buckets"), choices=Frequency.choices)
    is_zero = forms.BooleanField(
        label=gettext_lazy("Periods left out mean no demand"), required=False
    )


@require_GET
@for_roles()
def runs(request: PageRequest) -> HttpResponse:
    """Show the runs with the progress of those that are under way."""
    return render(request, "forecasting/runs.html", _runs(request, HistoryForm(initial=INITIAL)))


@require_POST
@for_roles(*PLANNERS)
def start(request: PageRequest) -> HttpResponse:
    """Start a run and show it."""
    frequency = request.POST.get("frequency", Frequency.MONTH.value)
    hierarchy = request.POST.get("hierarchy", Method.BOTTOM_UP.value)
    try:
        started = start_forecast(frequency=frequency, hierarchy=hierarchy)
    except Refused:
        text = _("There is no active demand series of this kind.")
        return go_to(request, page_url(request, "forecasting:runs"), toast=text)
    url = page_url(request, "forecasting:run", started.pk)
    return go_to(request, url, toast=_("The forecast is under way."))


@require_POST
@for_roles(*WRITERS)
def history(request: PageRequest) -> HttpResponse:
    """Load a file of past demand, whole or not at all."""
    form = HistoryForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            with tempfile.NamedTemporaryFile(suffix=".csv") as kept:
                for chunk in form.cleaned_data["file"].chunks():
                    kept.write(chunk)
                kept.flush()
                loaded = load_history(
                    Path(kept.name),
                    frequency=form.cleaned_data["frequency"],
                    absent="zero" if form.cleaned_data["is_zero"] else "missing",
                )
        except UnreadableDemand as wrong:
            text = _("%(what)s (line %(line)s)") % {"what": wrong.what, "line": wrong.line}
            form.add_error("file", text)
        except Refused as refused:
            form.add_error("file", str(refused))
        else:
            text = _("%(buckets)s buckets of %(series)s series are loaded.") % {
                "buckets": loaded.buckets,
                "series": loaded.series,
            }
            return go_to(request, page_url(request, "forecasting:runs"), toast=text)
    return render(request, "forecasting/runs.html", _runs(request, form), status=422)


@require_GET
@for_roles()
def run(request: PageRequest, key: UUID) -> HttpResponse:
    """Show a run: progress, accuracy beside zero and naive, and the results."""
    found = queries.forecast_run(key)
    if found is None:
        raise Http404
    part = request.GET.get("part", "").strip()[:40]
    method = request.GET.get("method", "")[:40]
    page = of_page(request.GET)
    total = queries.count_results(key, part=part, method=method)
    results = queries.results_of(
        key, part=part, method=method, limit=SHOWN, offset=(page - 1) * SHOWN
    )
    context = {
        "run": found,
        "job": next(iter(job_rows([found.job_id])), None) if found.job_id else None,
        "accuracy": _accuracy(found),
        "measures": MEASURES.values(),
        "nodes": _nodes(found),
        "results": results,
        "total": total,
        "part": part,
        "method": method,
        "page": page,
        "has_next": page * SHOWN < total,
        "tenant": request.organisation.slug,
    }
    return render(request, "forecasting/run.html", context)


LEVELS = {
    "total": gettext_lazy("Total"),
    "programme": gettext_lazy("Programme"),
    "plant": gettext_lazy("Plant"),
    "supplier": gettext_lazy("Supplier"),
}
INITIAL = {"frequency": Frequency.MONTH.value}


def _runs(request: PageRequest, form: HistoryForm) -> dict[str, object]:
    found = queries.forecast_runs()
    jobs = {row.id: row for row in job_rows([each.job_id for each in found if each.job_id])}
    return {
        "runs": [
            {"run": each, "job": jobs.get(each.job_id) if each.job_id else None} for each in found
        ],
        "form": form,
        "series_count": queries.active_series_count(),
        "frequencies": Frequency.choices,
        "hierarchies": Method.choices,
        "horizons": HORIZONS,
        "may_start": request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }


def _accuracy(found: queries.RunRow) -> list[dict[str, object]]:
    return [
        {"label": label, "values": [found.accuracy[method].get(name) for name in MEASURES]}
        for method, label in METHODS.items()
        if method in found.accuracy
    ]


def _nodes(found: queries.RunRow) -> list[dict[str, object]]:
    """Return the aggregates of a run, the total first, then the largest of each level."""
    order = list(LEVELS)
    nodes = [
        {
            **node,
            "label": LEVELS.get(node["level"], ""),
            "total": sum(node["mean"]),
            "past": [each or 0.0 for each in node["past"]],
        }
        for node in found.parameters.get("nodes", [])
    ]
    return sorted(nodes, key=lambda node: (order.index(node["level"]), -node["total"]))


routes: list[URLPattern] = [
    path("forecasts/", runs, name="runs"),
    path("forecasts/start", start, name="start"),
    path("forecasts/history", history, name="history"),
    path("forecasts/<uuid:key>/", run, name="run"),
]
