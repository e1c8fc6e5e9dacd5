"""When a partner's figures are asked for, when they count as answered, when nobody needs them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

FRESH: Final = timedelta(hours=20)
"""Figures younger than this are of the same working day: a nightly question would be idle."""
PATIENCE: Final = timedelta(hours=6)
"""A question younger than this is not yet unanswered."""


class Turn(StrEnum):
    """What a night does with one refresh."""

    STOP = "stop"
    REST = "rest"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of one refresh; all times aware, ``missed`` counts nights without answer."""

    used_at: datetime
    idle_days: int
    asked_at: datetime | None = None
    figure_at: datetime | None = None
    missed: int = 0

    @property
    def is_answered(self) -> bool:
        """Whether figures came since the last question."""
        asked, figure = self.asked_at, self.figure_at
        return asked is not None and figure is not None and figure >= asked

    @property
    def is_open(self) -> bool:
        """Whether a question waits for its answer."""
        return self.asked_at is not None and not self.is_answered


def turn_of(asked: Asked, *, now: datetime) -> Turn:
    """Return what is to be done now: nothing is asked that nobody needs or that is known.

    ``idle_days`` full days without use stop it; figures of less than ``FRESH`` let it rest.
    """
    if now - asked.used_at >= timedelta(days=asked.idle_days):
        return Turn.STOP
    if asked.figure_at is not None and now - asked.figure_at < FRESH:
        return Turn.REST
    return Turn.ASK


def missed_at(asked: Asked, *, now: datetime) -> int:
    """Return the nights without answer, this one included if a question has waited long enough."""
    if not asked.is_open:
        return 0
    assert asked.asked_at is not None  # an open question was asked
    return asked.missed + (now - asked.asked_at >= PATIENCE)
