"""Delivery schedules on both sides: the list, one with its lines, its answer, the comparison."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.shell.asking import address, key_of, of_page, paging, tabs
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from forecasting.models import DeliverySchedule, ReleaseAnswer
from forecasting.queries.advised import progress_of
from forecasting.queries.releases import (
    SORTS,
    VIEWS,
    ScheduleFilter,
    count_schedules,
    lines_of_schedule,
    schedule_list,
    schedules,
    schedules_by_key,
)
from forecasting.queries.versions import compare_releases, releases_of
from forecasting.services.answers import LineAnswer, accept, acknowledge, answer_release
from forecasting.week_figures import WEEK

PLANNERS = ("planner", "admin")
SHOWN = 50
EXPORTED = 100_000
MOST_ANSWERED = 5_000
VIEW_LABELS = {
    "current": gettext_lazy("Current"),
    "waiting": gettext_lazy("Not acknowledged"),
    "rejected": gettext_lazy("Rejected"),
    "all": gettext_lazy("With earlier ones"),
}
SORT_LABELS = {
    "newest": gettext_lazy("Newest first"),
    "part": gettext_lazy("Part number"),
    "site": gettext_lazy("Site"),
}


@require_GET
@for_roles()
def releases(request: PageRequest) -> HttpResponse:
    """List the delivery schedules sent and received."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = schedule_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    waiting = count_schedules(replace(wanted, view="waiting"))
    context = {
        "rows": rows[:SHOWN],
        "total": count_schedules(wanted),
        "waiting": waiting,
        "has_received": any(row.can_answer for row in rows),
        "views": tabs(request, VIEW_LABELS, wanted.view, {"waiting": waiting}),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.part or wanted.site or wanted.partner_bpn or wanted.batch),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_answer": request.membership.role in WRITERS,
        "may_plan": request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }
    name = "forecasting/releases_list.html" if is_fragment(request) else "forecasting/releases.html"
    return render(request, name, context)


@require_POST
@for_roles(*WRITERS)
def answer_many(request: PageRequest) -> HttpResponse:
    """Acknowledge or accept many releases as they are: the chosen ones, or all that match."""
    keys = _chosen(request.POST, is_all=request.GET.get("all") == "1")
    act = accept if request.POST.get("do") == "accept" else acknowledge
    count = act(keys)
    text = ngettext("%(n)s release answered.", "%(n)s releases answered.", count) % {"n": count}
    return go_to(request, page_url(request, "forecasting:releases"), toast=text)


@require_GET
@for_roles()
def release(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one release: its lines with cumulative quantities, go-aheads, its answer."""
    return _object(request, key)


@require_POST
@for_roles(*WRITERS)
def answer(request: PageRequest, key: UUID) -> HttpResponse:
    """Answer one release: acknowledge, accept, reject, or line by line."""
    verdict = request.POST.get("do", "")
    try:
        answer_release(
            key,
            verdict=ReleaseAnswer.Verdict.ACCEPTED.value if verdict == "lines" else verdict,
            lines=_lines(request.POST) if verdict == "lines" else None,
            note=request.POST.get("note", ""),
        )
    except Refused as refused:
        error = _("Expected %(expected)s, got “%(value)s”.") % {
            "expected": refused.expected,
            "value": refused.value,
        }
        return _object(request, key, error)
    except DeliverySchedule.DoesNotExist:
        raise Http404 from None
    url = page_url(request, "forecasting:release", key)
    return go_to(request, url, toast=_("Your answer is with the customer."))


@require_GET
@for_roles()
def compare(request: PageRequest, series: UUID) -> HttpResponse:
    """Compare releases of a series: net change, spread and receipts per week."""
    numbers = [int(each) for each in request.GET.getlist("v") if each.isdecimal() and len(each) < 9]
    found = compare_releases(series, numbers=numbers or None)
    if found is None:
        raise Http404
    if wanted_form(request):
        columns = [
            _("Week"),
            *(each.document_number for each in found.releases),
            _("Mean"),
            _("Minimum"),
            _("Maximum"),
            _("Net change"),
            _("Change %"),
            _("Received"),
        ]
        rows = (
            [
                each.on,
                *each.figures.quantities,
                each.figures.mean,
                each.figures.minimum,
                each.figures.maximum,
                each.figures.net_change,
                each.figures.variance_percent,
                each.figures.received,
            ]
            for each in found.weeks
        )
        return export_response(request, "release-comparison", columns, rows)
    context = {
        "found": found,
        "chosen": [each.number for each in found.releases],
        "choices": releases_of(series),
        "csv": address(request, export="csv"),
        "xlsx": address(request, export="xlsx"),
        "tenant": request.organisation.slug,
    }
    return render(request, "forecasting/compare.html", context)  # fmt: skip


def _object(request: PageRequest, key: UUID, error: str = "") -> HttpResponse:
    row = next(iter(schedules_by_key([key])), None)
    if row is None:
        raise Http404
    context = {
        "row": row,
        "lines": lines_of_schedule(row),
        "progress": progress_of([row.id]).get(row.id),
        "error": error,
        "may_answer": row.can_answer and request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    return render(request, "forecasting/release.html", context, status=422 if error else 200)


def _lines(told: QueryDict) -> dict[int, LineAnswer]:
    found = {}
    for name in told:
        place = name.removeprefix("verdict-")
        if place != name and place.isdecimal() and told[name]:
            verdict, reason = str(told[name]), str(told.get(f"reason-{place}", ""))
            found[int(place)] = LineAnswer(verdict=verdict, reason=reason)
    return found


def _chosen(told: QueryDict, *, is_all: bool) -> list[UUID]:
    """Return the chosen releases, or all that the filter has, among those to be answered."""
    if told.get("all") or is_all:
        wanted = _filter(QueryDict(told.get("query", "")))
        rows = schedules(replace(wanted, view="current"))
        return list(rows.values_list("pk", flat=True)[:MOST_ANSWERED])
    return [key for key in map(key_of, told.getlist("id")) if key]


def _export(request: PageRequest, wanted: ScheduleFilter) -> HttpResponse:
    columns = [
        _("Part"), _("Supplier's part"), _("Customer"), _("Supplier"), _("Site"), _("Release"),
        _("Week"), _("Quantity"), _("Unit"), _("Firm until"), _("Published"), _("Answer"),
    ]  # fmt: skip

    def rows() -> Any:
        for row in schedule_list(wanted, limit=EXPORTED):
            for place, quantity in enumerate(row.quantities or ()):
                yield [
                    row.part_number, row.supplier_part_number, row.customer.short,
                    row.supplier.short, row.site_code, row.document_number,
                    row.first_week + WEEK * place if row.first_week else None, quantity, row.unit,
                    row.firm_until, row.published_at, row.verdict_label,
                ]  # fmt: skip

    return export_response(request, "delivery-schedules", columns, rows())


def _filter(asked: QueryDict) -> ScheduleFilter:
    view, sort = asked.get("view", "current"), asked.get("sort", "newest")
    return ScheduleFilter(
        view=view if view in VIEWS else "current",
        part=asked.get("part", "").strip()[:40],
        site=asked.get("site", "").strip()[:20],
        partner_bpn=asked.get("partner", "").strip()[:16],
        batch=key_of(asked.get("batch", "")),
        series=key_of(asked.get("series", "")),
        sort=sort if sort in SORTS else "newest",
    )


routes: list[URLPattern] = [
    path("forecasts/releases/", releases, name="releases"),
    path("forecasts/releases/answer", answer_many, name="releases-answer"),
    path("forecasts/releases/<uuid:key>/", release, name="release"),
    path("forecasts/releases/<uuid:key>/answer", answer, name="release-answer"),
    path("forecasts/series/<uuid:series>/compare/", compare, name="compare"),
]
