"""Consumption of parts with several suppliers: what was quoted to whom, 14 days back (IN-10)."""

from collections.abc import Sequence
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.shell.asking import of_page, paging, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.multi_sourcing_forms import ConsumptionForm, SharesForm, UndoForm
from inventory.queries.multi_sourcing import (
    QuotedRow,
    consumption_by_key,
    quoted,
    quoted_rows,
    share_rows,
)
from inventory.services.multi_sourcing import take_back

SHOWN, EXPORTED = 50, 100_000


@require_http_methods(["GET", "POST"])
@for_roles()
def sources(request: PageRequest) -> HttpResponse:
    """List what was quoted; of one's own parts book consumption and agree the shares."""
    may_write = request.membership.role in WRITERS
    used, shares = ConsumptionForm(), SharesForm()
    if request.method == "POST" and may_write:
        if request.POST.get("do") == "shares":
            shares = SharesForm(request.POST)
            done = _try(shares)
        else:
            used = ConsumptionForm(request.POST)
            done = _try(used)
        if done:
            return go_to(request, page_url(request, "inventory:sources"), toast=_("Booked."))
    wanted = {name: text_of(request.GET, name, 40) for name in ("part_number", "partner")}
    rows = quoted(number=wanted["part_number"], partner_bpn=wanted["partner"])
    rows = rows.order_by("-consumed_at", "-pk")
    if wanted_form(request):
        return _export(request, quoted_rows(rows[:EXPORTED]))
    page = of_page(request.GET)
    start = (page - 1) * SHOWN
    found = quoted_rows(rows[start : start + SHOWN + 1])
    context = {
        "rows": found[:SHOWN],
        "shares": share_rows(),
        "form": used,
        "shares_form": shares,
        "may_write": may_write,
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        **paging(request, page, found=len(found), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = "inventory/sources_list.html" if is_fragment(request) else "inventory/sources.html"
    has_failed = bool(used.errors or shares.errors)
    return render(request, name, context, status=422 if has_failed else 200)


@require_http_methods(["GET", "POST"])
@for_roles()
def consumption(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one consumption of one's own with its split; take it back."""
    row = consumption_by_key(key)
    if row is None:
        raise Http404
    may_write = request.membership.role in WRITERS
    form = UndoForm(request.POST if request.method == "POST" and may_write else None)
    if form.is_bound and form.is_valid():
        try:
            take_back(key, reason=form.cleaned_data["reason"])
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:consumption", key)
            return go_to(request, url, toast=_("Taken back; each supplier's stock is as before."))
    context = {
        "row": row,
        "form": form,
        "may_undo": may_write and row.cancelled_at is None,
        "tenant": request.organisation.slug,
    }
    status = 422 if form.errors else 200
    return render(request, "inventory/consumption.html", context, status=status)


def _try(form: ConsumptionForm | SharesForm) -> bool:
    """Book what the form holds; return False with the reason in it if that is refused."""
    if form.is_valid():
        try:
            form.book()
        except Refused as refused:
            form.refuse(refused)
    return form.is_valid()


def _export(request: PageRequest, rows: Sequence[QuotedRow]) -> HttpResponse:
    columns = [
        _("When"), _("Customer"), _("Supplier"), _("Customer's part"), _("Supplier's part"),
        _("Site"), _("Quoted"), _("Left"), _("Unit"), _("Taken back"),
    ]  # fmt: skip
    cells = (
        [
            row.consumed_at, row.customer.bpn, row.supplier.bpn, row.part_number,
            row.supplier_part_number, row.site_code, row.quantity, row.left, row.unit,
            row.cancelled_at,
        ]
        for row in rows
    )  # fmt: skip
    return export_response(request, "quoted-consumption", columns, cells)


routes: list[URLPattern] = [
    path("inventory/sources/", sources, name="sources"),
    path("inventory/sources/<uuid:key>/", consumption, name="consumption"),
]
