"""Loads: the list, one load with its stops, and its life cycle by hand."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.context import acting_organisation_id
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import Load, LoadState, Mode, TransportOrder
from transport.pages.base import (
    EXPORTED,
    PLANNERS,
    SHOWN,
    chosen,
    may_plan,
    refusal_text,
    version_of,
)
from transport.queries.areas import met_by
from transport.queries.columns import BEFORE_ROAD
from transport.queries.loads import (
    LoadFilter,
    LoadRow,
    count_loads,
    fill_bars,
    list_loads,
    loads_by_key,
    shipments_of_load,
    stops_of,
)
from transport.queries.shipments import notices_of, shipments_by_key
from transport.queries.tenders import OfferFilter, OfferRow, offer_rows, offers
from transport.rules.states import Actor, State, next_states
from transport.services.loads import move_load
from transport.services.merging import add_orders, merge_loads
from transport.services.replan_day import CHANGEABLE

VIEW_LABELS = {
    "active": gettext_lazy("Active"),
    "draft": gettext_lazy("To plan"),
    "tender": gettext_lazy("With carriers"),
    "road": gettext_lazy("On the road"),
    "late": gettext_lazy("Late"),
    "light": gettext_lazy("Little filled"),
    "over": gettext_lazy("Over"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "due": gettext_lazy("Start first"),
    "newest": gettext_lazy("Latest first"),
    "number": gettext_lazy("Number"),
    "fill": gettext_lazy("Least filled first"),
}
BY_HAND = {
    State.PLANNED: gettext_lazy("Plan"),
    State.DRAFT: gettext_lazy("Back to draft"),
    State.UNLOADED: gettext_lazy("Unloaded"),
    State.ARRIVED: gettext_lazy("Arrived"),
    State.PROOF_OF_DELIVERY: gettext_lazy("Confirm delivery"),
    State.AT_CROSS_DOCK: gettext_lazy("At the cross-dock"),
    State.IN_TRANSIT: gettext_lazy("Left"),
}
"""Steps a planner takes on this page; offers to carriers and cancelling have their own forms."""
PLANT = (State.ARRIVED, State.UNLOADED, State.PROOF_OF_DELIVERY)


@require_GET
@for_roles()
def loads(request: PageRequest) -> HttpResponse:
    """List the loads one arranges or carries."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = list_loads(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    late = count_loads(LoadFilter(view="late"))
    context = {
        "rows": rows[:SHOWN],
        "total": count_loads(wanted),
        "views": tabs(request, VIEW_LABELS, wanted.view, {"late": late}),
        "sorts": SORT_LABELS.items(),
        "modes": Mode.choices,
        "wanted": wanted,
        "is_filtered": any((wanted.text, wanted.partner_bpn, wanted.mode)),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
    }
    name = "transport/loads_list.html" if is_fragment(request) else "transport/loads.html"
    return render(request, name, context)


@require_GET
@for_roles()
def load(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one load: stops, fill, goods, and what happened."""
    return _object(request, key)


@require_POST
@for_roles(*PLANNERS)
def move(request: PageRequest, key: UUID) -> HttpResponse:
    """Move a load on by hand."""
    to = request.POST.get("to", "")
    if to not in LoadState.values:
        raise Http404
    by = Actor.PLANT if State(to) in PLANT else Actor.PLANNER
    reason = request.POST.get("reason", "").strip()
    try:
        moved = move_load(
            key,
            to,
            by=by.value,
            happened_at=timezone.now(),
            facts={"reason": reason} if reason else {},
            version=version_of(request.POST),
        )
    except Load.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        return _object(request, key, error=_("Somebody changed this load meanwhile."))
    except Refused as refused:
        return _object(request, key, error=refusal_text(refused))
    text = _("Load %(number)s: %(state)s.") % {
        "number": moved.number,
        "state": LoadState(moved.state).label,
    }
    return go_to(request, page_url(request, "transport:load", key), toast=text)


@require_POST
@for_roles(*PLANNERS)
def add(request: PageRequest, key: UUID) -> HttpResponse:
    """Put a waiting order, or all of another load, on a load that has not left."""
    number = request.POST.get("number", "").strip()[:35]
    own = acting_organisation_id()
    order = TransportOrder.objects.filter(owner_id=own, number=number).first()
    other = Load.objects.filter(owner_id=own, number=number).first()
    version = version_of(request.POST)
    try:
        if order is not None:
            load = add_orders(key, [order.pk], version=version)
        elif other is not None:
            load = merge_loads(key, other.pk, version=version)
        else:
            return _object(request, key, error=_("No order or load of yours has this number."))
    except Load.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        return _object(request, key, error=_("Somebody changed this load meanwhile."))
    except Refused as refused:
        return _object(request, key, error=refusal_text(refused))
    text = _("Load %(number)s carries more now.") % {"number": load.number}
    return go_to(request, page_url(request, "transport:load", key), toast=text)


def _object(request: PageRequest, key: UUID, *, error: str = "") -> HttpResponse:
    row = next(iter(loads_by_key([key])), None)
    if row is None:
        raise Http404
    stops = stops_of(key)
    can_change = row.is_own and may_plan(request)
    context = {
        "row": row,
        "stops": stops,
        "bars": fill_bars(row, stops),
        "shipments": shipments_by_key(shipments_of_load(key)),
        "notices": notices_of(load_id=key),
        "met": met_by([key]) if row.is_own else [],
        "steps": _steps(row) if can_change else [],
        "may_replan": can_change and _may_replan(row),
        "may_add": can_change and row.values["state"] in BEFORE_ROAD,
        "may_cancel": can_change and _may_cancel(row),
        "may_offer": can_change and row.state in {LoadState.PLANNED, LoadState.REJECTED},
        "offer": _running_offer(row) if row.is_own else None,
        "error": error,
        "tenant": request.organisation.slug,
    }
    status = 422 if error else 200
    name = "transport/load_body.html" if is_fragment(request) else "transport/load.html"
    return render(request, name, context, status=status)


def _running_offer(row: LoadRow) -> OfferRow | None:
    """Return the offer of a load that waits for its carrier's answer."""
    open_offers = offers(OfferFilter(view="open")).filter(load_id=row.id)
    return next(iter(offer_rows(open_offers)), None)


def _steps(row: LoadRow) -> list[dict[str, Any]]:
    """Return what a planner, or the plant it unloads at, may do next by hand."""
    state = State(row.values["state"])
    possible = {*next_states(state, Actor.PLANNER), *next_states(state, Actor.PLANT)}
    return [
        {"to": each.value, "label": label} for each, label in BY_HAND.items() if each in possible
    ]


def _may_replan(row: LoadRow) -> bool:
    return row.values["mode"] == Mode.MILK_RUN and row.values["state"] in CHANGEABLE


def _may_cancel(row: LoadRow) -> bool:
    return State.CANCELLED in next_states(State(row.values["state"]), Actor.PLANNER)


def _export(request: PageRequest, wanted: LoadFilter) -> HttpResponse:
    columns = [
        _("Load"), _("State"), _("Owner"), _("Carrier"), _("Mode"), _("Vehicle"), _("Plate"),
        _("Start"), _("End"), _("Kilometres"), _("Empty kilometres"), _("Fill"), _("Limited by"),
        _("Expected cost"), _("Currency"), _("Progress"),
    ]  # fmt: skip
    rows = (
        [
            row.number, row.state_label, row.owner.short, row.carrier.short, row.mode_label,
            row.vehicle_type, row.plate, row.starts_at, row.ends_at, row.distance_km, row.empty_km,
            row.fill, row.limiting_label, row.cost, row.currency, row.progress_label,
        ]
        for row in list_loads(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "loads", columns, rows)


def _filter(asked: QueryDict) -> LoadFilter:
    mode = asked.get("mode", "")
    return LoadFilter(
        view=chosen(asked, "view", VIEW_LABELS, "active"),
        text=text_of(asked, "q", 35),
        partner_bpn=text_of(asked, "partner", 16),
        mode=mode if mode in Mode.values else "",
        sort=chosen(asked, "sort", SORT_LABELS, "due"),
    )


routes: list[URLPattern] = [
    path("transport/loads/", loads, name="loads"),
    path("transport/loads/<uuid:key>/", load, name="load"),
    path("transport/loads/<uuid:key>/move", move, name="load-move"),
    path("transport/loads/<uuid:key>/add", add, name="load-add"),
]
