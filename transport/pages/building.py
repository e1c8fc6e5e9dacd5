"""Load building: waiting orders, what they would be together, and how they travel cheapest."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.queries import own_sites
from collab.shell.asking import chosen_keys, of_page, paging, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import LoadState, Mode, VehicleType
from transport.pages.base import PLANNERS, SHOWN, may_plan, refusal_text
from transport.queries.orders import OrderFilter, count_orders, list_orders, vehicle_types
from transport.queries.words import DIMENSIONS, UNITS
from transport.services.backhaul import backhauls, shares
from transport.services.building import Preview, build_load, preview
from transport.services.docks import DockDay, dock_day
from transport.services.mode_choice import BY_MODE, options_for
from transport.services.places import site_of_role

MODE_LABELS = {key: Mode(value).label for key, value in BY_MODE.items()}
SORTS = {
    "due": gettext_lazy("Pick-up first"),
    "weight": gettext_lazy("Heaviest first"),
    "number": gettext_lazy("Number"),
}
SHARES_OF = timedelta(days=28)
MOST_DAYS = timedelta(days=400)


@require_GET
@for_roles()
def building(request: PageRequest) -> HttpResponse:
    """List the orders that wait; chosen ones are shown together on a vehicle."""
    sort = request.GET.get("sort", "due")
    wanted = OrderFilter(
        site=text_of(request.GET, "site", 20),
        partner_bpn=text_of(request.GET, "partner", 16),
        text=text_of(request.GET, "q", 40),
        sort=sort if sort in SORTS else "due",
    )
    page = of_page(request.GET)
    rows = list_orders(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    vehicles = vehicle_types()
    context: dict[str, Any] = {
        "rows": [row for row in rows[:SHOWN] if row.is_own],
        "total": count_orders(wanted),
        "wanted": wanted,
        "sorts": SORTS.items(),
        "vehicles": vehicles,
        "keys": {str(key) for key in chosen_keys(request.GET)},
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
        **_shown(request, vehicles),
    }
    name = "transport/building_list.html" if is_fragment(request) else "transport/building.html"
    return render(request, name, context)


@require_POST
@for_roles(*PLANNERS)
def build(request: PageRequest) -> HttpResponse:
    """Put the chosen orders on one vehicle."""
    keys = chosen_keys(request.POST)
    vehicle = VehicleType.objects.filter(code=request.POST.get("vehicle", "")).first()
    url = page_url(request, "transport:building")
    if vehicle is None:
        return go_to(request, url, toast=_("Choose a vehicle type first."))
    if request.POST.get("do") == "preview":
        query = "&".join(["vehicle=" + vehicle.code, *(f"id={key}" for key in keys)])
        return go_to(request, f"{url}?{query}")
    is_planned = request.POST.get("do") == "plan"
    mode = request.POST.get("mode", "")
    try:
        load = build_load(
            keys,
            vehicle,
            mode=mode if mode in Mode.values else "",
            state=LoadState.PLANNED if is_planned else LoadState.DRAFT,
        )
    except Refused as refused:
        return go_to(request, url, toast=refusal_text(refused))
    made = page_url(request, "transport:load", load.pk)
    return go_to(request, made, toast=_("Load %(number)s made.") % {"number": load.number})


@require_GET
@for_roles()
def waste(request: PageRequest) -> HttpResponse:
    """Show empty kilometres by lane and carrier, and loads for trucks that go back empty."""
    now = timezone.now()
    context = {
        "found": backhauls(now=now),
        "shares": shares(since=now - SHARES_OF, until=now + SHARES_OF),
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/waste.html", context)


@require_GET
@for_roles()
def docks(request: PageRequest) -> HttpResponse:
    """Show the planned arrivals of a day at one's own site against its doors."""
    today = own_day()
    day = _day(request.GET.get("day", ""), today)
    sites = [each for each in own_sites().order_by("code") if each.kind != "office"]
    code = request.GET.get("site", "") or site_of_role() or (sites[0].code if sites else "")
    found: DockDay | None = None
    if any(each.code == code for each in sites):
        found = dock_day(code, day)
    context = {
        "found": found,
        "rows": _dock_rows(found) if found else [],
        "sites": sites,
        "code": code,
        "day": day,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/docks.html", context)


def _shown(request: PageRequest, vehicles: list[VehicleType]) -> dict[str, Any]:
    keys = chosen_keys(request.GET)
    code = request.GET.get("vehicle", "")
    vehicle = next((each for each in vehicles if each.code == code), None)
    if not keys or vehicle is None:
        return {"preview": None, "vehicle": vehicle}
    try:
        found = preview(keys, vehicle)
        options = options_for(keys)
    except Refused as refused:
        return {"preview": None, "vehicle": vehicle, "refusal": refusal_text(refused)}
    return {
        "preview": found,
        "vehicle": vehicle,
        "bars": _bars(found),
        "options": [
            {
                "currency": currency,
                "verdict": verdict,
                "mode": MODE_LABELS[verdict.option.mode],
                "amount": None if verdict.cents is None else verdict.cents / 100,
            }
            for currency, verdicts in options.items()
            for verdict in verdicts
        ],
        "more": _link(code, [*keys, *found.fitting]) if found.fitting else "",
    }


def _link(vehicle: str, keys: list[UUID]) -> str:
    return "?" + "&".join([f"vehicle={vehicle}", *(f"id={key}" for key in keys)])


def _bars(found: Preview) -> list[dict[str, Any]]:
    return [
        {
            "label": DIMENSIONS[each.value],
            "percent": round(share * 100),
            "used": found.used.of(each),
            "unit": UNITS[each.value],
        }
        for each, share in found.fill.shares
    ]


def _dock_rows(found: DockDay) -> list[dict[str, Any]]:
    return [
        {
            "time": f"{each.start_min // 60:02}:{each.start_min % 60:02}",
            "bucket": each,
            "is_peak": found.has_doors and each.excess > 0,
        }
        for each in found.buckets
    ]


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if abs(day - today) < MOST_DAYS else today


routes: list[URLPattern] = [
    path("transport/build/", building, name="building"),
    path("transport/build/load", build, name="build-load"),
    path("transport/waste/", waste, name="waste"),
    path("transport/docks/", docks, name="docks"),
]
