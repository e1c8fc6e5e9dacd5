"""Keep what each partner sees of a load in step with it: shipments, visits, legs, orders."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F, QuerySet
from uuid_utils.compat import uuid7

from collab.events.bus import publish
from collab.organisations.names import NOBODY, names_of
from transport.events import ShipmentsChanged
from transport.models import Leg, Load, LoadState, Shipment, Stop, TransportOrder, Visit
from transport.rules.states import ON_THE_ROAD, State
from transport.services.figures import sums

LATE = frozenset({"late", "cannot_make_it"})
OVER = (LoadState.PROOF_OF_DELIVERY, LoadState.SETTLED)
MOST_KEYS = 200
PLACED = frozenset({Stop.Purpose.PICKUP, Stop.Purpose.DELIVERY, Stop.Purpose.CROSS_DOCK,
                    Stop.Purpose.EMPTIES})  # fmt: skip

Projection = TypeVar("Projection", Shipment, Visit)


@dataclass(frozen=True, slots=True)
class _Way:
    """One leg of a shipment with its load and the two stops it lies between."""

    leg: Leg
    load: Load
    start: Stop
    end: Stop


def sync_partners(load: Load) -> list[Shipment]:
    """Rewrite the projections of a load after any change; publish what changed, per partner.

    Partners see nothing of a draft: shipments belong to the owner alone and there are no visits.
    A shipment's position is shown while no other partner's stop lies before its own end, so that
    nobody learns where else the vehicle goes. Returns the shipments on the load.
    """
    stops = list(Stop.objects.filter(owner_id=load.owner_id, load_id=load.pk).order_by("sequence"))
    legs = list(Leg.objects.filter(owner_id=load.owner_id, load_id=load.pk))
    _to_carrier(load, stops, legs)
    ways = _ways(load, stops, [each.shipment_id for each in legs])
    shipments = {
        each.pk: each
        for each in Shipment.objects.filter(pk__in=[each.shipment_id for each in legs])
    }
    late: list[UUID] = []
    fields: set[str] = set()
    changed = []
    for each in shipments.values():
        if differing := _bring_up(each, ways[each.pk], load, stops, late):
            fields |= differing
            changed.append(each)
    _write(Shipment.objects.all(), changed, fields)
    _finish_orders(shipments.values())
    visits = _visits(load, stops, legs, shipments)
    _publish(changed, visits, late)
    return list(shipments.values())


def take_back(load: Load) -> None:
    """Tell partners about shipments and visits that vanish with a load that is taken apart."""
    visits = list(Visit.objects.filter(owner_id=load.owner_id, load_id=load.pk))
    Visit.objects.filter(pk__in=[each.pk for each in visits]).delete()
    _publish([], visits, [])


def _write(rows: QuerySet[Projection], changed: Sequence[Projection], fields: set[str]) -> None:
    """Write the fields that differ: after a ping they are a few of twenty, and all take time."""
    rows.bulk_update(changed, sorted({*fields, "version"}), batch_size=200)


def _to_carrier(load: Load, stops: Sequence[Stop], legs: Sequence[Leg]) -> None:
    """Let the carrier of the load see its stops and legs, and nobody else."""
    rows: Iterable[Stop | Leg]
    for model, rows in ((Stop, stops), (Leg, legs)):
        foreign = [each.pk for each in rows if each.counterparty_id != load.counterparty_id]
        if foreign:
            model._default_manager.filter(pk__in=foreign).update(
                counterparty_id=load.counterparty_id
            )


def _ways(
    load: Load, stops: Sequence[Stop], shipment_ids: Sequence[UUID]
) -> Mapping[UUID, list[_Way]]:
    """Return all legs of the shipments in their order, those on other loads too."""
    legs = Leg.objects.filter(owner_id=load.owner_id, shipment_id__in=shipment_ids)
    every = list(legs.select_related("load").order_by("shipment_id", "position"))
    others = {each.load_id for each in every} - {load.pk}
    at = {(load.pk, each.sequence): each for each in stops}
    if others:
        for stop in Stop.objects.filter(owner_id=load.owner_id, load_id__in=others):
            at[stop.load_id, stop.sequence] = stop
    found: dict[UUID, list[_Way]] = defaultdict(list)
    for leg in every:
        carrying = load if leg.load_id == load.pk else leg.load
        start, end = at[leg.load_id, leg.from_sequence], at[leg.load_id, leg.to_sequence]
        found[leg.shipment_id].append(_Way(leg, carrying, start, end))
    return found


def _bring_up(
    shipment: Shipment, ways: Sequence[_Way], load: Load, stops: Sequence[Stop], late: list[UUID]
) -> set[str]:
    """Write what the ways say into the shipment; return the names of the fields that changed."""
    first, last = ways[0], ways[-1]
    now = _current(ways)
    is_draft = all(each.load.state == LoadState.DRAFT for each in ways)
    is_out = now.load.counterparty_id != now.load.owner_id
    on_board = now.start.departed_at is not None and now.end.arrived_at is None
    is_followed = on_board and now.load.state in ON_THE_ROAD and now.load.pk == load.pk
    values: dict[str, Any] = {
        "counterparty_id": shipment.owner_id if is_draft else _partner(shipment),
        "state": shipment_state(now.load, now.start, now.end),
        "mode": now.load.mode,
        "carrier_name": _carrier(now.load) if is_out else "",
        "carrier_id": now.load.counterparty_id if is_out else None,
        "plate": now.load.plate if is_out else "",
        "planned_pickup": first.start.planned_arrival,
        "planned_delivery": last.end.planned_arrival,
        "appointment_from": last.end.slot_from,
        "appointment_until": last.end.slot_until,
        "picked_up_at": first.start.departed_at,
        "delivered_at": last.end.arrived_at,
        "eta": last.end.eta,
        "progress": progress_at(last.end, now.load),
        "position": _shown(now.load) if is_followed and _is_alone(now, stops) else None,
        "pinged_at": now.load.pinged_at,
    }
    if now.load.state == LoadState.CANCELLED:
        values["position"] = None
    differing = {name for name, value in values.items() if getattr(shipment, name) != value}
    if "progress" in differing and values["progress"] in LATE:
        late.append(shipment.pk)
    for name in differing:
        setattr(shipment, name, values[name])
    if differing:
        shipment.version += 1
    return differing


def progress_at(stop: Stop, load: Load) -> str:
    """Return how the arrival at one stop stands; a load that is silent says nothing of any."""
    if load.progress == "no_signal" or not stop.eta:
        return load.progress
    return str(stop.eta.get("colour", load.progress))


def _shown(load: Load) -> dict[str, Any] | None:
    """Return where the vehicle is, without what else is on it and where it goes next."""
    if load.position is None:
        return None
    names = ("latitude", "longitude", "heading", "speed_kmh")
    return {name: load.position.get(name) for name in names}


def shipment_state(load: Load, start: Stop, end: Stop) -> str:
    """Return where a shipment stands: on the road by its own two stops, else as its load does."""
    if end.arrived_at is not None and end.purpose == Stop.Purpose.CROSS_DOCK:
        return State.AT_CROSS_DOCK.value
    if load.state not in ON_THE_ROAD:
        return load.state
    if end.arrived_at is not None:
        return State.ARRIVED.value
    if start.departed_at is not None:
        return State.IN_TRANSIT.value
    if start.arrived_at is not None:
        return State.AT_PICKUP.value
    return (State.SLOT_BOOKED if end.slot_from else State.ACCEPTED).value


def _current(ways: Sequence[_Way]) -> _Way:
    """Return the leg a shipment is on: the last one that has begun, else the first."""
    begun = [each for each in ways if each.start.arrived_at is not None]
    return begun[-1] if begun else ways[0]


def _is_alone(way: _Way, stops: Sequence[Stop]) -> bool:
    ends = {way.start.place["organisation_id"], way.end.place["organisation_id"]}
    return all(
        stop.place["organisation_id"] in ends
        for stop in stops
        if way.start.sequence < stop.sequence < way.end.sequence and stop.departed_at is None
    )


def _partner(shipment: Shipment) -> int:
    """Return whose business it is: the end that is not the owner's."""
    ends = (shipment.origin["organisation_id"], shipment.destination["organisation_id"])
    return next((each for each in ends if each != shipment.owner_id), shipment.owner_id)


def _carrier(load: Load) -> str:
    return names_of({load.counterparty_id}).get(load.counterparty_id, NOBODY).short[:80]


def _finish_orders(shipments: Iterable[Shipment]) -> None:
    """Close the orders of what is delivered, open those of what is cancelled again."""
    done = [each.order_id for each in shipments if each.state in OVER]
    if done:
        TransportOrder.objects.filter(pk__in=done, state="planned").update(
            state="done", version=F("version") + 1
        )


def _visits(
    load: Load, stops: Sequence[Stop], legs: Sequence[Leg], shipments: Mapping[UUID, Shipment]
) -> list[Visit]:
    """Bring the visits of a load into line; return those that are new, changed or gone."""
    wanted = {} if load.state == LoadState.DRAFT else {s.sequence: s for s in _seen(stops, legs)}
    rows = Visit.objects.filter(owner_id=load.owner_id, load_id=load.pk)
    known = {each.stop_sequence: each for each in rows}
    gone = [
        each
        for sequence, each in known.items()
        if sequence not in wanted
        or wanted[sequence].place["organisation_id"] != each.counterparty_id
    ]
    Visit.objects.filter(pk__in=[each.pk for each in gone]).delete()
    left = {sequence: each for sequence, each in known.items() if each not in gone}
    new: list[Visit] = []
    changed: list[Visit] = []
    fields: set[str] = set()
    for sequence, stop in wanted.items():
        values = _visit_values(load, stop, legs, shipments)
        visit = left.get(sequence)
        if visit is None:
            new.append(
                Visit(owner_id=load.owner_id, load_id=load.pk, stop_sequence=sequence, **values)
            )
        elif differing := {
            name: value for name, value in values.items() if getattr(visit, name) != value
        }:
            for name, value in differing.items():
                setattr(visit, name, value)
            visit.version += 1
            fields.update(differing)
            changed.append(visit)
    Visit.objects.bulk_create(new)
    _write(Visit.objects.all(), changed, fields)
    return [*new, *changed, *gone]


def _seen(stops: Sequence[Stop], legs: Sequence[Leg]) -> Iterable[Stop]:
    """Return the stops that somebody expects: where goods get on or off, or empties."""
    busy = {each.from_sequence for each in legs} | {each.to_sequence for each in legs}
    return [each for each in stops if each.purpose in PLACED or each.sequence in busy]


def _visit_values(
    load: Load, stop: Stop, legs: Sequence[Leg], shipments: Mapping[UUID, Shipment]
) -> dict[str, Any]:
    here = [
        shipments[each.shipment_id]
        for each in legs
        if stop.sequence in {each.from_sequence, each.to_sequence}
    ]
    is_out = load.counterparty_id != load.owner_id
    return {
        "counterparty_id": stop.place["organisation_id"],
        "load_number": load.number,
        "load_state": load.state,
        "purpose": stop.purpose,
        "place": stop.place,
        "dock": stop.dock,
        "carrier_name": _carrier(load) if is_out else "",
        "plate": load.plate if is_out else "",
        "window_from": stop.slot_from or stop.window_from,
        "window_until": stop.slot_until or stop.window_until,
        "planned_arrival": stop.planned_arrival,
        "planned_departure": stop.planned_departure,
        "arrived_at": stop.arrived_at,
        "departed_at": stop.departed_at,
        "eta": stop.eta,
        "progress": progress_at(stop, load),
        "pinged_at": load.pinged_at,
        "shipment_ids": sorted(str(each.pk) for each in here),
        **sums(here),
    }


def _publish(changed: Sequence[Shipment], visits: Sequence[Visit], late: Sequence[UUID]) -> None:
    """Tell each partner of its own rows; the owner's own visits are its own partner's."""
    rows: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for shipment in changed:
        rows[shipment.counterparty_id][0].append(str(shipment.pk))
    for visit in visits:
        rows[visit.counterparty_id][1].append(str(visit.pk))
    for partner_id, (shipment_ids, visit_ids) in sorted(rows.items()):
        for start in range(0, max(len(shipment_ids), len(visit_ids)), MOST_KEYS):
            ids = shipment_ids[start : start + MOST_KEYS]
            publish(
                ShipmentsChanged(
                    change_id=str(uuid7()),
                    partner_id=partner_id,
                    shipment_ids=ids,
                    visit_ids=visit_ids[start : start + MOST_KEYS],
                    late_ids=[str(key) for key in late if str(key) in ids],
                )
            )
