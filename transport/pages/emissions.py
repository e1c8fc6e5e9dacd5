"""What moving parts emits: sums, trend, parts with their evidence, and the factors behind."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.organisations.clock import own_day
from collab.shell.asking import of_page, paging, text_of
from collab.shell.page import PageRequest, for_roles, go_to, is_fragment, page_url
from transport.models import Shipment
from transport.pages.empties import PLANNERS
from transport.pages.words import put_on
from transport.queries.emissions import (
    SORTS,
    EmissionFilter,
    by_part,
    by_week,
    count_parts,
    parts_of_shipment,
    shipment_emissions,
    totals,
)
from transport.queries.whole import whole_rows
from transport.rules.emissions import DistanceBasis, FactorUnit, Scope
from transport.services.factors import add_factor, own_factors, shipped_factors

SHOWN, EXPORTED, USUAL_DAYS = 50, 100_000, 91
SORT_LABELS = {
    "most": gettext_lazy("Most first"),
    "each": gettext_lazy("Most for each part first"),
    "part": gettext_lazy("Part number"),
}


class FactorForm(forms.Form):
    """A factor of one's own; an edition is never changed, only followed by another."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=60)
    edition = forms.CharField(label=gettext_lazy("Edition"), max_length=40)
    source = forms.CharField(label=gettext_lazy("Source"), max_length=200)
    mode = forms.CharField(label=gettext_lazy("Mode"), max_length=20, initial="road")
    vehicle = forms.CharField(label=gettext_lazy("Vehicle"), max_length=40)
    fuel = forms.CharField(label=gettext_lazy("Fuel"), max_length=20, required=False)
    region = forms.CharField(label=gettext_lazy("Region"), max_length=10, required=False)
    scope = forms.ChoiceField(
        label=gettext_lazy("Scope"),
        choices=[(each.value, each.value) for each in Scope],
        initial=Scope.WTW.value,
    )
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"), choices=[(each.value, each.value) for each in FactorUnit]
    )
    basis = forms.ChoiceField(
        label=gettext_lazy("Kilometres"),
        choices=[
            (DistanceBasis.PLANNED.value, gettext_lazy("Shortest way")),
            (DistanceBasis.GREAT_CIRCLE.value, gettext_lazy("Great circle")),
            (DistanceBasis.ACTUAL.value, gettext_lazy("Driven")),
        ],
    )
    value = forms.CharField(label=gettext_lazy("Value"), max_length=20)
    valid_from = forms.DateField(
        label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def told(self) -> dict[str, Any]:
        """Return what was typed, figures and days as text; only for a valid form."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}


@require_GET
@for_roles()
def emissions(request: PageRequest) -> HttpResponse:
    """Show what parts emitted on their way: by week, and by part with its shipments."""
    wanted = _filter(request.GET)
    if wanted_form(request):
        return _export(request, wanted)
    page = of_page(request.GET)
    rows = by_part(wanted, limit=SHOWN + 1, offset=(page - 1) * SHOWN)
    opened = text_of(request.GET, "open", 40)
    context = {
        "rows": rows[:SHOWN],
        "opened": opened,
        "evidence": shipment_emissions(opened, wanted) if opened else [],
        "total": count_parts(wanted),
        "totals": totals(wanted),
        "weeks": by_week(wanted),
        "sorts": SORT_LABELS.items(),
        "wanted": wanted,
        "is_filtered": bool(wanted.part or wanted.partner_bpn),
        **paging(request, page, found=len(rows), shown=SHOWN),
        "tenant": request.organisation.slug,
    }
    name = "transport/emissions_body.html" if is_fragment(request) else "transport/emissions.html"
    return render(request, name, context)


@require_http_methods(["GET", "POST"])
@for_roles()
def factors(request: PageRequest) -> HttpResponse:
    """Show the factors; planners add their own."""
    may_plan = request.membership.role in PLANNERS
    form = FactorForm(request.POST or None)
    if request.method == "POST" and may_plan and form.is_valid():
        try:
            add_factor(form.told())
        except Refused as refused:
            put_on(form, refused)
        else:
            url = page_url(request, "transport:factors")
            return go_to(request, url, toast=_("The factor is kept."))
    own, shipped = own_factors(), shipped_factors()
    if wanted_form(request):
        return _export_factors(request, [*own, *shipped])
    context = {
        "own": own,
        "shipped": shipped,
        "form": form,
        "may_plan": may_plan,
        **paging(request, 1),
        "tenant": request.organisation.slug,
    }
    status = 403 if request.method == "POST" and not may_plan else 422 if form.errors else 200
    return render(request, "transport/factors.html", context, status=status)


@require_GET
@for_roles()
def shipment_emissions_page(request: PageRequest, key: UUID) -> HttpResponse:
    """Show what one shipment emitted, leg by leg and part by part."""
    shipment = whole_rows(Shipment.objects.filter(pk=key)).first()
    if shipment is None:
        raise Http404
    context = {
        "shipment": shipment,
        "legs": list(shipment.emissions_basis.get("legs", {}).values()),
        "parts": parts_of_shipment(key),
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/shipment_emissions.html", context)


def _filter(asked: QueryDict) -> EmissionFilter:
    sort = asked.get("sort", "most")
    today = own_day()
    return EmissionFilter(
        part=text_of(asked, "part", 40),
        partner_bpn=text_of(asked, "partner", 16),
        since=_day(asked, "since") or today - timedelta(days=USUAL_DAYS),
        until=_day(asked, "until"),
        sort=sort if sort in SORTS else "most",
    )


def _day(asked: QueryDict, name: str) -> date | None:
    try:
        return parse_date(asked.get(name, ""))
    except ValueError:
        return None


def _export(request: PageRequest, wanted: EmissionFilter) -> HttpResponse:
    columns = [
        _("Part"), _("Quantity"), _("Unit"), _("Weight [kg]"), _("kg CO2e"), _("g CO2e each"),
        _("Shipments"), _("Latest"),
    ]  # fmt: skip
    lines = (
        [
            row.part_number, row.quantity, row.unit, row.weight_kg, row.kg, row.grams_each,
            row.shipments, row.latest_on,
        ]
        for row in by_part(wanted, limit=EXPORTED)
    )  # fmt: skip
    return export_response(request, "emissions", columns, lines)


def _export_factors(request: PageRequest, found: list[Any]) -> HttpResponse:
    columns = [
        _("Code"), _("Edition"), _("Source"), _("Mode"), _("Vehicle"), _("Fuel"), _("Region"),
        _("Scope"), _("Value"), _("Unit"), _("Valid from"), _("Verified"),
    ]  # fmt: skip
    lines = (
        [
            each.id, each.edition, each.source, each.mode, each.vehicle, each.fuel, each.region,
            each.scope.value, each.value, each.unit.value, each.valid_from, each.verified,
        ]
        for each in found
    )  # fmt: skip
    return export_response(request, "emission-factors", columns, lines)


routes: list[URLPattern] = [
    path("transport/emissions/", emissions, name="emissions"),
    path("transport/emissions/factors/", factors, name="factors"),
    path(
        "transport/shipments/<uuid:key>/emissions/",
        shipment_emissions_page,
        name="shipment-emissions",
    ),
]
