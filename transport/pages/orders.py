"""Transport orders: the list, what firm calls lack, one order, and a new one."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.organisations.names import names_of
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import Mode, TransportOrder
from transport.pages.base import (
    EXPORTED,
    PLANNERS,
    SHOWN,
    chosen,
    may_plan,
    refusal_text,
    version_of,
)
from transport.queries.orders import (
    OrderFilter,
    count_orders,
    items_of,
    list_orders,
    orders_by_key,
    shipments_of_order,
)
from transport.queries.shipments import shipments_by_key
from transport.services.calls import place_orders_from_calls, plan_from_calls
from transport.services.order_split import split_order
from transport.services.orders import cancel_order
from transport.services.statements import OrderStatement, state_order

CALL_DAYS = 14
MISSING_SHOWN = 200
VIEW_LABELS = {
    "open": gettext_lazy("Waiting"),
    "planned": gettext_lazy("Planned"),
    "done": gettext_lazy("Done"),
    "cancelled": gettext_lazy("Cancelled"),
    "all": gettext_lazy("All"),
    "missing": gettext_lazy("Not possible yet"),
}
SORT_LABELS = {
    "due": gettext_lazy("Pick-up first"),
    "newest": gettext_lazy("Newest first"),
    "number": gettext_lazy("Number"),
    "weight": gettext_lazy("Heaviest first"),
}


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, required=False, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )


class OrderForm(forms.Form):
    """Goods to be moved between two places."""

    origin = forms.CharField(
        label=gettext_lazy("From"), max_length=60,
        help_text=gettext_lazy("Site code of yours, or <BPN>/<site code> of a partner."),
    )  # fmt: skip
    destination = forms.CharField(label=gettext_lazy("To"), max_length=60)
    pickup_from = _moment(gettext_lazy("Pick-up from"))
    pickup_until = _moment(gettext_lazy("Pick-up until"))
    delivery_from = _moment(gettext_lazy("Delivery from"))
    delivery_until = _moment(gettext_lazy("Delivery until"))
    weight_kg = forms.DecimalField(
        label=gettext_lazy("Gross weight [kg]"), max_digits=12, decimal_places=3, required=False
    )
    pallets = forms.DecimalField(
        label=gettext_lazy("Pallet places"), max_digits=8, decimal_places=2, required=False
    )
    load_metres = forms.DecimalField(
        label=gettext_lazy("Load metres"), max_digits=7, decimal_places=3, required=False
    )
    volume_m3 = forms.DecimalField(
        label=gettext_lazy("Volume [m³]"), max_digits=10, decimal_places=3, required=False
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("Mode"), choices=[("", "–"), *Mode.choices], required=False
    )
    is_urgent = forms.BooleanField(label=gettext_lazy("Urgent"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=400, required=False)


@require_GET
@for_roles()
def orders(request: PageRequest) -> HttpResponse:
    """List transport orders; the view "not possible yet" names what firm calls lack."""
    wanted = _filter(request.GET)
    view = chosen(request.GET, "view", VIEW_LABELS, "open")
    if view == "missing":
        return _missing(request)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = list_orders(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    context = {
        "rows": rows[:SHOWN],
        "total": count_orders(wanted),
        "views": tabs(request, VIEW_LABELS, view, {"open": count_orders(OrderFilter())}),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": any((wanted.text, wanted.partner_bpn, wanted.site)),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
    }
    name = "transport/orders_list.html" if is_fragment(request) else "transport/orders.html"
    return render(request, name, context)


@require_GET
@for_roles()
def order(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one order with its parts and shipments."""
    return _object(request, key)


@require_http_methods(["GET", "POST"])
@for_roles(*PLANNERS)
def new_order(request: PageRequest) -> HttpResponse:
    """Place an order by hand."""
    form = OrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            placed = state_order(OrderStatement(**told), source=TransportOrder.Source.SCREEN.value)
        except Refused as refused:
            form.add_error(
                refused.field if refused.field in form.fields else None, refusal_text(refused)
            )
        else:
            url = page_url(request, "transport:order", placed.order.pk)
            return go_to(request, url, toast=_("Order placed."))
    status = 422 if form.errors else 200
    context = {"form": form, "tenant": request.organisation.slug}
    return render(request, "transport/order_new.html", context, status=status)


@require_POST
@for_roles(*PLANNERS)
def from_calls(request: PageRequest) -> HttpResponse:
    """Bring the orders of the coming days into line with the firm calls."""
    now = timezone.now()
    found = place_orders_from_calls(until=own_day(now) + timedelta(days=CALL_DAYS), as_of=now)
    text = ngettext("%(n)s order new", "%(n)s orders new", found.new) % {"n": found.new}
    text += ", " + _("%(changed)s changed, %(cancelled)s cancelled.") % {
        "changed": found.changed,
        "cancelled": len(found.cancelled),
    }
    view = "missing" if found.missing else "open"
    return go_to(request, page_url(request, "transport:orders", view=view), toast=text)


@require_POST
@for_roles(*PLANNERS)
def cancel(request: PageRequest, key: UUID) -> HttpResponse:
    """Cancel an open order."""
    try:
        cancel_order(key, reason=request.POST.get("reason", ""), version=version_of(request.POST))
    except TransportOrder.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        return _object(request, key, error=_("Somebody changed this order meanwhile."))
    except Refused as refused:
        return _object(request, key, error=refusal_text(refused))
    return go_to(request, page_url(request, "transport:order", key), toast=_("Order cancelled."))


@require_POST
@for_roles(*PLANNERS)
def split(request: PageRequest, key: UUID) -> HttpResponse:
    """Split part of an open order off."""
    try:
        share = Decimal(request.POST.get("percent", "").replace(",", ".")) / 100
        _rest, part = split_order(key, share, version=version_of(request.POST))
    except TransportOrder.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        return _object(request, key, error=_("Somebody changed this order meanwhile."))
    except InvalidOperation:
        return _object(request, key, error=_("Say a percentage between 0 and 100."))
    except Refused as refused:
        return _object(request, key, error=refusal_text(refused))
    return go_to(request, page_url(request, "transport:order", part.pk), toast=_("Order split."))


def _object(request: PageRequest, key: UUID, *, error: str = "") -> HttpResponse:
    row = next(iter(orders_by_key([key])), None)
    if row is None:
        raise Http404
    context = {
        "row": row,
        "items": items_of([key]).get(key, []),
        "shipments": shipments_by_key(shipments_of_order(key)),
        "error": error,
        "may_change": row.is_open and may_plan(request),
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/order.html", context, status=422 if error else 200)


def _missing(request: PageRequest) -> HttpResponse:
    now = timezone.now()
    _plans, missing = plan_from_calls(until=own_day(now) + timedelta(days=CALL_DAYS), as_of=now)
    names = names_of({each.call.supplier_id for each in missing})
    lines: list[dict[str, Any]] = [
        {"call": each.call, "supplier": names[each.call.supplier_id].short, "what": each.what}
        for each in missing
        if each.call.supplier_id in names
    ]
    if wanted_form(request):
        columns = [
            _("Part"), _("Supplier"), _("Site"), _("Quantity"), _("Unit"), _("Due"), _("Missing"),
        ]  # fmt: skip
        rows = [
            [
                each["call"].part_number, each["supplier"], each["call"].site_code,
                each["call"].quantity, each["call"].unit, each["call"].due_from,
                ", ".join(each["what"]),
            ]
            for each in lines
        ]  # fmt: skip
        return export_response(request, "calls-not-possible", columns, rows)
    context = {
        "missing": lines[:MISSING_SHOWN],
        "total": len(lines),
        "views": tabs(request, VIEW_LABELS, "missing", {"missing": len(lines)}),
        **paging(request, 1),
        "may_plan": may_plan(request),
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/orders_missing.html", context)


def _export(request: PageRequest, wanted: OrderFilter) -> HttpResponse:
    columns = [
        pgettext("transport", "Order"),
        _("State"), _("Source"), _("Owner"), _("Partner"), _("From"), _("To"),
        _("Pick-up from"), _("Pick-up until"), _("Delivery from"), _("Delivery until"),
        _("Weight [kg]"), _("Volume [m³]"), _("Pallet places"), _("Load metres"), _("Urgent"),
    ]  # fmt: skip
    rows = (
        [
            row.number, row.state_label, row.source_label, row.owner.short, row.partner.short,
            row.origin_code, row.destination_code, row.pickup_from, row.pickup_until,
            row.delivery_from, row.delivery_until, row.weight_kg, row.volume_m3, row.pallets,
            row.load_metres, _("Yes") if row.is_urgent else "",
        ]
        for row in list_orders(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "transport-orders", columns, rows)


def _filter(asked: QueryDict) -> OrderFilter:
    view = chosen(asked, "view", VIEW_LABELS, "open")
    return OrderFilter(
        view="all" if view == "missing" else view,
        text=text_of(asked, "q", 40),
        partner_bpn=text_of(asked, "partner", 16),
        site=text_of(asked, "site", 20),
        sort=chosen(asked, "sort", SORT_LABELS, "due"),
    )


routes: list[URLPattern] = [
    path("transport/orders/", orders, name="orders"),
    path("transport/orders/new", new_order, name="order-new"),
    path("transport/orders/from-calls", from_calls, name="orders-from-calls"),
    path("transport/orders/<uuid:key>/", order, name="order"),
    path("transport/orders/<uuid:key>/cancel", cancel, name="order-cancel"),
    path("transport/orders/<uuid:key>/split", split, name="order-split"),
]
