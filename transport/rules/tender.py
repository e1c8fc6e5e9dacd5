"""Offering a load to ranked carriers one after the other, and the slot that comes with it (TR-10).

Who is asked follows from the ranking, the answers and the clock alone; nothing is stored between
two questions, so late, doubled or reordered answers lead to the same end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Ask:
    """One rank of the waterfall: the carrier and how long it may think."""

    carrier: str
    answer_within: timedelta

    def __post_init__(self) -> None:
        if self.answer_within <= timedelta(0):
            raise ValueError(f"expected time to answer > 0, got {self.answer_within}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a carrier said and when the platform heard it."""

    carrier: str
    at: datetime
    is_accepted: bool
    reason: str = ""


class Outcome(StrEnum):
    """How one rank ended."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Step:
    """One carrier that was asked; ``ended_at`` is ``None`` while it may still answer."""

    carrier: str
    asked_at: datetime
    due_at: datetime
    outcome: Outcome
    ended_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Where a tender stands: all carriers asked so far, the last one last."""

    steps: tuple[Step, ...]
    is_exhausted: bool

    @property
    def asked(self) -> Step | None:
        """The carrier that may answer now."""
        last = self.steps[-1]
        return last if last.outcome == Outcome.WAITING else None

    @property
    def accepted_by(self) -> str | None:
        """The carrier that has the load."""
        last = self.steps[-1]
        return last.carrier if last.outcome == Outcome.ACCEPTED else None


def waterfall(
    ranked: Sequence[Ask], sent_at: datetime, answers: Sequence[Answer], now: datetime
) -> Waterfall:
    """Return who was asked when, who is asked now, and whether all have said no.

    A rank ends with its first answer up to and including its deadline, or at the deadline; the
    next carrier is asked at that instant. Answers before being asked or after the deadline, and
    further answers of the same carrier, do not count (see ``answer_refusal``).

    Parameters
    ----------
    ranked
        Carriers in the order in which they are asked, each once, at least one.
    sent_at, now
        Aware instants; ``now`` >= ``sent_at``. Answers after ``now`` are not seen.

    Raises
    ------
    ValueError
        If nobody is ranked, a carrier occurs twice, or ``now`` lies before ``sent_at``.
    """
    if not ranked:
        raise ValueError("expected at least one carrier to ask, got none")
    if len({ask.carrier for ask in ranked}) != len(ranked):
        raise ValueError("expected each carrier once in a tender, got one twice")
    if now < sent_at:
        raise ValueError(f"expected now >= sent_at {sent_at}, got {now}")
    heard = sorted((each for each in answers if each.at <= now), key=lambda each: each.at)
    steps: list[Step] = []
    asked_at = sent_at
    for ask in ranked:
        step = _step(ask, asked_at, heard, now)
        steps.append(step)
        if step.ended_at is None or step.outcome == Outcome.ACCEPTED:
            return Waterfall(tuple(steps), is_exhausted=False)
        asked_at = step.ended_at
    return Waterfall(tuple(steps), is_exhausted=True)


def answer_refusal(standing: Waterfall, carrier: str) -> str | None:
    """Return in plain words why an answer of ``carrier`` now would not count, else ``None``."""
    if standing.asked is not None and standing.asked.carrier == carrier:
        return None
    if standing.accepted_by is not None:
        if standing.accepted_by == carrier:
            return "You have accepted this load already."
        return "This load has been accepted by another carrier."
    mine = next((step for step in standing.steps if step.carrier == carrier), None)
    if mine is None:
        return "You have not been asked for this load."
    if mine.outcome == Outcome.REJECTED:
        return "You have rejected this load already."
    return f"The time to answer ended at {mine.due_at:%Y-%m-%d %H:%M %Z}."


def _step(ask: Ask, asked_at: datetime, heard: Sequence[Answer], now: datetime) -> Step:
    due_at = asked_at + ask.answer_within
    for answer in heard:
        if answer.carrier == ask.carrier and asked_at <= answer.at <= due_at:
            outcome = Outcome.ACCEPTED if answer.is_accepted else Outcome.REJECTED
            return Step(ask.carrier, asked_at, due_at, outcome, answer.at, answer.reason)
    if now > due_at:
        return Step(ask.carrier, asked_at, due_at, Outcome.EXPIRED, due_at)
    return Step(ask.carrier, asked_at, due_at, Outcome.WAITING)


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` to ``end``, both aware, start <= end."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"expected end >= {self.start}, got {self.end}")

    def covers(self, other: "Window") -> bool:
        """Return whether ``other`` lies inside."""
        return self.start <= other.start and other.end <= self.end


class NoCommonSlot(ValueError):
    """Merged orders have no window in common; ``orders`` names the two that contradict."""

    def __init__(self, latest_start: str, earliest_end: str) -> None:
        self.orders = (latest_start, earliest_end)
        super().__init__(
            f"expected a common window, but {latest_start} begins after {earliest_end} ends"
        )


def slot_range(orders: Sequence[tuple[str, Window]]) -> Window:
    """Return in which window the slot of merged orders, given by name, may begin.

    The windows of all orders must hold: latest start to earliest end. As for a truck that comes in
    time, unloading may end later.

    Raises
    ------
    NoCommonSlot
        If the windows have no instant in common.
    ValueError
        If there is no order.
    """
    if not orders:
        raise ValueError("expected at least one order, got none")
    last_start = max(orders, key=lambda order: order[1].start)
    first_end = min(orders, key=lambda order: order[1].end)
    if first_end[1].end < last_start[1].start:
        raise NoCommonSlot(last_start[0], first_end[0])
    return Window(last_start[1].start, first_end[1].end)


class Change(StrEnum):
    """What happens to a load after its slot was booked."""

    MERGE = "merge"
    SPLIT = "split"
    CANCEL_ORDER = "cancel_order"
    ADD_STOP = "add_stop"
    CARRIER_CHANGE = "carrier_change"
    CANCEL_LOAD = "cancel_load"
    DRIVER_CHANGE = "driver_change"
    VEHICLE_CHANGE = "vehicle_change"
    NOTE = "note"


class SlotEffect(StrEnum):
    """What a change does to the booked slot."""

    KEEP = "keep"
    REOPEN = "reopen"  # the booking stays, open, until a slot is picked again
    RELEASE = "release"  # the slot goes back to the dock


REOPENING = frozenset(
    {
        Change.MERGE,
        Change.SPLIT,
        Change.CANCEL_ORDER,
        Change.ADD_STOP,
        Change.CARRIER_CHANGE,
    }
)


def slot_effect(change: Change) -> SlotEffect:
    """Return what ``change`` does to a booked slot."""
    if change == Change.CANCEL_LOAD:
        return SlotEffect.RELEASE
    return SlotEffect.REOPEN if change in REOPENING else SlotEffect.KEEP
