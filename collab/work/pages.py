"""The exception queue: the list on the left, the one at hand on the right."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import FORMS, export_response, wanted_form
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url, with_toast
from collab.work import queries
from collab.work.details import detail_of
from collab.work.models import Alert, AlertHandling
from collab.work.queries import VIEWS, ExceptionRow, QueueFilter
from collab.work.rules.handling import Action, StepNotAllowed
from collab.work.services import AlertNotVisible, handle, handle_many

HANDLERS = ("planner", "clerk", "dispatcher", "admin")
SHOWN = 50
EXPORTED = 10_000
SNOOZE_HOURS = {"1": 1, "4": 4, "24": 24, "72": 72}
LABELS = {
    "open": gettext_lazy("Open"),
    "mine": gettext_lazy("Mine"),
    "snoozed": gettext_lazy("Snoozed"),
    "done": gettext_lazy("Done"),
    "all": gettext_lazy("All"),
}


@require_GET
@for_roles()
def queue(request: PageRequest) -> HttpResponse:
    """Show the queue with the first exception, or the chosen one, beside it; or all as a file."""
    if wanted_form(request):
        return _file(request, _filter(request.GET))
    return render(request, _template(request), _queue(request, request.GET))


@require_GET
@for_roles()
def pane(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one exception: alone as a fragment, else with the queue beside it."""
    if is_fragment(request):
        return render(request, "work/pane.html", _pane(request, _found(key)))
    return render(request, "work/queue.html", _queue(request, request.GET, chosen=_found(key)))


@require_POST
@for_roles(*HANDLERS)
def step(request: PageRequest, key: UUID, action: str) -> HttpResponse:
    """Take one step, then show the exception, or the next one when it is done."""
    try:
        wanted = Action(action)
        handling = handle(
            key, wanted, note=request.POST.get("note", "").strip(), until=_until(request)
        )
    except (AlertNotVisible, LookupError):
        raise Http404 from None
    except (StepNotAllowed, ValueError) as reason:
        response = render(request, "work/pane.html", _pane(request, _found(key), str(reason)))
        response.status_code = 200  # the fragment shows the reason; htmx swaps only successes
        return response
    text = _("%(state)s.") % {"state": AlertHandling.State(handling.state).label}
    if not is_fragment(request):
        return go_to(request, page_url(request, "work:exception", key), toast=text)
    row = _found(key)
    following = row if handling.state not in queries.FINISHED else _next(key)
    context = _pane(request, following) if following else {"exception": None}
    undo = page_url(request, "work:step", key, "reopen") if following is not row else ""
    return with_toast(render(request, "work/pane.html", context), text, undo=undo)


@require_POST
@for_roles(*HANDLERS)
def bulk(request: PageRequest) -> HttpResponse:
    """Take the same step on all chosen exceptions and say what became of it."""
    try:
        keys = [UUID(each) for each in request.POST.getlist("ids")[:500]]
        action = Action(request.POST.get("action", ""))
        result = handle_many(
            keys, action, note=request.POST.get("note", "").strip(), until=_until(request)
        )
    except ValueError as reason:
        return go_to(request, page_url(request, "work:queue"), toast=str(reason))
    text = ngettext("%(n)s exception done.", "%(n)s exceptions done.", result.done)
    text %= {"n": result.done}
    if result.refused:
        more = ngettext("%(n)s did not fit.", "%(n)s did not fit.", len(result.refused))
        text = f"{text} {more % {'n': len(result.refused)}}"
    return go_to(request, page_url(request, "work:queue"), toast=text)


def _template(request: PageRequest) -> str:
    return "work/queue_list.html" if is_fragment(request) else "work/queue.html"


def _filter(asked: QueryDict) -> QueueFilter:
    view, severity = asked.get("view", "open"), asked.get("severity", "")
    return QueueFilter(
        view=view if view in VIEWS else "open",
        severity=severity if severity in Alert.Severity.values else "",
        part=asked.get("part", "").strip()[:40],
    )


def _file(request: PageRequest, wanted: QueueFilter) -> HttpResponse:
    """Return the queue as a file; what an agreement hides stays empty."""
    columns = [
        _("Exception"), _("Type"), _("Severity"), _("Part"), _("Site"), _("Owner"), _("Partner"),
        _("Runs out"), _("State"), _("Assignee"), _("Raised"), _("Last seen"),
    ]  # fmt: skip
    rows = (
        [
            row.title, row.values.get("type"), row.values.get("severity"), row.number,
            row.values.get("site_code"), row.owner, row.partner, row.values.get("run_out_at"),
            row.state_label, row.assignee, row.values.get("raised_at"),
            row.values.get("last_seen_at"),
        ]
        for row in queries.exceptions(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "exceptions", columns, rows)


def _queue(
    request: PageRequest, asked: QueryDict, chosen: ExceptionRow | None = None
) -> dict[str, Any]:
    wanted = _filter(asked)
    rows = queries.exceptions(wanted, limit=SHOWN)
    first = chosen or (rows[0] if rows else None)
    return {
        "rows": rows,
        "total": queries.count(wanted),
        "wanted": wanted,
        "views": [
            {"key": key, "label": LABELS[key], "is_current": key == wanted.view} for key in VIEWS
        ],
        "severities": Alert.Severity.choices,
        "files": _files(asked),
        "is_filtered": bool(wanted.severity or wanted.part),
        "chosen": first,
        **(_pane(request, first) if first else {"exception": None}),
    }


def _files(asked: QueryDict) -> dict[str, str]:
    kept = {name: asked[name] for name in ("view", "severity", "part") if asked.get(name)}
    return {form: f"?{urlencode({**kept, 'export': form})}" for form in FORMS}


def _pane(request: PageRequest, row: ExceptionRow, refusal: str = "") -> dict[str, Any]:
    return {
        "exception": row,
        "activity": queries.activity(row.id),
        "detail": detail_of(row.object_kind, row.object_id),
        "refusal": refusal,
        "may_handle": request.membership.role in HANDLERS,
        "tenant": request.organisation.slug,
        "snoozes": SNOOZE_HOURS,
    }


def _found(key: UUID) -> ExceptionRow:
    row = queries.exception(key)
    if row is None:
        raise Http404
    return row


def _next(done: UUID) -> ExceptionRow | None:
    return next((row for row in queries.exceptions(limit=2) if row.id != done), None)


def _until(request: PageRequest) -> Any:
    hours = SNOOZE_HOURS.get(request.POST.get("hours", ""))
    return timezone.now() + timedelta(hours=hours) if hours else None
