"""The steps an alert may take from one state to the next."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """How far one organisation is with an alert."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_WORK = "in_work"
    WAITING = "waiting"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"
    CLOSED = "closed"


class Action(StrEnum):
    """What somebody does about an alert."""

    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    START = "start"
    WAIT = "wait"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    SNOOZE = "snooze"
    CLOSE = "close"
    REOPEN = "reopen"


class StepNotAllowed(ValueError):
    """The action does not fit the state."""


ACTIVE = (State.NEW, State.ACKNOWLEDGED, State.IN_WORK, State.WAITING)
DONE = (State.RESOLVED, State.DISMISSED, State.CLOSED)


def _steps() -> dict[tuple[State, Action], State]:
    table = {
        (State.NEW, Action.ACKNOWLEDGE): State.ACKNOWLEDGED,
        (State.NEW, Action.ASSIGN): State.ACKNOWLEDGED,
        (State.RESOLVED, Action.CLOSE): State.CLOSED,
        (State.DISMISSED, Action.CLOSE): State.CLOSED,
    }
    for state in ACTIVE:
        table[state, Action.RESOLVE] = State.RESOLVED
        table[state, Action.DISMISS] = State.DISMISSED
        table[state, Action.SNOOZE] = state
        table.setdefault((state, Action.ASSIGN), state)
        if state is not State.IN_WORK:
            table[state, Action.START] = State.IN_WORK
        if state is not State.WAITING:
            table[state, Action.WAIT] = State.WAITING
    for state in DONE:
        table[state, Action.REOPEN] = State.ACKNOWLEDGED
    return table


STEPS: Mapping[tuple[State, Action], State] = MappingProxyType(_steps())


def next_state(state: State, action: Action) -> State:
    """Return the state after ``action``.

    Raises ``StepNotAllowed`` naming what is possible, if the action does not fit.

    Examples
    --------
    >>> next_state(State.NEW, Action.START)
    <State.IN_WORK: 'in_work'>
    """
    after = STEPS.get((state, action))
    if after is None:
        possible = ", ".join(allowed_actions(state)) or "none"
        raise StepNotAllowed(f"expected one of {possible} for a {state} exception, got {action}")
    return after


def allowed_actions(state: State) -> list[Action]:
    """Return the actions that fit ``state``, in the order of ``Action``."""
    return [action for action in Action if (state, action) in STEPS]
