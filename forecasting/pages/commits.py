"""Commits on both sides: the to-do list, the grid, one action for many, the customer's verdict."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.shell.asking import address, chosen_keys, of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, back, for_roles, go_to, is_fragment, page_url
from forecasting.axis import aligned, iso_week
from forecasting.models import Commit
from forecasting.queries.commit_grid import GridRequest, coming_weeks, grid_rows, locale, texts
from forecasting.queries.commits import (
    SORTS,
    VIEWS,
    CommitFilter,
    by_partner,
    task_rows,
    tasks,
)
from forecasting.queries.positions import Position, positions
from forecasting.services.commit_reviews import review_commit
from forecasting.services.commits import (
    REASONS,
    Answered,
    CommitAnswer,
    CommitCell,
    commit_as_is,
    commit_many,
)

SHOWN = 50
GRID_ROWS = 100
EXPORTED = 20_000
MOST_BODY = 2 * 2**20
SPANS = (12, 26, 52)
VIEW_LABELS = {
    "todo": gettext_lazy("To commit"),
    "overdue": gettext_lazy("Overdue"),
    "gaps": gettext_lazy("Below forecast"),
    "answered": gettext_lazy("Committed"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "due": gettext_lazy("Due first"),
    "part": gettext_lazy("Part number"),
    "newest": gettext_lazy("Newest release"),
}


@require_GET
@for_roles()
def commits(request: PageRequest) -> HttpResponse:
    """List what is to be committed, and how each partner's answers stand."""
    wanted = _filter(request.GET, usual="all")
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    found = list(tasks(wanted)[(page - 1) * SHOWN : page * SHOWN + 1])
    partners = by_partner()
    counts = {
        view: sum(getattr(each, figure) for each in partners) for view, figure in FIGURES.items()
    }
    context = {
        "rows": task_rows(found[:SHOWN], with_positions=True),
        "total": tasks(wanted).count(),
        "to_do": sum(each.open for each in partners),
        "partners": partners,
        "views": tabs(request, VIEW_LABELS, wanted.view, counts),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.part or wanted.site or wanted.partner_bpn),
        **paging(request, page, found=len(found), shown=SHOWN),
        "may_commit": request.membership.role in WRITERS,
        "may_import": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    name = "forecasting/commits_list.html" if is_fragment(request) else "forecasting/commits.html"
    return render(request, name, context)


FIGURES = {"todo": "open", "overdue": "overdue", "gaps": "gaps"}


@require_GET
@for_roles()
def grid(request: PageRequest) -> HttpResponse:
    """Show the planning grid whose commit line the supplier fills in."""
    wanted = _filter(request.GET, usual="all")
    kept = request.GET.copy()
    kept["weeks"] = str(_span(request.GET))
    context = {
        "wanted": wanted,
        "weeks": _span(request.GET),
        "spans": SPANS,
        "source": f"{page_url(request, 'forecasting:commit-rows')}?{kept.urlencode()}",
        "rows": _positions(wanted, 0)[:GRID_ROWS],
        "columns": coming_weeks(4),
        "may_commit": request.membership.role in WRITERS,
        "may_import": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    return render(request, "forecasting/commit_grid.html", context)


@require_http_methods(["GET", "POST"])
@for_roles()
def rows(request: PageRequest) -> HttpResponse:
    """Return the grid's rows, or take its changes; each row is taken whole or not at all."""
    if request.method == "POST":
        return _take(request)
    wanted = _filter(request.GET, usual="all")
    offset = (of_page(request.GET) - 1) * GRID_ROWS
    found = _positions(wanted, offset)
    weeks = coming_weeks(_span(request.GET))
    asked = GridRequest(
        tenant=request.organisation.slug,
        weeks=weeks,
        may_edit=request.membership.role in WRITERS,
        person_id=request.user.pk,
    )
    page = of_page(request.GET)
    return JsonResponse(
        {
            "weeks": [week.isoformat() for week in weeks],
            "frozen_until": weeks[0].isoformat(),
            "locale": locale(),
            "unit_column": len({each.unit for each in found}) > 1,
            "rows": grid_rows(found[:GRID_ROWS], asked),
            "reasons": [{"code": code, "text": str(text)} for code, text in REASONS.items()],
            "next": address(request, page=str(page + 1)) if len(found) > GRID_ROWS else None,
        }
    )


@require_POST
@for_roles(*WRITERS)
def as_is(request: PageRequest) -> HttpResponse:
    """Commit forecasts as they are: the chosen ones, or all that match the filter."""
    is_all = request.POST.get("all") == "1"
    keys = chosen_keys(request.POST)
    if is_all:
        wanted = _filter(request.GET, usual="todo")
        own = tasks(wanted).filter(owner_id=request.organisation.pk)
        keys = list(own.values_list("series_id", flat=True)[:EXPORTED])
    done = sum(each.state == "applied" for each in commit_as_is(keys))
    text = ngettext("%(n)s series committed as is.", "%(n)s series committed as is.", done)
    return go_to(request, _back(request), toast=text % {"n": done})


@require_POST
@for_roles(*WRITERS)
def accept(request: PageRequest) -> HttpResponse:
    """Accept the commits of the chosen series as they are."""
    chosen = Commit.objects.filter(
        series_id__in=chosen_keys(request.POST),
        is_current=True,
        counterparty_id=request.organisation.pk,
    )
    done = sum(review_commit(each.pk, verdict="accepted")[1] for each in chosen)
    text = ngettext("%(n)s commit accepted.", "%(n)s commits accepted.", done) % {"n": done}
    return go_to(request, _back(request), toast=text)


@require_POST
@for_roles(*WRITERS)
def review(request: PageRequest, key: UUID) -> HttpResponse:
    """Accept one commit, or ask the supplier for another."""
    try:
        _review, has_changed = review_commit(
            key, verdict=request.POST.get("verdict", ""), note=request.POST.get("note", "")
        )
    except Commit.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        text = _("Expected %(expected)s.") % {"expected": refused.expected}
    else:
        text = _("The supplier is told.") if has_changed else _("That was said before.")
    return go_to(request, _back(request), toast=text)


def answered_rows(results: Sequence[Answered], answers: Sequence[CommitAnswer]) -> list[Any]:
    """Return what became of the grid's rows, in the form the grid reads."""
    return [
        _answered(result, answer) for result, answer in zip(results, answers, strict=True)
    ]  # fmt: skip


def _take(request: PageRequest) -> HttpResponse:
    if request.membership.role not in WRITERS:
        return JsonResponse({"detail": _("Your role may not commit.")}, status=403)
    if len(request.body) > MOST_BODY:
        return JsonResponse({"detail": _("Too many cells at once.")}, status=413)
    try:
        answers = [_answer(each) for each in json.loads(request.body)["rows"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        return JsonResponse({"detail": _("The changes could not be read.")}, status=400)
    results = commit_many(answers, origin=Commit.Origin.MANUAL.value)
    return JsonResponse({"rows": answered_rows(results, answers)})


def _answer(sent: Any) -> CommitAnswer:
    return CommitAnswer(
        series_id=UUID(sent["id"]),
        version=int(sent["version"]),
        cells=[
            CommitCell(
                week=date.fromisoformat(cell["week"]),
                quantity=None if cell["quantity"] in {None, ""} else str(cell["quantity"]),
                reason=str(cell.get("reason") or ""),
            )
            for cell in sent["cells"]
        ],
    )


def _answered(result: Answered, answer: CommitAnswer) -> dict[str, Any]:
    position = result.position
    problems = {each.field: each for each in result.problems}
    cells: list[dict[str, Any]] = []
    for cell in answer.cells:
        week = cell.week.isoformat()
        now = _now(position, cell.week)
        shown: dict[str, Any] = {"week": week, "line": "commit", "quantity": now}
        if result.state == "conflict":
            shown["theirs"] = now
        if problem := problems.get(week):
            shown["problem"] = {"expected": problem.expected, "value": problem.value}
        elif result.state == "refused":
            expected = result.problems[0].expected if result.problems else ""
            shown["problem"] = {"expected": expected, "value": str(cell.quantity)}
        cells.append(shown)
    state = "applied" if result.state == "unchanged" else result.state
    version = position.version if position else answer.version
    return {"id": str(result.series_id), "version": version, "state": state, "cells": cells}


def _now(position: Position | None, week: date) -> str | None:
    if position is None or week not in position.places:
        return None
    return texts([position.committed[position.places[week]]])[0]


def _positions(wanted: CommitFilter, offset: int) -> list[Position]:
    """Return a page of the positions that match, one more than shown if there are more."""
    found = tasks(replace(wanted, sort="part"))[offset : offset + GRID_ROWS + 1]
    return positions(row.series_id for row in found)


def _filter(asked: QueryDict, *, usual: str) -> CommitFilter:
    view, sort = asked.get("view", usual), asked.get("sort", "due")
    return CommitFilter(
        view=view if view in VIEWS else usual,
        part=text_of(asked, "part", 40),
        site=text_of(asked, "site", 20),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "due",
    )


def _span(asked: QueryDict) -> int:
    text = asked.get("weeks", "")
    return int(text) if text in {str(each) for each in SPANS} else SPANS[0]


def _back(request: PageRequest) -> str:
    return back(request, page_url(request, "forecasting:commits"))


def _export(request: PageRequest, wanted: CommitFilter) -> HttpResponse:
    """Return the commits as a sheet that can be edited and brought back in."""
    found = task_rows(tasks(wanted)[:EXPORTED], with_positions=True)
    weeks = coming_weeks(26)
    columns = [
        "customer", "part_number", "customer_part_number", "site", "unit", "reason",
        *(iso_week(week) for week in weeks),
    ]  # fmt: skip
    cells = [_line(row.customer.bpn, row.position, weeks) for row in found if row.position]
    stamp = own_day().isoformat()
    return export_response(request, f"commits-{stamp}", columns, cells)


def _line(customer: str, position: Position, weeks: Sequence[date]) -> list[Any]:
    """Return one series: what is committed, else the forecast that waits for it."""
    given = aligned(position.first_week, position.committed, weeks)
    asked = aligned(position.first_week, position.forecast, weeks)
    figures = [one if one is not None else other for one, other in zip(given, asked, strict=True)]
    reason = next((code for code in position.reasons.values() if code in REASONS), "")
    return [
        customer, position.supplier_part_number, position.part_number, position.site_code,
        position.unit, reason, *figures,
    ]  # fmt: skip


routes: list[URLPattern] = [
    path("forecasts/commits/", commits, name="commits"),
    path("forecasts/commits/grid/", grid, name="commit-grid"),
    path("forecasts/commits/rows", rows, name="commit-rows"),
    path("forecasts/commits/as-is", as_is, name="commit-as-is"),
    path("forecasts/commits/accept", accept, name="commit-accept"),
    path("forecasts/commits/<uuid:key>/review", review, name="commit-review"),
]
