"""Pages: documents of tracking events that were handed in, and what became of each event."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from collab.integration.exports import export_response, wanted_form
from collab.shell.asking import address, key_of, tabs
from collab.shell.page import PageRequest, for_roles, is_fragment, page_url
from inventory.queries.captures import VIEWS, captures, one_capture, row_of

SHOWN, ERRORS_SHOWN, EXPORTED = 50, 200, 100_000
LABELS = {
    "all": gettext_lazy("All"),
    "problems": gettext_lazy("With problems"),
    "running": gettext_lazy("Running"),
}


@require_GET
@for_roles()
def capture_list(request: PageRequest) -> HttpResponse:
    """List the documents, newest first; the view is in the address."""
    view = request.GET.get("view", "all")
    view = view if view in VIEWS else "all"
    if wanted_form(request):
        return _export(request, view)
    found = captures(view, before=key_of(request.GET.get("before", "")), limit=SHOWN + 1)
    context = {
        "tenant": request.organisation.slug,
        "rows": found[:SHOWN],
        "older": address(request, before=str(found[SHOWN - 1].job.pk))
        if len(found) > SHOWN
        else "",
        "view": view,
        "views": tabs(request, LABELS, view),
        "csv": address(request, export="csv", before=""),
        "xlsx": address(request, export="xlsx", before=""),
    }
    name = "inventory/captures_list.html" if is_fragment(request) else "inventory/captures.html"
    return render(request, name, context)


@require_GET
@for_roles()
def capture_one(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one document's job with the errors of its events."""
    job = one_capture(key)
    if job is None:
        raise Http404
    row = row_of(job)
    context = {
        "job": job,
        "label": row.label,
        "tone": row.tone,
        "tenant": request.organisation.slug,
        "errors": job.errors[:ERRORS_SHOWN],
        "more": max(0, len(job.errors) - ERRORS_SHOWN),
    }
    if request.membership.role in {"planner", "admin"}:
        context["document"] = page_url(request, "integration:message", job.message_id)
    name = "inventory/capture_body.html" if is_fragment(request) else "inventory/capture.html"
    return render(request, name, context)


def _export(request: PageRequest, view: str) -> HttpResponse:
    columns = [
        _("Received"), _("State"), _("If one event is refused"), _("Events"), _("Recorded"),
        _("Known before"), _("Refused"), _("Ended"), _("Document"),
    ]  # fmt: skip
    rows = (
        [
            row.job.created_at, row.label, row.job.get_behaviour_display(), row.job.events,
            row.job.recorded, row.job.known, row.job.refused, row.job.finished_at,
            str(row.job.message_id),
        ]
        for row in captures(view, before=None, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "captured-documents", columns, rows)


routes: list[URLPattern] = [
    path("inventory/tracking/captures/", capture_list, name="captures"),
    path("inventory/tracking/captures/<uuid:key>/", capture_one, name="capture"),
]
