"""The driver's link: a public page without an account that follows one load, by consent (TR-12).

Whoever holds the address may open it; it says for whom and for which load, and nothing else is
reachable from it. Nothing is recorded before the driver agrees and after the driver stops.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from collab.integration.throttles import take
from collab.masterdata.refusals import Refused
from collab.organisations.context import acting_for
from collab.organisations.models import Tenant
from collab.shell.middleware import LANGUAGE_COOKIE
from transport.models import CarrierReport, Load, Stop, TrackingLink
from transport.services.carrier_reports import Statement, report
from transport.services.link_tokens import UnknownLink, unseal
from transport.services.links import DRIVER, Means, agree, driver_link, stop
from transport.services.positions import PositionReport, record_positions

PER_MINUTE = 60
MOST_AT_ONCE = 100
MOST_BODY = 64 * 1024
YEAR_S = 31_536_000
STEPS = {
    Stop.Purpose.PICKUP: ("arrived", "loaded", "departed"),
    Stop.Purpose.DELIVERY: ("arrived", "unloaded", "departed"),
}
USUAL_STEPS = ("arrived", "departed")


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A position as the page sends it."""

    latitude: float
    longitude: float
    recorded_at: str
    speed_kmh: float | None = None
    heading: float | None = None


@dataclass(frozen=True, slots=True)
class DriverStop:
    """A stop as the driver sees it; ``step`` is the button that comes next, empty when done."""

    stop: Stop
    step: str
    is_next: bool


@require_http_methods(["GET", "POST"])
def driver(request: HttpRequest, token: str) -> HttpResponse:
    """Show the page, or take the driver's word: agree, stop, a milestone, another language."""
    return _inside(request, token, _act if request.method == "POST" else _show)


@require_POST
def driver_positions(request: HttpRequest, token: str) -> HttpResponse:
    """Take what the phone sends; 410 tells the page that it need not send any more."""
    return _inside(request, token, _positions)


def _inside(
    request: HttpRequest, token: str, view: Callable[[HttpRequest, TrackingLink], HttpResponse]
) -> HttpResponse:
    """Run ``view`` acting for the owner of the link; every failing address answers alike."""
    try:
        opened = unseal(token)
        if not Tenant.objects.filter(pk=opened.organisation_id, is_active=True).exists():
            raise UnknownLink
        with acting_for(opened.organisation_id):
            return view(request, driver_link(opened, now=timezone.now()))
    except UnknownLink:
        return render(request, "transport/driver_over.html", status=404)


def _show(request: HttpRequest, link: TrackingLink, refusal: str = "") -> HttpResponse:
    load = Load.objects.get(pk=link.load_id)
    context: dict[str, Any] = {
        "load": load,
        "link": link,
        "languages": settings.LANGUAGES,
        "is_followed": link.consented_at is not None and link.stopped_at is None,
        "refusal": refusal,
        "stops": _stops(load) if link.consented_at is not None else [],
    }
    return render(request, "transport/driver.html", context)


def _act(request: HttpRequest, link: TrackingLink) -> HttpResponse:
    now = timezone.now()
    wanted = request.POST.get("do", "")
    response = redirect(request.path)
    if wanted == "agree":
        agree(link, now=now)
    elif wanted == "stop":
        stop(link, now=now)
    elif wanted == "language":
        chosen = request.POST.get("language", "")
        if chosen in dict(settings.LANGUAGES):
            response.set_cookie(
                LANGUAGE_COOKIE, chosen, max_age=YEAR_S, samesite="Lax", secure=settings.SECURE
            )
    elif link.consented_at is not None:
        return _milestone(request, link, wanted) or response
    return response


def _milestone(request: HttpRequest, link: TrackingLink, code: str) -> HttpResponse | None:
    """Report a milestone; return the page with the reason if it is not taken."""
    sequence = request.POST.get("stop", "")
    try:
        report(
            Statement(
                load=str(link.load_id),
                kind=CarrierReport.Kind.MILESTONE,
                code=code,
                happened_at=timezone.now(),
                stop=int(sequence) if sequence.isascii() and sequence.isdecimal() else None,
                facts={"by": "driver"},
            ),
            now=timezone.now(),
        )
    except Refused as refused:
        return _show(request, link, str(refused))
    return None


def _positions(request: HttpRequest, link: TrackingLink) -> HttpResponse:
    if link.consented_at is None or link.stopped_at is not None:
        return HttpResponse(status=410)
    if not take(PER_MINUTE, "driver", str(link.pk)):
        return HttpResponse(status=429, headers={"Retry-After": "30"})
    try:
        reports = _read(request.body[: MOST_BODY + 1], link)
    except (msgspec.MsgspecError, json.JSONDecodeError):
        return HttpResponse(status=400)
    verdicts = record_positions(reports, received_at=timezone.now(), means=Means.DRIVER)
    taken = sum(verdict.status != "set_aside" for verdict in verdicts)
    return JsonResponse({"taken": taken, "set_aside": len(verdicts) - taken})


def _read(body: bytes, link: TrackingLink) -> list[PositionReport]:
    """Return the positions of a body, always of this link's load; raise for anything else."""
    if len(body) > MOST_BODY:
        raise msgspec.ValidationError("expected a smaller body")
    sent = msgspec.json.decode(body, type=list[Sent])[:MOST_AT_ONCE]
    return [
        msgspec.convert(
            {**msgspec.structs.asdict(each), "load": str(link.load_id), "device": DRIVER},
            PositionReport,
        )
        for each in sent
    ]


def _stops(load: Load) -> list[DriverStop]:
    """Return the load's stops with the button that comes next at the first open one."""
    stops = list(Stop.objects.filter(load_id=load.pk).order_by("sequence"))
    said: dict[int, set[str]] = {}
    for sequence, code in CarrierReport.objects.filter(
        load_id=load.pk, kind=CarrierReport.Kind.MILESTONE
    ).values_list("stop_sequence", "code"):
        said.setdefault(sequence or 0, set()).add(code)
    found: list[DriverStop] = []
    has_next = False
    for each in stops:
        step = "" if has_next else _step(each, said.get(each.sequence, set()))
        found.append(DriverStop(each, step, bool(step)))
        has_next = has_next or bool(step)
    return found


def _step(each: Stop, said: set[str]) -> str:
    if each.departed_at is not None:
        return ""
    known = said | ({"arrived"} if each.arrived_at else set())
    steps = STEPS.get(Stop.Purpose(each.purpose), USUAL_STEPS)
    done = max((steps.index(code) + 1 for code in known if code in steps), default=0)
    return steps[done] if done < len(steps) else ""


routes: list[URLPattern] = [
    path("go/<str:token>/", driver, name="driver"),
    path("go/<str:token>/positions", driver_positions, name="driver-positions"),
]
