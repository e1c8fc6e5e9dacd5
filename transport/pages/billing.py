"""Freight bills on both sides: what was agreed, what was billed, what is paid."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.api.base import partner_by_bpn
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import Settlement
from transport.pages.empties import PLANNERS
from transport.pages.words import put_on, version_of
from transport.queries.money import BILL_VIEWS, BillRow, MoneyFilter, bill_rows, settlements
from transport.services.billing import Bill, approve_settlement, send_invoice

SHOWN = 50
VIEW_LABELS = {
    "disputed": gettext_lazy("Differ"),
    "expected": gettext_lazy("Not billed yet"),
    "approved": gettext_lazy("Approved"),
    "all": gettext_lazy("All"),
}
REASONS = {
    "as agreed": gettext_lazy("as agreed"),
    "within tolerance": gettext_lazy("within tolerance"),
    "not in the tariff": gettext_lazy("not in the tariff"),
    "not invoiced": gettext_lazy("not billed"),
}


class ApprovalForm(forms.Form):
    """What is paid for a load whose bill differs."""

    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=0, decimal_places=2)
    note = forms.CharField(label=gettext_lazy("Why"), max_length=400)


class InvoiceForm(forms.Form):
    """A carrier's invoice for one load; lines one a row."""

    customer = forms.CharField(label=gettext_lazy("Customer (BPN)"), max_length=16)
    load_number = forms.CharField(label=gettext_lazy("Load"), max_length=35)
    number = forms.CharField(label=gettext_lazy("Invoice number"), max_length=35)
    issued_on = forms.DateField(
        label=gettext_lazy("Issued on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, initial="EUR")
    freight = forms.DecimalField(label=gettext_lazy("Freight"), min_value=0, decimal_places=2)
    stops = forms.DecimalField(
        label=gettext_lazy("Further stops"), min_value=0, decimal_places=2, required=False
    )
    fuel = forms.DecimalField(
        label=gettext_lazy("Fuel"), min_value=0, decimal_places=2, required=False
    )
    other = forms.DecimalField(
        label=gettext_lazy("Other"), min_value=0, decimal_places=2, required=False
    )

    def bill(self) -> Bill:
        """Return what was typed; only for a valid form."""
        told = self.cleaned_data
        lines = [
            (code, int(told[code] * 100))
            for code in ("freight", "stops", "fuel", "other")
            if told[code]
        ]
        return Bill(
            number=told["number"],
            load_number=told["load_number"],
            lines=lines,
            currency=told["currency"],
            issued_on=told["issued_on"],
        )


@require_GET
@for_roles()
def billing(request: PageRequest) -> HttpResponse:
    """List what loads cost by agreement beside what was billed."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    found = settlements(wanted).order_by("-pk")
    rows = bill_rows(found[(page - 1) * SHOWN : page * SHOWN + 1])
    disputed = settlements(MoneyFilter(view="disputed")).count()
    context = {
        "rows": rows[:SHOWN],
        "total": found.count(),
        "views": tabs(request, VIEW_LABELS, wanted.view, {"disputed": disputed}),
        "wanted": wanted,
        "is_filtered": bool(wanted.number or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = "transport/billing_list.html" if is_fragment(request) else "transport/billing.html"
    return render(request, name, context)


@require_GET
@for_roles()
def bill(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one load's bill line by line."""
    return _object(request, _bill(key))


@require_POST
@for_roles(*PLANNERS)
def bill_approve(request: PageRequest, key: UUID) -> HttpResponse:
    """Approve an amount for a bill that differs."""
    row = _bill(key)
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return _object(request, row, form)
    try:
        approve_settlement(
            key,
            amount_minor=int(form.cleaned_data["amount"] * 100),
            note=form.cleaned_data["note"],
            as_of=timezone.now(),
            version=version_of(request.POST),
        )
    except Settlement.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        form.add_error(None, _("Somebody changed this meanwhile; look again."))
        return _object(request, row, form)
    except Refused as refused:
        put_on(form, refused)
        return _object(request, row, form)
    return go_to(request, page_url(request, "transport:bill", key), toast=_("Approved."))


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS, "dispatcher")
def invoice_new(request: PageRequest) -> HttpResponse:
    """Bill a load that one has driven."""
    initial = {
        "load_number": text_of(request.GET, "load", 35),
        "customer": text_of(request.GET, "customer", 16),
        "issued_on": own_day(),
    }
    form = InvoiceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            send_invoice(partner_by_bpn(form.cleaned_data["customer"]).pk, form.bill())
        except Refused as refused:
            put_on(form, refused, partner="customer", load="load_number", lines="freight")
        else:
            url = page_url(request, "transport:billing")
            return go_to(request, url, toast=_("The invoice is sent."))
    context = {"form": form, "tenant": request.organisation.slug}
    status = 422 if form.errors else 200
    return render(request, "transport/invoice_new.html", context, status=status)


def _object(request: PageRequest, row: BillRow, form: ApprovalForm | None = None) -> HttpResponse:
    context = {
        "row": row,
        "lines": [_line(each) for each in row.lines],
        "form": form or ApprovalForm(initial={"amount": row.expected}),
        "may_approve": row.is_own
        and row.state == Settlement.State.DISPUTED
        and request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "transport/bill.html", context, status=status)


def _line(line: Any) -> dict[str, Any]:
    expected, billed = Decimal(line["expected"]) / 100, Decimal(line["billed"]) / 100
    return {
        "code": line["code"],
        "expected": expected,
        "billed": billed,
        "difference": billed - expected,
        "is_matched": line["match"] == "matched",
        "reason": REASONS.get(line["reason"], line["reason"]),
    }


def _bill(key: UUID) -> BillRow:
    rows = bill_rows(settlements().filter(pk=key))
    if not rows:
        raise Http404
    return rows[0]


def _filter(asked: QueryDict) -> MoneyFilter:
    view = asked.get("view", "all")
    return MoneyFilter(
        view=view if view in BILL_VIEWS else "all",
        number=text_of(asked, "number", 35),
        partner_bpn=text_of(asked, "partner", 16),
    )


def _export(request: PageRequest, wanted: MoneyFilter) -> HttpResponse:
    columns = [
        _("Load"), _("Customer"), _("Carrier"), _("Invoice"), _("Agreed"), _("Billed"),
        _("Approved"), _("Currency"), _("State"), _("Note"),
    ]  # fmt: skip
    lines = (
        [
            row.load_number, row.customer.short, row.carrier.short, row.invoice, row.expected,
            row.billed, row.approved, row.currency, row.state_label, row.note,
        ]
        for row in bill_rows(settlements(wanted).order_by("-pk"))
    )  # fmt: skip
    return export_response(request, "freight-bills", columns, lines)


routes: list[URLPattern] = [
    path("transport/billing/", billing, name="billing"),
    path("transport/billing/new/", invoice_new, name="invoice-new"),
    path("transport/billing/<uuid:key>/", bill, name="bill"),
    path("transport/billing/<uuid:key>/approve", bill_approve, name="bill-approve"),
]
