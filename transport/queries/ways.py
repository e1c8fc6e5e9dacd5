"""Over which places a shipment goes, many shipments at once: as planned and as it happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from collab.organisations.context import acting_organisation_id
from transport.models import Leg, Shipment, Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """A place on the way: when its vehicle is expected there, and when it left."""

    code: str
    expected_at: datetime
    departed_at: datetime | None


def ways_of(shipment_ids: Iterable[UUID]) -> dict[UUID, list[Halt]]:
    """Return the places of the acting organisation's own shipments, in order; three queries.

    A place where a shipment changes vehicles stands once: when it comes there, and when the next
    vehicle leaves. One that is not on a vehicle yet has its two ends.
    """
    own = acting_organisation_id()
    shipments = {
        row.pk: row for row in Shipment.objects.filter(owner_id=own, pk__in=set(shipment_ids))
    }
    legs = list(
        Leg.objects.filter(owner_id=own, shipment_id__in=shipments).order_by(
            "shipment_id", "position"
        )
    )
    wanted = Q(pk__in=[])
    for leg in legs:
        wanted |= Q(load_id=leg.load_id, sequence__in=[leg.from_sequence, leg.to_sequence])
    stops = {(stop.load_id, stop.sequence): stop for stop in Stop.objects.filter(wanted)}
    found: dict[UUID, list[Halt]] = {}
    for leg in legs:
        for sequence in (leg.from_sequence, leg.to_sequence):
            stop = stops.get((leg.load_id, sequence))
            if stop is not None:
                _add(found.setdefault(leg.shipment_id, []), stop)
    return {key: found.get(key) or _ends(row) for key, row in shipments.items()}


def shipments_of_load(load_id: UUID) -> list[UUID]:
    """Return the keys of the visible shipments on a load."""
    return list(Leg.objects.filter(load_id=load_id).values_list("shipment_id", flat=True))


def _add(way: list[Halt], stop: Stop) -> None:
    expected = stop.eta["p90"] if stop.eta and "p90" in stop.eta else None
    at = datetime.fromisoformat(expected) if expected else stop.planned_arrival
    if way and way[-1].code == stop.place_code:
        way[-1] = Halt(
            code=stop.place_code, expected_at=way[-1].expected_at, departed_at=stop.departed_at
        )
        return
    way.append(Halt(code=stop.place_code, expected_at=at, departed_at=stop.departed_at))


def _ends(row: Shipment) -> list[Halt]:
    return [
        Halt(
            code=row.origin.get("code", ""),
            expected_at=row.planned_pickup,
            departed_at=row.picked_up_at,
        ),
        Halt(
            code=row.destination.get("code", ""),
            expected_at=row.planned_delivery,
            departed_at=None,
        ),
    ]
