"""Suggested safety stock: the list, one with its formula filled in, and what is decided."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import chosen_keys, of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.forms import partner_choices
from inventory.models import BufferSuggestion
from inventory.pages.buffer_words import refusal_text, version_of
from inventory.queries.buffers import (
    SORTS,
    SuggestionFilter,
    SuggestionRow,
    suggestion_row,
    suggestion_rows,
    suggestions,
)
from inventory.services.buffers import accept, accept_many, dismiss, suggest
from inventory.services.portfolio import suggest_for_fill

SHOWN, EXPORTED = 50, 100_000
VIEW_LABELS = {
    "open": pgettext_lazy("suggestions", "Open"),
    "decided": pgettext_lazy("suggestions", "Accepted"),
    "dismissed": pgettext_lazy("suggestions", "Dismissed"),
}
SORT_LABELS = {
    "order": gettext_lazy("Largest order"),
    "cost": gettext_lazy("Most stock value"),
    "lane": gettext_lazy("Share of the lane"),
    "part": gettext_lazy("Part"),
    "newest": gettext_lazy("Newest first"),
}
WHY_LABELS = {
    "": gettext_lazy("Any reason"),
    "order": gettext_lazy("An order is due"),
    "lane": gettext_lazy("The lane carries most of it"),
}
SOURCES = {
    "stated": gettext_lazy("stated"),
    "measured": gettext_lazy("measured on the lane"),
    "history": gettext_lazy("from demand of two years"),
    "announced": gettext_lazy("demand of the coming four weeks"),
    "packaging": gettext_lazy("packaging"),
    "stock": gettext_lazy("on hand and under way"),
    "none": gettext_lazy("not known"),
}
FIGURES = {
    "demand": gettext_lazy("Demand a day"),
    "demand_sigma": gettext_lazy("Its spread a day"),
    "lead": gettext_lazy("Lead time [d]"),
    "lead_sigma": gettext_lazy("Its spread [d]"),
    "pack": gettext_lazy("Pack"),
    "available": gettext_lazy("Available"),
    "level": gettext_lazy("Service level"),
}


@require_GET
@for_roles()
def buffers(request: PageRequest) -> HttpResponse:
    """List the suggestions; every filter is in the address."""
    asked = request.GET
    wanted, sort = _filter(asked), asked.get("sort", "order")
    sort = sort if sort in SORTS else "order"
    found = suggestions(wanted).order_by(*SORTS[sort])
    if wanted_form(request):
        return _export(request, suggestion_rows(found[:EXPORTED]))
    page = of_page(asked)
    rows = suggestion_rows(found[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "rows": rows[:SHOWN],
        "total": found.count(),
        "wanted": wanted,
        "sort": sort,
        "sorts": SORT_LABELS.items(),
        "whys": WHY_LABELS.items(),
        "views": tabs(request, VIEW_LABELS, wanted.view),
        "partners": partner_choices(),
        "is_filtered": bool(wanted.part or wanted.site or wanted.partner_bpn or wanted.why),
        "may_edit": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
        "figure_words": FIGURES,
        **paging(request, page, found=len(rows), shown=SHOWN),
    }
    name = "buffers_list" if is_fragment(request) else "buffers"
    return render(request, f"inventory/{name}.html", context)


@require_GET
@for_roles()
def buffer(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one suggestion with every figure and the formula they go into."""
    row = suggestion_row(_suggestion(key))
    inputs = [
        {
            "name": name,
            "label": label,
            "value": row.figures["inputs"][name]["value"],
            "source": SOURCES[row.figures["inputs"][name]["source"]],
        }
        for name, label in FIGURES.items()
        if name in row.figures["inputs"]
    ]
    changes = [
        {**each, "label": FIGURES.get(each["figure"], each["figure"])} for each in row.changes
    ]
    earlier = suggestions(SuggestionFilter(view="decided")).filter(policy_id=row.policy_id)
    context = {
        "row": row,
        "inputs": inputs,
        "changes": changes,
        "earlier": suggestion_rows(earlier.exclude(pk=key).order_by("-decided_at")[:10]),
        "may_edit": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    return render(request, "inventory/buffer.html", context)


@require_POST
@for_roles(*WRITERS)
def decide(request: PageRequest, key: UUID) -> HttpResponse:
    """Accept a suggestion as it is or with another stock, or dismiss it."""
    _suggestion(key)
    told, now = request.POST, timezone.now()
    version, note = version_of(told), told.get("note", "")
    try:
        if told.get("do") == "dismiss":
            dismiss(key, as_of=now, note=note, version=version)
            toast = _("Dismissed.")
        else:
            stock = told.get("stock", "").strip() if told.get("do") == "change" else None
            accept(key, as_of=now, stock=stock, note=note, version=version)
            toast = _("Accepted; the agreed minimum follows.")
    except Refused as refused:
        toast = refusal_text(refused)
        return go_to(request, page_url(request, "inventory:buffer", key), toast=toast)
    except VersionConflict:
        toast = _("Somebody changed this meanwhile; look again.")
        return go_to(request, page_url(request, "inventory:buffer", key), toast=toast)
    return go_to(request, page_url(request, "inventory:buffers"), toast=toast)


@require_POST
@for_roles(*WRITERS)
def bulk(request: PageRequest) -> HttpResponse:
    """Accept the chosen suggestions as they are."""
    count = accept_many(chosen_keys(request.POST), as_of=timezone.now())
    toast = ngettext("%(n)s accepted.", "%(n)s accepted.", count) % {"n": count}
    return go_to(request, page_url(request, "inventory:buffers"), toast=toast)


@require_POST
@for_roles(*WRITERS)
def work_out_all(request: PageRequest) -> HttpResponse:
    """Work all policies out anew: each at its own service level, or for one fill rate together."""
    fill = request.POST.get("fill", "").strip().replace(",", ".")
    try:
        if fill:
            found = suggest_for_fill(_share(fill), as_of=timezone.now())
        else:
            found = suggest(as_of=timezone.now())
    except Refused as refused:
        return go_to(request, page_url(request, "inventory:buffers"), toast=refusal_text(refused))
    toast = _("%(open)s open for %(n)s policies; %(missing)s lack a figure.") % {
        "open": found.open,
        "n": found.policies,
        "missing": found.missing,
    }
    return go_to(request, page_url(request, "inventory:buffers"), toast=toast)


def _share(text: str) -> float:
    try:
        return float(text) / 100
    except ValueError:
        raise Refused("fill", "a fill rate in percent", text) from None


def _suggestion(key: UUID) -> BufferSuggestion:
    rows = BufferSuggestion.objects.select_related("policy__part", "policy__partner")
    found = rows.filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _filter(asked: QueryDict) -> SuggestionFilter:
    view, why = asked.get("view", "open"), asked.get("why", "")
    return SuggestionFilter(
        view=view if view in VIEW_LABELS else "open",
        part=text_of(asked, "part", 40),
        site=text_of(asked, "site", 20),
        partner_bpn=text_of(asked, "partner", 16),
        why=why if why in WHY_LABELS else "",
    )


def _export(request: PageRequest, rows: list[SuggestionRow]) -> HttpResponse:
    columns = [
        "part_number", "site", "partner", "state", "service_level", "safety_stock", "before",
        "reorder_point", "target", "order_quantity", "available", "minimum_days", "lead_share",
        "cost_change", "currency", "decided_stock", "decided_at",
    ]  # fmt: skip
    cells: list[list[Any]] = [
        [
            row.part_number, row.site_code, row.partner_bpn, row.state, row.service_level,
            row.safety_stock, row.before, row.reorder_point, row.target, row.order_quantity,
            row.available, row.minimum_days, row.lead_share, row.cost_change, row.currency,
            row.decided_stock, row.decided_at,
        ]
        for row in rows
    ]  # fmt: skip
    return export_response(request, "safety-stock", columns, cells)


routes: list[URLPattern] = [
    path("inventory/buffers/", buffers, name="buffers"),
    path("inventory/buffers/accept", bulk, name="buffers-accept"),
    path("inventory/buffers/work-out", work_out_all, name="buffers-work-out"),
    path("inventory/buffers/<uuid:key>/", buffer, name="buffer"),
    path("inventory/buffers/<uuid:key>/decide", decide, name="buffer-decide"),
]
