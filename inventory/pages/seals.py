"""Seals: the list, one seal with the looks at it, and its signed evidence."""

import json
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.device_forms import InspectionForm, LookForm, PlanForm, SealForm, SealTermsForm
from inventory.models import Device
from inventory.queries.devices import DeviceFilter
from inventory.queries.devices import devices as own_devices
from inventory.queries.seals import (
    SORTS,
    VIEWS,
    SealFilter,
    SealRow,
    evidence_of,
    scans_of,
    seal_list,
    seals_by_key,
)
from inventory.services.seals import (
    LookPlan,
    SealPlan,
    bind_seal,
    change_terms,
    inspect_seal,
    look_at_seal,
    release_seal,
    remove_seal,
)

SHOWN, EXPORTED = 50, 100_000
VIEW_LABELS = {
    "on": gettext_lazy("On the way"),
    "red": gettext_lazy("Red lane"),
    "open": pgettext_lazy("seal", "Opened"),
    "removed": gettext_lazy("Taken off"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "newest": gettext_lazy("Changed last first"),
    "number": gettext_lazy("Number"),
    "advice": gettext_lazy("Dispatch advice"),
}


@require_GET
@for_roles()
def seals(request: PageRequest) -> HttpResponse:
    """List seals; every filter is in the address."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, seal_list(wanted, limit=EXPORTED))
    page = of_page(request.GET)
    rows = seal_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    context = {
        "rows": rows[:SHOWN],
        "views": tabs(request, VIEW_LABELS, wanted.view),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.text or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_edit": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    name = "inventory/seals_list.html" if is_fragment(request) else "inventory/seals.html"
    return render(request, name, context)


@require_GET
@for_roles()
def seal(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one seal with the looks at it."""
    return _shown(request, _row(key))


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def seal_new(request: PageRequest) -> HttpResponse:
    """Bind a seal to a dispatch advice."""
    asked = {"advice": text_of(request.GET, "advice", 36)}
    form = SealForm(request.POST or None, devices=_devices(), initial=asked)
    if request.method == "POST" and form.is_valid():
        plan = form.plan()
        try:
            kept = bind_seal(SealPlan(**{**plan, "advice": UUID(plan["advice"])}))
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:seal", kept.pk)
            return go_to(request, url, toast=_("The seal is bound to its manifest."))
    context = {"form": form, "tenant": request.organisation.slug}
    status = 422 if form.errors else 200
    return render(request, "inventory/seal_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def seal_terms(request: PageRequest, key: UUID) -> HttpResponse:
    """State anew when and where an own seal may be opened, its lane and its devices."""
    row = _row(key)
    if not row.is_own or row.state == "removed":
        raise Http404
    form = SealTermsForm(request.POST or None, devices=_devices(), initial=_terms(row))
    if request.method == "POST" and form.is_valid():
        plan = SealPlan(advice=row.advice_id, number=row.number, **form.plan())
        try:
            change_terms(row.id, plan, version=form.cleaned_data["version"])
        except VersionConflict:
            form.add_error(None, _("Somebody changed this meanwhile; look again."))
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:seal", row.id)
            return go_to(request, url, toast=_("The terms of the seal are kept."))
    context = {"form": form, "row": row, "tenant": request.organisation.slug}
    status = 422 if form.errors else 200
    return render(request, "inventory/seal_terms.html", context, status=status)


@require_POST
@for_roles(*WRITERS)
def seal_look(request: PageRequest, key: UUID) -> HttpResponse:
    """Record a look at a seal."""
    row, form = _row(key), LookForm(request.POST)
    if form.is_valid():
        try:
            scan = look_at_seal(row.id, LookPlan(**form.plan()))
        except Refused as refused:
            form.refuse(refused)
        else:
            toast = _("Red lane: second inspection.") if scan.findings else _("Green lane.")
            return go_to(request, page_url(request, "inventory:seal", row.id), toast=toast)
    return _shown(request, row, look=form)


@require_POST
@for_roles(*WRITERS)
def seal_inspect(request: PageRequest, key: UUID) -> HttpResponse:
    """Record a second inspection."""
    row, form = _row(key), InspectionForm(request.POST)
    if form.is_valid():
        try:
            inspect_seal(row.id, **form.plan())
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:seal", row.id)
            return go_to(request, url, toast=_("The inspection is recorded."))
    return _shown(request, row, inspection=form)


@require_POST
@for_roles(*WRITERS)
def seal_step(request: PageRequest, key: UUID, step: str) -> HttpResponse:
    """Release an own seal, or take it off."""
    row = _row(key)
    if not row.is_own or step not in {"release", "remove"}:
        raise Http404
    url = page_url(request, "inventory:seal", row.id)
    try:
        if step == "release":
            release_seal(row.id)
        else:
            remove_seal(row.id)
    except Refused as refused:
        toast = _("Expected %(expected)s.") % {"expected": refused.expected}
        return go_to(request, url, toast=toast)
    toast = _("The seal may be opened.") if step == "release" else _("The seal is taken off.")
    return go_to(request, url, toast=toast)


@require_GET
@for_roles()
def seal_evidence(request: PageRequest, key: UUID) -> HttpResponse:
    """Hand out the signed evidence of a seal as a file."""
    row = _row(key)
    content = json.dumps(evidence_of(row), indent=1, ensure_ascii=False)
    name = "".join(sign for sign in row.number if sign.isalnum())
    headers = {
        "Content-Disposition": f'attachment; filename="seal-{name}.json"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type="application/json", headers=headers)


def _devices() -> "QuerySet[Device]":
    """Return own devices that are on and may be a seal, or follow one."""
    kinds = (Device.Kind.SEAL, Device.Kind.TRACKER)
    return own_devices(DeviceFilter(view="on")).filter(kind__in=kinds).order_by("code")


def _terms(row: SealRow) -> dict[str, Any]:
    names = ("is_high_risk", "allowed_days", "opens_from", "opens_until", "timezone", "version")
    return {
        **{name: getattr(row, name) for name in names},
        "device": row.device_code,
        "tracker": row.tracker_code,
        "allowed_sites": ", ".join(row.allowed_sites),
    }


def _row(key: UUID) -> SealRow:
    found = seals_by_key([key])
    if not found:
        raise Http404
    return found[0]


def _shown(request: PageRequest, row: SealRow, **forms: PlanForm) -> HttpResponse:
    context = {
        "row": row,
        "scans": scans_of(row.id),
        "look": forms.get("look") or LookForm(initial={"number": row.number}),
        "inspection": forms.get("inspection") or InspectionForm(),
        "may_edit": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    name = "inventory/seal_body.html" if is_fragment(request) else "inventory/seal.html"
    return render(request, name, context, status=422 if forms else 200)


def _filter(asked: QueryDict) -> SealFilter:
    view, sort = asked.get("view", "on"), asked.get("sort", "newest")
    return SealFilter(
        view=view if view in VIEWS else "on",
        text=text_of(asked, "text", 40),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "newest",
    )


def _export(request: PageRequest, rows: list[SealRow]) -> HttpResponse:
    columns = [
        "number", "advice", "shipment", "owner", "partner", "state", "lane", "needs_inspection",
        "applied_at", "released_at", "looked_at",
    ]  # fmt: skip
    cells: list[list[Any]] = [
        [
            row.number, row.advice_number, row.shipment_number, row.owner.bpn, row.partner.bpn,
            row.state, row.lane, row.needs_inspection, row.applied_at, row.released_at,
            row.looked_at,
        ]
        for row in rows
    ]  # fmt: skip
    return export_response(request, "seals", columns, cells)


routes: list[URLPattern] = [
    path("inventory/seals/", seals, name="seals"),
    path("inventory/seals/new/", seal_new, name="seal-new"),
    path("inventory/seals/<uuid:key>/", seal, name="seal"),
    path("inventory/seals/<uuid:key>/terms/", seal_terms, name="seal-terms"),
    path("inventory/seals/<uuid:key>/look", seal_look, name="seal-look"),
    path("inventory/seals/<uuid:key>/inspect", seal_inspect, name="seal-inspect"),
    path("inventory/seals/<uuid:key>/evidence", seal_evidence, name="seal-evidence"),
    path("inventory/seals/<uuid:key>/<str:step>", seal_step, name="seal-step"),
]
