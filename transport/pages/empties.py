"""Container accounts on both sides: the list, one account, and the kinds of containers."""

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
from collab.masterdata.refusals import Refused, VersionConflict
from collab.organisations.clock import own_day
from collab.shell.asking import key_of, of_page, paging, tabs, text_of
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import ContainerType, EmptiesMovement
from transport.pages.words import put_on, version_of
from transport.queries.empties import (
    SORTS,
    VIEWS,
    AccountFilter,
    AccountRow,
    account_by_key,
    account_list,
    accounts,
    age_bands,
    balances,
    container_types,
    months,
    movements,
)
from transport.services.empties import Booking, Container, book, confirm_month, keep_container

SHOWN, EXPORTED = 50, 100_000
PLANNERS = ("planner", "dispatcher", "admin")
COUNTERS = (*WRITERS, "dispatcher")
VIEW_LABELS = {
    "all": gettext_lazy("All"),
    "short": gettext_lazy("Running short"),
    "ours": gettext_lazy("Our containers"),
    "theirs": gettext_lazy("Containers of others"),
}
SORT_LABELS = {
    "partner": gettext_lazy("Partner"),
    "code": gettext_lazy("Container"),
    "cover": gettext_lazy("Shortest cover first"),
    "oldest": gettext_lazy("Longest out first"),
}


class BookingForm(forms.Form):
    """Containers that moved."""

    kind = forms.ChoiceField(label=gettext_lazy("What"), choices=EmptiesMovement.Kind.choices)
    number = forms.IntegerField(label=gettext_lazy("Containers"), min_value=1)
    moved_on = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    reference = forms.CharField(label=gettext_lazy("Reference"), max_length=60)


class CountForm(forms.Form):
    """What one counts at the end of a month."""

    month = forms.DateField(
        label=gettext_lazy("A day of the month"), widget=forms.DateInput(attrs={"type": "date"})
    )
    counted = forms.IntegerField(label=gettext_lazy("Counted"), min_value=0)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=400, required=False)


class ContainerForm(forms.Form):
    """A kind of container."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=20)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    weight_kg = forms.DecimalField(
        label=gettext_lazy("Weight [kg]"), min_value=0, max_digits=9, decimal_places=3
    )
    volume_m3 = forms.DecimalField(
        label=gettext_lazy("Volume [m³]"), min_value=0, max_digits=9, decimal_places=4
    )
    per_pallet_place = forms.DecimalField(
        label=gettext_lazy("Containers on a pallet place"), min_value=0, initial=1
    )
    lead_time_days = forms.IntegerField(
        label=gettext_lazy("Days until new ones come"), min_value=0, max_value=366, initial=5
    )


@require_GET
@for_roles()
def empties(request: PageRequest) -> HttpResponse:
    """List the accounts of containers lent and borrowed."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = account_list(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    context = {
        "rows": rows[:SHOWN],
        "total": accounts(wanted).count(),
        "views": tabs(
            request, VIEW_LABELS, wanted.view,
            {"short": accounts(AccountFilter(view="short")).count()},
        ),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.code or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "may_plan": request.membership.role in PLANNERS,
        "tenant": request.organisation.slug,
    }  # fmt: skip
    name = "transport/empties_list.html" if is_fragment(request) else "transport/empties.html"
    return render(request, name, context)


@require_GET
@for_roles()
def empties_account(request: PageRequest, key: UUID) -> HttpResponse:
    """Show one account: what is out since when, what moved, who counted what."""
    return _object(request, _account(key))


@require_POST
@for_roles(*PLANNERS)
def empties_book(request: PageRequest, key: UUID) -> HttpResponse:
    """Book containers on an account of one's own."""
    row = _account(key)
    form = BookingForm(request.POST)
    if not row.is_own:
        raise Http404
    if not form.is_valid():
        return _object(request, row, booking=form)
    told = form.cleaned_data
    sent = key_of(request.POST.get("source_key", ""))
    try:
        book(
            Booking(
                partner=row.holder.bpn,
                code=row.code,
                source_key=f"screen:{sent or told['reference']}",
                **told,
            )
        )
    except Refused as refused:
        put_on(form, refused)
        return _object(request, row, booking=form)
    return go_to(request, page_url(request, "transport:empties-account", key), toast=_("Booked."))


@require_POST
@for_roles(*COUNTERS)
def empties_count(request: PageRequest, key: UUID) -> HttpResponse:
    """Say what one counts at the end of a month."""
    row = _account(key)
    form = CountForm(request.POST)
    if not form.is_valid():
        return _object(request, row, count=form)
    try:
        confirm_month(key, as_of=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        put_on(form, refused)
        return _object(request, row, count=form)
    url = page_url(request, "transport:empties-account", key)
    return go_to(request, url, toast=_("Your count is with your partner."))


@require_http_methods(["GET", "POST"])
@for_roles()
def containers(request: PageRequest) -> HttpResponse:
    """Show the kinds of containers; planners add and change them."""
    asked = key_of(request.GET.get("type", ""))
    chosen = ContainerType.objects.filter(pk=asked).first() if asked else None
    may_plan = request.membership.role in PLANNERS
    form = ContainerForm(request.POST or None, initial=_initial(chosen))
    if request.method == "POST" and may_plan and form.is_valid():
        told = form.cleaned_data
        try:
            keep_container(
                Container(**told), key=chosen.pk if chosen else None,
                version=version_of(request.POST) if chosen else None,
            )  # fmt: skip
        except VersionConflict:
            form.add_error(None, _("Somebody changed this meanwhile; look again."))
        except Refused as refused:
            put_on(form, refused)
        else:
            url = page_url(request, "transport:containers")
            return go_to(request, url, toast=_("The container is kept."))
    context = {
        "rows": container_types(),
        "chosen": chosen,
        "form": form,
        "may_plan": may_plan,
        "tenant": request.organisation.slug,
    }
    status = 403 if request.method == "POST" and not may_plan else 422 if form.errors else 200
    return render(request, "transport/containers.html", context, status=status)


def _object(
    request: PageRequest,
    row: AccountRow,
    *,
    booking: BookingForm | None = None,
    count: CountForm | None = None,
) -> HttpResponse:
    today = own_day()
    context = {
        "row": row,
        "bands": age_bands(row.id, on=today),
        "movements": movements(row.id),
        "balances": balances(row.id),
        "months": months(row.id),
        "booking": booking or BookingForm(initial={"moved_on": today}),
        "count": count or CountForm(initial={"month": today, "counted": row.balance}),
        "may_book": row.is_own and request.membership.role in PLANNERS,
        "may_count": request.membership.role in COUNTERS,
        "tenant": request.organisation.slug,
    }
    is_wrong = any(form is not None and form.errors for form in (booking, count))
    return render(
        request, "transport/empties_account.html", context, status=422 if is_wrong else 200
    )


def _account(key: UUID) -> AccountRow:
    row = account_by_key(key)
    if row is None:
        raise Http404
    return row


def _initial(chosen: ContainerType | None) -> dict[str, Any]:
    if chosen is None:
        return {}
    return {name: getattr(chosen, name) for name in ContainerForm.base_fields}


def _filter(asked: QueryDict) -> AccountFilter:
    view, sort = asked.get("view", "all"), asked.get("sort", "partner")
    return AccountFilter(
        view=view if view in VIEWS else "all",
        code=text_of(asked, "code", 20),
        partner_bpn=text_of(asked, "partner", 16),
        sort=sort if sort in SORTS else "partner",
    )


def _export(request: PageRequest, wanted: AccountFilter) -> HttpResponse:
    columns = [
        _("Container"), _("Owner"), _("Holder"), _("Issued"), _("Returned"), _("Scrapped"),
        _("Balance"), _("Oldest since"), _("Empty on hand"), _("Cover [days]"), _("Missing"),
    ]  # fmt: skip
    lines = (
        [
            row.code, row.lender.short, row.holder.short, row.issued, row.returned, row.scrapped,
            row.balance, row.oldest_on, row.on_hand, row.cover_days, row.missing,
        ]
        for row in account_list(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "containers", columns, lines)


routes: list[URLPattern] = [
    path("transport/empties/", empties, name="empties"),
    path("transport/empties/types/", containers, name="containers"),
    path("transport/empties/<uuid:key>/", empties_account, name="empties-account"),
    path("transport/empties/<uuid:key>/book", empties_book, name="empties-book"),
    path("transport/empties/<uuid:key>/count", empties_count, name="empties-count"),
]
