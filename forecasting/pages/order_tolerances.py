"""The tolerances of confirmations: what suppliers may change without the buyer."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.shell.asking import address
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from forecasting.models import ToleranceGroup
from forecasting.pages.orders import text_of
from forecasting.pages.releases import PLANNERS
from forecasting.queries.orders import ToleranceRow, tolerance_rows, tolerances
from forecasting.services.tolerances import (
    Tolerance,
    add_tolerance,
    change_tolerance,
    remove_tolerance,
)


class ToleranceForm(forms.Form):
    """A group of suppliers and what may differ; shares in percent."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    suppliers = forms.CharField(
        label=gettext_lazy("Suppliers (BPN)"),
        required=False,
        help_text=gettext_lazy("Separated by blanks or commas. Empty: all others."),
    )
    quantity_below = forms.DecimalField(
        label=gettext_lazy("Less than ordered, %"), min_value=0, max_value=900, decimal_places=2
    )
    quantity_above = forms.DecimalField(
        label=gettext_lazy("More than ordered, %"), min_value=0, max_value=900, decimal_places=2
    )
    days_early = forms.IntegerField(label=gettext_lazy("Days early"), min_value=0, max_value=366)
    days_late = forms.IntegerField(label=gettext_lazy("Days late"), min_value=0, max_value=366)
    price_above = forms.DecimalField(
        label=gettext_lazy("Dearer than ordered, %"), min_value=0, max_value=900, decimal_places=2
    )
    outside = forms.ChoiceField(
        label=gettext_lazy("Outside"), choices=ToleranceGroup.Outside.choices
    )

    def told(self) -> Tolerance:
        """Return what was typed; only for a valid form."""
        values = dict(self.cleaned_data)
        values["suppliers"] = values["suppliers"].replace(",", " ").split()
        for name in ("quantity_below", "quantity_above", "price_above"):
            values[name] = values[name] / 100
        return Tolerance(**values)


@require_http_methods(["GET", "POST"])
@for_roles()
def tolerance_list(request: PageRequest) -> HttpResponse:
    """Show the tolerance groups; planners add and change them."""
    rows = tolerance_rows(tolerances().order_by("name"))
    if wanted_form(request):
        return _export_tolerances(request, rows)
    group = next((row for row in rows if str(row.id) == request.GET.get("group")), None)
    may_plan = request.membership.role in PLANNERS
    form = ToleranceForm(request.POST or None, initial=_initial(group))
    if request.method == "POST" and may_plan and form.is_valid():
        try:
            if group is not None:
                change_tolerance(group.id, form.told())
            else:
                add_tolerance(form.told())
        except Refused as refused:
            name = {"supplier": "suppliers"}.get(refused.field, refused.field)
            form.add_error(name if name in form.fields else None, text_of(refused))
        else:
            url = page_url(request, "forecasting:tolerances")
            return go_to(request, url, toast=_("The tolerance is kept."))
    context = {
        "rows": rows,
        "group": group,
        "form": form,
        "csv": address(request, export="csv"),
        "xlsx": address(request, export="xlsx"),
        "may_plan": may_plan,
        "tenant": request.organisation.slug,
    }
    status = 403 if request.method == "POST" and not may_plan else 422 if form.errors else 200
    return render(request, "forecasting/orders_tolerances.html", context, status=status)


@require_POST
@for_roles(*PLANNERS)
def tolerance_remove(request: PageRequest, key: UUID) -> HttpResponse:
    """Take a tolerance group away."""
    try:
        remove_tolerance(key)
    except ToleranceGroup.DoesNotExist:
        raise Http404 from None
    return go_to(request, page_url(request, "forecasting:tolerances"), toast=_("Removed."))


def _initial(group: ToleranceRow | None) -> dict[str, Any]:
    if group is None:
        return {name: 0 for name in ToleranceForm.base_fields if name not in {"name", "suppliers"}}
    shares = ("quantity_below", "quantity_above", "price_above")
    return {
        "name": group.name,
        "suppliers": " ".join(group.suppliers),
        **{name: (getattr(group, name) * 100).normalize() for name in shares},
        "days_early": group.days_early,
        "days_late": group.days_late,
        "outside": group.outside,
    }


def _export_tolerances(request: PageRequest, rows: list[ToleranceRow]) -> HttpResponse:
    columns = [
        _("Name"), _("Suppliers"), _("Quantity below"), _("Quantity above"), _("Days early"),
        _("Days late"), _("Price above"), _("Outside"),
    ]  # fmt: skip
    lines = (
        [
            row.name, " ".join(row.suppliers), row.quantity_below, row.quantity_above,
            row.days_early, row.days_late, row.price_above, row.outside_label,
        ]
        for row in rows
    )  # fmt: skip
    return export_response(request, "tolerances", columns, lines)


routes: list[URLPattern] = [
    path("forecasts/orders/tolerances/", tolerance_list, name="tolerances"),
    path(
        "forecasts/orders/tolerances/<uuid:key>/remove", tolerance_remove, name="tolerance-remove"
    ),
]
