"""Re-plan: say what happened, see the rest of the day before and after, accept with one action."""

import json
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collab.jobs.models import Job
from collab.jobs.queries import JobRow
from collab.masterdata.refusals import Refused, VersionConflict, clean_whole
from collab.shell.asking import key_of
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from transport.models import Load, Replan
from transport.pages.base import PLANNERS, may_plan, refusal_text, version_of
from transport.queries.loads import loads_by_key
from transport.queries.replans import (
    TONES,
    WHY_FIXED,
    loads_changed,
    network_after,
    network_before,
    replans_of,
    view_of,
)
from transport.services.replan import accept_replan, ask_replan, reject_replan, why_stale
from transport.services.replan_asked import MOST_MINUTES, MOST_PALLETS, Asked, waiting_orders
from transport.services.replan_day import Day, Halt, Run, day_of

State = Replan.State


@require_GET
@for_roles()
def replan(request: PageRequest, key: UUID) -> HttpResponse:
    """Show what is proposed for the rest of a load's day, and the form to ask again."""
    return _page(request, key)


@require_POST
@for_roles(*PLANNERS)
def replan_ask(request: PageRequest, key: UUID) -> HttpResponse:
    """Have the rest of the day planned again."""
    try:
        ask_replan(key, _asked(request.POST), as_of=timezone.now())
    except Load.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return _page(request, key, error=refusal_text(refused))
    return go_to(request, page_url(request, "transport:replan", key))


@require_POST
@for_roles(*PLANNERS)
def replan_accept(request: PageRequest, key: UUID) -> HttpResponse:
    """Let the proposal become the loads' stops."""
    row = _row(key)
    try:
        loads = accept_replan(key, as_of=timezone.now(), version=version_of(request.POST))
    except VersionConflict:
        return _page(request, row.load_id, error=_("Somebody answered this proposal meanwhile."))
    except Refused as refused:
        return _page(request, row.load_id, error=refusal_text(refused))
    text = _("Re-planned: %(loads)s. Carriers and suppliers are told.") % {
        "loads": ", ".join(each.number for each in loads) or "–"
    }
    return go_to(request, page_url(request, "transport:replan", row.load_id), toast=text)


@require_POST
@for_roles(*PLANNERS)
def replan_reject(request: PageRequest, key: UUID) -> HttpResponse:
    """Decline the proposal, or stop looking for one."""
    row = _row(key)
    try:
        reject_replan(key, version=version_of(request.POST))
    except VersionConflict:
        return _page(request, row.load_id, error=_("Somebody answered this proposal meanwhile."))
    text = _("The day stays as it was planned.")
    return go_to(request, page_url(request, "transport:replan", row.load_id), toast=text)


def _page(request: PageRequest, key: UUID, *, error: str = "") -> HttpResponse:
    load = next(iter(loads_by_key([key])), None)
    if load is None or not load.is_own:
        raise Http404
    rows = replans_of(key)
    row = rows[0] if rows else None
    now = timezone.now()
    context: dict[str, Any] = {
        "load": load,
        "row": row,
        "tone": TONES[State(row.state)] if row else "",
        "is_open": row is not None and row.state in {State.RUNNING, State.PROPOSED},
        "is_running": row is not None and row.state == State.RUNNING,
        "is_proposed": row is not None and row.state == State.PROPOSED,
        "may_plan": may_plan(request),
        "error": error,
        "tenant": request.organisation.slug,
        **_form(request, key),
    }
    if row is not None:
        context |= _of_row(row)
        if row.state == State.PROPOSED:
            context["stale"] = why_stale(row, as_of=now).partition(": ")[2]
    return render(request, "transport/replan.html", context, status=422 if error else 200)


def _of_row(row: Replan) -> dict[str, Any]:
    """Return what the newest re-plan shows in its state."""
    if row.state == State.RUNNING:
        job = Job.objects.filter(pk=row.job_id).first() if row.job_id else None
        return {"job": JobRow.of(job) if job else None}
    if row.conflicts:
        names = row.day["halts"]
        return {
            "conflicts": [
                [names[key]["name"] for key in each["stops"] if key in names]
                for each in row.conflicts
            ]
        }
    if not row.answer:
        return {}
    return {
        "view": view_of(row),
        "before_json": json.dumps(network_before(row)),
        "after_json": json.dumps(network_after(row)),
        "left_out": row.day["left_out"],
        "loads": loads_changed(row),
    }


def _form(request: PageRequest, key: UUID) -> dict[str, Any]:
    """Return the day to say something about; why not where there is none."""
    if not may_plan(request):
        return {}
    try:
        day = day_of(key, now=timezone.now())
    except Refused as refused:
        return {"why_not": refusal_text(refused)}
    return {
        "trucks": [_truck(run) for run in day.runs],
        "halts": [_halt(run, halt) for run in day.runs for halt in run.halts],
        "orders": waiting_orders(day),
        "most_minutes": MOST_MINUTES,
        "most_pallets": MOST_PALLETS,
        "posted": request.POST,
        "has_others": len(day.runs) > 1,
        "day_left_out": day.left_out,
        "is_past": _is_over(day),
    }


def _is_over(day: Day) -> bool:
    return all(run.load.ends_at < day.now for run in day.runs)


def _truck(run: Run) -> dict[str, Any]:
    ahead = next((halt for halt in run.halts if halt.why_fixed == "ahead"), None)
    late = None
    if ahead is not None and ahead.expected is not None:
        late = round((ahead.expected - ahead.arrive).total_seconds() / 60)
    return {"run": run, "number": run.load.number, "ahead": ahead, "late": late}


def _halt(run: Run, halt: Halt) -> dict[str, Any]:
    return {
        "halt": halt,
        "load": run.load.number,
        "why": WHY_FIXED.get(halt.why_fixed, ""),
        "is_open": halt.why_fixed != "driven",
        "pallets": round(halt.amounts.pallets),
    }


def _asked(posted: QueryDict) -> Asked:
    """Return what a form says; raise ``Refused`` for what is no number."""
    return Asked(
        delays=_numbers(posted, "delay-", MOST_MINUTES),
        broken=_numbers(posted, "broken-", MOST_MINUTES),
        volumes=_numbers(posted, "pallets-", MOST_PALLETS),
        cancelled=tuple(posted.getlist("cancel")[:100]),
        orders=tuple(key for text in posted.getlist("order")[:50] if (key := key_of(text))),
        is_alone="alone" in posted,
    )


def _numbers(posted: QueryDict, prefix: str, most: int) -> dict[str, int]:
    """Return the whole numbers of fields that begin alike, by the rest of their names."""
    return {
        name.removeprefix(prefix): clean_whole(
            name.removeprefix(prefix), str(posted[name]).strip(), at_least=0, at_most=most
        )
        for name in posted
        if name.startswith(prefix) and str(posted[name]).strip()
    }


def _row(key: UUID) -> Replan:
    row = Replan.objects.filter(pk=key).first()
    if row is None:
        raise Http404
    return row


routes: list[URLPattern] = [
    path("transport/loads/<uuid:key>/replan/", replan, name="replan"),
    path("transport/loads/<uuid:key>/replan/ask", replan_ask, name="replan-ask"),
    path("transport/replans/<uuid:key>/accept", replan_accept, name="replan-accept"),
    path("transport/replans/<uuid:key>/reject", replan_reject, name="replan-reject"),
]
