"""The customer's loads follow the carrier's positions: stops, arrivals, colours, partners' views.

Estimates are made from a new position alone (TR-13): hearing of one that is known, or older than
the newest, changes no estimate. Only the columns that tracking owns are written.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from collab.events.bus import publish
from collab.organisations.context import acting_organisation_id
from transport.models import CarrierReport, EstimatedArrival, Leg, Load, Shipment, Stop
from transport.rules.eta_colour import Colour
from transport.rules.eta_model import EtaModel
from transport.rules.states import Actor
from transport.rules.tracking import Ping
from transport.services.arrivals import Arrival, arrivals, happenings, worst
from transport.services.carrier_reports import next_stop
from transport.services.delays import judge_shipments
from transport.services.eta_versions import model_in_use
from transport.services.links import ACTIVE
from transport.services.milestones import mark
from transport.services.notices import tell
from transport.services.partners import sync_partners
from transport.services.sightings import followed
from transport.services.silence import found_again

PINGS_READ = 200
TOLD_SHIFT = timedelta(minutes=15)


@dataclass(slots=True, eq=False)
class _Followed:
    """One load while it is brought up to date."""

    load: Load
    stops: list[Stop]
    legs: list[Leg]
    pings: list[Ping]
    speed: dict[str, float | None]
    ahead: dict[int, Arrival] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        """Whether there is a position newer than the load knows."""
        known = self.load.pinged_at
        return bool(self.pings) and (known is None or self.pings[-1].at > known)


@transaction.atomic
def follow(load_ids: Sequence[UUID], *, now: datetime) -> None:
    """Bring the acting organisation's loads up to date with the positions of their carriers."""
    model = model_in_use()
    for each in _read(load_ids):
        has_moved = _reach_stops(each)
        is_new = each.is_new
        if is_new and each.load.state in ACTIVE:
            _estimate(each, model, now)
            _write(each)
        if is_new or has_moved:
            judge_shipments(_share(each), load=each.load, now=now)
            publish(followed(each.load))
        if is_new:
            found_again(each.load, at=now)


@transaction.atomic
def hear_report(report_id: UUID, *, now: datetime) -> None:
    """Take what the carrier of an own load reported; somebody else's word counts for nothing."""
    report = CarrierReport.objects.filter(pk=report_id).first()
    if report is None:
        return
    load = (
        Load.objects.select_for_update(of=("self",))
        .filter(owner_id=acting_organisation_id(), pk=report.load_id)
        .first()
    )
    if load is None or report.owner_id not in {load.counterparty_id, load.owner_id}:
        return
    stops = _stops([load.pk])[load.pk]
    stop = next((s for s in stops if s.sequence == report.stop_sequence), None)
    if report.kind == CarrierReport.Kind.MILESTONE and stop is not None:
        mark(load, stops, stop, report.code, at=report.happened_at, by=Actor.CARRIER)
        load.refresh_from_db()
        every = [(row, None) for row in sync_partners(load)]
        judge_shipments(every, load=load, now=now)
    publish(followed(load))


def _read(load_ids: Sequence[UUID]) -> list[_Followed]:
    """Return the own active loads among ``load_ids``, locked, with the newest positions."""
    loads = list(
        Load.objects.select_for_update(of=("self",))
        .filter(owner_id=acting_organisation_id(), pk__in=load_ids, state__in=ACTIVE)
        .order_by("pk")
    )
    keys = [load.pk for load in loads]
    stops = _stops(keys)
    legs: dict[UUID, list[Leg]] = defaultdict(list)
    for leg in Leg.objects.filter(owner_id=acting_organisation_id(), load_id__in=keys):
        legs[leg.load_id].append(leg)
    pings, speeds = _positions(loads)
    return [
        _Followed(
            load, stops[load.pk], legs[load.pk], pings.get(load.pk, []), speeds.get(load.pk, {})
        )
        for load in loads
        if stops[load.pk]
    ]


def _stops(load_ids: Sequence[UUID]) -> dict[UUID, list[Stop]]:
    found: dict[UUID, list[Stop]] = defaultdict(list)
    rows = Stop.objects.filter(owner_id=acting_organisation_id(), load_id__in=load_ids)
    for stop in rows.order_by("sequence"):
        found[stop.load_id].append(stop)
    return found


def _positions(
    loads: Sequence[Load],
) -> tuple[dict[UUID, list[Ping]], dict[UUID, dict[str, float | None]]]:
    """Return each load's newest positions by time, as its own carrier or we ourselves sent them.

    A position that some other organisation stored under the load's id counts for nothing.
    """
    pings: dict[UUID, list[Ping]] = defaultdict(list)
    speeds: dict[UUID, dict[str, float | None]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.load_id, p.device, p.recorded_at, p.latitude, p.longitude, p.speed_kmh,"
            " p.heading FROM unnest(%s::uuid[], %s::bigint[]) AS wanted(id, owner)"
            " CROSS JOIN LATERAL"
            " (SELECT * FROM transport_position WHERE owner_id = wanted.owner"
            "   AND load_id = wanted.id ORDER BY recorded_at DESC LIMIT %s) p"
            " ORDER BY p.recorded_at, p.id",
            [*_senders(loads), PINGS_READ],
        )
        for load_id, device, at, latitude, longitude, speed, heading in cursor.fetchall():
            pings[load_id].append(
                Ping(device=device, at=at, latitude=latitude, longitude=longitude)
            )
            speeds[load_id] = {"speed_kmh": speed, "heading": heading}
    return pings, speeds


def _senders(loads: Sequence[Load]) -> list[list[Any]]:
    pairs = [
        (load.pk, sender)
        for load in loads
        for sender in sorted({load.counterparty_id, load.owner_id})
    ]
    return [[key for key, _sender in pairs], [sender for _key, sender in pairs]]


def _reach_stops(each: _Followed) -> bool:
    """Write arrivals and departures that the positions show; return whether there were any."""
    standing = [s.arrived_at for s in each.stops if s.arrived_at and not s.departed_at]
    left = [s.departed_at for s in each.stops if s.departed_at]
    since = max([*standing, *left], default=None)
    pings = [ping for ping in each.pings if since is None or ping.at >= since]
    has_moved = False
    for step in happenings(each.stops, pings):
        stop = next(s for s in each.stops if s.sequence == step.sequence)
        if mark(each.load, each.stops, stop, step.kind.value, at=step.at, by=Actor.SYSTEM):
            has_moved = True
            each.load.refresh_from_db()
            each.stops = _stops([each.load.pk])[each.load.pk]
    return has_moved


def _estimate(each: _Followed, model: EtaModel, now: datetime) -> None:
    """Make the arrivals at the stops ahead from the newest position, and tell what is news."""
    each.ahead = arrivals(each.stops, each.pings, model=model, now=now)
    load, last = each.load, each.pings[-1]
    if load.pinged_at is None:
        tell(load, "tracking_started", happened_at=last.at, key="first")
    stop = next_stop(each.stops)
    on_board: dict[str, Any] = next(
        (s.load_after for s in reversed(each.stops) if s.departed_at), {}
    )
    load.position = {
        "latitude": round(last.latitude, 5),
        "longitude": round(last.longitude, 5),
        **each.speed,
        "next": stop.place["name"] if stop else "",
        "next_eta": _eta_text(each, stop),
        "pallets": on_board.get("pallets"),
    }
    load.next_stop = stop.sequence if stop else None
    load.progress = worst([arrival.colour for arrival in each.ahead.values()]).value
    for stop in each.stops:
        if (arrival := each.ahead.get(stop.sequence)) is not None:
            _revise(each, stop, arrival, last.at)


def _eta_text(each: _Followed, stop: Stop | None) -> str | None:
    arrival = each.ahead.get(stop.sequence) if stop is not None else None
    return arrival.eta.p50.isoformat() if arrival is not None else None


def _revise(each: _Followed, stop: Stop, arrival: Arrival, made_at: datetime) -> None:
    """Put the arrival on the stop; tell those concerned when it moved by a quarter of an hour."""
    before = stop.eta or {}
    told = before.get("told")
    has_shifted = told is None or (
        abs(arrival.eta.p50 - datetime.fromisoformat(told)) >= TOLD_SHIFT
    )
    has_turned = before.get("colour", Colour.ON_TIME.value) != arrival.colour.value
    stop.eta = {
        "p10": arrival.eta.p10.isoformat(),
        "p50": arrival.eta.p50.isoformat(),
        "p90": arrival.eta.p90.isoformat(),
        "made_at": made_at.isoformat(),
        "colour": arrival.colour.value,
        "told": arrival.eta.p50.isoformat() if has_shifted else told,
    }
    facts = {name: stop.eta[name] for name in ("p10", "p50", "p90", "colour")}
    key = f"{stop.sequence}:{made_at.isoformat()}"
    if told is not None and has_shifted:
        tell(each.load, "eta_revised", stop=stop, facts=facts, happened_at=made_at, key=key)
    if has_turned and arrival.colour is Colour.CANNOT_MAKE_IT:
        tell(
            each.load, "cannot_make_appointment",
            stop=stop, facts=facts, happened_at=made_at, key=key,
        )  # fmt: skip


def _write(each: _Followed) -> None:
    """Write the columns that tracking owns, of the load and its stops."""
    each.load.pinged_at = each.pings[-1].at
    each.load.save(update_fields=["position", "pinged_at", "progress", "next_stop"])
    ahead = [stop for stop in each.stops if stop.sequence in each.ahead]
    Stop.objects.bulk_update(ahead, ["eta"])


def _share(each: _Followed) -> list[tuple[Shipment, Arrival | None]]:
    """Bring what partners see in step; return the shipments with the arrival that counts for each.

    Only the arrival of a shipment's last leg is its own.
    """
    shipments = sync_partners(each.load)
    last = dict(
        Leg.objects.filter(
            owner_id=each.load.owner_id, shipment_id__in=[row.pk for row in shipments]
        )
        .order_by("position")
        .values_list("shipment_id", "pk")
    )
    ends = {leg.shipment_id: leg for leg in each.legs if last.get(leg.shipment_id) == leg.pk}
    found = [
        (row, each.ahead.get(ends[row.pk].to_sequence) if row.pk in ends else None)
        for row in shipments
    ]
    EstimatedArrival.objects.bulk_create(
        [_estimated(row, each.load, arrival) for row, arrival in found if arrival is not None],
        ignore_conflicts=True,
    )
    return found


def _estimated(shipment: Shipment, load: Load, arrival: Arrival) -> EstimatedArrival:
    eta = arrival.eta
    return EstimatedArrival(
        owner_id=shipment.owner_id,
        counterparty_id=shipment.counterparty_id,
        shipment_id=shipment.pk,
        load_id=load.pk,
        made_at=eta.ping_at,
        p10=eta.p10,
        p50=eta.p50,
        p90=eta.p90,
        remaining_km=round(arrival.km, 2),
        parts={
            "drive": round(eta.drive_min),
            "dwell": round(eta.dwell_min),
            "short_breaks": round(eta.short_break_min),
            "long_breaks": round(eta.long_break_min),
            "model": eta.model,
        },
    )
