"""The planner's grid: weeks of all own series, edited in place, or in Excel and back."""

import json
from typing import Any

from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.integration.problems import FieldError, Problem, respond
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.shell.asking import address
from collab.shell.page import PageRequest, for_roles, go_to, page_url, person_of
from forecasting.pages.releases import PLANNERS
from forecasting.queries.grid import (
    MOST_WEEKS,
    ROWS,
    WEEKS,
    GridFilter,
    GridRow,
    body_of,
    coming_weeks,
    grid_rows,
    own_series,
)
from forecasting.queries.runs import latest_finished_run
from forecasting.services import grid as service
from forecasting.services.versions import versions_from_run

EXPORTED = 2_000  # series
CHOICES = (12, 26, 52, 104)
REASONS = {
    "judgement": gettext_lazy("Planner's judgement"),
    "launch": gettext_lazy("Launch or change of model"),
    "promotion": gettext_lazy("Promotion"),
    "customer": gettext_lazy("Word of the customer"),
    "shutdown": gettext_lazy("Shut-down or holiday"),
    "error": gettext_lazy("Error in the forecast"),
}


@require_GET
@for_roles()
def grid(request: PageRequest) -> HttpResponse:
    """Show the grid with its first rows as a table; the script fetches the same rows as JSON."""
    wanted = _filter(request.GET)
    weeks = coming_weeks(wanted.weeks)
    series = own_series(wanted)
    if wanted_form(request):
        return _export(request, grid_rows(series[:EXPORTED], weeks))
    may_edit = request.membership.role in PLANNERS
    kept = request.GET.copy()
    kept["weeks"] = str(wanted.weeks)
    context = {
        "rows": grid_rows(series[:ROWS], weeks, person_id=person_of(request).pk),
        "weeks": weeks,
        "total": series.count(),
        "wanted": wanted,
        "choices": CHOICES,
        "source": f"{page_url(request, 'forecasting:grid-rows')}?{kept.urlencode()}",
        "action": page_url(request, "forecasting:grid-cells") if may_edit else "",
        "lock": page_url(request, "forecasting:row-lock") if may_edit else "",
        "draft": f"grid-{request.organisation.slug}-{person_of(request).pk}",
        "is_filtered": bool(wanted.part or wanted.site or wanted.partner_bpn),
        "csv": address(request, export="csv"),
        "xlsx": address(request, export="xlsx"),
        "may_edit": may_edit,
        "run": latest_finished_run() if may_edit else None,
        "today": own_day(),
        "tenant": request.organisation.slug,
    }
    return render(request, "forecasting/grid.html", context)


@require_GET
@for_roles()
def rows(request: PageRequest) -> HttpResponse:
    """Return a page of rows as JSON, and where the next one is."""
    wanted = _filter(request.GET)
    weeks = coming_weeks(wanted.weeks)
    text = request.GET.get("from", "0")
    start = int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
    found = list(own_series(wanted)[start : start + ROWS + 1])
    shown = grid_rows(found[:ROWS], weeks, person_id=person_of(request).pk)
    may_edit = request.membership.role in PLANNERS
    tenant = request.organisation.slug
    more = len(found) > ROWS
    return JsonResponse(
        {
            "weeks": [week.isoformat() for week in weeks],
            "frozen_until": weeks[0].isoformat(),
            "locale": get_language() or "en",
            "rows": [body_of(row, tenant=tenant, may_edit=may_edit) for row in shown],
            "reasons": [{"code": key, "text": str(label)} for key, label in REASONS.items()],
            "next": address(request, **{"from": str(start + ROWS)}) if more else None,
        },
        headers={"Cache-Control": "private, no-store"},
    )


@require_POST
@for_roles(*PLANNERS)
def cells(request: PageRequest) -> HttpResponse:
    """Take changed cells; each row is answered with its new version or what is in the way."""
    try:
        sent = service.read_rows(_body(request))
    except Refused as refused:
        return _refused(refused)
    told = service.apply_cells(sent, reasons={key: str(text) for key, text in REASONS.items()})
    return JsonResponse({"rows": [service.body_of(each) for each in told]})


@require_POST
@for_roles(*PLANNERS)
def adopt(request: PageRequest) -> HttpResponse:
    """Make the newest forecast the plan of all series, planners' figures included."""
    url = page_url(request, "forecasting:grid")
    run = latest_finished_run()
    if run is None:
        return go_to(request, url, toast=_("There is no finished forecast yet."))
    versions_from_run(run.id, is_adopted=True)
    return go_to(request, url, toast=_("The newest forecast is the plan now."))


def _body(request: PageRequest) -> Any:
    try:
        return json.loads(request.body)
    except ValueError:
        raise Refused("", "a JSON object", request.body[:40].decode("ascii", "replace")) from None


def _refused(refused: Refused) -> HttpResponse:
    error = FieldError(refused.field, refused.expected, refused.value)
    return respond(Problem(400, "Invalid input", "Some values are not as expected.", [error]))


def _export(request: PageRequest, found: list[GridRow]) -> HttpResponse:
    """Return one line per series and week, in the form that the import takes back."""
    columns = [
        _("Supplier (BPN)"), _("Part number"), _("Site"), _("Category"), _("Week"), _("Quantity"),
        _("Unit"), _("Reason"), _("Last release"), _("Commit"),
    ]  # fmt: skip
    weeks = coming_weeks(_filter(request.GET).weeks)
    lines = (
        [
            row.partner_bpn, row.part, row.site, row.category, week, row.forecast[place], row.unit,
            row.reasons[place], row.previous[place], row.commit[place],
        ]
        for row in found
        for place, week in enumerate(weeks)
    )  # fmt: skip
    return export_response(request, "plan", columns, lines)


def _filter(asked: QueryDict) -> GridFilter:
    text = asked.get("weeks", "")
    weeks = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else WEEKS
    return GridFilter(
        part=asked.get("part", "").strip()[:40],
        site=asked.get("site", "").strip()[:20],
        partner_bpn=asked.get("partner", "").strip()[:16],
        weeks=min(max(weeks, 1), MOST_WEEKS),
    )


routes: list[URLPattern] = [
    path("forecasts/grid/", grid, name="grid"),
    path("forecasts/grid/rows", rows, name="grid-rows"),
    path("forecasts/grid/cells", cells, name="grid-cells"),
    path("forecasts/grid/adopt", adopt, name="grid-adopt"),
]
