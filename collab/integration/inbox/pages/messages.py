"""Pages: the messages that came in, one with its text and report, and trying it again."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.integration.inbox.applying import NotRetryable, retry
from collab.integration.inbox.envelopes import EPCIS, JSON
from collab.integration.models.messages import InboundMessage, OutboundMessage
from collab.shell.page import PageRequest, for_roles, go_to, page_url

READERS = ("planner", "admin")
SHOWN = 50
ASPECTS: dict[str, Any] = {
    "catenax:week_based_material_demand": gettext_lazy("Weekly demand"),
    "catenax:week_based_capacity_group": gettext_lazy("Capacity group"),
    "catenax:id_based_comment": gettext_lazy("Comment"),
    "catenax:id_based_request_for_update": gettext_lazy("Request for update"),
    "epcis:document": gettext_lazy("Tracking events"),
}
SHOWN_TEXT = 200_000  # characters
STATES = InboundMessage.State
TONES = {
    STATES.RECEIVED: "info",
    STATES.APPLIED: "ok",
    STATES.HELD: "warn",
    STATES.REFUSED: "crit",
}


@require_GET
@for_roles(*READERS)
def messages(request: PageRequest) -> HttpResponse:
    """Show the newest messages, of one state if the query names one."""
    rows = InboundMessage.objects.select_related("sender").defer("raw").order_by("-pk")
    state = request.GET.get("state", "")
    if state in STATES.values:
        rows = rows.filter(state=state)
    before = _uuid(request.GET.get("before", ""))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: SHOWN + 1])
    context = {
        "rows": [_row(message) for message in found[:SHOWN]],
        "older": found[SHOWN - 1].pk if len(found) > SHOWN else None,
        "state": state,
        "states": [("", _("All")), *STATES.choices],
    }
    return render(request, "integration/messages.html", context)


@require_GET
@for_roles(*READERS)
def message(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one message: its report, its text, what was answered."""
    return _page(request, _found(key))


@require_POST
@for_roles(*READERS)
def again(request: PageRequest, key: UUID) -> HttpResponse:
    """Try a message again, after what it lacked was put right."""
    found = _found(key)
    try:
        done = retry(key, confirmed=request.POST.get("confirmed") == "1")
    except NotRetryable as refused:
        return _page(request, found, str(refused))
    toast = _("Tried again: %(state)s.") % {"state": STATES(done.state).label}
    return go_to(request, page_url(request, "integration:message", key), toast=toast)


@require_GET
@for_roles(*READERS)
def raw(request: PageRequest, key: UUID) -> HttpResponse:
    """Hand the message out as it came."""
    found = _found(key)
    response = HttpResponse(bytes(found.raw), content_type="application/octet-stream")
    ending = "json" if found.syntax in {JSON, EPCIS} else "edi"
    name = f"message-{found.received_at:%Y%m%d-%H%M%S}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _page(request: PageRequest, found: InboundMessage, error: str = "") -> HttpResponse:
    codes = {each["code"] for each in found.problems}
    text = bytes(found.raw[: SHOWN_TEXT * 2]).decode("utf-8", "replace")
    answers = OutboundMessage.objects.filter(about=found).order_by("pk")
    context = {
        **_row(found),
        "problems": found.problems,
        "answers": [
            {"answer": each, "text": bytes(each.raw).decode("iso8859-1")} for each in answers
        ],
        "text": text[:SHOWN_TEXT],
        "is_cut": len(text) > SHOWN_TEXT or found.size > SHOWN_TEXT * 2,
        "is_retryable": found.state in {STATES.HELD, STATES.REFUSED}
        and not found.applied
        and found.syntax != EPCIS,
        "asks": "control-number-reused" in codes,
        "error": error,
    }
    return render(request, "integration/message.html", context, status=422 if error else 200)


def title_of(kind: str) -> str:
    """Return what a kind of message is called: DELFOR, 830, or an aspect by its words."""
    return str(ASPECTS.get(kind, "")) or kind.partition(":")[2] or kind


def _row(found: InboundMessage) -> dict[str, Any]:
    errors = sum(not each["is_warning"] for each in found.problems)
    return {
        "message": found,
        "title": title_of(found.kind) or _("Unknown"),
        "tone": TONES[STATES(found.state)],
        "errors": errors,
        "warnings": len(found.problems) - errors,
    }


def _found(key: UUID) -> InboundMessage:
    found = InboundMessage.objects.select_related("sender").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
