"""Capacity groups: the list, the object with its load, the grid, the what-if, the form."""

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import address, of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from forecasting.axis import iso_week, week_number
from forecasting.models import CapacityGroup, PlanComment
from forecasting.pages.capacity_form import GroupForm
from forecasting.queries.capacity import (
    SORTS,
    VIEWS,
    CapacityFilter,
    GroupRow,
    group_of,
    group_rows,
    groups,
)
from forecasting.queries.capacity_grid import EDITABLE, capacity_rows
from forecasting.queries.comments import comments_on
from forecasting.queries.commit_grid import coming_weeks, locale, texts
from forecasting.services.capacity import (
    COLUMNS,
    FlexWeek,
    WeekFigure,
    set_active,
    set_figures,
    state_group,
    what_if,
)

SHOWN = 50
EXPORTED = 5_000
WEEKS = 26
MOST_BODY = 2**20
VIEW_LABELS = {
    "all": gettext_lazy("All"),
    "short": gettext_lazy("Bottlenecks"),
    "flex": gettext_lazy("Flexibility needed"),
    "pools": gettext_lazy("Own pools"),
    "inactive": gettext_lazy("Inactive"),
}


@require_GET
@for_roles()
def capacity(request: PageRequest) -> HttpResponse:
    """List the groups, those that cannot be covered first."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, group_rows(groups(wanted)[:EXPORTED]))
    page = of_page(request.GET)
    found = group_rows(groups(wanted)[(page - 1) * SHOWN : page * SHOWN + 1])
    short = groups(CapacityFilter(view="short")).count()
    is_supplier = CapacityGroup.objects.filter(owner_id=request.organisation.pk).exists()
    labels = {key: text for key, text in VIEW_LABELS.items() if key != "pools" or is_supplier}
    context = {
        "rows": found[:SHOWN],
        "total": groups(wanted).count(),
        "views": tabs(request, labels, wanted.view, {"short": short}),
        "kinds": CapacityGroup.Kind.choices,
        "wanted": wanted,
        "is_filtered": bool(wanted.name or wanted.kind or wanted.partner_bpn),
        **paging(request, page, found=len(found), shown=SHOWN),
        "may_write": request.membership.role in WRITERS,
        "may_import": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    is_part = is_fragment(request)
    name = "forecasting/capacity_list.html" if is_part else "forecasting/capacity.html"
    return render(request, name, context)


@require_GET
@for_roles()
def group(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one group: demand against actual and maximum capacity, what loads it, a what-if."""
    row = group_of(key)
    if row is None:
        raise Http404
    percent = _percent(request.GET.get("percent", ""))
    flexed = what_if(key, group_percent=percent) if row.is_own and percent is not None else []
    may_write = request.membership.role in WRITERS
    context = {
        "row": row,
        "weeks": _weeks(row, flexed),
        "percent": percent,
        "flexed": flexed,
        "short_before": sum(each.demand > each.actual for each in flexed),
        "short_after": sum(each.left < 0 for each in flexed),
        "object_kind": PlanComment.ObjectKind.GROUP.value,
        "object_id": row.id,
        "comments": comments_on([row.id]),
        "comment_types": PlanComment.Type.choices,
        "comment_weeks": row.weeks[:WEEKS],
        "may_write": may_write,
        "may_edit": may_write and row.is_own,
        "tenant": request.organisation.slug,
    }
    return render(request, "forecasting/capacity_group.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def new(request: PageRequest) -> HttpResponse:
    """State a new group."""
    initial = {"links": request.GET.getlist("series"), "first_week": coming_weeks(1)[0]}
    form = GroupForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row, _is_new = state_group(form.group())
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "forecasting:capacity-group", row.pk)
            return go_to(request, url, toast=_("Capacity group added."))
    status = 422 if form.errors else 200
    context = {"form": form, "tenant": request.organisation.slug}
    return render(request, "forecasting/capacity_new.html", context, status=status)


@require_POST
@for_roles(*WRITERS)
def switch(request: PageRequest, key: UUID) -> HttpResponse:
    """Take an own group out of matching, or back in."""
    try:
        row = set_active(key, is_active=request.POST.get("active") == "1")
    except CapacityGroup.DoesNotExist:
        raise Http404 from None
    text = _("The group is matched again.") if row.is_active else _("The group is not matched.")
    return go_to(request, page_url(request, "forecasting:capacity-group", key), toast=text)


@require_http_methods(["GET", "POST"])
@for_roles()
def rows(request: PageRequest) -> HttpResponse:
    """Return the grid's rows, or take its changes."""
    if request.method == "POST":
        return _take(request)
    page = of_page(request.GET)
    if key := request.GET.get("group", ""):
        single = group_of(UUID(key)) if _is_key(key) else None
        found = [single] if single else []
    else:
        wanted = _filter(request.GET)
        found = group_rows(groups(wanted)[(page - 1) * SHOWN : page * SHOWN + 1])
    weeks = coming_weeks(WEEKS)
    may_edit = request.membership.role in WRITERS
    return JsonResponse(
        {
            "weeks": [week.isoformat() for week in weeks],
            "frozen_until": weeks[0].isoformat(),
            "locale": locale(),
            "rows": capacity_rows(
                found[:SHOWN],
                weeks,
                tenant=request.organisation.slug,
                may_edit=may_edit,
                person_id=request.user.pk,
            ),
            "next": address(request, page=str(page + 1)) if len(found) > SHOWN else None,
        }
    )


def _take(request: PageRequest) -> HttpResponse:
    if request.membership.role not in WRITERS:
        return JsonResponse({"detail": _("Your role may not change capacity.")}, status=403)
    if len(request.body) > MOST_BODY:
        return JsonResponse({"detail": _("Too many cells at once.")}, status=413)
    try:
        sent = [
            (
                UUID(each["id"]),
                int(each["version"]),
                [
                    WeekFigure(
                        date.fromisoformat(cell["week"]),
                        EDITABLE[cell["line"]],
                        str(cell["quantity"]),
                    )
                    for cell in each["cells"]
                ],
            )
            for each in json.loads(request.body)["rows"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"detail": _("The changes could not be read.")}, status=400)
    return JsonResponse({"rows": [_taken(*each) for each in sent]})


def _taken(key: UUID, version: int, figures: list[WeekFigure]) -> dict[str, Any]:
    """Change one group; say what stands there now."""
    lines = {name: line for line, name in EDITABLE.items()}
    state, problem, row = "applied", None, None
    try:
        row = set_figures(key, figures, version=version)
    except Refused as refused:
        state, problem = "refused", {"expected": refused.expected, "value": refused.value}
    except VersionConflict:
        state = "conflict"
    except CapacityGroup.DoesNotExist:
        state, problem = "refused", {"expected": _("a group of yours"), "value": ""}
    row = row or CapacityGroup.objects.filter(pk=key).first()
    cells: list[dict[str, Any]] = []
    for figure in figures:
        now = _now(row, figure)
        cell: dict[str, Any] = {
            "week": figure.week.isoformat(),
            "line": lines[figure.column],
            "quantity": now,
        }
        if state == "conflict":
            cell["theirs"] = now
        if problem:
            cell["problem"] = problem
        cells.append(cell)
    current = row.version if row else version
    return {"id": str(key), "version": current, "state": state, "cells": cells}


def _now(row: CapacityGroup | None, figure: WeekFigure) -> str | None:
    if row is None:
        return None
    values = getattr(row, figure.column) or ()
    place = week_number(row.first_week, figure.week)
    return texts([values[place]])[0] if 0 <= place < len(values) else None


def _weeks(row: GroupRow, flexed: list[FlexWeek]) -> list[dict[str, Any]]:
    """Return the weeks of a group for chart and table."""
    left = {each.week: each.left for each in flexed}
    names = ("demand", "status", "cumulative_gap", *COLUMNS)
    columns = {name: row.values.get(name) or () for name in names}

    def at(name: str, place: int) -> Any:
        return columns[name][place] if place < len(columns[name]) else None

    return [
        {"week": week, "left": left.get(week), **{name: at(name, place) for name in names}}
        for place, week in enumerate(row.weeks)
    ]


def _export(request: PageRequest, found: list[GroupRow]) -> HttpResponse:
    """Return one line per group and figure, a column per week: the form that comes back in."""
    weeks = coming_weeks(WEEKS)
    columns = ["group_id", "group", "partner", "figure", *(iso_week(week) for week in weeks)]
    cells = []
    for row in found:
        known = row.weeks
        for name in ("demand", *COLUMNS):
            values = dict(zip(known, row.values.get(name) or (), strict=False))
            line = [values.get(week) for week in weeks]
            if name in {"actual", "maximum"} or any(each is not None for each in line):
                cells.append([str(row.id), row.name or "", row.partner.bpn, name, *line])
    return export_response(request, "capacity", columns, cells)


def _filter(asked: QueryDict) -> CapacityFilter:
    view, sort = asked.get("view", "all"), asked.get("sort", "worst")
    kind = asked.get("kind", "")
    return CapacityFilter(
        view=view if view in VIEWS else "all",
        name=text_of(asked, "name", 120),
        kind=kind if kind in CapacityGroup.Kind.values else "",
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "worst",
    )


def _percent(text: str) -> Decimal | None:
    try:
        percent = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return percent if percent.is_finite() and -100 <= percent <= 1000 else None


def _is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


routes: list[URLPattern] = [
    path("forecasts/capacity/", capacity, name="capacity"),
    path("forecasts/capacity/new/", new, name="capacity-new"),
    path("forecasts/capacity/rows", rows, name="capacity-rows"),
    path("forecasts/capacity/<uuid:key>/", group, name="capacity-group"),
    path("forecasts/capacity/<uuid:key>/active", switch, name="capacity-active"),
]
