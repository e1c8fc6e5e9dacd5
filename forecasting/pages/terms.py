"""Planning terms: what both sides agreed, with its earlier versions; the customer changes them."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.organisations.context import acting_organisation_id
from collab.organisations.models import Organisation
from collab.sharing.models import Partnership
from collab.shell.asking import address, text_of
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from forecasting.models import PlanningTerms
from forecasting.queries.terms import SHARES, SHIPPED, TERMS, TermsRow, all_terms, terms_rows
from forecasting.services.terms import agree_terms, end_terms

PLANNERS = ("planner", "admin")
SHOWN = 200
YES_NO = (("", gettext_lazy("as before")), ("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")))


class TermsForm(forms.Form):
    """Terms for a supplier, a part, or a part at a site; an empty field leaves the wider scope."""

    supplier = forms.ChoiceField(label=gettext_lazy("Supplier"))
    part_number = forms.CharField(
        label=gettext_lazy("Part number"), max_length=40, required=False,
        help_text=gettext_lazy("Empty: all parts"),
    )  # fmt: skip
    site_code = forms.CharField(
        label=gettext_lazy("Site"), max_length=20, required=False,
        help_text=gettext_lazy("Empty: all sites"),
    )  # fmt: skip
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sellers = Partnership.objects.filter(
            customer_id=acting_organisation_id(), state=Partnership.State.ACTIVE
        ).values_list("supplier_id", flat=True)
        found = Organisation.objects.filter(pk__in=list(sellers)).order_by("name")
        field: Any = self.fields["supplier"]
        field.choices = list(found.values_list("bpn", "name"))
        for term in TERMS.values():
            self.fields[term.name] = _field(term.form, term.label, getattr(SHIPPED, term.name))

    def terms(self) -> dict[str, Any]:
        """Return what differs from the wider scope; percent become shares."""
        found: dict[str, Any] = {}
        for name, term in TERMS.items():
            value = self.cleaned_data[name]
            if value in {None, ""}:
                continue
            if term.form in SHARES:
                found[name] = value / 100
            else:
                found[name] = value == "yes" if term.form == "yes_no" else value
        return found


def _field(form: str, label: Any, shipped: Any) -> forms.Field:
    if form == "yes_no":
        return forms.ChoiceField(label=label, choices=YES_NO, required=False)
    if form in SHARES:
        text = _("%%, shipped as %(n)s") % {"n": f"{(shipped * 100).normalize():f}"}
        return forms.DecimalField(
            label=label, min_value=0, max_value=100, decimal_places=4, required=False,
            help_text=text,
        )  # fmt: skip
    text = _("shipped as %(n)s") % {"n": shipped}
    return forms.IntegerField(label=label, min_value=0, required=False, help_text=text)


@require_GET
@for_roles()
def terms(request: PageRequest) -> HttpResponse:
    """List the terms of both sides, those that hold and those that held."""
    found = terms_rows(all_terms(partner_bpn=text_of(request.GET, "partner", 16))[:SHOWN])
    if wanted_form(request):
        return _export(request, found)
    context = {
        "rows": [{"row": row, "terms": _shown(row)} for row in found],
        "shipped": [(term.label, _text(term.name, getattr(SHIPPED, term.name)))
                    for term in TERMS.values()],
        "csv": address(request, export="csv"),
        "xlsx": address(request, export="xlsx"),
        "may_write": request.membership.role in PLANNERS and _has_suppliers(),
        "tenant": request.organisation.slug,
    }  # fmt: skip
    return render(request, "forecasting/terms.html", context)


@require_http_methods(["GET", "POST"])
@for_roles(*PLANNERS)
def new(request: PageRequest) -> HttpResponse:
    """Set terms; the same scope and day again replaces them."""
    initial = {"valid_from": own_day(), "supplier": request.GET.get("supplier", "")}
    form = TermsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            agree_terms(
                supplier=said["supplier"],
                part_number=said["part_number"],
                site_code=said["site_code"],
                valid_from=said["valid_from"],
                terms=form.terms(),
            )
        except Refused as refused:
            field = refused.field if refused.field in form.fields else None
            form.add_error(field, _("Expected %(expected)s.") % {"expected": refused.expected})
        else:
            return go_to(request, page_url(request, "forecasting:terms"), toast=_("Terms set."))
    status = 422 if form.errors else 200
    context = {"form": form, "tenant": request.organisation.slug}
    return render(request, "forecasting/terms_new.html", context, status=status)


@require_POST
@for_roles(*PLANNERS)
def remove(request: PageRequest, key: UUID) -> HttpResponse:
    """Take own terms back."""
    try:
        end_terms(key)
    except PlanningTerms.DoesNotExist:
        raise Http404 from None
    return go_to(request, page_url(request, "forecasting:terms"), toast=_("Terms taken back."))


def _shown(row: TermsRow) -> list[tuple[Any, str]]:
    return [
        (TERMS[name].label, _text(name, value))
        for name, value in row.written.items()
        if name in TERMS
    ]


def _text(name: str, value: Any) -> str:
    form = TERMS[name].form
    if form in SHARES:
        return f"{(Decimal(value) * 100).normalize():f} %"
    if form == "yes_no":
        return _("Yes") if value else _("No")
    return str(value)


def _has_suppliers() -> bool:
    return Partnership.objects.filter(
        customer_id=acting_organisation_id(), state=Partnership.State.ACTIVE
    ).exists()


def _export(request: PageRequest, found: list[TermsRow]) -> HttpResponse:
    columns = ["customer", "supplier", "part_number", "site", "valid_from", *TERMS]
    cells: list[list[Any]] = [
        [
            row.customer.bpn, row.supplier.bpn, row.part_number, row.site_code, row.valid_from,
            *(row.written.get(name) for name in TERMS),
        ]
        for row in found
    ]  # fmt: skip
    return export_response(request, f"terms-{own_day()}", columns, cells)


routes: list[URLPattern] = [
    path("forecasts/terms/", terms, name="terms"),
    path("forecasts/terms/new/", new, name="terms-new"),
    path("forecasts/terms/<uuid:key>/remove", remove, name="terms-remove"),
]
