"""Offers of loads: the planner sees who is asked, the carrier answers with a slot."""

import json
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import Load, Tender, TenderOffer
from transport.pages.base import refusal_text
from transport.pages.empties import PLANNERS
from transport.pages.words import put_on, version_of
from transport.queries.tenders import (
    SORTS,
    VIEWS,
    OfferFilter,
    OfferRow,
    offer_by_key,
    offer_list,
    offers,
    offers_of_tender,
    tender_of,
)
from transport.services.answers import answer_offer
from transport.services.tenders import start_tender, withdraw_tender

SHOWN, EXPORTED = 50, 100_000
ANSWERERS = (*WRITERS, "dispatcher")
VIEW_LABELS = {
    "open": gettext_lazy("Waiting for an answer"),
    "accepted": gettext_lazy("Accepted"),
    "missed": gettext_lazy("Not taken"),
    "all": gettext_lazy("All"),
}
SORT_LABELS = {
    "due": gettext_lazy("Answer due first"),
    "newest": gettext_lazy("Newest first"),
    "price": gettext_lazy("Price"),
}


class AnswerForm(forms.Form):
    """What a carrier says to an offer; the slot's value is the JSON of the one offered."""

    slot = forms.CharField(required=False, max_length=400)
    plate = forms.CharField(label=gettext_lazy("Plate"), required=False, max_length=20)
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=400,
        help_text=gettext_lazy("Needed when you reject."),
    )

    def clean_slot(self) -> dict[str, Any] | None:
        """Return the chosen slot."""
        text = self.cleaned_data["slot"]
        if not text:
            return None
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise forms.ValidationError(_("Choose one of the slots offered."))
        return found


@require_GET
@for_roles()
def tenders(request: PageRequest) -> HttpResponse:
    """List the offers made and received."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = offer_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    context = {
        "rows": rows[:SHOWN],
        "total": offers(wanted).count(),
        "views": tabs(
            request, VIEW_LABELS, wanted.view, {"open": offers(OfferFilter(view="open")).count()}
        ),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.number or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = "transport/tenders_list.html" if is_fragment(request) else "transport/tenders.html"
    return render(request, name, context)


@require_GET
@for_roles()
def offer(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one offer: stops, price, slots, and for its owner everybody who was asked."""
    return _object(request, _offer(key))


@require_POST
@for_roles(*ANSWERERS)
def offer_answer(request: PageRequest, key: UUID) -> HttpResponse:
    """Accept an offer with a slot, or reject it with a reason."""
    row = _offer(key)
    form = AnswerForm(request.POST)
    verdict = "accepted" if request.POST.get("do") == "accept" else "rejected"
    if not form.is_valid():
        return _object(request, row, form)
    try:
        answer_offer(key, verdict=verdict, as_of=timezone.now(), **form.cleaned_data)
    except TenderOffer.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        put_on(form, refused)
        return _object(request, row, form)
    text = _("The load is yours.") if verdict == "accepted" else _("Rejected.")
    return go_to(request, page_url(request, "transport:offer", key), toast=text)


@require_POST
@for_roles(*PLANNERS)
def tender_start(request: PageRequest, key: UUID) -> HttpResponse:
    """Offer a load to the carriers of its tariffs."""
    try:
        made = start_tender(
            key,
            as_of=timezone.now(),
            carriers=request.POST.getlist("carrier") or None,
            version=version_of(request.POST),
        )
    except Load.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        text = _("Somebody changed this load meanwhile.")
        return go_to(request, page_url(request, "transport:load", key), toast=text)
    except Refused as refused:
        return go_to(request, page_url(request, "transport:load", key), toast=refusal_text(refused))
    first = offers_of_tender(made.pk)[0]
    text = _("Offered to %(carrier)s.") % {"carrier": first.carrier.short}
    return go_to(request, page_url(request, "transport:offer", first.id), toast=text)


@require_POST
@for_roles(*PLANNERS)
def tender_withdraw(request: PageRequest, key: UUID) -> HttpResponse:
    """Take an offer back."""
    try:
        made = withdraw_tender(key, as_of=timezone.now())
    except Tender.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        return go_to(request, page_url(request, "transport:tenders"), toast=refusal_text(refused))
    text = _("The offer is withdrawn.")
    return go_to(request, page_url(request, "transport:load", made.load_id), toast=text)


def _object(request: PageRequest, row: OfferRow, form: AnswerForm | None = None) -> HttpResponse:
    tender = None if row.is_received else tender_of(row)
    slots = [
        {"value": json.dumps(each), "opens": each["from"], "dock": each.get("dock", "")}
        for each in row.slots
    ]
    context = {
        "row": row,
        "tender": tender,
        "asked": offers_of_tender(row.tender_id) if tender else [],
        "ranking": len(tender.ranking) if tender else 0,
        "slots": slots,
        "form": form or AnswerForm(),
        "can_answer": row.is_received
        and row.state == TenderOffer.State.OPEN
        and row.answer is None
        and request.membership.role in ANSWERERS,
        "may_plan": request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "transport/offer.html", context, status=status)


def _offer(key: UUID) -> OfferRow:
    row = offer_by_key(key)
    if row is None:
        raise Http404
    return row


def _filter(asked: QueryDict) -> OfferFilter:
    view, sort = asked.get("view", "open"), asked.get("sort", "due")
    return OfferFilter(
        view=view if view in VIEWS else "open",
        number=text_of(asked, "number", 35),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "due",
    )


def _export(request: PageRequest, wanted: OfferFilter) -> HttpResponse:
    columns = [
        _("Load"), _("Customer"), _("Carrier"), _("From"), _("To"), _("Price"), _("Currency"),
        _("Offered"), _("Answer until"), _("State"),
    ]  # fmt: skip
    lines = (
        [
            row.load_number, row.customer.short, row.carrier.short, row.first.name, row.last.name,
            row.price, row.currency, row.offered_at, row.answer_until, row.state_label,
        ]
        for row in offer_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "offers", columns, lines)


routes: list[URLPattern] = [
    path("transport/tenders/", tenders, name="tenders"),
    path("transport/tenders/<uuid:key>/", offer, name="offer"),
    path("transport/tenders/<uuid:key>/answer", offer_answer, name="offer-answer"),
    path("transport/tenders/<uuid:key>/withdraw", tender_withdraw, name="tender-withdraw"),
    path("transport/loads/<uuid:key>/tender", tender_start, name="tender-start"),
]
