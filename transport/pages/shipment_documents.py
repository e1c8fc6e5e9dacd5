"""The papers of a shipment: the dispatch advices that name it, and their labels and messages."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from collab.shell.page import PageRequest, for_roles
from transport.queries.advices import advices_of_shipment
from transport.queries.shipments import shipments_by_key


@require_GET
@for_roles()
def documents(request: PageRequest, key: UUID) -> HttpResponse:
    """List the advices of a shipment that the viewer may see."""
    shipment = next(iter(shipments_by_key([key])), None)
    if shipment is None:
        raise Http404
    context = {
        "shipment": shipment,
        "rows": advices_of_shipment(key),
        "tenant": request.organisation.slug,
    }
    return render(request, "transport/shipment_documents.html", context)


routes: list[URLPattern] = [
    path("transport/shipments/<uuid:key>/documents/", documents, name="shipment-documents"),
]
