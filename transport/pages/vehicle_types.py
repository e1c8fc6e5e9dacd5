"""Own vehicle types: what they carry, cost and emit."""

from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from collab.integration.exports import export_response, wanted_form
from collab.masterdata.refusals import Refused
from collab.shell.asking import address
from collab.shell.page import PageRequest, for_roles, go_to, page_url
from transport.models import VehicleType
from transport.pages.base import may_plan, refusal_text
from transport.queries.orders import vehicle_types as types_of
from transport.services.vehicle_types import FIELDS, save_vehicle_type


class VehicleTypeForm(forms.ModelForm[VehicleType]):
    """A kind of vehicle; money in minor units."""

    capabilities = forms.CharField(
        label=gettext_lazy("Capabilities"), required=False, max_length=200,
        help_text=gettext_lazy("Of the dock it needs, divided by commas: side, dock, ramp."),
    )  # fmt: skip

    class Meta:
        model = VehicleType
        fields = FIELDS

    def clean_capabilities(self) -> list[str]:
        """Return the words as a list."""
        words = str(self.cleaned_data["capabilities"]).split(",")
        return [word.strip() for word in words if word.strip()]


@require_http_methods(["GET", "POST"])
@for_roles()
def vehicle_types(request: PageRequest) -> HttpResponse:
    """List the vehicle types, and make or change one."""
    rows = types_of(is_active=None)
    if wanted_form(request):
        columns = [_("Code"), _("Name"), _("Payload [kg]"), _("Volume [m³]"), _("Pallet places"),
                   _("Load metres"), _("Per km"), _("Currency")]  # fmt: skip
        lines = [
            [r.code, r.name, r.capacity_kg, r.capacity_m3, r.capacity_pallets,
             r.capacity_load_metres, r.per_km_minor / 100, r.currency]
            for r in rows
        ]  # fmt: skip
        return export_response(request, "vehicle-types", columns, lines)
    standing = _standing(request, rows)
    form = _form(request, standing)
    if request.method == "POST":
        if not may_plan(request):
            raise Http404
        if form.is_valid():
            try:
                save_vehicle_type(form.cleaned_data, type_id=standing.pk if standing else None)
            except Refused as refused:
                form.add_error(
                    refused.field if refused.field in form.fields else None, refusal_text(refused)
                )
            else:
                url = page_url(request, "transport:vehicle-types")
                return go_to(request, url, toast=_("Vehicle type saved."))
    context = {
        "rows": rows,
        "form": form,
        "standing": standing,
        "may_plan": may_plan(request),
        "csv": address(request, export="csv"),
        "xlsx": address(request, export="xlsx"),
        "tenant": request.organisation.slug,
    }
    status = 422 if form.errors else 200
    return render(request, "transport/vehicle_types.html", context, status=status)


def _standing(request: PageRequest, rows: list[VehicleType]) -> VehicleType | None:
    text = request.GET.get("type", "")
    if not text:
        return None
    try:
        key = UUID(text)
    except ValueError:
        raise Http404 from None
    found = next((each for each in rows if each.pk == key), None)
    if found is None:
        raise Http404
    return found


def _form(request: PageRequest, standing: VehicleType | None) -> VehicleTypeForm:
    initial = {"capabilities": ", ".join(standing.capabilities)} if standing else {}
    posted = request.POST if request.method == "POST" else None
    return VehicleTypeForm(posted, instance=standing, initial=initial)


routes: list[URLPattern] = [path("transport/vehicle-types/", vehicle_types, name="vehicle-types")]
