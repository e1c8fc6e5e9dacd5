"""Supplier-managed stock: the bands, and the projection in which the supplier plans receipts."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.shell.asking import of_page, paging, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.forms import PlanForm, day_field
from inventory.models import VmiBand
from inventory.queries.vmi import BandDay, BandRow, band_rows, bands, bands_by_key, watched
from inventory.services.vmi import plan_receipts, remove_band
from inventory.vmi_forms import BandForm

SHOWN, EXPORTED = 50, 20_000
PLANNED_WEEKS = 5


@require_http_methods(["GET", "POST"])
@for_roles()
def vmi(request: PageRequest) -> HttpResponse:
    """List the bands; a customer agrees a new one or changes one."""
    may_write = request.membership.role in WRITERS
    form = BandForm(request.POST if request.method == "POST" and may_write else None)
    if form.is_bound and form.is_valid():
        try:
            band = form.save()
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:vmi-band", band.pk)
            return go_to(request, url, toast=_("Band agreed."))
    wanted = {name: text_of(request.GET, name, 40) for name in ("part", "partner")}
    rows = bands(part=wanted["part"], partner_bpn=wanted["partner"])
    rows = rows.order_by("part_number", "site_code", "pk")
    if wanted_form(request):
        return _export(request, band_rows(rows[:EXPORTED]))
    page = of_page(request.GET)
    start = (page - 1) * SHOWN
    found = band_rows(rows[start : start + SHOWN + 1])
    context = {
        "rows": found[:SHOWN],
        "form": form,
        "may_write": may_write,
        "wanted": wanted,
        "is_filtered": any(wanted.values()),
        **paging(request, page, found=len(found), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = "inventory/vmi_list.html" if is_fragment(request) else "inventory/vmi.html"
    return render(request, name, context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@for_roles()
def band(request: PageRequest, key: UUID) -> HttpResponse:
    """Show stock against its band day by day; the supplier plans receipts in it."""
    row = next(iter(bands_by_key([key])), None)
    if row is None:
        raise Http404
    may_plan = not row.is_own and request.membership.role in WRITERS
    days = _planned_days(row) if may_plan else []
    before = {day.on: day.receipt for day in days}
    initial = {day_field(day.on): _text(day.receipt) for day in days if day.receipt}
    form = PlanForm([day.on for day in days], request.POST or None, initial=initial)
    if request.method == "POST" and may_plan and form.is_valid():
        changed = _save(form, key, before)
        if changed is not None:
            text = ngettext("%(n)s day planned anew.", "%(n)s days planned anew.", changed)
            url = page_url(request, "inventory:vmi-band", key)
            return go_to(request, url, toast=text % {"n": changed})
    context = {
        "row": row,
        "watched": watched(key),
        "weeks": _weeks(days, form),
        "form": form,
        "may_plan": may_plan,
        "may_end": row.is_own and request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    return render(request, "inventory/vmi_band.html", context, status=422 if form.errors else 200)


@require_POST
@for_roles(*WRITERS)
def end(request: PageRequest, key: UUID) -> HttpResponse:
    """End a band of one's own."""
    try:
        remove_band(key)
    except VmiBand.DoesNotExist:
        raise Http404 from None
    return go_to(request, page_url(request, "inventory:vmi"), toast=_("Band ended."))


def _planned_days(row: BandRow) -> list[BandDay]:
    """Return the days that can be planned: from today to the end of week five."""
    today = own_day()
    last = today - timedelta(days=today.weekday()) + timedelta(weeks=PLANNED_WEEKS)
    return [day for day in row.days if today <= day.on < last]


def _weeks(days: Sequence[BandDay], form: PlanForm) -> list[dict[str, object]]:
    """Return the weeks of the calendar; days outside are None, so that Mondays stand first."""
    if not days:
        return []
    known = {day.on: day for day in days}
    monday = days[0].on - timedelta(days=days[0].on.weekday())
    weeks: list[dict[str, object]] = []
    while monday <= days[-1].on:
        cells = []
        for on in (monday + timedelta(days=each) for each in range(7)):
            day = known.get(on)
            cells.append({"on": on, "day": day, "field": form[day_field(on)] if day else None})
        weeks.append({"number": monday.isocalendar().week, "cells": cells})
        monday += timedelta(weeks=1)
    return weeks


def _save(form: PlanForm, key: UUID, before: Mapping[date, Decimal]) -> int | None:
    """Plan the changed days; return how many, None with the reason in the form if refused."""
    try:
        return plan_receipts(key, form.changes(before))
    except Refused as refused:
        form.refuse(refused)
        return None


def _text(quantity: Decimal) -> str:
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _export(request: PageRequest, rows: Sequence[BandRow]) -> HttpResponse:
    columns = [
        _("Customer"), _("Supplier"), _("Customer's part"), _("Supplier's part"), _("Site"),
        _("Day"), _("Demand"), _("Planned receipt"), _("Stock"), _("Minimum"), _("Maximum"),
        _("Unit"),
    ]  # fmt: skip
    cells = (
        [
            row.customer.bpn, row.supplier.bpn, row.part_number, row.supplier_part_number,
            row.site_code, day.on, day.demand, day.receipt, day.stock, day.low, day.high, row.unit,
        ]
        for row in rows
        for day in row.days
    )  # fmt: skip
    return export_response(request, "vmi-projection", columns, cells)


routes: list[URLPattern] = [
    path("inventory/vmi/", vmi, name="vmi"),
    path("inventory/vmi/<uuid:key>/", band, name="vmi-band"),
    path("inventory/vmi/<uuid:key>/end", end, name="vmi-end"),
]
