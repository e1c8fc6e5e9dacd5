"""What the forecasting app tells the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from collab.events.bus import Touch, declare

DEMAND_TOPIC = "forecasting.demand"
COMMIT_TOPIC = "forecasting.commit"
CAPACITY_TOPIC = "forecasting.capacity"
COMMENT_TOPIC = "forecasting.comment"


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class DemandForecast:
    """The daily demand of some parts from one supplier changed.

    ``change_id`` is unique to this change; ``series_ids`` are at most 200 demand series.
    """

    version: ClassVar[int] = 1
    change_id: str
    supplier_id: int
    series_ids: list[str]
    run_id: str = ""

    def touches(self) -> Sequence[Touch]:
        """Return nothing: screens show coverage, which follows with its own event."""
        return ()


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulesPublished:
    """A customer released new delivery schedules to one supplier.

    ``change_id`` is unique to this event; at most 200 schedules, each of another series.
    """

    version: ClassVar[int] = 1
    change_id: str
    batch_id: str
    supplier_id: int
    schedule_ids: list[str]
    series_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the schedules."""
        return [Touch(DEMAND_TOPIC, UUID(key), self.supplier_id) for key in self.schedule_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseAnswered:
    """A supplier acknowledged, accepted or rejected a schedule."""

    version: ClassVar[int] = 1
    answer_id: str
    schedule_id: str
    customer_id: int
    verdict: str

    def touches(self) -> Sequence[Touch]:
        """Return the answer."""
        return [Touch(COMMIT_TOPIC, UUID(self.answer_id), self.customer_id)]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """A supplier committed quantities for some series of one customer."""

    version: ClassVar[int] = 1
    change_id: str
    customer_id: int
    commit_ids: list[str]
    series_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the commits."""
        return [Touch(COMMIT_TOPIC, UUID(key), self.customer_id) for key in self.commit_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityStated:
    """A supplier stated capacity, or the demand linked to it changed: the match is new."""

    version: ClassVar[int] = 1
    change_id: str
    customer_id: int
    group_ids: list[str]

    def touches(self) -> Sequence[Touch]:
        """Return the groups."""
        return [Touch(CAPACITY_TOPIC, UUID(key), self.customer_id) for key in self.group_ids]


@declare
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCommented:
    """One side commented on weeks of a series or capacity group, or took the comment back."""

    version: ClassVar[int] = 1
    comment_id: str
    partner_id: int
    object_id: str

    def touches(self) -> Sequence[Touch]:
        """Return the comment."""
        return [Touch(COMMENT_TOPIC, UUID(self.comment_id), self.partner_id)]
