"""Receiving: what is expected, taking it in, the receipts of both sides, and answers to them."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from inventory.models import GoodsReceipt
from inventory.pages.receipt_files import FORMS
from inventory.queries.receipts import (
    SORTS,
    VIEWS,
    ReceiptFilter,
    ReceiptRow,
    count_open_differences,
    count_overdue,
    count_receipts,
    expected_deliveries,
    expected_rows,
    lines_of_receipt,
    receipt_list,
    receipt_of_advice,
    receipts_by_key,
)
from inventory.receipt_forms import AnswerForm, CancelForm, ReceiveForm
from inventory.services.receipt_answers import answer_receipt
from inventory.services.receipts import Delivery, cancel_receipt, record_receipt
from transport.queries.advices import AdviceRow, advice_by_key, lines_of, units_of

SHOWN, EXPORTED = 50, 100_000
EXPECTED = "expected"
VIEW_LABELS = {
    EXPECTED: gettext_lazy("Expected"),
    "all": gettext_lazy("Received"),
    "different": gettext_lazy("Differing"),
    "open": gettext_lazy("Not answered"),
    "cancelled": gettext_lazy("Cancelled"),
}
SORT_LABELS = {
    "newest": gettext_lazy("Latest first"),
    "oldest": gettext_lazy("Oldest first"),
    "number": gettext_lazy("Number"),
    "partner": gettext_lazy("Partner"),
}


@require_GET
@for_roles()
def receipts(request: PageRequest) -> HttpResponse:
    """List what is expected, or the receipts of both sides."""
    view = request.GET.get("view", EXPECTED)
    wanted = _filter(request.GET)
    if wanted_form(request) and view != EXPECTED:
        return _export(request, wanted)
    page = of_page(request.GET)
    start = (page - 1) * SHOWN
    counts = {EXPECTED: count_overdue(), "open": count_open_differences()}
    if view == EXPECTED:
        found = expected_deliveries(partner_bpn=wanted.partner_bpn, part=wanted.part)
        rows: list[Any] = expected_rows(found[start : start + SHOWN + 1])
        total = found.count()
    else:
        rows = receipt_list(wanted, limit=SHOWN + 1, offset=start)
        total = count_receipts(wanted)
    context = {
        "view": view if view == EXPECTED else wanted.view,
        "rows": rows[:SHOWN],
        "total": total,
        "views": tabs(request, VIEW_LABELS, view if view == EXPECTED else wanted.view, counts),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.part or wanted.number or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_receive": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
        "now": timezone.now(),
    }
    name = "inventory/receipts_list.html" if is_fragment(request) else "inventory/receipts.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles(*WRITERS)
def receive(request: PageRequest, advice: UUID) -> HttpResponse:
    """Take a delivery in line by line; as the form opens, everything is as advised."""
    row = _expected(request, advice)
    taken = receipt_of_advice(advice)
    if taken is not None and taken.is_own:
        return go_to(request, page_url(request, "inventory:receipt", taken.id))
    form = ReceiveForm(lines_of(advice), units_of(advice), request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        told = Delivery(
            supplier=row.supplier.bpn,
            advice=advice,
            received_at=data["received_at"],
            lines=form.stated(),
            delivery_note=data["delivery_note"],
            note=data["note"],
        )
        answer = _record(request, told, form)
        if answer is not None:
            return answer
    context = {"row": row, "form": form, "tenant": request.organisation.slug}
    status = 422 if form.errors else 200
    return render(request, "inventory/receive.html", context, status=status)


@require_POST
@for_roles(*WRITERS)
def receive_all(request: PageRequest, advice: UUID) -> HttpResponse:
    """Take a delivery in as it was advised, by one button."""
    row = _expected(request, advice)
    form = ReceiveForm(lines_of(advice), units_of(advice), {})
    told = Delivery(supplier=row.supplier.bpn, advice=advice, received_at=timezone.now())
    answer = _record(request, told, form)
    if answer is not None:
        return answer
    context = {"row": row, "form": form, "tenant": request.organisation.slug}
    return render(request, "inventory/receive.html", context, status=422)


def _record(request: PageRequest, told: Delivery, form: ReceiveForm) -> HttpResponse | None:
    """Record a delivery and go to its receipt; ``None`` where the form says why not."""
    try:
        taken = record_receipt(told)
    except Refused as refused:
        form.refuse(refused)
        return None
    text = _("Received; the supplier sees the difference.")
    if not taken.receipt.is_different:
        text = _("Received as advised.")
    url = page_url(request, "inventory:receipt", taken.receipt.pk)
    return go_to(request, url, toast=text)


@require_GET
@for_roles()
def receipt(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one receipt with its lines and what the supplier says."""
    return _object(request, key)


@require_POST
@for_roles(*WRITERS)
def answer(request: PageRequest, key: UUID) -> HttpResponse:
    """Accept or dispute a receipt as its supplier."""
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            answer_receipt(key, **form.cleaned_data)
        except GoodsReceipt.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:receipt", key)
            return go_to(request, url, toast=_("Told; your customer sees it."))
    return _object(request, key, answer_form=form)


@require_POST
@for_roles(*WRITERS)
def cancel(request: PageRequest, key: UUID) -> HttpResponse:
    """Take a wrong receipt back."""
    form = CancelForm(request.POST)
    if form.is_valid():
        try:
            cancel_receipt(
                key, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"]
            )
        except GoodsReceipt.DoesNotExist:
            raise Http404 from None
        except VersionConflict:
            form.add_error(None, _("Somebody changed this receipt meanwhile."))
        except Refused as refused:
            form.refuse(refused)
        else:
            url = page_url(request, "inventory:receipt", key)
            return go_to(request, url, toast=_("Cancelled; the delivery is expected again."))
    return _object(request, key, cancel_form=form)


def _expected(request: PageRequest, advice: UUID) -> AdviceRow:
    row = advice_by_key(advice)
    if row is None or row.customer_id != request.organisation.pk:
        raise Http404
    return row


def _object(
    request: PageRequest,
    key: UUID,
    *,
    answer_form: AnswerForm | None = None,
    cancel_form: CancelForm | None = None,
) -> HttpResponse:
    row = next(iter(receipts_by_key([key])), None)
    if row is None:
        raise Http404
    may_write = request.membership.role in WRITERS
    context = {
        "row": row,
        "lines": lines_of_receipt(key),
        "answer_form": (answer_form or AnswerForm()) if may_write and row.may_answer else None,
        "cancel_form": _cancel_form(row, cancel_form) if may_write and row.is_own else None,
        "forms": FORMS,
        "may_send": may_write and row.is_own,
        "tenant": request.organisation.slug,
    }
    has_errors = any(form is not None and form.errors for form in (answer_form, cancel_form))
    name = "inventory/receipt_body.html" if is_fragment(request) else "inventory/receipt.html"
    return render(request, name, context, status=422 if has_errors else 200)


def _cancel_form(row: ReceiptRow, form: CancelForm | None) -> CancelForm | None:
    if row.is_cancelled:
        return None
    return form or CancelForm(initial={"version": row.version})


def _export(request: PageRequest, wanted: ReceiptFilter) -> HttpResponse:
    columns = [
        _("Receipt"), _("Customer"), _("Supplier"), _("Advice"), _("Delivery note"), _("Site"),
        _("Received"), _("Result"), _("Lines"), _("Vehicle"), _("Answer"), _("Note"),
    ]  # fmt: skip
    rows = (
        [
            row.number, row.customer.bpn, row.supplier.bpn, row.advice_number, row.delivery_note,
            row.site_code, row.received_at, row.state_label, row.lines, row.plate,
            row.answer.label if row.answer else "", row.note,
        ]
        for row in receipt_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "goods-receipts", columns, rows)


def _filter(asked: QueryDict) -> ReceiptFilter:
    view, sort = asked.get("view", "all"), asked.get("sort", "newest")
    return ReceiptFilter(
        view=view if view in VIEWS else "all",
        part=text_of(asked, "part", 40),
        number=text_of(asked, "number", 35),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "newest",
    )


routes: list[URLPattern] = [
    path("inventory/receipts/", receipts, name="receipts"),
    path("inventory/receipts/receive/<uuid:advice>/", receive, name="receive"),
    path("inventory/receipts/receive/<uuid:advice>/all", receive_all, name="receive-all"),
    path("inventory/receipts/<uuid:key>/", receipt, name="receipt"),
    path("inventory/receipts/<uuid:key>/answer", answer, name="receipt-answer"),
    path("inventory/receipts/<uuid:key>/cancel", cancel, name="receipt-cancel"),
]
