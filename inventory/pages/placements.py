"""Safety stock over tiers: the list of placements, a new one, its result and what-if questions."""

import json
import math
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.jobs.queries import job_rows
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import of_page, paging, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.forms import RefusableForm
from inventory.models import BufferPlacement
from inventory.pages.buffer_words import refusal_text, version_of
from inventory.queries.buffers import (
    PLACEMENT_SORTS,
    PlacementRow,
    StageRow,
    placement_row,
    placements,
)
from inventory.queries.placement_stages import picture, stage_rows
from inventory.services.placements import (
    LEAST_SECONDS,
    MOST_SECONDS,
    discard_placement,
    new_placement,
    placement_of_document,
    solve_placement,
    stop_placement,
    vary_placement,
)

SHOWN, EXPORTED = 50, 100_000
MOST_BYTES = 4_000_000
SORT_LABELS = {"newest": gettext_lazy("Newest first"), "name": gettext_lazy("Name")}


class PlacementForm(RefusableForm):
    """A name, the solver's time, and a network of one's own if the policies are not meant."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, required=False)
    seconds = forms.IntegerField(
        label=gettext_lazy("Time to solve [s]"),
        min_value=LEAST_SECONDS, max_value=MOST_SECONDS, initial=20,
    )  # fmt: skip
    network = forms.FileField(
        label=gettext_lazy("Network file"),
        required=False,
        help_text=gettext_lazy("JSON as the engine reads it. Without one: your active policies."),
    )

    def document(self) -> Any:
        """Return the file's JSON, None without a file; raise ``Refused`` where it is none."""
        sent = self.cleaned_data["network"]
        if sent is None:
            return None
        if sent.size > MOST_BYTES:
            raise Refused("network", f"a file of at most {MOST_BYTES} bytes", sent.size)
        try:
            found: Any = json.loads(sent.read().decode("utf-8-sig"))
        except (ValueError, RecursionError):
            raise Refused("network", "a JSON file in UTF-8", sent.name) from None
        return found


@require_GET
@for_roles()
def placement_list(request: PageRequest) -> HttpResponse:
    """List the placements."""
    text, sort = text_of(request.GET, "q", 80), request.GET.get("sort", "newest")
    sort = sort if sort in PLACEMENT_SORTS else "newest"
    found = placements(text=text).order_by(PLACEMENT_SORTS[sort], "-pk")
    if wanted_form(request):
        return _export_list(request, [placement_row(each) for each in found[:EXPORTED]])
    page = of_page(request.GET)
    rows = [placement_row(each) for each in found[(page - 1) * SHOWN : page * SHOWN + 1]]
    context = {
        "rows": rows[:SHOWN],
        "total": found.count(),
        "text": text,
        "sort": sort,
        "sorts": SORT_LABELS.items(),
        "may_edit": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
        **paging(request, page, found=len(rows), shown=SHOWN),
    }
    name = "placements_list" if is_fragment(request) else "placements"
    return render(request, f"inventory/{name}.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def placement_new(request: PageRequest) -> HttpResponse:
    """Make a placement from the policies or from a file, and have it solved."""
    form = PlacementForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        name, seconds = form.cleaned_data["name"], form.cleaned_data["seconds"]
        try:
            document = form.document()
            if form.cleaned_data["network"] is None:
                made = new_placement(as_of=timezone.now(), name=name, seconds=seconds)
            else:
                title = name or form.cleaned_data["network"].name
                made = placement_of_document(document, name=title, seconds=seconds)
            solve_placement(made.pk)
        except Refused as refused:
            form.refuse(refused)
        else:
            return go_to(request, page_url(request, "inventory:placement", made.pk))
    context = {"form": form, "tenant": request.organisation.slug}
    status = 422 if form.errors else 200
    return render(request, "inventory/placement_new.html", context, status=status)


@require_GET
@for_roles()
def placement(request: PageRequest, key: UUID) -> HttpResponse:
    """Show the chain, where it keeps stock and what that saves."""
    found = _placement(key)
    row, stages = placement_row(found), stage_rows(found)
    if wanted_form(request):
        return _export_one(request, stages)
    family = BufferPlacement.objects.filter(parent_id=found.parent_id or found.pk)
    context = {
        "row": row,
        "stages": [{"stage": each, "number": number} for number, each in enumerate(stages)],
        "kept": sum(1 for each in stages if each.safety_stock),
        "chart": _chart(stages) if row.cost is not None else [],
        "picture": picture(found, stages),
        "job": next(iter(job_rows([row.job_id])), None) if row.job_id else None,
        "is_running": row.state == "running",
        "family": [placement_row(each) for each in family.exclude(pk=key).order_by("-pk")[:10]],
        "parent": placement_row(_placement(found.parent_id)) if found.parent_id else None,
        "may_edit": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
        **paging(request, 1),
    }
    return render(request, "inventory/placement.html", context)


@require_POST
@for_roles(*WRITERS)
def placement_vary(request: PageRequest, key: UUID) -> HttpResponse:
    """Give one stage's service time, or set it free, and have the variant solved."""
    _placement(key)
    days = request.POST.get("days", "").strip()
    try:
        if days and not (days.isascii() and days.isdecimal() and len(days) <= 5):
            raise Refused("days", "whole days", days)
        child = vary_placement(key, {request.POST.get("stage", ""): int(days) if days else None})
        solve_placement(child.pk)
    except Refused as refused:
        url = page_url(request, "inventory:placement", key)
        return go_to(request, url, toast=refusal_text(refused))
    return go_to(request, page_url(request, "inventory:placement", child.pk))


@require_POST
@for_roles(*WRITERS)
def placement_solve(request: PageRequest, key: UUID) -> HttpResponse:
    """Have it solved again."""
    return _act(request, key, solve_placement, _("The solver is at it."))


@require_POST
@for_roles(*WRITERS)
def placement_stop(request: PageRequest, key: UUID) -> HttpResponse:
    """Stop the solver; the best placement so far stays."""
    _placement(key)
    stop_placement(key)
    url = page_url(request, "inventory:placement", key)
    return go_to(request, url, toast=_("The solver stops; the best placement so far is kept."))


@require_POST
@for_roles(*WRITERS)
def placement_discard(request: PageRequest, key: UUID) -> HttpResponse:
    """Throw it away."""
    return _act(request, key, discard_placement, _("Discarded."))


def _act(request: PageRequest, key: UUID, act: Any, toast: str) -> HttpResponse:
    _placement(key)
    try:
        act(key, version=version_of(request.POST))
    except Refused as refused:
        toast = refusal_text(refused)
    except VersionConflict:
        toast = _("Somebody changed this meanwhile; look again.")
    return go_to(request, page_url(request, "inventory:placement", key), toast=toast)


def _placement(key: UUID) -> BufferPlacement:
    found = BufferPlacement.objects.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _chart(stages: list[StageRow]) -> list[tuple[str, float, float]]:
    """Return running totals with buffers everywhere and as placed, the dearest stages first."""
    ordered = sorted(stages, key=lambda each: -each.everywhere)
    found, everywhere, placed = [], 0.0, 0.0
    for each in ordered:
        everywhere, placed = everywhere + each.everywhere, placed + (each.cost or 0.0)
        found.append((each.id, round(everywhere, 2), round(placed, 2)))
    every = math.ceil(len(found) / 120)
    return [each for at, each in enumerate(found) if at % every == 0 or at == len(found) - 1]


def _export_list(request: PageRequest, rows: list[PlacementRow]) -> HttpResponse:
    columns = [
        "name", "state", "stages", "status", "cost", "bound", "cost_everywhere",
        "saving_percent", "currency", "solved_at",
    ]  # fmt: skip
    cells: list[list[Any]] = [
        [
            row.name, row.state, row.stages, row.status, row.cost, row.bound, row.everywhere,
            row.saving_percent, row.currency, row.solved_at,
        ]
        for row in rows
    ]  # fmt: skip
    return export_response(request, "safety-stock-placements", columns, cells)


def _export_one(request: PageRequest, rows: list[StageRow]) -> HttpResponse:
    columns = [
        "stage", "partner", "lead_time", "service_time", "inbound_service_time",
        "net_replenishment_time", "safety_stock", "cost", "cost_everywhere", "given",
    ]  # fmt: skip
    cells: list[list[Any]] = [
        [
            row.id, row.partner, row.lead_time, row.service_time, row.inbound, row.net,
            row.safety_stock, row.cost, round(row.everywhere, 2), row.fixed,
        ]
        for row in rows
    ]  # fmt: skip
    return export_response(request, "safety-stock-placement", columns, cells)


routes: list[URLPattern] = [
    path("inventory/buffers/placements/", placement_list, name="placements"),
    path("inventory/buffers/placements/new/", placement_new, name="placement-new"),
    path("inventory/buffers/placements/<uuid:key>/", placement, name="placement"),
    path("inventory/buffers/placements/<uuid:key>/vary", placement_vary, name="placement-vary"),
    path("inventory/buffers/placements/<uuid:key>/solve", placement_solve, name="placement-solve"),
    path("inventory/buffers/placements/<uuid:key>/stop", placement_stop, name="placement-stop"),
    path(
        "inventory/buffers/placements/<uuid:key>/discard",
        placement_discard,
        name="placement-discard",
    ),
]
