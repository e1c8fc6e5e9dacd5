"""What the pane of an exception shows of a late shipment and of a load, for their owner."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from collab.work.details import explain_kind
from collab.work.links import link_kind
from transport.queries.areas import met_by
from transport.queries.journeys import followed_load, options_of
from transport.services.sightings import OF_LOAD, OF_SHIPMENT


def late_shipment(key: UUID) -> dict[str, Any] | None:
    """Return the ranked ways out of a delay."""
    options = options_of(key)
    return {"options": options} if options else None


def silent_load(key: UUID) -> dict[str, Any] | None:
    """Return why a load is silent and whose turn it is, and the risk areas it meets."""
    found = followed_load(key)
    met = met_by([key])
    if found is None or not (found.cause or met):
        return None
    return {"cause": found.cause, "action": found.action, "turn": found.turn, "met": met}


def register() -> None:
    """Make both known to the queue of exceptions."""
    link_kind(OF_SHIPMENT, "transport:shipment-tracking", _("Look at the shipment"))
    link_kind(OF_LOAD, "transport:load-tracking", _("Look at the load"))
    explain_kind(OF_SHIPMENT, "transport/partials/late_pane.html", late_shipment)
    explain_kind(OF_LOAD, "transport/partials/silent_pane.html", silent_load)
