"""The trucks of the demo network go on: each carrier reports where its vehicles are now.

Positions move in real time, because an arrival is judged against the real clock; the pace of the
simulation changes stock alone. A truck goes on from its last position, with breaks and rests; one
that has arrived is unloaded, which ends its load.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from collab.demo.network import DemoNetwork
from collab.demo.roads import Road, way_of
from collab.organisations.context import acting_for
from collab.organisations.models import Person
from collab.organisations.queries import membership_at
from transport.models import CarrierReport, Load, LoadState, Position, Stop
from transport.services.carrier_reports import Statement, report
from transport.services.links import ACTIVE
from transport.services.positions import PositionReport, record_positions

EVERY = timedelta(seconds=20)
ARRIVED_FOR = timedelta(minutes=30)


@dataclass(slots=True)
class _Truck:
    """One load on its way: its road, and when it left as far as positions tell."""

    load_id: UUID
    road: Road
    left_at: datetime


@dataclass(slots=True)
class Trucks:
    """All trucks that carriers of ``network`` follow."""

    network: DemoNetwork
    _driven_at: datetime | None = None
    _ids: list[int] = field(default_factory=list)

    def drive(self, *, now: datetime | None = None) -> int:
        """Report every truck's position of ``now``; return how many moved.

        Called more often than every twenty seconds it does nothing.
        """
        moment = now or timezone.now()
        if self._driven_at is not None and moment - self._driven_at < EVERY:
            return 0
        self._driven_at = moment
        self._ids = self._ids or self._carriers()
        return sum(_drive(each, moment) for each in self._ids)

    def _carriers(self) -> list[int]:
        """Return the keys of all who drive: carriers, and Brasov with trucks of its own."""
        found = []
        for company in self.network.organisations:
            person = Person.objects.filter(email=company.people[0].email).first()
            seat = membership_at(person.pk, company.slug) if person is not None else None
            if seat is not None and (company.tier is None or company.slug == "brasov"):
                found.append(seat.organisation_id)
        return found


def _drive(organisation_id: int, now: datetime) -> int:
    with acting_for(organisation_id):
        ours = Load.objects.filter(counterparty_id=organisation_id, state__in=ACTIVE)
        trucks = [truck for load in ours if (truck := _truck(load)) is not None]
        _unload([load for load in ours if load.state == LoadState.ARRIVED], now)
        reports = [_report(truck, now) for truck in trucks]
        verdicts = record_positions(reports, received_at=now)
    return sum(verdict.status == "recorded" for verdict in verdicts)


def _truck(load: Load) -> _Truck | None:
    """Return the truck of a load that has sent a position and is not there yet."""
    if load.state == LoadState.ARRIVED:
        return None
    last = Position.objects.filter(load_id=load.pk).order_by("-recorded_at").first()
    stops = list(Stop.objects.filter(load_id=load.pk).order_by("sequence"))
    if last is None or len(stops) < 2:
        return None
    road = way_of(stops[0].place, stops[-1].place)
    whole = (road.end[0] - road.start[0], road.end[1] - road.start[1])
    axis = 0 if abs(whole[0]) >= abs(whole[1]) else 1
    here = (last.latitude, last.longitude)
    share = (here[axis] - road.start[axis]) / whole[axis] if whole[axis] else 1.0
    elapsed = timedelta(minutes=road.elapsed(min(max(share, 0.0), 1.0)))
    return _Truck(load.pk, road, last.recorded_at - elapsed)


def _report(truck: _Truck, now: datetime) -> PositionReport:
    share = truck.road.share_at((now - truck.left_at) / timedelta(minutes=1))
    latitude, longitude = truck.road.at(share)
    return PositionReport(
        load=str(truck.load_id),
        latitude=latitude,
        longitude=longitude,
        recorded_at=now,
        speed_kmh=round(truck.road.speed_kmh) if share < 1 else 0,
    )


def _unload(loads: Sequence[Load], now: datetime) -> None:
    """Report as unloaded what arrived half an hour ago."""
    for load in loads:
        stop = Stop.objects.filter(load_id=load.pk, arrived_at__lte=now - ARRIVED_FOR).last()
        if stop is not None:
            report(
                Statement(
                    load=str(load.pk),
                    kind=CarrierReport.Kind.MILESTONE,
                    code="unloaded",
                    happened_at=now,
                    stop=stop.sequence,
                ),
                now=now,
            )
