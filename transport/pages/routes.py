"""Fixed routes: the planner's list, a carrier's routes, a supplier's own stops, and answers."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.shell.asking import of_page, paging, tabs
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import Load, RouteAnswer, RouteTemplate
from transport.pages.base import EXPORTED, PLANNERS, SHOWN, chosen, may_plan, refusal_text
from transport.queries.loads import loads_by_key
from transport.queries.routes import (
    VIEWS,
    RouteRow,
    own_stops,
    route_rows,
    stop_lines,
    stop_rows,
    stops_on,
)
from transport.queries.routes import routes as visible_routes
from transport.services.occurrences import WEEKS, days_of, left_over, repeat_routes
from transport.services.route_answers import answer_route

ANSWERERS = (*WRITERS, "dispatcher")
AHEAD = 10
VIEW_LABELS = {
    "current": gettext_lazy("Current"),
    "proposed": gettext_lazy("Waiting for answers"),
    "active": gettext_lazy("Active"),
    "ended": gettext_lazy("Ended"),
}


class AnswerForm(forms.Form):
    """What one says to a route or a stop."""

    verdict = forms.ChoiceField(choices=RouteAnswer.Verdict.choices)
    wish = forms.CharField(max_length=400, required=False)


@require_GET
@for_roles()
def fixed_routes(request: PageRequest) -> HttpResponse:
    """List the routes one arranges or drives, and the stops others make at one's places."""
    view = chosen(request.GET, "view", VIEW_LABELS, "current")
    wanted = visible_routes(view)
    if wanted_form(request):
        return _export(request, route_rows(wanted[:EXPORTED]))
    page = of_page(request.GET)
    rows = route_rows(wanted[(page - 1) * SHOWN : page * SHOWN + 1])
    counts = {name: visible_routes(name).count() for name in VIEWS}
    context = {
        "rows": rows[:SHOWN],
        "stops": stop_rows(own_stops()[:EXPORTED]) if page == 1 else [],
        "total": counts[view],
        "views": tabs(request, VIEW_LABELS, view, counts),
        "view": view,
        "may_plan": may_plan(request),
        "may_answer": request.membership.role in ANSWERERS,
        "tenant": request.organisation.slug,
        **paging(request, page, found=len(rows), shown=SHOWN),
    }
    name = "routes_list" if is_fragment(request) else "routes"
    return render(request, f"transport/{name}.html", context)


@require_GET
@for_roles()
def fixed_route(request: PageRequest, key: UUID) -> HttpResponse:
    """Show a route to its owner or carrier: stops, answers, the loads of the coming days."""
    return _page(request, key)


@require_POST
@for_roles(*ANSWERERS)
def route_answer(request: PageRequest, key: UUID) -> HttpResponse:
    """Accept one's route or stop, or wish a change."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Http404
    back = page_url(request, "transport:routes")
    try:
        _answer, is_new = answer_route(key, as_of=timezone.now(), **form.cleaned_data)
    except RouteTemplate.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return go_to(request, back, toast=refusal_text(refused))
    return go_to(request, back, toast=_("Your answer is with your partner.") if is_new else "")


@require_POST
@for_roles(*PLANNERS)
def routes_repeat(request: PageRequest) -> HttpResponse:
    """Make the loads of the coming weeks now, in place of waiting for the hour."""
    done = repeat_routes(as_of=timezone.now())
    toast = _("%(made)s loads made, %(filled)s filled up, %(left)s orders do not fit.") % {
        "made": len(done.made), "filled": len(done.filled), "left": len(done.left)
    }  # fmt: skip
    return go_to(request, page_url(request, "transport:routes"), toast=toast)


def _page(request: PageRequest, key: UUID) -> HttpResponse:
    found = visible_routes("current").filter(pk=key).first() or visible_routes("ended").filter(
        pk=key
    ).first()  # fmt: skip
    if found is None:
        raise Http404
    row = route_rows([found])[0]
    context: dict[str, Any] = {
        "row": row,
        "lines": stop_lines(row),
        "may_answer": row.is_carrier and request.membership.role in ANSWERERS,
        "tenant": request.organisation.slug,
        "loads": loads_by_key(
            Load.objects.filter(route_template_id=key)
            .order_by("starts_at")
            .filter(starts_at__gte=timezone.now())
            .values_list("pk", flat=True)[:AHEAD]
        ),
    }
    if row.is_own:
        today = own_day()
        ahead = days_of(found, today, today + timedelta(weeks=WEEKS))
        context["stops"] = stops_on(key)
        context["left"] = [each for day in ahead for each in left_over(found, day)]
    return render(request, "transport/route.html", context)


def _export(request: PageRequest, rows: list[RouteRow]) -> HttpResponse:
    columns = [
        _("Route"), _("State"), _("Carrier"), _("Weekdays"), _("Vehicle"), _("Place"), _("Arrival"),
        _("Departure"), _("From"), _("Until"),
    ]  # fmt: skip
    lines = (
        [
            row.number, row.state_label, row.carrier.short, row.days, row.vehicle_type,
            stop["place"]["name"], stop["arrive"], stop["depart"], row.valid_from, row.valid_to,
        ]
        for row in rows
        for stop in stop_lines(row)
    )  # fmt: skip
    return export_response(request, "fixed-routes", columns, lines)


routes: list[URLPattern] = [
    path("transport/routes/", fixed_routes, name="routes"),
    path("transport/routes/loads", routes_repeat, name="routes-repeat"),
    path("transport/routes/<uuid:key>/", fixed_route, name="route"),
    path("transport/routes/<uuid:key>/answer", route_answer, name="route-answer"),
]
