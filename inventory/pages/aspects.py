"""On the page of a part: its Catena-X aspects to take away, and what partners stated (IN-01)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from collab.masterdata.queries import aliases_of, part_by_number
from collab.masterdata.refusals import Refused
from collab.organisations.models import Organisation
from collab.shell.page import PageRequest, for_roles
from inventory.queries.aspects import VERSIONS, stated_rows, write_aspect
from inventory.services.refreshes import note_use

LABELS = {
    "item_stock": _("Item stock"),
    "days_of_supply": _("Days of supply"),
    "delivery_information": _("Delivery information"),
    "planned_production_output": _("Planned production output"),
}
FIRST_FIGURES = 40


@require_GET
@for_roles()
def card(request: PageRequest, number: str) -> HttpResponse:
    """Return the card that the page of a part loads."""
    part = part_by_number(number)
    keys = {alias.partner_id for alias in aliases_of(part.id)} if part else set()
    stated = stated_rows(number=part.number) if part else []
    if part is not None:
        note_use(part.number)
    context = {
        "number": number,
        "partners": Organisation.objects.filter(pk__in=keys).order_by("name"),
        "models": LABELS.items(),
        "stated": [(row, LABELS[row.model], row.figures[:FIRST_FIGURES]) for row in stated],
        "tenant": request.organisation.slug,
    }
    return render(request, "inventory/partials/part_aspects.html", context)


@require_GET
@for_roles()
def download(request: PageRequest, number: str, model: str, partner: str) -> HttpResponse:
    """Return an aspect as a file; 422 with the reason where it cannot be said."""
    try:
        raw = write_aspect(model, partner=partner, part_number=number)
    except Refused as refused:
        context = {"refused": refused, "number": number, "tenant": request.organisation.slug}
        return render(request, "inventory/aspect_refused.html", context, status=422)
    name = f"{model}-{VERSIONS[model]}.json"
    return HttpResponse(
        raw,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


routes: list[URLPattern] = [
    path("inventory/aspects/<path:number>/card", card, name="part-aspects"),
    path(
        "inventory/aspects/<path:number>/<slug:model>/<slug:partner>",
        download,
        name="aspect-file",
    ),
]
