"""How a delivery will travel, as far as it is known when a supplier begins to pack it."""

from datetime import datetime, timedelta

from collab.masterdata.refusals import Refused
from collab.organisations.context import acting, acting_organisation_id
from collab.organisations.models import Site
from forecasting.queries.calls import CallRow
from transport.models import LoadState, Shipment
from transport.queries.whole import whole_rows
from transport.services.distances import road
from transport.services.places import Place, place_of

AHEAD = timedelta(days=2)
GONE = (LoadState.CANCELLED, LoadState.DRAFT, LoadState.REJECTED)


def own_place() -> Place:
    """Return where the goods leave: the site of a role at one, else the first by its code."""
    rows = Site.objects.filter(kind__in=[Site.Kind.PLANT, Site.Kind.WAREHOUSE])
    if (reach := acting().site_id) is not None:
        rows = rows.filter(pk=reach)
    site = rows.order_by("code").first()
    if site is None:
        raise Refused("ship_from", "a plant or warehouse of yours", "none")
    return place_of(site)


def transport_of(
    call: CallRow, origin: Place, destination: Place, as_of: datetime
) -> dict[str, str]:
    """Return the transport part of a draft, in texts.

    A shipment that the customer has arranged from here to there gives carrier, vehicle and
    arrival; without one the goods leave now and drive the whole way.
    """
    leaves = as_of.replace(second=0, microsecond=0)
    hop = road([origin, destination]).hop(origin["code"], destination["code"])
    found = {
        "number": "",
        "gross_kg": "",
        "net_kg": "",
        "despatched_at": leaves.isoformat(),
        "expected_at": (leaves + timedelta(minutes=round(hop.minutes))).isoformat(),
        "dock": call.unloading_point,
        "shipment_id": "",
        "shipment_number": "",
        "transport_document": "",
        "carrier_name": "",
        "plate": "",
    }
    shipment = _arranged(call.customer_id, origin, destination, as_of)
    if shipment is not None:
        found |= {
            "shipment_id": str(shipment.pk),
            "shipment_number": shipment.number,
            "carrier_name": shipment.carrier_name,
            "plate": shipment.plate,
            "expected_at": max(shipment.planned_delivery, leaves).isoformat(),
        }
    return found


def _arranged(
    customer_id: int, origin: Place, destination: Place, as_of: datetime
) -> Shipment | None:
    """Return the shipment that is to be picked up next, at most two days from now."""
    rows = Shipment.objects.filter(
        owner_id=customer_id,
        counterparty_id=acting_organisation_id(),
        origin__code=origin["code"],
        destination__code=destination["code"],
        delivered_at=None,
        planned_pickup__gte=as_of - AHEAD,
        planned_pickup__lte=as_of + AHEAD,
    ).exclude(state__in=GONE)
    found: Shipment | None = whole_rows(rows).order_by("planned_pickup", "pk").first()
    return found
