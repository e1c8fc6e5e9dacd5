"""Life cycle of a transport order or load: states, who may move them, and the events told (TR-01).

The words "order" and "load" are used alike here: one life cycle serves both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where an order stands, in the order of a normal life."""

    DRAFT = "draft"
    PLANNED = "planned"
    TENDERED = "tendered"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    SLOT_BOOKED = "slot_booked"
    AT_PICKUP = "at_pickup"
    IN_TRANSIT = "in_transit"
    AT_CROSS_DOCK = "at_cross_dock"
    ARRIVED = "arrived"
    UNLOADED = "unloaded"
    PROOF_OF_DELIVERY = "proof_of_delivery"
    SETTLED = "settled"
    CANCELLED = "cancelled"

    @property
    def words(self) -> str:
        """The state as one says it: ``slot booked``."""
        return self.value.replace("_", " ")


class Actor(StrEnum):
    """In which part somebody acts on an order. ``SYSTEM`` is the platform: engine, geofence."""

    PLANNER = "planner"
    CARRIER = "carrier"
    SUPPLIER = "supplier"
    PLANT = "plant"
    SYSTEM = "system"


_P, _C, _S, _W, _Y = Actor.PLANNER, Actor.CARRIER, Actor.SUPPLIER, Actor.PLANT, Actor.SYSTEM

TRANSITIONS: Mapping[State, Mapping[State, frozenset[Actor]]] = MappingProxyType({
    State.DRAFT: {
        State.PLANNED: frozenset({_P, _Y}),
        State.CANCELLED: frozenset({_P, _S}),
    },
    State.PLANNED: {
        State.DRAFT: frozenset({_P, _Y}),
        State.TENDERED: frozenset({_P, _Y}),
        State.CANCELLED: frozenset({_P}),
    },
    State.TENDERED: {
        State.ACCEPTED: frozenset({_C}),
        State.REJECTED: frozenset({_C, _Y}),  # the system when the last deadline has passed
        State.PLANNED: frozenset({_P}),  # withdrawn
        State.CANCELLED: frozenset({_P}),
    },
    State.REJECTED: {
        State.TENDERED: frozenset({_P, _Y}),
        State.PLANNED: frozenset({_P}),
        State.CANCELLED: frozenset({_P}),
    },
    State.ACCEPTED: {
        State.SLOT_BOOKED: frozenset({_P, _C, _W, _Y}),
        State.AT_PICKUP: frozenset({_C, _S, _Y}),  # a truck without a slot is there all the same
        State.REJECTED: frozenset({_C}),  # handed back
        State.PLANNED: frozenset({_P}),  # carrier changed
        State.CANCELLED: frozenset({_P}),
    },
    State.SLOT_BOOKED: {
        State.ACCEPTED: frozenset({_P, _C, _W, _Y}),  # slot open again
        State.AT_PICKUP: frozenset({_C, _S, _Y}),
        State.REJECTED: frozenset({_C}),
        State.PLANNED: frozenset({_P}),
        State.CANCELLED: frozenset({_P}),
    },
    State.AT_PICKUP: {
        State.IN_TRANSIT: frozenset({_C, _S, _Y}),
        State.CANCELLED: frozenset({_P}),  # nothing is on board yet
    },
    State.IN_TRANSIT: {
        State.AT_PICKUP: frozenset({_C, _S, _Y}),  # next stop of a milk run
        State.AT_CROSS_DOCK: frozenset({_C, _P, _Y}),
        State.ARRIVED: frozenset({_C, _W, _Y}),
    },
    State.AT_CROSS_DOCK: {State.IN_TRANSIT: frozenset({_C, _P, _Y})},
    State.ARRIVED: {State.UNLOADED: frozenset({_C, _W})},
    State.UNLOADED: {State.PROOF_OF_DELIVERY: frozenset({_C, _W})},
    State.PROOF_OF_DELIVERY: {State.SETTLED: frozenset({_P, _Y})},
    State.SETTLED: {},
    State.CANCELLED: {},
})  # fmt: skip

ON_THE_ROAD = frozenset({State.AT_PICKUP, State.IN_TRANSIT, State.AT_CROSS_DOCK, State.ARRIVED})
OVER = frozenset({State.SETTLED, State.CANCELLED})
LOADED = ON_THE_ROAD - {State.AT_PICKUP}


class Cause(StrEnum):
    """Why a move is refused: stable codes for interfaces."""

    OVER = "over"  # settled or cancelled: nothing follows
    GOODS_ON_BOARD = "goods_on_board"  # cannot be cancelled any more
    SAME = "same"
    NOT_NEXT = "not_next"
    NOT_YOURS = "not_yours"


class TransitionRefused(ValueError):
    """A move that the life cycle does not know or this actor may not make."""

    def __init__(self, cause: Cause, reason: str) -> None:
        self.cause = cause
        self.reason = reason
        super().__init__(reason)


def refusal(state: State, to: State, actor: Actor) -> tuple[Cause, str] | None:
    """Return why ``actor`` may not move from ``state`` to ``to``, or ``None`` if it may.

    Examples
    --------
    >>> refusal(State.IN_TRANSIT, State.CANCELLED, Actor.PLANNER)[1]
    'The goods are on board (in transit): have them brought back instead of cancelling.'
    >>> refusal(State.TENDERED, State.ACCEPTED, Actor.PLANNER)[1]
    'Only the carrier may make accepted out of tendered.'
    """
    actors = TRANSITIONS[state].get(to)
    if actors is not None:
        if actor in actors:
            return None
        who = " or ".join(f"the {each.value}" for each in Actor if each in actors)
        return Cause.NOT_YOURS, f"Only {who} may make {to.words} out of {state.words}."
    if to == state:
        return Cause.SAME, f"The order is {state.words} already."
    if state in OVER:
        return Cause.OVER, f"The order is {state.words}: nothing follows."
    if to == State.CANCELLED:
        if state in LOADED:
            return (
                Cause.GOODS_ON_BOARD,
                f"The goods are on board ({state.words}): have them brought back instead of "
                "cancelling.",
            )
        return Cause.NOT_NEXT, f"The goods are {state.words}: there is nothing left to cancel."
    following = ", ".join(each.words for each in TRANSITIONS[state])
    return Cause.NOT_NEXT, f"After {state.words} comes {following}, not {to.words}."


def move(state: State, to: State, actor: Actor) -> State:
    """Return ``to``; raise ``TransitionRefused`` with the reason if the move is not allowed."""
    refused = refusal(state, to, actor)
    if refused is not None:
        raise TransitionRefused(*refused)
    return to


def next_states(state: State, actor: Actor) -> tuple[State, ...]:
    """Return where ``actor`` may move an order in ``state``, in the order of a normal life."""
    following = TRANSITIONS[state]
    return tuple(each for each in State if actor in following.get(each, ()))


class Level(StrEnum):
    """What a load event is about."""

    LOAD = "load"
    STOP = "stop"
    SHIPMENT = "shipment"
    LEG = "leg"


class Audience(StrEnum):
    """Who hears a load event; origin and destination are the sites of the stop or shipment."""

    CARRIER = "carrier"
    CUSTOMER = "customer"
    ORIGIN = "origin"
    DESTINATION = "destination"
    PLANNER = "planner"


@dataclass(frozen=True, slots=True)
class LoadEvent:
    """One kind of event: stable ``code``, what it is about and who hears it (TR-11)."""

    code: str
    level: Level
    audiences: frozenset[Audience]


def _event(code: str, level: Level, *audiences: Audience) -> LoadEvent:
    return LoadEvent(code, level, frozenset(audiences))


_CA, _CU, _OR = Audience.CARRIER, Audience.CUSTOMER, Audience.ORIGIN
_DE, _PL = Audience.DESTINATION, Audience.PLANNER

LOAD_EVENTS: tuple[LoadEvent, ...] = (
    _event("order_planned", Level.SHIPMENT, _OR, _CU, _PL),
    _event("order_cancelled", Level.SHIPMENT, _CA, _CU, _OR, _DE, _PL),
    _event("load_tendered", Level.LOAD, _CA, _PL),
    _event("tender_expiring", Level.LOAD, _CA, _PL),
    _event("tender_accepted", Level.LOAD, _CA, _CU, _OR, _DE, _PL),
    _event("tender_rejected", Level.LOAD, _PL),
    _event("tender_exhausted", Level.LOAD, _PL, _CU),
    _event("carrier_changed", Level.LOAD, _CA, _OR, _DE, _PL),
    _event("slot_booked", Level.STOP, _CA, _OR, _DE, _PL),
    _event("slot_reopened", Level.STOP, _CA, _DE, _PL),
    _event("stop_added", Level.STOP, _CA, _OR, _DE, _PL),
    _event("stop_removed", Level.STOP, _CA, _OR, _DE, _PL),
    _event("stop_moved", Level.STOP, _CA, _OR, _DE, _PL),
    _event("tracking_started", Level.LOAD, _CA, _PL),
    _event("tracking_lost", Level.LOAD, _CA, _PL, _DE),
    _event("arrived_at_pickup", Level.STOP, _CA, _OR, _PL),
    _event("departed_pickup", Level.STOP, _CA, _CU, _OR, _DE, _PL),
    _event("arrived_at_cross_dock", Level.LEG, _CA, _DE, _PL),
    _event("departed_cross_dock", Level.LEG, _CA, _DE, _PL),
    _event("eta_revised", Level.STOP, _CA, _CU, _DE, _PL),
    _event("cannot_make_appointment", Level.STOP, _CA, _CU, _DE, _PL),
    _event("arrived_at_destination", Level.STOP, _CA, _CU, _OR, _DE, _PL),
    _event("unloaded", Level.STOP, _CA, _CU, _OR, _PL),
    _event("proof_of_delivery", Level.SHIPMENT, _CA, _CU, _OR, _DE, _PL),
    _event("load_settled", Level.LOAD, _CA, _PL),
)

EVENTS_BY_CODE: Mapping[str, LoadEvent] = MappingProxyType(
    {each.code: each for each in LOAD_EVENTS}
)
