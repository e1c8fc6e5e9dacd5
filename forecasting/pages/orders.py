"""Orders on both sides: the list, and one line with its difference."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, plain_decimal, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import key_of, of_page, paging, tabs
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from forecasting.models import OrderLine
from forecasting.pages.releases import PLANNERS, SHOWN
from forecasting.queries.advised import advised_on_order
from forecasting.queries.orders import (
    SORTS,
    VIEWS,
    OrderFilter,
    OrderRow,
    count_orders,
    order_lines,
    order_list,
    orders_by_key,
)
from forecasting.services.confirmations import confirm_as_is, propose_change
from forecasting.services.orders import decide_order

EXPORTED = 100_000
MOST_CONFIRMED = 5_000
VIEW_LABELS = {
    "open": gettext_lazy("To confirm"),
    "decide": gettext_lazy("To decide"),
    "confirmed": gettext_lazy("Confirmed"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "due": gettext_lazy("Due first"),
    "order": gettext_lazy("Order"),
    "part": gettext_lazy("Part number"),
}


class ChangeForm(forms.Form):
    """Other figures than ordered."""

    quantity = forms.DecimalField(
        label=gettext_lazy("Quantity"), max_digits=18, decimal_places=3, min_value=0
    )
    due_on = forms.DateField(
        label=gettext_lazy("Due"), widget=forms.DateInput(attrs={"type": "date"})
    )
    price = forms.DecimalField(
        label=gettext_lazy("Price"), max_digits=12, decimal_places=2, min_value=0, required=False
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("Needed when something differs."),
    )


@require_GET
@for_roles()
def orders(request: PageRequest) -> HttpResponse:
    """List the order lines sent and received."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = order_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    waiting = count_orders(replace(wanted, view="decide"))
    context = {
        "rows": rows[:SHOWN],
        "total": count_orders(wanted),
        "has_received": wanted.view == "open" and any(row.can_confirm for row in rows),
        "views": tabs(request, VIEW_LABELS, wanted.view, {"decide": waiting}),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.part or wanted.order or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_confirm": request.membership.role in WRITERS,
        "may_plan": request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }
    name = "forecasting/orders_list.html" if is_fragment(request) else "forecasting/orders.html"
    return render(request, name, context)


@require_POST
@for_roles(*WRITERS)
def confirm_many(request: PageRequest) -> HttpResponse:
    """Confirm many lines as they are: the chosen ones, or all that match."""
    if request.POST.get("all") or request.GET.get("all") == "1":
        wanted = _filter(QueryDict(request.POST.get("query", "")))
        keys = list(order_lines(wanted).values_list("pk", flat=True)[:MOST_CONFIRMED])
    else:
        keys = [key for key in map(key_of, request.POST.getlist("id")) if key]
    count = len(confirm_as_is(keys))
    text = ngettext("%(n)s line confirmed.", "%(n)s lines confirmed.", count) % {"n": count}
    return go_to(request, page_url(request, "forecasting:orders"), toast=text)


@require_GET
@for_roles()
def order(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one order line: what was ordered beside what was confirmed, and every step."""
    return _object(request, key)


@require_POST
@for_roles(*WRITERS)
def confirm(request: PageRequest, key: UUID) -> HttpResponse:
    """Confirm one line as it is, or with other figures."""
    url = page_url(request, "forecasting:order", key)
    if request.POST.get("do") == "as_is":
        confirm_as_is([key])
        return go_to(request, url, toast=_("Confirmed as ordered."))
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return _object(request, key, form)
    told = form.cleaned_data
    try:
        propose_change(
            key,
            quantity=told["quantity"],
            due_on=told["due_on"],
            price_minor=None if told["price"] is None else int(told["price"] * 100),
            reason=told["reason"],
        )
    except OrderLine.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, text_of(refused))
        return _object(request, key, form)
    return go_to(request, url, toast=_("Your proposal is with the customer."))


@require_POST
@for_roles(*PLANNERS)
def decide(request: PageRequest, key: UUID) -> HttpResponse:
    """Approve what was confirmed outside the tolerance, or send it back."""
    text = request.POST.get("version", "")
    try:
        decide_order(
            key,
            is_approved=request.POST.get("do") == "approve",
            note=request.POST.get("note", ""),
            version=int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None,
        )
    except OrderLine.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        return _object(request, key, error=_("Somebody changed this line meanwhile."))
    except Refused as refused:
        return _object(request, key, error=text_of(refused))
    return go_to(request, page_url(request, "forecasting:order", key), toast=_("Decided."))


def _object(
    request: PageRequest, key: UUID, form: ChangeForm | None = None, *, error: str = ""
) -> HttpResponse:
    row = next(iter(orders_by_key([key])), None)
    if row is None:
        raise Http404
    initial = {"quantity": row.quantity, "due_on": row.due_on, "price": row.price}
    context = {
        "row": row,
        "compared": _compared(row),
        "advised": advised_on_order(row.id),
        "form": form or ChangeForm(initial=initial),
        "error": error,
        "may_confirm": row.can_confirm and request.membership.role in WRITERS,
        "may_decide": row.can_decide and request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }
    status = 422 if error or (form is not None and form.errors) else 200
    return render(request, "forecasting/order.html", context, status=status)


def _compared(row: OrderRow) -> list[dict[str, Any]]:
    """Return what was ordered beside what was confirmed, aspect by aspect."""
    by_aspect = {each.aspect: each for each in row.differences}
    told = row.confirmed or {}
    price = told.get("price_minor")
    return [
        {
            "label": _("Quantity"),
            "ordered": _number(row.quantity),
            "confirmed": _number(row.confirmed_quantity),
            "difference": by_aspect.get("quantity"),
        },
        {
            "label": _("Due"),
            "ordered": date_format(row.due_on, "SHORT_DATE_FORMAT") if row.due_on else "",
            "confirmed": (
                date_format(row.confirmed_on, "SHORT_DATE_FORMAT") if row.confirmed_on else ""
            ),
            "difference": by_aspect.get("date"),
        },
        {
            "label": _("Price"),
            "ordered": f"{_number(row.price)} {row.currency or ''}"
            if row.price is not None
            else "",
            "confirmed": _number(None if price is None else Decimal(price) / 100),
            "difference": by_aspect.get("price"),
        },
    ]


def _number(value: Decimal | None) -> str:
    return "" if value is None else number_format(plain_decimal(value), use_l10n=True)


def _export(request: PageRequest, wanted: OrderFilter) -> HttpResponse:
    columns = [
        _("Order"), _("Line"), _("Schedule line"), _("Part"), _("Supplier's part"), _("Customer"),
        _("Supplier"), _("Site"), _("Quantity"), _("Unit"), _("Due"), _("Price"), _("Currency"),
        _("Confirmed quantity"), _("Confirmed day"), _("State"),
    ]  # fmt: skip
    rows = (
        [
            row.order_number, row.line, row.schedule_line, row.part_number,
            row.supplier_part_number, row.customer.short, row.supplier.short, row.site_code,
            row.quantity, row.unit, row.due_on, row.price, row.currency, row.confirmed_quantity,
            row.confirmed_on, row.state_label,
        ]
        for row in order_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "orders", columns, rows)


def _filter(asked: QueryDict) -> OrderFilter:
    view, sort = asked.get("view", "open"), asked.get("sort", "due")
    return OrderFilter(
        view=view if view in VIEWS else "open",
        part=asked.get("part", "").strip()[:40],
        order=asked.get("order", "").strip()[:35],
        partner_bpn=asked.get("partner", "").strip()[:16],
        sort=sort if sort in SORTS else "due",
    )


def text_of(refused: Refused) -> str:
    """Return a refusal in the reader's words."""
    return _("Expected %(expected)s, got “%(value)s”.") % {
        "expected": refused.expected,
        "value": refused.value,
    }


routes: list[URLPattern] = [
    path("forecasts/orders/", orders, name="orders"),
    path("forecasts/orders/confirm", confirm_many, name="orders-confirm"),
    path("forecasts/orders/<uuid:key>/", order, name="order"),
    path("forecasts/orders/<uuid:key>/confirm", confirm, name="order-confirm"),
    path("forecasts/orders/<uuid:key>/decide", decide, name="order-decide"),
]
