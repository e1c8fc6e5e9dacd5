"""A truck reached or left a stop, loaded or unloaded there: the load follows (TR-01, TR-12)."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime

from transport.models import EstimatedArrival, Leg, Load, Stop
from transport.rules.states import TRANSITIONS, Actor, State
from transport.services.moves import mark_stop, move_load
from transport.services.notices import tell

ON_THE_WAY = frozenset({State.AT_PICKUP, State.IN_TRANSIT, State.AT_CROSS_DOCK})
"""States a load may have passed unseen before the one that was seen."""
Purpose = Stop.Purpose
WORKING = frozenset({Purpose.PICKUP, Purpose.CROSS_DOCK, Purpose.DELIVERY})


def mark(
    load: Load, stops: Sequence[Stop], stop: Stop, code: str, *, at: datetime, by: Actor
) -> bool:
    """Take milestone ``code`` of one of the own load's stops; return whether it changed the load.

    ``arrived``, ``departed``, ``unloaded`` and ``proof_of_delivery`` move the load as far as its
    life cycle lets ``by``; the first word on a stop's times holds. ``load`` and ``stops`` are
    those of before; read them again afterwards.
    """
    if code == "arrived" and stop.arrived_at is None:
        return _arrive(load, stops, stop, at, by)
    if code == "departed" and stop.departed_at is None:
        return _depart(load, stops, stop, at, by)
    if code == "unloaded" and _is_last(stops, stop):
        arrived = stop.arrived_at is None and _arrive(load, stops, stop, at, by)
        return _move(load, State.UNLOADED, stop, at, by) or arrived
    if code == "proof_of_delivery":
        return _move(load, State.PROOF_OF_DELIVERY, stop, at, by)
    return False


def _arrive(load: Load, stops: Sequence[Stop], stop: Stop, at: datetime, by: Actor) -> bool:
    _judge_estimates(load, stop, at)
    target = {
        Purpose.PICKUP: State.AT_PICKUP,
        Purpose.CROSS_DOCK: State.ARRIVED if _is_last(stops, stop) else State.AT_CROSS_DOCK,
        Purpose.DELIVERY: State.ARRIVED if _is_last(stops, stop) else None,
    }.get(Purpose(stop.purpose))
    if target is not None and _move(load, target, stop, at, by):
        return True
    mark_stop(load.pk, stop.sequence, arrived_at=at)
    if stop.purpose == Purpose.DELIVERY:
        key = f"{at.isoformat()}/{stop.sequence}"
        tell(load, "arrived_at_destination", stop=stop, happened_at=at, key=key)
    return True


def _depart(load: Load, stops: Sequence[Stop], stop: Stop, at: datetime, by: Actor) -> bool:
    if stop.arrived_at is None:
        _arrive(load, stops, stop, at, by)
    load.refresh_from_db(fields=["state"])
    is_leaving = load.state in {State.AT_PICKUP, State.AT_CROSS_DOCK}
    if is_leaving and _move(load, State.IN_TRANSIT, stop, at, by):
        return True
    mark_stop(load.pk, stop.sequence, departed_at=max(at, stop.arrived_at or at))
    return True


def _is_last(stops: Sequence[Stop], stop: Stop) -> bool:
    """Say whether nothing is picked up, handed over or delivered after this stop."""
    later = any(s.sequence > stop.sequence and s.purpose in WORKING for s in stops)
    return stop.purpose in WORKING and not later


def _move(load: Load, to: State, stop: Stop, at: datetime, by: Actor) -> bool:
    """Move the load there, through states that were passed unseen; return whether it moved.

    A stop that must have been visited and was not seen gets the time at which that became clear,
    and those told learn that it is inferred.
    """
    load.refresh_from_db(fields=["state"])
    path = _path(State(load.state), to, by)
    for step in path:
        facts = {"stop": stop.sequence} if step is to else {"inferred": True}
        move_load(load.pk, step, by=by, happened_at=at, facts=facts)
    return bool(path)


def _path(state: State, to: State, by: Actor) -> list[State]:
    """Return the fewest moves from ``state`` that ``by`` may make; none if there is no way."""
    queue: deque[list[State]] = deque([[state]])
    seen = {state}
    while queue:
        way = queue.popleft()
        for following, actors in TRANSITIONS[way[-1]].items():
            if following in seen or by not in actors:
                continue
            if following is to:
                return [*way[1:], following]
            if following in ON_THE_WAY:
                seen.add(following)
                queue.append([*way, following])
    return []


def _judge_estimates(load: Load, stop: Stop, at: datetime) -> None:
    """Fill in when the shipments that get off here really arrived, beside what was expected."""
    ends = Leg.objects.filter(owner_id=load.owner_id, load_id=load.pk, to_sequence=stop.sequence)
    EstimatedArrival.objects.filter(
        owner_id=load.owner_id,
        load_id=load.pk,
        shipment_id__in=list(ends.values_list("shipment_id", flat=True)),
        actual_at__isnull=True,
        made_at__lte=at,
    ).update(actual_at=at)
