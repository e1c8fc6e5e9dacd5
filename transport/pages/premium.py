"""Premium freight: asked for with its cause, answered, counted by partner and cause."""

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
from collab.masterdata.refusals import Refused, VersionConflict
from collab.shell.asking import of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import PremiumFreight
from transport.pages.base import refusal_text
from transport.pages.empties import PLANNERS
from transport.pages.words import put_on, version_of
from transport.queries.money import (
    PREMIUM_VIEWS,
    MoneyFilter,
    PremiumRow,
    premium_by_cause,
    premium_rows,
    premiums,
)
from transport.rules.premium import CauseCode
from transport.services.premium import PremiumPlan, answer_premium, move_on, request_premium

SHOWN = 50
ANSWERERS = (*WRITERS, "dispatcher")
VIEW_LABELS = {
    "open": gettext_lazy("Waiting for an answer"),
    "agreed": gettext_lazy("Agreed"),
    "claimed": gettext_lazy("Claimed"),
    "all": gettext_lazy("All"),
}
MEANS_LABELS = {
    "van": gettext_lazy("Van"),
    "truck": gettext_lazy("Extra truck"),
    "air": gettext_lazy("Air freight"),
    "courier": gettext_lazy("Courier"),
    "helicopter": gettext_lazy("Helicopter"),
}
CAUSE_LABELS = {
    CauseCode.LATE_CALL.value: gettext_lazy("Called too late"),
    CauseCode.FROZEN_ZONE_CHANGE.value: gettext_lazy("Change in the frozen zone"),
    CauseCode.ENGINEERING_CHANGE.value: gettext_lazy("Engineering change"),
    CauseCode.STOCK_ERROR_CUSTOMER.value: gettext_lazy("Customer's stock was wrong"),
    CauseCode.EMPTIES_MISSING.value: gettext_lazy("Empty containers missing"),
    CauseCode.LATE_PRODUCTION.value: gettext_lazy("Production late"),
    CauseCode.SHORT_SHIPMENT.value: gettext_lazy("Too little sent"),
    CauseCode.QUALITY_BLOCK.value: gettext_lazy("Blocked for quality"),
    CauseCode.WRONG_PACKAGING.value: gettext_lazy("Wrong packaging"),
    CauseCode.NOT_READY_AT_PICKUP.value: gettext_lazy("Not ready at the pick-up"),
    CauseCode.MISSED_PICKUP.value: gettext_lazy("Carrier missed the pick-up"),
    CauseCode.BREAKDOWN.value: gettext_lazy("Breakdown"),
    CauseCode.TRANSIT_DELAY.value: gettext_lazy("Delay on the way"),
    CauseCode.TRANSPORT_DAMAGE.value: gettext_lazy("Damaged on the way"),
    CauseCode.WEATHER.value: gettext_lazy("Weather"),
    CauseCode.STRIKE.value: gettext_lazy("Strike"),
    CauseCode.BORDER.value: gettext_lazy("Border closed"),
}
FAULT_LABELS = {
    (True, "owner"): gettext_lazy("we"),
    (True, "counterparty"): gettext_lazy("partner"),
    (False, "owner"): gettext_lazy("partner"),
    (False, "counterparty"): gettext_lazy("we"),
}


class PremiumForm(forms.Form):
    """Premium freight that is asked for."""

    partner = forms.CharField(label=gettext_lazy("Partner (BPN)"), max_length=16)
    is_inbound = forms.BooleanField(
        label=gettext_lazy("The goods come to us"), required=False, initial=True
    )
    part_number = forms.CharField(label=gettext_lazy("Part number"), max_length=40, required=False)
    cause = forms.ChoiceField(label=gettext_lazy("Cause"), choices=list(CAUSE_LABELS.items()))
    means = forms.ChoiceField(label=gettext_lazy("Means"), choices=list(MEANS_LABELS.items()))
    needed_by = forms.DateTimeField(
        label=gettext_lazy("Needed by"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    cost = forms.DecimalField(label=gettext_lazy("Cost"), min_value=0, decimal_places=2)
    standard_cost = forms.DecimalField(
        label=gettext_lazy("Cost of the usual way"), min_value=0, decimal_places=2, initial=0
    )
    currency = forms.CharField(label=gettext_lazy("Currency"), max_length=3, initial="EUR")
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )

    def plan(self) -> PremiumPlan:
        """Return what was typed; only for a valid form."""
        told = dict(self.cleaned_data)
        cost, standard = told.pop("cost"), told.pop("standard_cost")
        return PremiumPlan(
            cost_minor=int(cost * 100), standard_cost_minor=int(standard * 100), **told
        )


class AnswerForm(forms.Form):
    """What the other side says."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=400,
        required=False,
        help_text=gettext_lazy("Needed when you refuse or dispute the fault."),
    )


@require_GET
@for_roles()
def premium_list(request: PageRequest) -> HttpResponse:
    """List premium freight of both sides with its causes."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    found = premiums(wanted).order_by("-requested_at", "-pk")
    rows = premium_rows(found[(page - 1) * SHOWN : page * SHOWN + 1])
    context = {
        "rows": rows[:SHOWN],
        "causes": CAUSE_LABELS,
        "means": MEANS_LABELS,
        "by_cause": [
            {
                "partner": each.supplier,
                "cause": CAUSE_LABELS[each.cause.value],
                "count": each.count,
                "extra": each.extra_cents / 100,
                "claimed": each.claimed_cents / 100,
            }
            for each in premium_by_cause(wanted)
        ],
        "total": found.count(),
        "views": tabs(
            request, VIEW_LABELS, wanted.view,
            {"open": premiums(MoneyFilter(view="open")).count()},
        ),
        "wanted": wanted,
        "is_filtered": bool(wanted.number or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_plan": request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }  # fmt: skip
    name = "transport/premium_list.html" if is_fragment(request) else "transport/premium.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles(*PLANNERS)
def premium_new(request: PageRequest) -> HttpResponse:
    """Ask a partner to agree to premium freight."""
    initial = {
        "partner": text_of(request.GET, "partner", 16),
        "part_number": text_of(request.GET, "part", 40),
    }
    form = PremiumForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = request_premium(form.plan(), as_of=timezone.now())
        except Refused as refused:
            put_on(form, refused)
        else:
            url = page_url(request, "transport:premium-one", row.pk)
            return go_to(request, url, toast=_("Your partner is asked."))
    context = {"form": form, "tenant": request.organisation.slug}
    status = 422 if form.errors else 200
    return render(request, "transport/premium_new.html", context, status=status)


@require_GET
@for_roles()
def premium_one(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one request with its answer and claim."""
    return _object(request, _premium(key))


@require_POST
@for_roles(*ANSWERERS)
def premium_answer(request: PageRequest, key: UUID) -> HttpResponse:
    """Approve, refuse, or approve and dispute the fault."""
    form = AnswerForm(request.POST)
    row = _premium(key)
    if not form.is_valid():
        return _object(request, row, form)
    try:
        answer_premium(
            key,
            verdict=request.POST.get("do", ""),
            reason=form.cleaned_data["reason"],
            as_of=timezone.now(),
        )
    except PremiumFreight.DoesNotExist:
        raise Http404 from None
    except Refused as refused:
        put_on(form, refused)
        return _object(request, row, form)
    return go_to(request, page_url(request, "transport:premium-one", key), toast=_("Answered."))


@require_POST
@for_roles(*PLANNERS)
def premium_move(request: PageRequest, key: UUID) -> HttpResponse:
    """Say that premium freight was moved, or claim it."""
    url = page_url(request, "transport:premium-one", key)
    try:
        move_on(key, to=request.POST.get("do", ""), version=version_of(request.POST))
    except PremiumFreight.DoesNotExist:
        raise Http404 from None
    except VersionConflict:
        return go_to(request, url, toast=_("Somebody changed this meanwhile; look again."))
    except Refused as refused:
        return go_to(request, url, toast=refusal_text(refused))
    return go_to(request, url, toast=_("Noted."))


def _object(request: PageRequest, row: PremiumRow, form: AnswerForm | None = None) -> HttpResponse:
    context = {
        "row": row,
        "cause": CAUSE_LABELS[row.cause],
        "means": MEANS_LABELS.get(row.means, row.means),
        "fault": FAULT_LABELS.get((row.is_own, row.at_fault))
        or (_("carrier") if row.at_fault == "carrier" else _("nobody")),
        "form": form or AnswerForm(),
        "may_answer": row.can_answer and request.membership.role in ANSWERERS,
        "may_move": row.is_own and request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "transport/premium_one.html", context, status=status)


def _premium(key: UUID) -> PremiumRow:
    rows = premium_rows(premiums().filter(pk=key))
    if not rows:
        raise Http404
    return rows[0]


def _filter(asked: QueryDict) -> MoneyFilter:
    view = asked.get("view", "all")
    return MoneyFilter(
        view=view if view in PREMIUM_VIEWS else "all",
        number=text_of(asked, "number", 35),
        partner_bpn=text_of(asked, "partner", 16),
    )


def _export(request: PageRequest, wanted: MoneyFilter) -> HttpResponse:
    columns = [
        _("Number"), _("Asked by"), _("Partner"), _("Part"), _("Cause"), _("At fault"), _("Means"),
        _("Cost"), _("Claim"), _("Currency"), _("Needed by"), _("State"),
    ]  # fmt: skip
    lines = (
        [
            row.number, row.asker.short, row.partner.short, row.part_number,
            str(CAUSE_LABELS[row.cause]), row.at_fault, str(MEANS_LABELS.get(row.means, row.means)),
            row.cost, row.claim, row.currency, row.needed_by, row.state_label,
        ]
        for row in premium_rows(premiums(wanted).order_by("-requested_at", "-pk"))
    )  # fmt: skip
    return export_response(request, "premium-freight", columns, lines)


routes: list[URLPattern] = [
    path("transport/premium/", premium_list, name="premium"),
    path("transport/premium/new/", premium_new, name="premium-new"),
    path("transport/premium/<uuid:key>/", premium_one, name="premium-one"),
    path("transport/premium/<uuid:key>/answer", premium_answer, name="premium-answer"),
    path("transport/premium/<uuid:key>/move", premium_move, name="premium-move"),
]
