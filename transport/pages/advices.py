"""Dispatch advices on both sides: the list, one advice with its packs, labels and messages."""

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
from transport.labels.pdf import labels_pdf
from transport.labels.svg import label_svg
from transport.models import DispatchAdvice
from transport.pages.base import refusal_text
from transport.pages.label_files import pdf_of, size_of, svg_of, wanted_part
from transport.queries.advice_answers import answer_of
from transport.queries.advice_messages import FORMS, KINDS, write_advice
from transport.queries.advices import (
    SORTS,
    VIEWS,
    AdviceFilter,
    AdviceRow,
    advice_by_key,
    advice_list,
    count_advices,
    lines_of,
    revisions_of,
    units_of,
)
from transport.queries.labels import labels_of, left_out, part_of, parts_of, unprintable
from transport.rules.label import Size
from transport.services.advice_answers import answer_advice
from transport.services.advice_messages import queue_advice
from transport.services.advices import cancel_advice
from transport.services.corrections import open_correction
from transport.services.printing import note_printed

SHOWN, EXPORTED = 50, 100_000
VIEW_LABELS = {
    "way": gettext_lazy("On the way"),
    "late": gettext_lazy("Told late"),
    "discrepancy": gettext_lazy("Discrepancies"),
    "received": gettext_lazy("Received"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "expected": gettext_lazy("Expected first"),
    "newest": gettext_lazy("Newest first"),
    "number": gettext_lazy("Number"),
    "partner": gettext_lazy("Partner"),
}
TABS = {
    "lines": gettext_lazy("Lines"),
    "packs": gettext_lazy("Packs"),
    "labels": gettext_lazy("Labels"),
    "messages": gettext_lazy("Messages"),
}
FORM_LABELS = {"desadv": "DESADV D.07A", "x12": "X12 856"}
PREVIEWED = 12


@require_GET
@for_roles()
def advices(request: PageRequest) -> HttpResponse:
    """List the advices sent and announced to us."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = advice_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    odd = count_advices(AdviceFilter(view="discrepancy", partner_bpn=wanted.partner_bpn))
    context = {
        "rows": rows[:SHOWN],
        "total": count_advices(wanted),
        "views": tabs(request, VIEW_LABELS, wanted.view, {"discrepancy": odd}),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.part or wanted.number or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_advise": request.membership.role in WRITERS,
        "tenant": request.organisation.slug,
    }
    name = "transport/advices_list.html" if is_fragment(request) else "transport/advices.html"
    return render(request, name, context)


@require_GET
@for_roles()
def advice(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one advice; the tab is in the address."""
    return _object(request, key)


@require_POST
@for_roles(*WRITERS)
def cancel(request: PageRequest, key: UUID) -> HttpResponse:
    """Take an advice back."""
    text = request.POST.get("version", "")
    version = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
    try:
        cancel_advice(key, version=version)
    except DispatchAdvice.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        return _object(request, key, _("Somebody changed this advice meanwhile."))
    except Refused as refused:
        return _object(request, key, refusal_text(refused))
    url = page_url(request, "transport:advice", key)
    return go_to(request, url, toast=_("Cancelled; the customer sees it."))


@require_POST
@for_roles(*WRITERS)
def correct(request: PageRequest, key: UUID) -> HttpResponse:
    """Begin a correction with everything the advice says."""
    try:
        draft = open_correction(key)
    except DispatchAdvice.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return _object(request, key, refusal_text(refused))
    return go_to(request, page_url(request, "transport:advice-pack", draft.pk))


@require_http_methods(["GET", "POST"])
@for_roles()
def labels(request: PageRequest, key: UUID) -> HttpResponse:
    """Hand out the labels of all packs, or of the chosen ones, as PDF; a POST prints them."""
    row = _row(key)
    chosen = [unit for unit in units_of(row.id) if str(unit.id) in request.GET.getlist("unit")]
    told = labels_of(row, unit_ids=[unit.id for unit in chosen] or None)
    found = part_of(told, wanted_part(request))
    if not found:
        raise Http404
    if request.method == "POST" and row.is_own:
        note_printed(row.id, [unit.id for unit in chosen] or None, at=timezone.now())
    size = size_of(request)
    return pdf_of(labels_pdf(found, size, title=row.number), f"labels-{row.number}")


@require_GET
@for_roles()
def label(request: PageRequest, key: UUID, unit: UUID) -> HttpResponse:
    """Show one label as it will be printed."""
    found = labels_of(_row(key), unit_ids=[unit])
    if not found:
        raise Http404
    return svg_of(label_svg(found[0], size_of(request)))


@require_GET
@for_roles()
def message(request: PageRequest, key: UUID, form: str) -> HttpResponse:
    """Hand an advice out as a file."""
    row = _row(key)
    if form not in FORMS:
        raise Http404
    written = write_advice(row, form)
    response = HttpResponse(written.raw, content_type="application/octet-stream")
    safe = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in row.number)
    ending = "edi" if form == "desadv" else "x12"
    response["Content-Disposition"] = f'attachment; filename="advice-{safe}.{ending}"'
    return response


@require_POST
@for_roles(*WRITERS)
def send_message(request: PageRequest, key: UUID) -> HttpResponse:
    """Queue an advice for the customer's system."""
    try:
        made = queue_advice(key, form=request.POST.get("form", ""))
    except DispatchAdvice.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return _object(request, key, refusal_text(refused))
    url = page_url(request, "integration:outgoing-message", made.pk)
    return go_to(request, url, toast=_("It waits for the customer's system."))


def _row(key: UUID) -> AdviceRow:
    row = advice_by_key(key)
    if row is None:
        raise Http404
    return row


def _object(request: PageRequest, key: UUID, error: str = "") -> HttpResponse:
    row = _row(key)
    tab = request.GET.get("tab", "lines")
    tab = tab if tab in TABS else "lines"
    units = units_of(row.id)
    found = labels_of(row) if tab == "labels" else []
    context: dict[str, Any] = {
        "row": row,
        "tab": tab,
        "tabs": [
            {"label": text, "href": f"?tab={name}", "current": name == tab, "count": 0}
            for name, text in TABS.items()
        ],
        "lines": lines_of(row.id),
        "units": units,
        "previews": units[:PREVIEWED],
        "parts": parts_of(len(units)),
        "sizes": list(Size),
        "size": size_of(request),
        "unprintable": unprintable(found),
        "left_out": left_out(found),
        "forms": [(form, FORM_LABELS[form], KINDS[form]) for form in FORMS],
        "revisions": revisions_of(row),
        "error": error,
        "may_change": row.is_own and row.is_on_its_way and request.membership.role in WRITERS,
        "may_send": row.is_own and request.membership.role in WRITERS,
        **_answer(request, row),
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/advice.html", context, status=422 if error else 200)


@require_http_methods(["GET", "POST"])
@for_roles()
def answer(request: PageRequest, key: UUID) -> HttpResponse:
    """Show the customer's answer, or take it from the customer."""
    row = _row(key)
    if request.method == "POST":
        if row.is_own or request.membership.role not in WRITERS:
            raise Http404
        note = request.POST.get("note", "").replace("\0", "")
        try:
            answer_advice(
                key, verdict=request.POST.get("verdict", ""), note=note, as_of=timezone.now()
            )
        except DispatchAdvice.DoesNotExist:
            raise Http404 from None
        except Refused as refused:
            return _object(request, key, refusal_text(refused))
        url = page_url(request, "transport:advice", key)
        return go_to(request, url, toast=_("Answered; the supplier sees it."))
    context = {"row": row, "tenant": request.organisation.slug, **_answer(request, row)}
    return render(request, "transport/partials/advice_answer.html", context)


def _answer(request: PageRequest, row: AdviceRow) -> dict[str, Any]:
    is_ours = row.customer_id == request.organisation.pk and not row.is_own
    may = is_ours and row.is_on_its_way and request.membership.role in WRITERS
    return {"answer": answer_of(row.id), "may_answer": may}


def _export(request: PageRequest, wanted: AdviceFilter) -> HttpResponse:
    columns = [
        _("Number"), _("Revision"), _("Supplier"), _("Customer"), _("From"), _("To"), _("Dock"),
        _("Lines"), _("Packs"), _("Gross [kg]"), _("Net [kg]"), _("Departed"), _("Expected"),
        _("Sent"), _("Told late"), _("State"),
    ]  # fmt: skip
    rows = (
        [
            row.number, row.revision, row.supplier.short, row.customer.short,
            row.ship_from.get("name"), row.ship_to.get("name"), row.dock, row.lines, row.units,
            row.gross_kg, row.net_kg, row.despatched_at, row.expected_at, row.sent_at,
            row.is_late, row.state_label,
        ]
        for row in advice_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "dispatch-advices", columns, rows)


def _filter(asked: QueryDict) -> AdviceFilter:
    view, sort = asked.get("view", "way"), asked.get("sort", "expected")
    return AdviceFilter(
        view=view if view in VIEWS else "way",
        part=text_of(asked, "part", 40),
        number=text_of(asked, "number", 35),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "expected",
    )


routes: list[URLPattern] = [
    path("transport/advices/", advices, name="advices"),
    path("transport/advices/<uuid:key>/", advice, name="advice"),
    path("transport/advices/<uuid:key>/cancel", cancel, name="advice-cancel"),
    path("transport/advices/<uuid:key>/answer", answer, name="advice-answer"),
    path("transport/advices/<uuid:key>/correct", correct, name="advice-correct"),
    path("transport/advices/<uuid:key>/labels", labels, name="advice-labels"),
    path("transport/advices/<uuid:key>/labels/<uuid:unit>", label, name="advice-label"),
    path("transport/advices/<uuid:key>/file/<slug:form>", message, name="advice-file"),
    path("transport/advices/<uuid:key>/message", send_message, name="advice-message"),
]
