"""Where loads are: the map's points, the list of loads under way, one load, one shipment."""

from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.api.tracking import address_of
from transport.models import SetAside
from transport.queries.areas import on_map
from transport.queries.journeys import followed_load, journey
from transport.queries.tracking import (
    COLUMNS,
    PROGRESS,
    active_loads,
    counts,
    points,
    tracked,
)
from transport.queries.tracking_words import COLOURS, SET_ASIDE, WordedRow, worded
from transport.services.links import NotFollowed, open_driver_link, revoke_driver_link

SHOWN, EXPORTED = 50, 20_000
REPORTERS = ("planner", "clerk", "admin", "dispatcher")
VIEWS = ("all", *PROGRESS)
SORTS = {
    "due": ("ends_at", "pk"),
    "seen": ("pinged_at", "pk"),
    "number": ("number", "pk"),
}
SORT_LABELS = {
    "due": gettext_lazy("Ends first"),
    "seen": gettext_lazy("Oldest position first"),
    "number": gettext_lazy("Number"),
}
HEAD = ("Load", "Partner", "State", "Plate", "Progress", "Next stop", "Expected", "Last position",
        "Pallets on board", "Missing because")  # fmt: skip


@require_GET
@for_roles()
def map_points(request: PageRequest) -> HttpResponse:
    """Return the vehicles of the map as compact JSON: names of columns once, then rows."""
    page = _page_patterns(request)
    body = msgspec.json.encode(
        {
            "columns": COLUMNS,
            "progress": PROGRESS,
            "pages": page,
            "words": _words(),
            "points": points(),
            "areas": on_map(as_of=timezone.now()),
        }
    )
    return HttpResponse(body, content_type="application/json")


def _words() -> dict[str, Any]:
    """Return the words of the map in the reader's language."""
    return {
        "progress": [str(COLOURS[each]) for each in PROGRESS],
        "next": _("next stop"),
        "pallets": _("pallets"),
        "minutes": _("position %(n)s min old"),
        "loads": _("loads"),
    }


def _page_patterns(request: PageRequest) -> list[str]:
    """Return the address of a load's and of a shipment's page, ``*`` standing for the id."""
    key = UUID(int=0)
    names = ("transport:load-tracking", "transport:shipment-tracking")
    return [page_url(request, name, key).replace(str(key), "*") for name in names]


@require_GET
@for_roles()
def tracking(request: PageRequest) -> HttpResponse:
    """List the loads under way that one arranges or drives, with their map."""
    view, sort = _chosen(request, "view", VIEWS), _chosen(request, "sort", tuple(SORTS))
    search = text_of(request.GET, "q", 40)
    rows = active_loads()
    if view != "all":
        silent = Q(progress="") if view == "no_signal" else Q(pk__in=[])
        rows = rows.filter(Q(progress=view) | silent)
    if search:
        rows = rows.filter(
            Q(number__istartswith=search) | Q(plate__istartswith=search)
        )  # fmt: skip
    rows = rows.order_by(*SORTS[sort])
    if wanted_form(request):
        return _export(request, worded(tracked(rows[:EXPORTED])))
    page = of_page(request.GET)
    found = worded(tracked(rows[(page - 1) * SHOWN : page * SHOWN + 1]))
    context = {
        "rows": found[:SHOWN],
        "views": tabs(request, {"all": _("All"), **COLOURS}, view, counts()),
        "view": view,
        "sort": sort,
        "sorts": SORT_LABELS.items(),
        "search": search,
        "set_aside": _set_aside(),
        "tenant": request.organisation.slug,
        **paging(request, page, found=len(found), shown=SHOWN),
    }
    name = "transport/tracking_list.html" if is_fragment(request) else "transport/tracking.html"
    return render(request, name, context)


@require_GET
@for_roles()
def load_tracking(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one load on its way: stops, events, why it is silent, how it is followed."""
    found = followed_load(key)
    if found is None:
        raise Http404
    link = request.session.pop(_session_key(key), "")
    context = {
        "followed": found,
        "new_link": link,
        "may_report": request.membership.role in REPORTERS,
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/load_tracking.html", context)


@require_GET
@for_roles()
def shipment_tracking(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one shipment on its way; as a fragment only the part below the tabs."""
    found = journey(key)
    if found is None:
        raise Http404
    name = "transport/partials/tracking_tab.html"
    if not is_fragment(request):
        name = "transport/shipment_tracking.html"
    return render(request, name, {"journey": found, "tenant": request.organisation.slug})


@require_POST
@for_roles(*REPORTERS)
def new_link(request: PageRequest, key: UUID) -> HttpResponse:
    """Make a driver's link; its address is shown once, on the next page."""
    try:
        made = open_driver_link(key, now=timezone.now())
    except NotFollowed:
        raise Http404 from None
    request.session[_session_key(key)] = address_of(made)
    text = _("Send this link to the driver.")
    return go_to(request, page_url(request, "transport:load-tracking", key), toast=text)


@require_POST
@for_roles(*REPORTERS)
def revoke_link(request: PageRequest, key: UUID) -> HttpResponse:
    """Let a driver's link open nothing any more."""
    try:
        link = revoke_driver_link(key, now=timezone.now())
    except NotFollowed:
        raise Http404 from None
    page = page_url(request, "transport:load-tracking", link.load_id)
    return go_to(request, page, toast=_("The link opens nothing any more."))


def _chosen(request: PageRequest, name: str, known: tuple[str, ...]) -> str:
    """Return a known value of the query, the first one for anything else."""
    asked = request.GET.get(name, "")
    return asked if asked in known else known[0]


def _session_key(load_id: UUID) -> str:
    return f"driver-link:{load_id}"


def _set_aside() -> list[dict[str, Any]]:
    """Return what was set aside lately, the newest first."""
    return [
        {"row": row, "reason": SET_ASIDE.get(row.reason, row.reason)}
        for row in SetAside.objects.order_by("-on", "-reports")[:20]
    ]


def _export(request: PageRequest, rows: list[WordedRow]) -> HttpResponse:
    lines = [
        [
            each.tracked.number,
            each.partner,
            each.state,
            each.tracked.plate,
            each.colour,
            each.tracked.next_name,
            each.tracked.next_eta,
            each.tracked.seen_at,
            each.tracked.pallets,
            each.cause,
        ]
        for each in rows
    ]
    return export_response(request, "tracking", HEAD, lines)


routes: list[URLPattern] = [
    path("transport/map.json", map_points, name="map-points"),
    path("transport/tracking/", tracking, name="tracking"),
    path("transport/tracking/<uuid:key>/", load_tracking, name="load-tracking"),
    path("transport/tracking/<uuid:key>/link", new_link, name="driver-link-new"),
    path("transport/tracking/links/<uuid:key>/revoke", revoke_link, name="driver-link-revoke"),
    path("transport/shipments/<uuid:key>/tracking/", shipment_tracking, name="shipment-tracking"),
]
