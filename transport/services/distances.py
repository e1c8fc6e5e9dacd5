"""How far places are apart: what is measured first, an estimate by the great circle else."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings

from collab.organisations.context import acting, acting_organisation_id
from transport.models import RoadDistance
from transport.rules.road import Hop, Matrix, hop_by_air
from transport.services.places import Place

_WAYS = "transport.ways"


def road(places: Sequence[Place]) -> Matrix:
    """Return the ways between places by their codes [km, minutes at the wheel]; one query.

    Stored road distances come first; what has none is great circle x the installation's detour.
    ``stored`` tells which ones were measured.
    """
    by_code = {str(each["code"]): each for each in places}
    hops = dict(stored(by_code))
    for origin, start in by_code.items():
        for destination, end in by_code.items():
            if origin != destination and (origin, destination) not in hops:
                hops[origin, destination] = hop_by_air(
                    _point(start), _point(end), detour=settings.ENVIRONMENT.road_detour
                )
    return Matrix(hops)


def way(origin: Place, destination: Place) -> Hop:
    """Return one way as ``road`` does; read once per unit of work."""
    known: dict[tuple[str, str], Hop] = acting().memo.setdefault(_WAYS, {})
    pair = (origin["code"], destination["code"])
    if pair not in known:
        known[pair] = road([origin, destination]).hop(*pair)
    return known[pair]


def learn_ways(pairs: Sequence[tuple[Place, Place]]) -> None:
    """Read the ways of many pairs for ``way`` to find; one query, none if all are known."""
    known: dict[tuple[str, str], Hop] = acting().memo.setdefault(_WAYS, {})
    wanted = {
        (origin["code"], destination["code"]): (origin, destination)
        for origin, destination in pairs
        if (origin["code"], destination["code"]) not in known
    }
    if not wanted:
        return
    measured = stored({code for pair in wanted for code in pair})
    for pair, (origin, destination) in wanted.items():
        known[pair] = measured.get(pair) or hop_by_air(
            _point(origin), _point(destination), detour=settings.ENVIRONMENT.road_detour
        )


def stored(codes: Iterable[str]) -> dict[tuple[str, str], Hop]:
    """Return the measured ways between these places."""
    names = list(codes)
    rows = RoadDistance.objects.filter(origin__in=names, destination__in=names)
    return {
        (origin, destination): Hop(float(km), float(minutes))
        for origin, destination, km, minutes in rows.values_list(
            "origin", "destination", "distance_km", "minutes"
        )
    }


def keep(matrix: Matrix, *, source: str, measured_at: datetime) -> int:
    """Write the ways of a matrix over older ones; return how many."""
    owner = acting_organisation_id()
    rows = [
        RoadDistance(
            owner_id=owner,
            origin=origin,
            destination=destination,
            distance_km=Decimal(hop.km).quantize(Decimal("0.001")),
            minutes=Decimal(hop.minutes).quantize(Decimal("0.01")),
            source=source,
            measured_at=measured_at,
        )
        for (origin, destination), hop in matrix.hops.items()
    ]
    RoadDistance.objects.bulk_create(
        rows,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["owner", "origin", "destination"],
        update_fields=["distance_km", "minutes", "source", "measured_at"],
    )
    acting().memo.pop(_WAYS, None)
    return len(rows)


def _point(place: Place) -> tuple[float, float]:
    return float(place["latitude"]), float(place["longitude"])
