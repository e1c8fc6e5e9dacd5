"""Pages: the messages that go to partners' systems, and what their receivers said."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collab.integration.inbox import outbox
from collab.integration.inbox.outbox import AlreadyAnswered
from collab.integration.inbox.outbox_api import file_of
from collab.integration.inbox.pages.messages import READERS, SHOWN, SHOWN_TEXT, title_of
from collab.integration.models.messages import OutboundMessage
from collab.shell.page import PageRequest, for_roles, go_to, page_url

STATES = OutboundMessage.State
TONES = {
    STATES.WAITING: "info",
    STATES.FETCHED: "brand",
    STATES.ACKNOWLEDGED: "ok",
    STATES.REFUSED: "crit",
}


@require_GET
@for_roles(*READERS)
def outgoing(request: PageRequest) -> HttpResponse:
    """Show the newest messages that go out, of one state if the query names one."""
    state = request.GET.get("state", "")
    state = state if state in STATES.values else ""
    rows = outbox.newest(state=state)
    before = _uuid(request.GET.get("before", ""))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: SHOWN + 1])
    context = {
        "rows": [_row(each) for each in found[:SHOWN]],
        "older": found[SHOWN - 1].pk if len(found) > SHOWN else None,
        "state": state,
        "states": [("", _("All")), *STATES.choices],
        "direction": "out",
    }
    return render(request, "integration/messages_out.html", context)


@require_GET
@for_roles(*READERS)
def one(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one message: what it says, where it stands."""
    return _page(request, _found(key))


@require_GET
@for_roles(*READERS)
def file(request: PageRequest, key: UUID) -> HttpResponse:
    """Hand the message out for the partner; it counts as fetched from then on."""
    _found(key)
    return file_of(outbox.fetch(key))


@require_POST
@for_roles(*READERS)
def verdict(request: PageRequest, key: UUID) -> HttpResponse:
    """Note what the receiver said by other ways."""
    found = _found(key)
    is_accepted = request.POST.get("accepted") == "1"
    try:
        done = outbox.settle(
            key, is_accepted=is_accepted, note=request.POST.get("note", "").strip()
        )
    except AlreadyAnswered:
        return _page(request, found, _("The receiver answered already."))
    toast = _("Noted: %(state)s.") % {"state": STATES(done.state).label}
    return go_to(request, page_url(request, "integration:outgoing-message", key), toast=toast)


def _page(request: PageRequest, found: OutboundMessage, error: str = "") -> HttpResponse:
    raw = bytes(found.raw)
    text = raw[: SHOWN_TEXT * 2].decode("utf-8", "replace")
    context = {
        **_row(found),
        "text": text[:SHOWN_TEXT],
        "size": len(raw),
        "is_cut": len(text) > SHOWN_TEXT or len(raw) > SHOWN_TEXT * 2,
        "is_open": found.state in outbox.OPEN,
        "error": error,
    }
    return render(request, "integration/message_out.html", context, status=422 if error else 200)


def _row(found: OutboundMessage) -> dict[str, Any]:
    return {
        "message": found,
        "kind": title_of(found.kind),
        "tone": TONES[STATES(found.state)],
    }


def _found(key: UUID) -> OutboundMessage:
    found = OutboundMessage.objects.select_related("receiver").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
