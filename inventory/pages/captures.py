"""Pages: documents of tracking events that were handed in, and what became of each event."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from collab.shell.asking import tabs
from collab.shell.page import PageRequest, for_roles, page_url
from inventory.models import CaptureJob
from inventory.queries.captures import VIEWS, captures, one_capture

SHOWN, ERRORS_SHOWN = 50, 200
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
    before = _key(request.GET.get("before", ""))
    found = captures(view, before=before, limit=SHOWN + 1)
    context = {
        "tenant": request.organisation.slug,
        "rows": [_row(job) for job in found[:SHOWN]],
        "older": found[SHOWN - 1].pk if len(found) > SHOWN else None,
        "view": view,
        "views": tabs(request, LABELS, view),
    }
    return render(request, "inventory/captures.html", context)


@require_GET
@for_roles()
def capture_one(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one document's job with the errors of its events."""
    job = one_capture(key)
    if job is None:
        raise Http404
    context = _row(job) | {
        "tenant": request.organisation.slug,
        "errors": job.errors[:ERRORS_SHOWN],
        "more": max(0, len(job.errors) - ERRORS_SHOWN),
    }
    if request.membership.role in {"planner", "admin"}:
        context["document"] = page_url(request, "integration:message", job.message_id)
    return render(request, "inventory/capture.html", context)


def _row(job: CaptureJob) -> dict[str, Any]:
    if job.is_running:
        label, tone = _("Running"), "info"
    elif job.is_success:
        label, tone = _("Recorded"), "ok"
    else:
        label, tone = (_("Recorded in part"), "warn") if job.recorded else (_("Not taken"), "crit")
    return {"job": job, "label": label, "tone": tone}


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


routes: list[URLPattern] = [
    path("inventory/tracking/captures/", capture_list, name="captures"),
    path("inventory/tracking/captures/<uuid:key>/", capture_one, name="capture"),
]
