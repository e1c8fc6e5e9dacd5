"""Road distances: what is known, from files and from the routing service."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.organisations.models import Site
from collab.shell.asking import of_page, paging, text_of
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from transport.models import RoadDistance
from transport.pages.base import EXPORTED, PLANNERS, SHOWN, may_plan
from transport.services.distances import keep
from transport.services.places import place_of
from transport.services.router import MOST_PLACES, RouterFailed, ask, is_known


@require_GET
@for_roles()
def distances(request: PageRequest) -> HttpResponse:
    """List the road distances that are known; all others are estimated by the great circle."""
    place = text_of(request.GET, "place", 60)
    rows = RoadDistance.objects.order_by("origin", "destination")
    if place:
        rows = rows.filter(origin__icontains=place) | rows.filter(destination__icontains=place)
    if wanted_form(request):
        columns = ["from", "to", "km", "min", _("Source")]
        lines = (
            [row.origin, row.destination, row.distance_km, row.minutes, row.get_source_display()]
            for row in rows[:EXPORTED]
        )
        return export_response(request, "road-distances", columns, lines)
    page = of_page(request.GET)
    found = list(rows[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "rows": found[:SHOWN],
        "place": place,
        "has_router": is_known(),
        **paging(request, page, found=len(found), shown=SHOWN),
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/distances.html", context)


@require_POST
@for_roles(*PLANNERS)
def ask_router(request: PageRequest) -> HttpResponse:
    """Ask the routing service for the ways between one's own and partners' places."""
    url = page_url(request, "transport:distances")
    sites = Site.visible.exclude(kind=Site.Kind.OFFICE).order_by("-owner_id", "code")
    places = [place_of(each) for each in sites[:MOST_PLACES]]
    if len(places) < 2:
        return go_to(request, url, toast=_("There are no two places to measure between."))
    try:
        count = keep(ask(places), source="router", measured_at=timezone.now())
    except RouterFailed:
        return go_to(request, url, toast=_("The routing service did not answer."))
    text = ngettext("%(n)s distance measured.", "%(n)s distances measured.", count) % {"n": count}
    return go_to(request, url, toast=text)


routes: list[URLPattern] = [
    path("transport/distances/", distances, name="distances"),
    path("transport/distances/ask", ask_router, name="distances-ask"),
]
