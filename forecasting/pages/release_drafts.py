"""Releases on their way out: prepare, look at what is held, publish or discard."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.jobs.models import Job
from collab.jobs.queries import job_rows
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import of_page, paging, tabs
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from forecasting.models import ReleaseDraft
from forecasting.pages.releases import PLANNERS, SHOWN
from forecasting.queries.releases import DraftRow, draft_rows, drafts
from forecasting.services.publishing import KIND, publish_releases, release_held
from forecasting.services.releases import discard_draft, prepare_releases

EXPORTED = 100_000
LONGEST = 9
VIEWS = {
    "open": gettext_lazy("Open"),
    "held": gettext_lazy("Held"),
    "published": gettext_lazy("Published"),
    "discarded": gettext_lazy("Discarded"),
}


@require_GET
@for_roles()
def draft_list(request: PageRequest) -> HttpResponse:
    """List drafts, those that are held with the reasons."""
    view = request.GET.get("view", "open")
    view = view if view in VIEWS else "open"
    rows = drafts(state=view).order_by("-state", "-pk")
    if wanted_form(request):
        return _export(request, draft_rows(rows[:EXPORTED]))
    page = of_page(request.GET)
    found = draft_rows(rows[(page - 1) * SHOWN : page * SHOWN + 1])
    running = Job.objects.filter(kind=KIND, ended_at__isnull=True).values_list("pk", flat=True)
    context = {
        "rows": found[:SHOWN],
        "ready": drafts(state=ReleaseDraft.State.DRAFT).count(),
        "held": drafts(state=ReleaseDraft.State.HELD).count(),
        "jobs": job_rows(list(running)),
        "views": tabs(request, VIEWS, view),
        "view": view,
        **paging(request, page, found=len(found), shown=SHOWN),
        "may_plan": request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }
    return render(request, "forecasting/releases_drafts.html", context)


@require_POST
@for_roles(*PLANNERS)
def prepare(request: PageRequest) -> HttpResponse:
    """Draft a release of every active series that has a plan."""
    made = prepare_releases()
    held = sum(each.state == ReleaseDraft.State.HELD for each in made)
    text = ngettext("%(n)s release is ready", "%(n)s releases are ready", len(made) - held) % {
        "n": len(made) - held
    }
    if held:
        text += ", " + ngettext("%(n)s is held.", "%(n)s are held.", held) % {"n": held}
    return go_to(request, page_url(request, "forecasting:release-drafts"), toast=text)


@require_POST
@for_roles(*PLANNERS)
def publish(request: PageRequest) -> HttpResponse:
    """Publish all drafts that are not held; many as a job whose progress the page shows."""
    url = page_url(request, "forecasting:release-drafts")
    try:
        done = publish_releases()
    except Refused:
        return go_to(request, url, toast=_("There is nothing to publish."))
    if done.job is not None:
        return go_to(request, url, toast=_("The releases are on their way."))
    count = len(done.schedules)
    text = ngettext("%(n)s release published.", "%(n)s releases published.", count) % {"n": count}
    return go_to(request, page_url(request, "forecasting:releases"), toast=text)


@require_POST
@for_roles(*PLANNERS)
def decide(request: PageRequest, key: UUID) -> HttpResponse:
    """Release a held draft as it is, or discard it, with a note."""
    url = page_url(request, "forecasting:release-drafts")
    note, version = request.POST.get("note", ""), request.POST.get("version", "")
    read = int(version) if version.isdecimal() and len(version) <= LONGEST else None
    try:
        if request.POST.get("do") == "discard":
            discard_draft(key, note=note, version=read)
            toast = _("The draft is discarded.")
        else:
            release_held(key, note=note, version=read)
            toast = _("The release is published.")
    except ReleaseDraft.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        toast = _("Somebody changed this draft meanwhile; look at it again.")
    except Refused as refused:
        toast = _("Expected %(expected)s, got “%(value)s”.") % {
            "expected": refused.expected,
            "value": refused.value,
        }
    return go_to(request, url, toast=toast)


def _export(request: PageRequest, rows: list[DraftRow]) -> HttpResponse:
    columns = [
        _("Part"), _("Supplier"), _("Site"), _("State"), _("Total"), _("Unit"), _("Reason"),
        _("Created"),
    ]  # fmt: skip
    lines = (
        [
            row.part_number, row.supplier.short, row.site_code, row.state_label, row.total,
            row.unit, "; ".join(_reason(each) for each in row.deviations), row.created_at,
        ]
        for row in rows
    )  # fmt: skip
    return export_response(request, "release-drafts", columns, lines)


def _reason(found: Mapping[str, Any]) -> str:
    if found["kind"] == "unknown":
        return f"{found['expected']}: {found['found']}"
    return f"{found['week'] or _('Total')}: {found['before']} → {found['after']}"


routes: list[URLPattern] = [
    path("forecasts/releases/drafts/", draft_list, name="release-drafts"),
    path("forecasts/releases/drafts/prepare", prepare, name="release-prepare"),
    path("forecasts/releases/drafts/publish", publish, name="release-publish"),
    path("forecasts/releases/drafts/<uuid:key>", decide, name="release-decide"),
]
