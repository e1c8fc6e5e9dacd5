"""A finished trip is noted as samples while its positions still exist (TR-13)."""

from uuid import UUID

from django.db import transaction

from collab.organisations.context import acting_organisation_id
from transport.models import DrivenTrip, Load, Position, Stop
from transport.rules.tracking import Ping
from transport.services.arrivals import lane_of, serving
from transport.services.eta_versions import model_in_use
from transport.services.trip_samples import as_json, samples_of

MOST_POSITIONS = 5_000
MOST_PINGS = 400


@transaction.atomic
def learn_trip(load_id: UUID) -> DrivenTrip | None:
    """Note what the finished run of an own load teaches; once per load.

    ``None`` for a load that is not there yet, that too little was seen of, or that is known.
    """
    owner = acting_organisation_id()
    load = Load.objects.filter(owner_id=owner, pk=load_id, pinged_at__isnull=False).first()
    if load is None or DrivenTrip.objects.filter(load_id=load_id).exists():
        return None
    rows = Stop.objects.filter(owner_id=owner, load_id=load_id).order_by("sequence")
    stops = serving(list(rows))
    pings = _pings(load) if stops and stops[-1].arrived_at else []
    samples = samples_of(stops, pings, model_in_use()) if pings else None
    if samples is None or not samples.observations or not samples.drives:
        return None
    return DrivenTrip.objects.create(
        load_id=load_id,
        lane=lane_of(stops),
        started_at=pings[0].at,
        arrived_at=samples.arrived_at,
        observations=len(samples.observations),
        samples=as_json(samples),
    )


def _pings(load: Load) -> list[Ping]:
    """Return positions of the load by time, as its carrier or we sent them, evenly thinned."""
    found = Position.objects.filter(
        load_id=load.pk, owner_id__in=sorted({load.owner_id, load.counterparty_id})
    ).order_by("-recorded_at", "-pk")
    fields = found.values_list("device", "recorded_at", "latitude", "longitude")
    rows = list(fields[:MOST_POSITIONS])[::-1]
    step = max(1, -(-len(rows) // MOST_PINGS))
    return [
        Ping(device=device, at=at, latitude=latitude, longitude=longitude)
        for device, at, latitude, longitude in rows[::step]
    ]
