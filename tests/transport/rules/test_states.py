"""The life of a transport order: who may move it, and why not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transport.rules.states import (
    EVENTS_BY_CODE,
    LOAD_EVENTS,
    LOADED,
    OVER,
    TRANSITIONS,
    Actor,
    Audience,
    Cause,
    Level,
    State,
    TransitionRefused,
    move,
    next_states,
    refusal,
)

A_MILK_RUN_OVER_A_CROSS_DOCK = [
    (State.PLANNED, Actor.SYSTEM),
    (State.TENDERED, Actor.PLANNER),
    (State.REJECTED, Actor.CARRIER),
    (State.TENDERED, Actor.SYSTEM),
    (State.ACCEPTED, Actor.CARRIER),
    (State.SLOT_BOOKED, Actor.CARRIER),
    (State.ACCEPTED, Actor.SYSTEM),  # a stop was added: the slot is open again
    (State.SLOT_BOOKED, Actor.CARRIER),
    (State.AT_PICKUP, Actor.SYSTEM),
    (State.IN_TRANSIT, Actor.SYSTEM),
    (State.AT_PICKUP, Actor.SUPPLIER),
    (State.IN_TRANSIT, Actor.CARRIER),
    (State.AT_CROSS_DOCK, Actor.SYSTEM),
    (State.IN_TRANSIT, Actor.SYSTEM),
    (State.ARRIVED, Actor.PLANT),
    (State.UNLOADED, Actor.PLANT),
    (State.PROOF_OF_DELIVERY, Actor.PLANT),
    (State.SETTLED, Actor.SYSTEM),
]


def test_a_whole_life() -> None:
    state = State.DRAFT
    for to, actor in A_MILK_RUN_OVER_A_CROSS_DOCK:
        state = move(state, to, actor)
    assert state == State.SETTLED


@pytest.mark.parametrize(
    ("state", "to", "actor", "cause", "words"),
    [
        (State.TENDERED, State.ACCEPTED, Actor.PLANNER, Cause.NOT_YOURS, "Only the carrier may"),
        (State.IN_TRANSIT, State.CANCELLED, Actor.PLANNER, Cause.GOODS_ON_BOARD, "on board"),
        (State.UNLOADED, State.CANCELLED, Actor.PLANNER, Cause.NOT_NEXT, "nothing left to cancel"),
        (State.SETTLED, State.DRAFT, Actor.PLANNER, Cause.OVER, "nothing follows"),
        (State.PLANNED, State.PLANNED, Actor.PLANNER, Cause.SAME, "planned already"),
        (
            State.ARRIVED, State.SETTLED, Actor.PLANNER, Cause.NOT_NEXT,
            "After arrived comes unloaded, not settled.",
        ),
    ],
)  # fmt: skip
def test_a_refusal_says_why(
    state: State, to: State, actor: Actor, cause: Cause, words: str
) -> None:
    with pytest.raises(TransitionRefused, match=words) as refused:
        move(state, to, actor)
    assert refused.value.cause == cause


@given(st.sampled_from(State), st.sampled_from(State), st.sampled_from(Actor))
def test_what_is_offered_is_what_is_allowed(state: State, to: State, actor: Actor) -> None:
    is_offered = to in next_states(state, actor)
    assert is_offered == (refusal(state, to, actor) is None)
    if is_offered:
        assert state not in OVER
        assert not (to == State.CANCELLED and state in LOADED)


def test_every_state_is_reached_and_left() -> None:
    assert set(TRANSITIONS) == set(State)
    reached = {to for following in TRANSITIONS.values() for to in following}
    assert reached == set(State)
    assert {state for state, following in TRANSITIONS.items() if not following} == OVER


def test_load_events_have_one_code_each_and_reach_everybody() -> None:
    assert len(EVENTS_BY_CODE) == len(LOAD_EVENTS) >= 20
    assert {each.level for each in LOAD_EVENTS} == set(Level)
    assert all(each.audiences for each in LOAD_EVENTS)
    # the planner hears all, a tender is nobody else's business
    assert all(Audience.PLANNER in each.audiences for each in LOAD_EVENTS)
    tendered = EVENTS_BY_CODE["load_tendered"].audiences
    assert tendered == {Audience.CARRIER, Audience.PLANNER}
