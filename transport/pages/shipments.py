"""Shipments of both sides: the list with its map, and one shipment."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from collab.integration.exports import export_response, wanted_form
from collab.shell.asking import address, of_page, paging, tabs, text_of
from collab.shell.page import PageRequest, for_roles, is_fragment
from transport.models import Mode
from transport.pages.base import EXPORTED, SHOWN, chosen, may_plan
from transport.queries.areas import met_by
from transport.queries.shipments import (
    ShipmentFilter,
    ShipmentRow,
    cost_of,
    count_shipments,
    legs_of,
    list_shipments,
    notices_of,
    shipments_by_key,
)

VIEW_LABELS = {
    "active": gettext_lazy("Active"),
    "road": gettext_lazy("On the road"),
    "late": gettext_lazy("Late"),
    "planned": gettext_lazy("Not picked up"),
    "delivered": gettext_lazy("Delivered"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "due": gettext_lazy("Due first"),
    "newest": gettext_lazy("Latest first"),
    "number": gettext_lazy("Number"),
    "state": gettext_lazy("State"),
}
MAP = "transport/partials/tracking_map.html"


@require_GET
@for_roles()
def shipments(request: PageRequest) -> HttpResponse:
    """List the shipments one arranges, sends or receives; as a table or on the map."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = list_shipments(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    is_map = request.GET.get("show") == "map"
    context = {
        "rows": rows[:SHOWN],
        "total": count_shipments(wanted),
        "views": tabs(request, VIEW_LABELS, wanted.view, {"late": _late()}),
        "shows": _shows(request, is_map=is_map),
        "map": MAP if is_map and _has(MAP) else "",
        "sorts": SORT_LABELS.items(),
        "modes": Mode.choices,
        "wanted": wanted,
        "is_filtered": any(
            (wanted.text, wanted.partner_bpn, wanted.site, wanted.mode, wanted.part)
        ),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
    }
    name = "transport/shipments_list.html" if is_fragment(request) else "transport/shipments.html"
    return render(request, name, context)


@require_GET
@for_roles()
def shipment(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one shipment: facts, milestones, goods, and its loads to who arranges it."""
    row = next(iter(shipments_by_key([key])), None)
    if row is None:
        raise Http404
    notices = notices_of(shipment_id=key)
    legs = legs_of(key)
    context = {
        "row": row,
        "milestones": _milestones(row),
        "notices": notices,
        "legs": legs,
        "met": met_by([each.load_id for each in legs]) if row.is_own else [],
        "cost": cost_of(key) if row.is_own else None,
        "tenant": request.organisation.slug,
    }
    name = "transport/shipment_body.html" if is_fragment(request) else "transport/shipment.html"
    return render(request, name, context)


def _milestones(row: ShipmentRow) -> list[dict[str, Any]]:
    """Return planned beside actual for the ends of a shipment."""
    return [
        {
            "label": _("Pick-up"),
            "place": row.origin,
            "planned": row.planned_pickup,
            "actual": row.picked_up_at,
        },
        {
            "label": _("Delivery"),
            "place": row.destination,
            "planned": row.planned_delivery,
            "actual": row.delivered_at,
            "expected": None if row.delivered_at else row.expected,
            "from": row.appointment_from,
            "until": row.appointment_until,
        },
    ]


def _late() -> int:
    return count_shipments(ShipmentFilter(view="late"))


def _shows(request: PageRequest, *, is_map: bool) -> list[dict[str, Any]]:
    labels = {"table": _("Table"), "map": _("Map")}
    return [
        {
            "label": label,
            "href": address(request, show=key if key == "map" else "", page=""),
            "current": is_map == (key == "map"),
            "count": 0,
        }
        for key, label in labels.items()
    ]


def _has(template: str) -> bool:
    try:
        get_template(template)
    except TemplateDoesNotExist:
        return False
    return True


def _export(request: PageRequest, wanted: ShipmentFilter) -> HttpResponse:
    columns = [
        _("Shipment"), _("State"), _("Owner"), _("Partner"), _("From"), _("To"), _("Mode"),
        _("Carrier"), _("Plate"), _("Planned pick-up"), _("Picked up"), _("Planned delivery"),
        _("Expected"), _("Delivered"), _("Weight [kg]"), _("Pallet places"), _("Parts"),
    ]  # fmt: skip
    rows = (
        [
            row.number, row.state_label, row.owner.short, row.partner.short,
            (row.origin or {}).get("name"), (row.destination or {}).get("name"), row.mode_label,
            row.carrier_name, row.plate, row.planned_pickup, row.picked_up_at,
            row.planned_delivery, row.expected, row.delivered_at, row.weight_kg, row.pallets,
            row.parts,
        ]
        for row in list_shipments(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "shipments", columns, rows)


def _filter(asked: QueryDict) -> ShipmentFilter:
    mode = asked.get("mode", "")
    return ShipmentFilter(
        view=chosen(asked, "view", VIEW_LABELS, "active"),
        text=text_of(asked, "q", 35),
        partner_bpn=text_of(asked, "partner", 16),
        site=text_of(asked, "site", 20),
        part=text_of(asked, "part", 40),
        mode=mode if mode in Mode.values else "",
        sort=chosen(asked, "sort", SORT_LABELS, "due"),
    )


routes: list[URLPattern] = [
    path("transport/", shipments, name="shipments"),
    path("transport/shipments/<uuid:key>/", shipment, name="shipment"),
]
