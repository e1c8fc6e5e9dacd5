"""How the own licence plates begin, and how many were given out (TR-17)."""

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from collab.masterdata.refusals import Refused
from collab.shell.page import WRITERS, PageRequest, for_roles, go_to, page_url
from transport.models import LicencePlate, PlateCounter
from transport.pages.base import refusal_text
from transport.rules.licence_plate import Issuer
from transport.services.plates import issuer, set_issuer


class IssuerForm(forms.Form):
    """Issuing agency and company number."""

    agency = forms.ChoiceField(
        label=gettext_lazy("Issuing agency"),
        choices=[("UN", gettext_lazy("UN: DUNS number")), ("OD", gettext_lazy("OD: Odette code"))],
    )
    company = forms.CharField(label=gettext_lazy("Company number"), max_length=20)


@require_http_methods(["GET", "POST"])
@for_roles()
def plates(request: PageRequest) -> HttpResponse:
    """Show the issuer with the next plate, and change it."""
    now = issuer()
    may_change = request.membership.role in WRITERS
    form = IssuerForm(
        request.POST if request.method == "POST" else None,
        initial={"agency": now.agency, "company": now.company},
    )
    if request.method == "POST":
        if not may_change:
            raise Http404
        if form.is_valid():
            try:
                set_issuer(form.cleaned_data["agency"], form.cleaned_data["company"])
            except Refused as refused:
                form.add_error("company", refusal_text(refused))
            else:
                url = page_url(request, "transport:plates")
                return go_to(request, url, toast=_("The next labels begin like this."))
    counter = PlateCounter.objects.filter(owner_id=request.organisation.pk).first()
    serial = counter.next_serial if counter is not None else 1
    context = {
        "form": form,
        "issuer": now,
        "next_plate": Issuer(now.agency, now.company).plate(serial),
        "given": LicencePlate.objects.count(),
        "may_change": may_change,
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/plates.html", context, status=422 if form.errors else 200)


routes: list[URLPattern] = [path("transport/plates/", plates, name="plates")]
